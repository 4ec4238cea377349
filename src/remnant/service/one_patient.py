"""Findings of one patient alone: a page of one needs not the records of two hundred."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from remnant.analysis.findings import Findings
from remnant.analysis.timeline import Timeline

Record = TypeVar("Record")

# What is said of all patients: no page of one asks for it.
OF_ALL = ("time_to_event", "incidence", "associations", "interval_times", "statements", "pooled_leads")


def of_patient(findings: Findings, timeline: Timeline) -> Findings:
    """Return the findings with the records of one patient, and those that are nobody's.

    A record belongs to whom it names, by patient or by sample. The page of the patient is the same, to the
    letter, as from all findings.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    timeline : Timeline
        The patient.
    """
    name, samples = timeline.patient_id, {visit.sample_id for visit in timeline.visits}

    def mine(record: Any) -> bool:
        who, sample = getattr(record, "patient_id", None), getattr(record, "sample_id", None)
        return who in (None, "", name) and (sample is None or sample in samples)

    own = _only(findings, mine)
    nothing: dict[str, Any] = dict.fromkeys(OF_ALL, ())
    return replace(own, timelines=(timeline,), **nothing)


def _only(record: Record, mine: Callable[[Any], bool]) -> Record:
    """Keep what is of the patient in each list of a record, and in the records within it that hold lists."""
    kept: dict[str, Any] = {}
    for item in fields(record):  # type: ignore[arg-type]
        value = getattr(record, item.name)
        if isinstance(value, tuple):
            kept[item.name] = tuple(_inside(one, mine) for one in value if mine(one))
        elif _holds_lists(value):
            kept[item.name] = _only(value, mine)
    return replace(record, **kept)  # type: ignore[type-var]


def _inside(one: Any, mine: Callable[[Any], bool]) -> Any:
    named = hasattr(one, "patient_id") or hasattr(one, "sample_id")
    return one if named or not _holds_lists(one) else _only(one, mine)


def _holds_lists(value: Any) -> bool:
    if not is_dataclass(value) or isinstance(value, type):
        return False
    return any(_of_records(getattr(value, item.name)) for item in fields(value))


def _of_records(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])
