"""Membership as CSV: a line per event and a column per gate, written block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class Table:
    """A CSV file with 1 where an event has a code and 0 elsewhere.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of Column
        In order.
    code : int
        `IN` or `NOT_EVALUABLE`.
    """

    def __init__(self, path: Path, columns: Sequence[Column], code: int):
        self._path, self._columns, self._code = path, columns, code

    def __enter__(self) -> Table:
        """Open the file and write its header."""
        import csv

        from remnant.study.formulas import defused

        self._out = self._path.open("w", encoding="utf-8", newline="")
        csv.writer(self._out, lineterminator="\n").writerow(
            [defused(column.name) for column in self._columns]
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._out.close()

    def add(self, events: int, codes: Mapping[str, NDArray[np.int8]]) -> None:
        """Write a block of events by their codes; a gate that is not there has empty cells."""
        import polars as pl

        from remnant.cytometry import IN

        table = {}
        for place, column in enumerate(self._columns):
            found = codes.get(column.gate)
            if found is None:
                table[str(place)] = pl.Series([None] * events, dtype=pl.Int8)
            else:
                # The codes of the complement mirror those of the gate.
                wanted = IN - self._code if column.complement else self._code
                table[str(place)] = pl.Series((found == wanted).view("int8"))
        pl.DataFrame(table).write_csv(self._out, include_header=False)
