"""The table of declared blanks: one tube a row."""

from __future__ import annotations

from pathlib import Path

from remnant.cytometry.rare.limits import Blank
from remnant.study.column import Column, Kind
from remnant.study.columns import count
from remnant.study.read import read_table
from remnant.study.schema import TableSchema

BLANKS = TableSchema(
    "blanks",
    "a tube without the population",
    (
        Column("tube", Kind.IDENTIFIER, "Your name for the tube; no personal data.", example="blank-01"),
        count(
            "events", "Events in the gate.", "events", at_most="parent_events", hint="swapped?", example="2"
        ),
        Column(
            "parent_events",
            Kind.INTEGER,
            "Evaluable events of the parent.",
            "events",
            minimum=1,
            hint="leave out tubes without events",
            example="512000",
        ),
    ),
    ("tube",),
)


def read_blanks(path: Path) -> tuple[Blank, ...]:
    """Read declared blanks.

    Parameters
    ----------
    path : Path
        A CSV file with the columns of `BLANKS`.

    Returns
    -------
    tuple of Blank

    Raises
    ------
    TableError
        With every fault of the file.
    """
    table = read_table(path, BLANKS)
    rows = table.select("events", "parent_events", "tube").iter_rows()
    return tuple(Blank(events, parent, name) for events, parent, name in rows)
