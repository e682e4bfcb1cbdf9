"""The only room that knows how results are printed."""
