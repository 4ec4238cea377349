"""Draw the gating strategy of a tube."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say
from remnant.cli.fcs.arguments import DataSet, EventsFile, Gates, Sample, Spillover, given_matrix
from remnant.errors import Fault, SettingError

SUFFIXES = (".html", ".svg", ".png", ".pdf")


@mendable
def figure(
    file: EventsFile,
    gates: Gates,
    out: Annotated[Path, typer.Option(help="File to write; its ending says how: .html, .svg, .png or .pdf.")],
    spillover: Spillover = None,
    sample: Sample = None,
    dataset: DataSet = None,
    as_json: Json = False,
) -> None:
    """Draw every gate of a file of gates on its parent's events; exit 1 if one could not be read or placed.

    Example: remnant fcs figure P1-d0.fcs --gates gates.xml --out gating.html
    """
    _check(out)
    from remnant.cytometry import prepare_strategy, read_fcs, read_gates

    opened = read_fcs(file, dataset=dataset)
    tree = read_gates(gates, tube=opened, sample=sample)
    strategy = prepare_strategy(tree, opened, spillover=given_matrix(spillover, opened))
    if out.suffix.lower() == ".html":
        from remnant.figures.strategy_page import draw_page

        drawn = draw_page(strategy).encode()
    else:
        from remnant.figures.strategy import draw_pdf, draw_png, draw_strategy

        drawing = draw_strategy(strategy)
        makers = {".png": draw_png, ".pdf": draw_pdf}
        drawn = makers.get(out.suffix.lower(), str.encode)(drawing)
    out.write_bytes(drawn)
    failed = strategy.unplaced
    if as_json:
        print_json(
            {"file": file.name, "written": str(out), "gates": strategy.counts, "notes": strategy.notes}
        )
    else:
        say(f"Wrote {out}; plots: {len(strategy.plots)}, gates: {len(strategy.counts)}.")
        for count in failed:
            say(f"Not evaluable: gate {count.gate}; {count.reason}.")
    if failed:
        raise typer.Exit(1)


def _check(out: Path) -> None:
    """Refuse a file that cannot be written before any work is done.

    Raises
    ------
    SettingError
        If its ending is none of `SUFFIXES`, or its folder is not there.
    """
    faults = []
    if out.suffix.lower() not in SUFFIXES:
        found = out.suffix or "no ending"
        hint = "the ending says what is written"
        faults.append(Fault("command line", None, "--out", found, ", ".join(SUFFIXES), hint))
    if not out.absolute().parent.is_dir():
        faults.append(
            Fault("command line", None, "--out", str(out.parent), "a folder", "make the folder first")
        )
    if faults:
        raise SettingError(faults)
