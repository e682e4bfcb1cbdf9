"""`spacectl protoset`: what servers say of themselves, as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spacectl.commands.options import CallCommand, call_options
from spacectl.errors import UsageError

if TYPE_CHECKING:
    from spacectl.app import App


@click.group()
def protoset() -> None:
    """Export a server's API as a descriptor set."""


@protoset.command("export", cls=CallCommand)
@click.argument("target", required=False, metavar="[ENDPOINT|SERVICE]")
@click.option("-o", "--output", metavar="FILE", help="Write to this file instead of standard output.")
@call_options
@click.pass_obj
def export(app: App, /, *, target: str | None, output: str | None) -> None:
    """Write the descriptor set of a server, for buf, grpcurl -protoset, --protoset, protosets: of an environment.

    \b
    spacectl protoset export grpc://localhost:50051 > api.protoset
    spacectl protoset export repository > repository.protoset
    """
    if target is None and app.options.endpoint is None:
        raise UsageError("of which server?", "`spacectl protoset export grpc://HOST:PORT > api.protoset`")
    if target is not None and ("://" in target or target.startswith("unix:")):
        app.options.endpoint = target
        target = None
    if output is None and app.stdout.isatty():
        raise UsageError("a descriptor set is no text for a terminal", "write it to a file: > api.protoset")
    data = app.descriptor_set(target or "", f"protoset export {target or app.options.endpoint}")
    if output is not None:
        from spacectl.files import write_bytes

        write_bytes(Path(output), data)
        return
    app.stdout.flush()
    buffer = getattr(app.stdout, "buffer", None)
    if buffer is None:
        raise UsageError("standard output takes no bytes", "-o FILE")
    buffer.write(data)
    buffer.flush()
