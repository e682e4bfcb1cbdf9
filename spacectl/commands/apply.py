"""apply: manifests, run task by task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from spacectl.commands.options import CallCommand, call_options
from spacectl.errors import UsageError
from spacectl.masking import masked_word

if TYPE_CHECKING:
    from spacectl.app import App

TO_DO = 4


@click.command("apply", cls=CallCommand)
@click.argument("manifests", nargs=-1, metavar="[FILE]...")
@click.option(
    "-f",
    "--file-path",
    "files",
    multiple=True,
    metavar="FILE",
    help="Manifest or directory of manifests; later ones override.",
)
@click.option("-v", "--var", "var", multiple=True, metavar="KEY=VALUE", help="Variable; overrides the file.")
@click.option("--set", "more_var", multiple=True, metavar="KEY=VALUE", help="The same as --var.")
@click.option("--var-file", "var_files", multiple=True, metavar="FILE", help="YAML file with var and env.")
@click.option("-e", "--env", "env", multiple=True, metavar="KEY=VALUE", help="Environment variable for the tasks.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("json", "yaml", "none")),
    default="none",
    show_default=True,
    help="Output format.",
)
@click.option("-s", "--silent", is_flag=True, help="Do not report tasks.")
@click.option("--no-progress", is_flag=True, help="The same as --silent.")
@click.option("--show-secrets", is_flag=True, help="Do not mask secrets on standard output.")
@click.option("--dry-run", is_flag=True, help="Print what would be done without doing it.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="With --dry-run: exit with 0 if there is nothing to do, 4 otherwise."
)
@click.option("--journal", metavar="FILE", help="Record the outcome of each task, for --resume.")
@click.option("--resume", is_flag=True, help="Continue: skip what the journal says is done.")
@click.option("--retry-unknown", is_flag=True, help="Repeat calls whose outcome is unknown.")
@click.option("--allow-local-modules", "local_modules", is_flag=True, help="Run Python files named by the manifest.")
@call_options
@click.pass_obj
def apply(
    app: App,
    /,
    *,
    manifests: Sequence[str],
    files: Sequence[str],
    var: Sequence[str],
    more_var: Sequence[str],
    var_files: Sequence[str],
    env: Sequence[str],
    output: str,
    silent: bool,
    no_progress: bool,
    show_secrets: bool,
    dry_run: bool,
    detailed_exitcode: bool,
    journal: str | None,
    resume: bool,
    retry_unknown: bool,
    local_modules: bool,
) -> None:
    """Run manifests.

    \b
    spacectl apply manifest.yml -v domain=demo
    spacectl apply -f vars.yml -f manifest.yml --dry-run
    """
    if not (manifests or files):
        raise UsageError("no manifest is named", "spacectl apply FILE")
    if (resume or retry_unknown) and journal is None:
        option = "--resume" if resume else "--retry-unknown"
        raise UsageError(f"{option} needs the journal of the run to go on with", "--journal FILE")
    if retry_unknown and not resume:
        raise UsageError("--retry-unknown is for a run that goes on", "--resume --retry-unknown")
    if detailed_exitcode and not dry_run:
        raise UsageError("--detailed-exitcode is for a plan", "--dry-run --detailed-exitcode")
    from spacectl.apply_calls import apply as run
    from spacectl.apply_calls import order

    done = run(
        app,
        order(
            files=[*files, *manifests],
            var=_pairs("-v", (*var, *more_var)),
            env=_pairs("-e", env),
            var_files=var_files,
            planned=dry_run,
            journal=journal,
            resume=resume,
            retry_unknown=retry_unknown,
            local_modules=local_modules,
            show_secrets=show_secrets,
            quiet=silent or no_progress or (dry_run and output != "none"),
        ),
    )
    if output != "none":
        app.printer(output).document(done.as_dict())
    if detailed_exitcode and done.to_do:
        raise click.exceptions.Exit(TO_DO)


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"{option} {masked_word(text)}: not KEY=VALUE", f"{option} name=value")
        pairs[key.strip()] = value
    return pairs
