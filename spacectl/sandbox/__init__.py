"""An embedded Cloudforet: gRPC services on one SQLite file."""
