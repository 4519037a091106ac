"""``foreshock completion``: the shell's own completion, as click writes it."""

from __future__ import annotations

import click

from web.cli.root import command, root

_NAME = "foreshock"
_VARIABLE = f"_{_NAME.upper()}_COMPLETE"


@command(example='eval "$(foreshock completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and ids in your shell; load it in the shell's start file."""
    from click.shell_completion import get_completion_class

    chosen = get_completion_class(shell)
    assert chosen is not None
    click.echo(chosen(root, {}, _NAME, _VARIABLE).source())
