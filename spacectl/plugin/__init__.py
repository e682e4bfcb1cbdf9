"""Plugins: the interfaces that a platform calls, as tables, and the tests that a plugin has to pass."""
