"""A file of limiting-dilution wells by itself: one plate, groups of plates, or table `dilution_plates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from remnant.culture.typed import typed_faults
from remnant.errors import Fault, TableError
from remnant.study.column import Column, Kind
from remnant.study.read import read_table
from remnant.study.schema import TableSchema
from remnant.study.tables import DILUTION_PLATES

MOST_CELLS, LEAST_CELLS, MOST_WELLS = 1e15, 1e-6, 1e9
GROUP = Column("group", Kind.IDENTIFIER, "What the wells hold, where several are compared.", required=False)
NAMES = ("group", "sample_id", "compartment", "assay")
_BOUNDS: Mapping[str, Mapping[str, object]] = {
    "sample_id": {"required": False},
    "compartment": {"required": False},
    "assay": {"required": False},
    "cells_per_well": {"above": None, "minimum": 0.0, "maximum": MOST_CELLS},
    "wells_tested": {"minimum": 0, "maximum": MOST_WELLS},
}
PLATE = TableSchema(
    "plate",
    "wells that were seeded alike",
    (GROUP, *(replace(c, **_BOUNDS.get(c.name, {})) for c in DILUTION_PLATES.columns)),  # type: ignore[arg-type]
)


def read_plates(path: Path) -> pl.DataFrame:
    """Read wells, each with the name of its group.

    Rows may be doses or single wells. Doses of 0 cells and doses without wells are read, and say nothing.

    Parameters
    ----------
    path : Path
        CSV with cells_per_well, wells_tested and wells_positive; where several plates are compared, group or
        sample_id, compartment and assay; the three counts of typed wells where colonies were typed.

    Returns
    -------
    DataFrame, shape (rows, columns of PLATE + 1)
        With `group` filled in: the names that the file gives, or its own name.

    Raises
    ------
    TableError
        With every fault of the file.
    """
    table = read_table(path, PLATE)
    names = [name for name in NAMES if not table[name].is_null().all()]
    faults = _row_faults(table, path.name, names) + typed_faults(table, path.name)
    if not faults and table.filter((pl.col("wells_tested") > 0) & (pl.col("cells_per_well") > 0)).is_empty():
        hint = "fill in wells_tested; leave the plate out if it was not scored"
        faults = [Fault(path.name, None, "wells_tested", "no wells with cells", "at least one", hint)]
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.line or 0))
    group = pl.concat_str(names, separator=", ") if names else pl.lit(path.stem)
    return table.with_columns(group=group)


def _row_faults(table: pl.DataFrame, file: str, names: list[str]) -> list[Fault]:
    faults = []
    for row in table.iter_rows(named=True):
        dose = row["cells_per_well"]
        if dose == 0 and row["wells_positive"] > 0:
            found, expected = (
                f"{row['wells_positive']} positive wells without cells",
                "0 at a dose of 0 cells",
            )
            hint = "a well without cells cannot hold a unit: contamination, or a dose left out?"
            faults.append(Fault(file, row["line"], "wells_positive", found, expected, hint))
        elif 0 < dose < LEAST_CELLS:
            hint = "is this a frequency, and not a number of cells?"
            expected = f"0, or at least {LEAST_CELLS:g}"
            faults.append(Fault(file, row["line"], "cells_per_well", f"{dose:g}", expected, hint))
        for name in names:
            if row[name] is None:
                hint = "name every row or none"
                faults.append(Fault(file, row["line"], name, "nothing", "a name, as in other rows", hint))
    return faults
