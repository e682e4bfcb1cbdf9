"""The name under which this package is installed; setup.cfg alone says it, and another project may own `spacectl`."""

from __future__ import annotations


def distribution_name() -> str:
    """The name that pip knows. It costs a look at everything that is installed: for what has failed already."""
    from importlib.metadata import packages_distributions

    return next(iter(packages_distributions().get("spacectl", ())), "spacectl")


def installing(extra: str) -> str:
    """The line that adds an extra."""
    return f"pip install '{distribution_name()}[{extra}]'"
