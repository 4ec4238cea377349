"""Commands on karyotypes and in situ strings: read them, with what they prove."""

from __future__ import annotations

import typer

from remnant.cli.karyotype.read import read

karyotype = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Read ISCN karyotypes and nuc ish strings.",
)


@karyotype.callback()
def group() -> None:
    """Keep the name of the one command."""


karyotype.command()(read)
