"""stat and analyze: what a server computes of the rows of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spacectl import columns as column_names
from spacectl.commands.batch_options import batch_options
from spacectl.commands.options import CallCommand, answer_options, call_options, input_options
from spacectl.commands.road import call, run
from spacectl.query import QueryOptions

if TYPE_CHECKING:
    from spacectl.app import App


def _statistics(verb: str, example: str) -> click.Command:
    @click.command(
        verb, cls=CallCommand, help=f"{verb.capitalize()} resources: compute statistics of them.\n\n\b\n{example}"
    )
    @click.argument("resource")
    @input_options
    @batch_options
    @click.option("-c", "--columns", metavar="COLUMNS", help="Columns to fetch and show.")
    @click.option("-l", "--limit", type=click.IntRange(min=0), metavar="N", help="Maximum number of rows.")
    @answer_options("table")
    @call_options
    @click.pass_obj
    def command(
        app: App,
        /,
        *,
        resource: str,
        output: str,
        columns: str | None,
        limit: int | None,
        **given: Any,
    ) -> None:
        query = QueryOptions(column_names.parse(columns) if columns else (), limit=limit or None)
        run(app, call(app, verb, resource, output, given, query=query))

    return command


stat = _statistics("stat", "spacectl stat repository.Plugin -f query.yml")
analyze = _statistics("analyze", "spacectl analyze cost_analysis.Cost -f query.yml")
