"""Command-line client for platforms built from gRPC microservices."""

__version__ = "3.0.0.dev0"
