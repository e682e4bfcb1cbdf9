"""The options of the connection, which few calls need: they are made only where one of them is typed, or help is."""

from __future__ import annotations

from typing import Any

import click

from spacectl.connection_settings import COMPRESSIONS

TITLE = "Connection"


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    # the same option after the command beats the one before it
    if value is not None and value is not False and parameter.name:
        context.obj.options.connection[parameter.name] = value


def _keep_all(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    # what is given before the command and after it adds up
    if value and parameter.name:
        kept = context.obj.options.connection
        kept[parameter.name] = (*kept.get(parameter.name, ()), *value)


def _option(*names: str, metavar: str = "", text: str, **more: Any) -> click.Option:
    return click.Option(names, metavar=metavar or None, help=text, **{"expose_value": False, "callback": _keep, **more})


def connection_options() -> list[click.Option]:
    """The options of the connection, in the order of the help."""
    return [
        _option(
            "-H",
            "--header",
            "headers",
            metavar="'NAME: VALUE'",
            multiple=True,
            callback=_keep_all,
            text="Extra header; expands ${VARIABLE}, @FILE has one per line, NAME-bin takes base64.",
        ),
        _option("--cacert", metavar="FILE", text="CAs (PEM) to trust instead of the system's."),
        _option("--cert", metavar="FILE", text="Client certificate (PEM), for mTLS."),
        _option("--key", metavar="FILE", text="Key of the client certificate (PEM)."),
        _option("--server-name", metavar="NAME", text="Name to expect in the server's certificate."),
        _option("--insecure", is_flag=True, text="Accept any server certificate (unsafe)."),
        _option("--authority", metavar="NAME", text=":authority of the calls, for virtual hosts."),
        _option("--connect-timeout", metavar="SECONDS", type=float, text="Timeout for connecting (5)."),
        _option("--keepalive", metavar="SECONDS", type=float, text="Ping interval for idle connections."),
        _option(
            "--max-message-size", metavar="MIB", type=click.IntRange(1, 2047), text="Maximum size of a response (256)."
        ),
        _option("--compression", type=click.Choice(COMPRESSIONS), text="Compress requests."),
        _option("--retries", metavar="N", type=click.IntRange(0, 100), text="Number of retries (2)."),
        _option("--idempotent", is_flag=True, text="The call may be repeated: retry it like a read."),
        _option("--allow-plaintext-token", is_flag=True, text="Allow sending the token without TLS to any address."),
    ]
