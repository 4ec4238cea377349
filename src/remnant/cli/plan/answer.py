"""How every plan is told: a table, what was assumed, one sentence, and a figure on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remnant.cli.console import note, print_json, print_table, say
from remnant.service.plans.shown import Table
from remnant.service.plans.typed import Typed

if TYPE_CHECKING:
    from remnant.scale import Executor

SUFFIXES = (".html", ".svg", ".png", ".pdf", ".json")

Power = Annotated[str, typer.Option(metavar="P", help="Wished chance of success, such as 0.9 or 90%.")]
Confidence = Annotated[str, typer.Option(metavar="P", help="Coverage of intervals and bounds.")]
FigureFile = Annotated[
    Path | None,
    typer.Option(
        "--figure", metavar="FILE", help="Draw it too; .html, .svg, .png, .pdf or .json by the ending."
    ),
]
Engine = Annotated[
    str, typer.Option(help="Who does the work: serial, processes or dask; the answer is the same.")
]
Seed = Annotated[int, typer.Option(min=0, help="Keys the simulation: the same seed, the same answer.")]


def check_figure(typed: Typed, figure: Path | None) -> None:
    """Refuse a figure that cannot be written before any work is done."""
    if figure is None:
        return
    if figure.suffix.lower() not in SUFFIXES:
        found = figure.suffix or "no ending"
        typed.refuse("--figure", found, ", ".join(SUFFIXES), "the ending says what is written")
    if not figure.absolute().parent.is_dir():
        typed.refuse("--figure", str(figure.parent), "a folder", "make the folder first")


def known_engine(typed: Typed, name: str) -> Executor | None:
    """Return the executor of a name; None, its fault kept, if there is none."""
    from remnant.scale import executor

    return typed.reading(lambda: executor(name))


def answer(
    plan: Any,
    sentence: str,
    tables: list[Table],
    *,
    chart: Callable[[], Any],
    figure: Path | None,
    as_json: bool,
) -> None:
    """Print a plan for a person or for a program, and draw it where asked.

    Parameters
    ----------
    plan : record
        The plan; its `assumed` says what was not given.
    sentence : str
        The answer in one sentence.
    tables : list of Table
        What a person sees before it.
    chart : callable
        Makes the altair chart.
    figure : Path or None
        Where to write it.
    as_json : bool
        Whether a program reads the answer.
    """
    if figure is not None:
        from remnant.figures.chart_file import write_chart

        write_chart(chart(), figure)
        note(f"Wrote {figure}.")
    if as_json:
        print_json({"sentence": sentence, "plan": plan})
        return
    for table in tables:
        print_table(table.title, table.header, table.rows, note=table.note)
    for line in plan.assumed:
        say(f"Assumed: {line}.")
    say(sentence)
