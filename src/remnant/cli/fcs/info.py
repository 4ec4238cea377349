"""What an FCS file holds, and what was mended to read it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import DataSet, EventsFile
from remnant.errors import CompensationError, Fault, FcsError

if TYPE_CHECKING:
    from remnant.cytometry import EventFile, SpilloverMatrix


class Offsets(StrEnum):
    """Where DATA lies according to one of the two places that say it."""

    HEADER = "header"
    TEXT = "text"


@mendable
def info(
    file: EventsFile,
    dataset: DataSet = None,
    offsets: Annotated[
        Offsets | None, typer.Option(help="Which to believe where HEADER and TEXT place DATA differently.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what an FCS file holds: channels, events, values, spillover matrix and what was repaired.

    A file of several data sets shows them all; exit 1 if one of them cannot be read.

    Example: remnant fcs info P1-d0.fcs
    """
    from remnant.cytometry.fcs.file import read_all, read_fcs

    if dataset is None:
        found = read_all(file, offsets=offsets)
    else:
        found = (read_fcs(file, dataset=dataset, offsets=offsets),)
    if len(found) == 1 and isinstance(found[0], FcsError):
        raise found[0]
    described = [_describe(one) if not isinstance(one, FcsError) else _refusal(one) for one in found]
    if as_json:
        several = [{"dataset": number, **each} for number, each in enumerate(described, start=1)]
        print_json({"file": file.name, **(described[0] if len(found) == 1 else {"datasets": several})})
    else:
        for number, each in enumerate(described, start=1):
            _show(file.name if len(found) == 1 else f"{file.name}, data set {number} of {len(found)}", each)
    if any(isinstance(one, FcsError) for one in found):
        raise typer.Exit(1)


def _describe(opened: EventFile) -> dict[str, Any]:
    """Gather what is known of a data set; a matrix that cannot be used is said and hides nothing."""
    from remnant.cytometry import read_spillover
    from remnant.cytometry.fcs.plausible import find_oddities, judge
    from remnant.cytometry.fcs.summary import summarise

    matrix: SpilloverMatrix | None = None
    faults: tuple[Fault, ...] = ()
    try:
        matrix = read_spillover(opened)
    except CompensationError as error:
        faults = error.faults
    summaries = summarise(opened)
    implausible = judge(opened, summaries)
    return {
        "version": opened.version,
        "events": opened.events,
        "channels": opened.channels,
        "seconds_per_tick": opened.timestep,
        "statistics": [
            {
                "number": one.number,
                "name": one.name,
                "min": one.minimum,
                "max": one.maximum,
                "mean": one.mean,
                "not_finite": opened.events - one.measured,
                "above_range": one.above_range,
                "masked": one.masked,
            }
            for one in summaries
        ],
        "spillover": matrix,
        "spillover_faults": [vars(fault) for fault in faults],
        "repairs": opened.repairs,
        "implausible": implausible,
        "findings": [*implausible, *find_oddities(opened, summaries)],
        "keywords": dict(opened.keywords),
    }


def _refusal(error: FcsError) -> dict[str, Any]:
    """Say why a data set cannot be read, as `mendable` would."""
    return {"error": type(error).__name__, "faults": [vars(fault) for fault in error.faults]}


def _show(title: str, known: dict[str, Any]) -> None:
    """Print one data set for a person."""
    if "error" in known:
        say(f"{title}: refused.")
        for fault in known["faults"]:
            say(f"  {_line(fault)}")
        return
    rows = [
        (c.number, c.name, c.stain, c.range, c.gain, c.datatype + str(c.bits), *_values(statistics))
        for c, statistics in zip(known["channels"], known["statistics"], strict=True)
    ]
    header = ("number", "channel", "stain", "range", "gain", "stored as", "min", "mean", "max")
    print_table(f"{title}: {known['version']}, {known['events']:,} events", header, rows)
    matrix = known["spillover"]
    if matrix is not None:
        say(f"Spillover matrix over {', '.join(matrix.detectors)}; condition number {matrix.condition:.1f}.")
    elif not known["spillover_faults"]:
        say("No spillover matrix.")
    for fault in known["spillover_faults"]:
        say(f"Spillover matrix not usable, {_line(fault)}.")
    for repair in known["repairs"]:
        say(f"Repaired {repair.keyword}: {repair.found} read as {repair.read_as}; {repair.reason}.")
    for finding in known["findings"]:
        say(f"{'Implausible' if finding in known['implausible'] else 'Note'}: {finding}.")


def _line(fault: dict[str, Any]) -> str:
    return f"{fault['column']}: found {fault['found']}; expected {fault['expected']}; {fault['hint']}"


def _values(statistics: dict[str, Any]) -> tuple[float | None, ...]:
    """Round for a table of a person's width; JSON has every digit."""
    found = (statistics[name] for name in ("min", "mean", "max"))
    return tuple(None if value is None else float(f"{value:.5g}") for value in found)
