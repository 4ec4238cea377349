"""Count the events in every gate of a file of gates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import DataSet, EventsFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from remnant.cytometry import GateCount


@mendable
def gate(
    file: EventsFile,
    gates: Annotated[Path, typer.Option(help="Gates as Gating-ML 2.0.", exists=True, dir_okay=False)],
    membership: Annotated[
        Path | None, typer.Option(help="Write one line per event and one 0/1 column per gate.")
    ] = None,
    dataset: DataSet = None,
    as_json: Json = False,
) -> None:
    """Count the events in every gate of a Gating-ML file; exit 1 if a gate could not be read or placed.

    Example: remnant fcs gate P1-d0.fcs --gates gates.xml --membership membership.csv
    """
    from remnant.cytometry import evaluate, read_fcs, read_gates

    tree = read_gates(gates)
    opened = read_fcs(file, dataset=dataset)
    counts, codes = evaluate(tree, opened)
    if membership is not None:
        _write_membership(membership, opened.events, counts, codes)
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


def _write_membership(
    path: Path, events: int, counts: Iterable[GateCount], codes: dict[str, NDArray[np.int8]]
) -> None:
    """Write 1 for in, 0 for out and nothing for not evaluable, gates in the order of their file."""
    import numpy as np
    import polars as pl

    from remnant.cytometry import IN, NOT_EVALUABLE

    unknown = np.full(events, NOT_EVALUABLE, dtype=np.int8)
    columns = {}
    for count in counts:
        code = pl.Series(codes.get(count.gate, unknown))
        columns[count.gate] = pl.select(
            pl.when(code == NOT_EVALUABLE).then(None).otherwise((code == IN).cast(pl.Int8))
        ).to_series()
    pl.DataFrame(columns).write_csv(path)
