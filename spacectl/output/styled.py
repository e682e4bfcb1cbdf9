"""Tables in the other styles that tabulate knows: github, html, grid and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacectl.errors import UsageError
from spacectl.nearest import did_you_mean
from spacectl.output.display import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacectl.output.rows import Column


def known_style(name: str) -> str:
    """The name, if there is such a style. Raises UsageError with all of them."""
    from tabulate import tabulate_formats

    if name not in tabulate_formats:
        raise UsageError(
            f"--table-style {name}: no such style{did_you_mean(name, tabulate_formats)}",
            f"the styles are {', '.join(tabulate_formats)}",
        )
    return name


def styled_table(columns: Sequence[Column], style: str, *, on_terminal: bool) -> str:
    """All of a table, with a line break at its end; control characters are made visible on a terminal."""
    from tabulate import tabulate

    text = tabulate(
        list(zip(*(column.cells for column in columns), strict=True)),
        headers=[column.name for column in columns],
        tablefmt=style,
        disable_numparse=True,
        colalign=["right" if column.numeric else "left" for column in columns],
    )
    if on_terminal:
        text = "\n".join(map(visible, text.split("\n")))
    return text + "\n"
