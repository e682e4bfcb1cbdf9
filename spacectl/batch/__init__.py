"""Many requests of one command: where they come from, which share is meant, and what became of each."""
