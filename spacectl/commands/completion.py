"""`spacectl completion`: the script that teaches a shell to complete this command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spacectl.completion.scripts import SCRIPTS

if TYPE_CHECKING:
    from spacectl.app import App


@click.command()
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
@click.pass_obj
def completion(app: App, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash  source <(spacectl completion bash)                    in ~/.bashrc
    zsh   source <(spacectl completion zsh)                     in ~/.zshrc, after compinit
    fish  spacectl completion fish | source                     in ~/.config/fish/config.fish

    What is offered comes from the environments and from the cache, never from a server: `spacectl api-resources`
    fills the cache with all resources.
    """
    app.stdout.write(SCRIPTS[shell])
