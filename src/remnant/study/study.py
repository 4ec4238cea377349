"""A study as it was measured: its choices and its checked tables, frozen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from remnant.study.config import StudyConfig


@dataclass(frozen=True)
class Study:
    """What was measured, and nothing else.

    Parameters
    ----------
    root : Path
        The study folder.
    config : StudyConfig
        What study.toml says, or its defaults.
    tables : Mapping of str to DataFrame
        Every table of `remnant.study.TABLES` by name, without rows where the study has none. Every column
        of the schema is there, null where nothing was measured; `line` is the row's line in its file.
    files : tuple of str
        The files that were read, relative to `root`.
    notes : tuple of str
        What a reader should know and need not mend.
    """

    root: Path
    config: StudyConfig
    tables: Mapping[str, pl.DataFrame]
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return the table called `name`."""
        return self.tables[name]

    def has(self, name: str) -> bool:
        """Say whether a table has rows."""
        return not self.tables[name].is_empty()

    @property
    def patients(self) -> tuple[str, ...]:
        """Patients in the order of patients.csv."""
        return tuple(self["patients"]["patient_id"])

    def samples_of(self, patient_id: str) -> pl.DataFrame:
        """Return a patient's samples in the order of time."""
        return self["samples"].filter(pl.col("patient_id") == patient_id).sort("day", "sample_id")

    def visits(self) -> Iterator[tuple[str, str, int]]:
        """Yield (patient_id, sample_id, day) of every sample, patients in order, samples in time."""
        for patient in self.patients:
            for row in self.samples_of(patient).iter_rows(named=True):
                yield patient, row["sample_id"], row["day"]
