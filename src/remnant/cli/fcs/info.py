"""What an FCS file holds, and what was mended to read it."""

from __future__ import annotations

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import DataSet, EventsFile


@mendable
def info(file: EventsFile, dataset: DataSet = None, as_json: Json = False) -> None:
    """Show what an FCS file holds: channels, events, spillover matrix and what was repaired to read it.

    Example: remnant fcs info P1-d0.fcs
    """
    from remnant.cytometry import read_fcs, read_spillover
    from remnant.cytometry.fcs.plausible import find_implausible

    opened = read_fcs(file, dataset=dataset)
    matrix = read_spillover(opened)
    findings = find_implausible(opened, tuple(channel.number for channel in opened.channels))
    if as_json:
        print_json(
            {
                "file": file.name,
                "version": opened.version,
                "events": opened.events,
                "channels": opened.channels,
                "seconds_per_tick": opened.timestep,
                "spillover": matrix,
                "repairs": opened.repairs,
                "findings": findings,
                "keywords": dict(opened.keywords),
            }
        )
        return
    rows = [(c.number, c.name, c.stain, c.range, c.gain, c.datatype + str(c.bits)) for c in opened.channels]
    header = ("number", "channel", "stain", "range", "gain", "stored as")
    print_table(f"{file.name}: {opened.version}, {opened.events:,} events", header, rows)
    if matrix is None:
        say("No spillover matrix.")
    else:
        say(f"Spillover matrix over {', '.join(matrix.detectors)}; condition number {matrix.condition:.1f}.")
    for repair in opened.repairs:
        say(f"Repaired {repair.keyword}: {repair.found} read as {repair.read_as}; {repair.reason}.")
    for finding in findings:
        say(f"Implausible: {finding}.")
