"""Commands on FCS files: one module each."""

import typer

from remnant.cli.fcs.absolute import absolute
from remnant.cli.fcs.batch import batch
from remnant.cli.fcs.compartments import compartments
from remnant.cli.fcs.cycle import cycle
from remnant.cli.fcs.export import export
from remnant.cli.fcs.figure import figure
from remnant.cli.fcs.gate import gate
from remnant.cli.fcs.gates import gates
from remnant.cli.fcs.info import info
from remnant.cli.fcs.limits import limits
from remnant.cli.fcs.quality import quality
from remnant.cli.fcs.spillover import spillover

__all__ = ["fcs"]

fcs = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Look into FCS files, gate them, count compartments.",
)
for command in (
    info,
    gate,
    gates,
    figure,
    batch,
    compartments,
    quality,
    limits,
    absolute,
    cycle,
    spillover,
    export,
):
    fcs.command()(command)
