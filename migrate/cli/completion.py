"""`delamp completion`: the script that teaches a shell delamp's commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from migrate.cli.invocation import common_options

__all__ = ["completion"]


@click.command(
    short_help="Print a shell's completion script.",
    epilog="""\b
Examples:
  eval "$(delamp completion bash)"                          this shell
  delamp completion zsh > ~/.zfunc/_delamp                  every zsh
  delamp completion fish > ~/.config/fish/completions/delamp.fish
""",
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@common_options
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    root = ctx.find_root().command
    click.echo(kind(root, {}, "delamp", "_DELAMP_COMPLETE").source())
