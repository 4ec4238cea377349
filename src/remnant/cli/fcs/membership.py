"""Membership as CSV: a line per event and a column per gate, written block by block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from remnant.cytometry import GateTree


@dataclass(frozen=True)
class Column:
    """One column: a gate, or the events outside it."""

    name: str
    gate: str
    complement: bool = False


def columns_of(tree: GateTree) -> tuple[Column, ...]:
    """Return a column for every gate, and for every complement that a Boolean gate uses.

    A complement has no id in Gating-ML; `Not_` before the id of its gate is how other programs name it.
    """
    known = set(tree.ids)
    used = {
        operand.gate: None
        for gate in tree.gates
        for operand in getattr(gate, "operands", ())
        if operand.complement and f"Not_{operand.gate}" not in known
    }
    plain = [Column(gate, gate) for gate in tree.ids]
    return (*plain, *(Column(f"Not_{gate}", gate, complement=True) for gate in used))


def write_table(
    path: Path,
    columns: Sequence[Column],
    blocks: Iterable[tuple[int, Mapping[str, NDArray[np.int8]]]],
    code: int,
) -> None:
    """Write 1 where an event has this code and 0 elsewhere.

    Parameters
    ----------
    path : Path
        The CSV file.
    columns : sequence of Column
        In order.
    blocks : iterable of (int, mapping of str to ndarray of int8)
        Number of events in the block, and their codes by gate; a gate that could not be placed is not
        there, and its cells are empty.
    code : int
        `IN` or `NOT_EVALUABLE`.
    """
    import csv

    import polars as pl

    from remnant.cytometry import IN

    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerow([column.name for column in columns])
        for events, codes in blocks:
            table = {}
            for place, column in enumerate(columns):
                found = codes.get(column.gate)
                if found is None:
                    table[str(place)] = pl.Series([None] * events, dtype=pl.Int8)
                else:
                    # The codes of the complement mirror those of the gate.
                    wanted = IN - code if column.complement else code
                    table[str(place)] = pl.Series((found == wanted).view("int8"))
            pl.DataFrame(table).write_csv(out, include_header=False)
