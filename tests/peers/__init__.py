"""What the tests talk to: real gRPC servers, and the real command."""
