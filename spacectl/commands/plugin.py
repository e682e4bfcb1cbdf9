"""plugin: for those who write plugins. Does mine work, how do I begin one, is it ready to be registered?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spacectl import plugin_calls
from spacectl.commands.options import call_options
from spacectl.commands.plugin_screen import LineScreen, SilentScreen

if TYPE_CHECKING:
    from spacectl.app import App

FAILED = 1


@click.group()
def plugin() -> None:
    """Test, create and check plugins."""


@plugin.command("test")
@click.option(
    "--interface",
    metavar="NAME",
    help="Interface to test, as in inventory.Collector. Default: all that the server has.",
)
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    show_default="test",
    help="Directory of requests: init.yml, verify.yml, collect.yml.",
)
@click.option("--options", metavar="FILE", help="Options for all calls, as YAML or JSON; - reads standard input.")
@click.option("--secret-data", metavar="FILE", help="Credentials; - reads standard input. Never shown.")
@click.option("--wrong-secret-data", metavar="FILE", help="Credentials that must be refused; invented by default.")
@click.option("--save", metavar="DIR", help="Store what is received, one JSON Lines file per call.")
@click.option("--compare", metavar="DIR", help="Report changes since --save DIR.")
@click.option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "json", "yaml")),
    default="text",
    show_default=True,
    help="Output format.",
)
@call_options
@click.pass_context
def test_command(context: click.Context, /, *, junit: str | None, output: str, **given: Any) -> None:
    """Call a running plugin the way a core service would, and check its responses.

    The server is at --endpoint, grpc://localhost:50051 by default. The exit status is 0 if all checks passed, 1 if one
    failed, 2 if there is nothing to test, and 64 or more if there is no server.

    \b
    spacectl plugin test
    spacectl plugin test --endpoint grpc://localhost:50051 --secret-data secret.yml
    spacectl plugin test --save before/ ; spacectl plugin test --compare before/
    """
    app: App = context.obj
    screen = LineScreen(app) if output == "text" else SilentScreen()
    try:
        done = plugin_calls.test_plugin(app, plugin_calls.Order(**given), screen)
    finally:
        screen.end()
    finish(context, done, junit, output)


def finish(context: click.Context, done: list[plugin_calls.Tested], junit: str | None, output: str) -> None:
    """Writes what is not on the screen yet, and ends with the status of the results."""
    app: App = context.obj
    if junit is not None:
        plugin_calls.write_junit(junit, done)
    if output != "text":
        documents = [plugin_calls.document(one) for one in done]
        app.printer(output).document(documents[0] if len(documents) == 1 else {"interfaces": documents})
    failed = any(result.state == "failed" for one in done for result in one.results)
    context.exit(FAILED if failed else 0)


@plugin.command("deploy-check")
@click.option("-f", "--file", metavar="FILE", required=True, help="The register file; - reads standard input.")
@click.option("--dir", "folder", metavar="DIR", show_default="test", help="Where init.yml is.")
@click.option("--options", metavar="FILE", help="Options for init, as YAML or JSON.")
@click.option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "json", "yaml")),
    default="text",
    show_default=True,
    help="Output format.",
)
@call_options
@click.pass_context
def deploy_check_command(context: click.Context, /, *, file: str, junit: str | None, output: str, **given: Any) -> None:
    """Check that a register file, its image's name and a running plugin agree, before anything is registered.

    \b
    spacectl plugin deploy-check -f register.yml --endpoint grpc://localhost:50051
    """
    app: App = context.obj
    screen = LineScreen(app) if output == "text" else SilentScreen()
    order = plugin_calls.Order(None, secret_data=None, wrong_secret_data=None, save=None, compare=None, **given)
    try:
        done = plugin_calls.check_deployment(app, order, file, screen)
    finally:
        screen.end()
    finish(context, [done], junit, output)


@plugin.command("init")
@click.argument("name")
@click.option("--interface", metavar="NAME", required=True, help="Interface, as in inventory.Collector.")
@click.option(
    "--framework",
    type=click.Choice(("grpcio", "spaceone")),
    default="grpcio",
    show_default=True,
    help="What to build on: plain grpcio, or spaceone-core's plugin framework.",
)
@click.option("--directory", metavar="DIR", help="Where to write it; by default a folder named after the plugin.")
@click.pass_obj
def init_command(app: App, /, *, name: str, interface: str, framework: str, directory: str | None) -> None:
    """Write a minimal plugin repository: a server, test files, and a CI workflow that runs `plugin test`.

    \b
    spacectl plugin init plugin-example-inven-collector --interface inventory.Collector
    """
    folder, files, serve = plugin_calls.new_plugin(name, interface, framework, directory)
    app.stdout.write("".join(f"{folder}/{file}\n" for file in files))
    app.stdout.write(
        f"\ncd {folder} && pip install -r requirements.txt\n{serve} &\n"
        "spacectl plugin test --endpoint grpc://localhost:50051\n"
    )
