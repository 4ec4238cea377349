"""Tubes that are open: each is read once and kept while it is looked at, within a bound of events."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from posixpath import normpath
from typing import TypeVar

from remnant.analysis.plan import Plan
from remnant.analysis.tube_tasks import TubeTask, tube_tasks
from remnant.cytometry.recipe.bench import Bench, Counted, open_bench
from remnant.errors import Fault, NotHere
from remnant.service.gating.records import TubeLine
from remnant.service.standing import study_of
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord
from remnant.study.study import Study

EVENTS = 12_000_000  # of all tubes that are kept open together: about a gigabyte of columns
T = TypeVar("T")


@dataclass(frozen=True)
class TubeOfStudy:
    """One stained tube of a revision.

    Parameters
    ----------
    line : TubeLine
        As it is listed.
    task : TubeTask
        What its counts depend on, without any cut that a person placed.
    saved : mapping of str to float
        The cuts that stand in the study.
    sha256 : str
        Of its file.
    key : tuple
        What it is opened from: the same key is the same open tube.
    """

    line: TubeLine
    task: TubeTask
    saved: dict[str, float]
    sha256: str
    key: tuple[object, ...]


@dataclass
class OpenTube:
    """A tube on the bench, for one asker at a time."""

    bench: Bench
    automatic: Counted
    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[object, object] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """Events of the tube and its controls."""
        rack = self.bench.rack
        tubes = {id(tube): tube for tube in (rack.stained, *rack.fmo.values(), *rack.isotype.values())}
        return sum(tube.events.size for tube in tubes.values())

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Make what is asked for, unless it was made for the same question; the last of each kind is kept."""
        kind = key[0] if isinstance(key, tuple) else key
        if kind not in self.kept or self.kept[kind][0] != key:  # type: ignore[index]
            self.kept[kind] = (key, make())
        return self.kept[kind][1]  # type: ignore[index,no-any-return]


_OPEN: OrderedDict[tuple[object, ...], OpenTube] = OrderedDict()
_DOOR = threading.Lock()


def tubes_of(store: Store, record: StudyRecord) -> tuple[TubeOfStudy, ...]:
    """List the stained tubes of a study in the order of events.csv; the same revision is read once.

    Raises
    ------
    StudyError
        If the study is not sound.
    """
    return _tubes(store, record.tree)


def tube_called(store: Store, record: StudyRecord, number: int) -> TubeOfStudy:
    """Return a stained tube by its number, from 1.

    Raises
    ------
    NotHere
        If there is none.
    """
    tubes = tubes_of(store, record)
    if not 1 <= number <= len(tubes):
        expected = f"1 to {len(tubes)}" if tubes else "a stained tube in events.csv"
        raise NotHere([Fault("gates", None, "tube", str(number), expected, "go back to the list of tubes")])
    return tubes[number - 1]


def open_tube(tube: TubeOfStudy, baseline: OpenTube | None = None, saved: object = None) -> OpenTube:
    """Return a tube opened, once for all who look at it.

    Parameters
    ----------
    tube : TubeOfStudy
    baseline : OpenTube, optional
        The patient's first tube, where the plan counts later ones by its thresholds.
    saved : object
        What the thresholds of that tube depend on.

    Raises
    ------
    FcsError
        If a file is damaged.
    """
    key = (*tube.key, saved)
    with _DOOR:
        if key in _OPEN:
            _OPEN.move_to_end(key)
            return _OPEN[key]
    task = tube.task
    if baseline is not None:
        thresholds = baseline.bench.count(dict(saved or ())).tube.thresholds  # type: ignore[call-overload]
        task = replace(task, baseline=thresholds)
    bench = open_bench(task.opening(), rng=task.rng())
    made = OpenTube(bench, bench.count({}))
    with _DOOR:
        _OPEN[key] = made
        while len(_OPEN) > 1 and sum(item.events for item in _OPEN.values()) > EVENTS:
            _OPEN.popitem(last=False)
    return made


@lru_cache(maxsize=16)
def _tubes(store: Store, tree: str) -> tuple[TubeOfStudy, ...]:
    study = study_of(store, tree)
    plan, files = Plan.of(study.config), tree_files(store, tree)
    samples = {row["sample_id"]: row for row in study["samples"].iter_rows(named=True)}
    patients = {name: number for number, name in enumerate(study.patients, 1)}
    panels = {row["file"]: row["panel"] for row in study["events"].iter_rows(named=True)}
    tubes = []
    for number, task in enumerate(tube_tasks(study, plan, reviewed={}), 1):
        sample = samples[task.sample_id]
        sha256 = files.get(normpath(task.file), "")
        saved, stale = _saved(study, task.file, sha256)
        line = TubeLine(
            number, patients[sample["patient_id"]], sample["patient_id"], task.sample_id, sample["day"],
            task.file, panels[task.file], tuple(marker for marker, _, _ in (*task.controls, *task.isotypes)),
            tuple(saved), stale,
        )  # fmt: skip
        shas = tuple(files.get(normpath(file), "") for file in task.files())
        key = (str(store.home), shas, repr(replace(task, root="", first_answer="", keep=None)))
        tubes.append(TubeOfStudy(line, task, saved, sha256, key))
    return tuple(tubes)


def _saved(study: Study, file: str, sha256: str) -> tuple[dict[str, float], bool]:
    """Return the cuts that stand for a file, and whether one of them is of other bytes."""
    rows = [row for row in study["gate_reviews"].iter_rows(named=True) if row["file"] == file]
    stale = any(row["file_sha256"] not in (None, sha256) for row in rows)
    return {row["marker"]: row["cut"] for row in rows}, stale
