"""The help of `exec VERB RESOURCE`: the fields of that method, from the server."""

from __future__ import annotations

import click

from spacectl.commands.options import CallCommand


class MethodCommand(CallCommand):
    """A command whose help, once a verb and a resource are typed, is about them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments; with a verb, a resource and --help among them, shows the method's fields instead."""
        rest = [argument for argument in args if argument not in ctx.help_option_names]
        if len(rest) == len(args):
            return super().parse_args(ctx, args)
        from spacectl.commands.word_order import positional

        words = [word for _, word in positional(rest)]
        if len(words) == 1:
            click.echo(ctx.get_help())
            click.echo(f"\nOf which resource? `spacectl exec {words[0]} SERVICE.RESOURCE --help` shows its fields.")
            ctx.exit()
        if len(words) < 2:
            return super().parse_args(ctx, args)
        super().parse_args(ctx, rest)
        from spacectl.commands.explain import explain_method

        explain_method(ctx.obj, words[0], words[1], ctx.params.get("api_version"))
        click.echo("\nGive them as -p KEY=VALUE, -j JSON or -f FILE; `spacectl exec --help` shows all options.")
        return ctx.exit()
