"""Count the events in every gate of a file of gates."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import (
    Accept,
    DataSet,
    EventsFile,
    Gates,
    Sample,
    Spillover,
    given_matrix,
    refuse_implausible,
)


@mendable
def gate(
    file: EventsFile,
    gates: Gates,
    membership: Annotated[
        Path | None,
        typer.Option(help="Write a CSV: a line per event, a column per gate; 1 in the gate, 0 not."),
    ] = None,
    not_evaluable: Annotated[
        Path | None,
        typer.Option(help="Write the same table with 1 where an event cannot be judged: it is in no gate."),
    ] = None,
    spillover: Spillover = None,
    sample: Sample = None,
    dataset: DataSet = None,
    accept: Accept = False,
    as_json: Json = False,
) -> None:
    """Count the events in every gate of a file of gates; exit 1 if a gate could not be read or placed.

    In the tables a gate that could not be placed has empty cells. What a Boolean gate uses as a complement
    follows as Not_ and its id.

    Example: remnant fcs gate P1-d0.fcs --gates gates.xml --membership membership.csv
    """
    from remnant.cli.fcs.membership import Table, columns_of
    from remnant.cytometry import IN, NOT_EVALUABLE, read_fcs, read_gates
    from remnant.cytometry.gates.evaluate import Evaluation
    from remnant.scale import cores

    opened = read_fcs(file, dataset=dataset)
    tree = read_gates(gates, tube=opened, sample=sample)
    evaluation = Evaluation(tree, opened, spillover=given_matrix(spillover, opened), threads=cores())
    refuse_implausible(opened, evaluation.channels, accept=accept)
    columns = columns_of(tree)
    wanted = ((membership, IN), (not_evaluable, NOT_EVALUABLE))
    with ExitStack() as stack:
        tables = [stack.enter_context(Table(path, columns, code)) for path, code in wanted if path]
        for block in evaluation.blocks():
            for table in tables:
                table.add(block.end - block.begin, block.codes)
    by_gate = {count.gate: count for count in evaluation.counts()}
    counts = [by_gate[name] for name in tree.ids]
    if as_json:
        print_json({"file": file.name, "events": opened.events, "gates": counts, "notes": tree.notes})
    else:
        rows = [(c.gate, c.parent, c.events, c.evaluable, c.not_evaluable, c.reason) for c in counts]
        header = ("gate", "parent", "events", "evaluable", "not evaluable", "")
        print_table(f"{file.name}: {opened.events:,} events", header, rows)
        for note in tree.notes:
            say(f"Note: {note}.")
    if any(count.reason for count in counts):
        raise typer.Exit(1)
