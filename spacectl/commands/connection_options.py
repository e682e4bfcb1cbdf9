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
            text="Send this too; ${VARIABLE} is replaced, @FILE has one a line, NAME-bin takes base64.",
        ),
        _option("--cacert", metavar="FILE", text="Trust these CAs (PEM), not the system's."),
        _option("--cert", metavar="FILE", text="The client's certificate (PEM), for mTLS."),
        _option("--key", metavar="FILE", text="The key of the client's certificate (PEM)."),
        _option("--server-name", metavar="NAME", text="The name that the server's certificate has to have."),
        _option("--insecure", is_flag=True, text="Take any certificate of the server: no protection."),
        _option("--authority", metavar="NAME", text="The :authority of the calls, for virtual hosts."),
        _option("--connect-timeout", metavar="SECONDS", type=float, text="Wait so long for a connection (5)."),
        _option("--keepalive", metavar="SECONDS", type=float, text="Ping an idle connection so often."),
        _option("--max-message-size", metavar="MIB", type=click.IntRange(1, 2047), text="The largest answer (256)."),
        _option("--compression", type=click.Choice(COMPRESSIONS), text="Compress what is sent."),
        _option("--retries", metavar="N", type=click.IntRange(0, 100), text="Try reads again so often (2)."),
        _option("--idempotent", is_flag=True, text="The call may be made twice: retry it like a read."),
        _option("--allow-plaintext-token", is_flag=True, text="Send the token without TLS to any address."),
    ]
