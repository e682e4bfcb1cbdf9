"""list: the rows of a resource."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spacectl import columns as column_names
from spacectl.commands.batch_options import batch_options
from spacectl.commands.options import CallCommand, answer_options, call_options, input_options
from spacectl.commands.road import call, run
from spacectl.query import QueryOptions
from spacectl.resource_type import parse, parse_bare

if TYPE_CHECKING:
    from spacectl.app import App


@click.command("list", cls=CallCommand)
@click.argument("resource")
@input_options
@batch_options
@click.option("-m", "--minimal", is_flag=True, help="Only the server's minimal set of columns.")
@click.option("-a", "--all", "every", is_flag=True, help="Show all columns, overriding -c and templates.")
@click.option(
    "-c", "--columns", multiple=True, metavar="COLUMNS", help="Columns to show: id,'plugin_info.version|Version'."
)
@click.option("-t", "--template-file", "template", metavar="FILE", help="A YAML file with the columns.")
@click.option("-l", "--limit", type=click.IntRange(min=0), metavar="N", help="Maximum number of rows.")
@click.option("--all-pages", is_flag=True, help="All rows, fetched page by page.")
@click.option("--page-size", type=click.IntRange(1, 100_000), default=1000, metavar="N", help="Rows per page (1000).")
@click.option("-s", "--sort", multiple=True, metavar="[-]COLUMN", help="Sort by a column; - reverses the order.")
@click.option("-w", "--watch", "watched", is_flag=True, help="Refresh the list and mark changes.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=2.0,
    metavar="SECONDS",
    help="Refresh interval of --watch (2).",
)
@answer_options("table")
@call_options
@click.pass_obj
def list_command(
    app: App,
    /,
    *,
    resource: str,
    output: str,
    minimal: bool,
    every: bool,
    columns: tuple[str, ...],
    template: str | None,
    limit: int | None,
    sort: tuple[str, ...],
    all_pages: bool,
    page_size: int,
    watched: bool,
    interval: float,
    **given: Any,
) -> None:
    """List resources.

    \b
    spacectl list repository.Plugin -c plugin_id,name
    spacectl list repository.Plugin -p repository_id=ID -l 10 -s -name
    """
    # a name is made of the id, whichever columns are shown
    chosen = () if every or minimal or output == "name" else _columns(app, resource, ",".join(columns), template)
    query = QueryOptions(chosen, minimal, every, limit or None, sort, all_pages, page_size)
    asked = call(app, "list", resource, output, given, query=query)
    if watched:
        from spacectl.commands.watch import watch

        watch(app, asked, interval)
    else:
        run(app, asked)


def _columns(app: App, resource: str, columns: str, template: str | None) -> tuple[column_names.Column, ...]:
    """The columns of -c, of -t, or of the user's template for the resource, in this order."""
    if columns:
        return column_names.parse(columns)
    from spacectl.config import directory
    from spacectl.templates import load_template, load_template_file

    if template is not None:
        return column_names.parse_all(load_template_file(Path(template)))
    named = (parse if app.options.endpoint is None else parse_bare)(resource.partition("/")[0])
    return column_names.parse_all(load_template(directory(app.environ), named.service, named.name) or ())
