"""Manifests: read, checked whole, run task by task."""
