"""Commands that make synthetic data, with their truth."""

from __future__ import annotations

import typer

from remnant.cli.simulate.study import study

simulate = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Synthetic studies with their truth.",
)


@simulate.callback()
def group() -> None:
    """Make synthetic data, labelled so, with the truth kept beside them."""


for command in (study,):
    simulate.command()(command)
