"""The tables of a study that a response needs, each sorted by patient and read once, as whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from remnant.response.rules.decimals import Bools
from remnant.response.rules.spans import Ints, key_of
from remnant.study.study import Study

# How the rows of one patient are ordered; rows that are alike in this keep the order of their file.
_ORDER = {
    "therapy": (),
    "blood_counts": ("day",),
    "transfusions": ("day", "product"),
    "transfusion_log": (),
    "samples": ("day", "sample_id"),
    "marrows": ("day", "sample_id"),
}


class PatientRows:
    """Rows by patient: as dicts of one patient for records, and as columns of all for arithmetic.

    Parameters
    ----------
    study : Study
        What was measured.
    """

    def __init__(self, study: Study) -> None:
        self.patients = list(study["patients"].iter_rows(named=True))
        place = pl.DataFrame(
            {"patient_id": study["patients"]["patient_id"], "place": range(len(self.patients))},
            schema={"patient_id": pl.String, "place": pl.Int64},
        )
        drawn = study["samples"].select("sample_id", "patient_id", "day")
        marrows = study["marrows"].join(drawn, on="sample_id", how="inner", maintain_order="left")
        self.tables: dict[str, Columns] = {}
        for name, order in _ORDER.items():
            table = marrows if name == "marrows" else study[name]
            placed = table.join(place, on="patient_id", how="inner", maintain_order="left")
            ordered = placed.sort("place", *order, maintain_order=True)
            self.tables[name] = Columns(ordered, len(self.patients))

    def of(self, name: str, place: int) -> list[dict[str, Any]]:
        """Return the rows of one patient."""
        return self.tables[name].rows(place)

    def last_day(self, place: int) -> int | None:
        """Return a patient's last contact, or else the last day on which anything is recorded."""
        contact: int | None = self.patients[place]["last_contact_day"]
        if contact is not None:
            return contact
        days = [
            row["day"] for name in ("samples", "blood_counts", "transfusions") for row in self.of(name, place)
        ]
        days += [row["end_day"] for row in self.of("transfusion_log", place)]
        return max(days, default=None)


class Columns:
    """One table, sorted by patient."""

    def __init__(self, table: pl.DataFrame, patients: int) -> None:
        self.table = table
        self.place: Ints = table["place"].to_numpy()
        self.starts: list[int] = np.searchsorted(self.place, np.arange(patients + 1)).tolist()

    def keys(self, day: str = "day") -> Ints:
        """Return patient and day of every row."""
        return key_of(self.place, self.table[day].to_numpy())

    def numbers(self, name: str) -> tuple[np.ndarray[Any, np.dtype[np.float64]], Bools]:
        """Return a column of numbers, and where there is one."""
        column = self.table[name]
        return column.fill_null(0).cast(pl.Float64).to_numpy(), column.is_not_null().to_numpy()

    def rows(self, place: int) -> list[dict[str, Any]]:
        """Return the rows of one patient."""
        part = slice(self.starts[place], self.starts[place + 1])
        columns = self._lists.values()
        return [
            dict(zip(self._lists, row, strict=True)) for row in zip(*(c[part] for c in columns), strict=True)
        ]

    def cells(self, place: int, *names: str) -> Iterator[tuple[Any, ...]]:
        """Return some cells of each row of one patient."""
        part = slice(self.starts[place], self.starts[place + 1])
        return zip(*(self._lists[name][part] for name in names), strict=True)

    @cached_property
    def _lists(self) -> dict[str, list[Any]]:
        return {name: self.table[name].to_list() for name in self.table.columns}
