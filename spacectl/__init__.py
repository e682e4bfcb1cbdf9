"""Command-line client for platforms made of gRPC micro services."""

__version__ = "3.0.0.dev0"
