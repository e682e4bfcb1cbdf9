"""What an API offers, as plain data, and the texts that say it."""
