"""Findings cut into those of each patient, so that the page of one does not look through those of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from remnant.analysis.findings import Findings

Record = TypeVar("Record")


def of_patients(findings: Findings) -> list[Findings]:
    """Return for each patient what was found of them, and of nobody by name.

    Parameters
    ----------
    findings : Findings
        Everything that was found.

    Returns
    -------
    list of Findings
        In the order of the study's patients. What names neither a patient nor a sample is in all of them, and
        so are the patients themselves, whose numbers are the names of their pages.
    """
    names = [timeline.patient_id for timeline in findings.timelines]
    whose = {visit.sample_id: line.patient_id for line in findings.timelines for visit in line.visits}
    cut = _Cut(names, lambda record: _owner(record, whose))
    return [replace(one, timelines=findings.timelines) for one in cut.record(findings)]


def _owner(record: Any, whose: dict[str, str]) -> str:
    """Return whose a record is; nothing for what is of the study, and no patient for a sample of nobody."""
    name = getattr(record, "patient_id", None)
    sample = getattr(record, "sample_id", None) or ""
    return name if name is not None else whose.get(sample, f"sample {sample}" if sample else "")


@dataclass(frozen=True)
class _Cut:
    names: Sequence[str]
    owner: Callable[[Any], str]

    def record(self, whole: Record) -> list[Record]:
        """Cut every tuple of records that a record holds, however deep; what nobody owns stays whole."""
        parts = {
            item.name: self.rows(value) if isinstance(value, tuple) else self.record(value)
            for item in fields(whole)  # type: ignore[arg-type]
            if isinstance(value := getattr(whole, item.name), tuple) or is_dataclass(value)
        }
        made: list[Record] = [
            replace(whole, **{name: own[n] for name, own in parts.items()})  # type: ignore[type-var]
            for n in range(len(self.names))
        ]
        return made

    def rows(self, rows: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Cut a table; one whose rows have no owner and hold tables, such as criteria, within."""
        own: dict[str, list[Any]] = {name: [] for name in self.names}
        if not rows or not is_dataclass(rows[0]):
            return [rows] * len(self.names)
        if not hasattr(rows[0], "patient_id") and not hasattr(rows[0], "sample_id"):
            within = [self.record(row) for row in rows]
            return [tuple(row[n] for row in within) for n in range(len(self.names))]
        for row in rows:
            owner = self.owner(row)
            for mine in [own[owner]] if owner in own else own.values() if owner == "" else ():
                mine.append(row)
        return [tuple(own[name]) for name in self.names]
