"""One observation of one patient, before it stands in an array; and where samples belong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from remnant.errors import Fault, RemnantError
from remnant.inference.evidence.evidence import Label
from remnant.study.study import Study


@dataclass(frozen=True)
class Observation:
    """What one row of an assay will hold.

    Parameters
    ----------
    assay : str
        One of `remnant.inference.evidence.evidence.ASSAYS`.
    patient_id : str
        Whose.
    day : int
        When.
    fields : dict of str to number or ndarray
        Fields of the assay's `Rows`, but for `time` and `weight`.
    label : Label
        Where it comes from.
    """

    assay: str
    patient_id: str
    day: int
    fields: dict[str, Any]
    label: Label


@dataclass(frozen=True)
class Found:
    """Observations of one assay in the order of their table, and what a reader must know."""

    observations: tuple[Observation, ...] = ()
    notes: tuple[str, ...] = ()


Part = Callable[[Study], Found]


def gathered_parts(study: Study, parts: Sequence[Part]) -> tuple[list[Found], list[Fault]]:
    """Read every part of a study; what is at fault in one does not hide what is at fault in another."""
    found: list[Found] = []
    faults: list[Fault] = []
    for part in parts:
        try:
            found.append(part(study))
        except RemnantError as error:
            faults += error.faults
    return found, faults


def placed(study: Study, table: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Yield patient, day and row of a table whose rows belong to samples, in the order of the table."""
    places = {
        row["sample_id"]: (row["patient_id"], row["day"]) for row in study["samples"].iter_rows(named=True)
    }
    for row in study[table].iter_rows(named=True):
        yield (*places[row["sample_id"]], row)


def left_out(rows: int, what: str) -> tuple[str, ...]:
    """Say how many rows of a kind are not used; nothing where there is none."""
    return (f"{what}: {rows} row{'s' * (rows != 1)} not used",) if rows else ()


def groups(table: pl.DataFrame, keys: Sequence[str]) -> list[pl.DataFrame]:
    """Split a table by some columns, in the order of their first rows."""
    return [] if table.is_empty() else table.partition_by(list(keys), maintain_order=True)
