"""A job as a record, and as a row of the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import RowMapping

from remnant.errors import Fault

State = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Job:
    """A piece of work that someone asked for.

    Parameters
    ----------
    id : int
        Its number.
    kind : str
        Kind of work, as `remnant.service.work` knows it.
    study, revision : int or None
        What it is about.
    arguments : Mapping
        The choices.
    state : {"waiting", "running", "done", "failed", "cancelled"}
        Where it is.
    by : str
        Who asked.
    created, started, ended : str or None
        When; `started` is of the latest attempt.
    worker, heartbeat : str or None
        Who holds it or held it last, and when that worker last said that it lives.
    attempts : int
        Tries since the last that brought something new.
    done, total, label : int, int, str
        How far it is, of how much, and what is under way.
    result : Mapping or None
        What came of it, once it is done.
    faults : tuple of Fault
        What is to mend, where it failed.
    """

    id: int
    kind: str
    study: int | None
    revision: int | None
    arguments: Mapping[str, Any]
    state: State
    by: str
    created: str
    started: str | None
    ended: str | None
    worker: str | None
    heartbeat: str | None
    attempts: int
    done: int
    total: int
    label: str
    result: Mapping[str, Any] | None
    faults: tuple[Fault, ...]

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")


def job_of(row: RowMapping) -> Job:
    """Read a row."""
    values: dict[str, Any] = {str(name): value for name, value in row.items()}
    result = values.pop("result")
    return Job(
        arguments=json.loads(values.pop("arguments")),
        result=None if result is None else json.loads(result),
        faults=tuple(Fault(**fault) for fault in json.loads(values.pop("faults"))),
        **values,
    )


def text_of(values: Mapping[str, Any]) -> str:
    """Write choices or a result, the same text for the same content."""
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False, allow_nan=False)


def faults_text(faults: Sequence[Fault]) -> str:
    """Write faults, in ASCII: the name of a file may hold bytes that are no text, which no database takes."""
    return json.dumps([asdict(fault) for fault in faults])
