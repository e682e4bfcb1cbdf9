"""The documents as programs: their command blocks are run, their references made anew, their links followed."""
