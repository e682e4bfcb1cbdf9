"""The benchmark: `python -m tests.bench` runs the command and its rivals in turn against a server of canned bytes."""
