"""A job at hand: what it is about, the key of its answer, and the folder in which it is worked on."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remnant.errors import Fault, NotHere, SettingError
from remnant.store.cache import key
from remnant.store.files.trees import checkout
from remnant.store.house import Store
from remnant.store.queue.job_rows import Job, text_of
from remnant.store.studies.results import Kept, ResultKind, keep, kept
from remnant.store.studies.studies import StudyRecord, all_studies, revision_called

if TYPE_CHECKING:
    from remnant.study.study import Study

Told = Callable[[int, int, str], None]  # pieces done, of how many, and what is under way

COMPUTING = ("remnant", "numpy", "scipy", "polars", "pydantic", "jax", "numpyro")
RESULTS: dict[str, ResultKind] = {
    "analyse": "analysis",
    "fit": "fit",
    "report": "report",
    "simulate-cohort": "cohort",
}
WAIT_S = 0.2


@dataclass(frozen=True)
class Task:
    """A job at hand.

    Parameters
    ----------
    store, job : Store, Job
        Where it came from, and as it was asked for.
    told : callable
        Told how far it is.
    engine : str
        Who does the work; it cannot change an answer.
    """

    store: Store
    job: Job
    told: Told
    engine: str = "processes"

    @cached_property
    def record(self) -> StudyRecord:
        """The study that it is about."""
        for study in all_studies(self.store, archived=True):
            if study.id == self.job.study:
                return study
        raise NotHere(
            [
                Fault(
                    "store",
                    None,
                    "study",
                    str(self.job.study),
                    "a study of this store",
                    "name one of the list",
                )
            ]
        )

    @property
    def revision(self) -> int:
        """The revision that it is about."""
        assert self.job.revision is not None, f"{self.job.kind} is about a revision"
        return self.job.revision

    @cached_property
    def tree(self) -> str:
        """The study folder as it was in that revision."""
        return revision_called(self.store, self.record, self.revision).tree

    def study(self) -> Study:
        """Read the study.

        Raises
        ------
        StudyError
            With everything wrong in it.
        """
        from remnant.study import read_study

        self.told(0, 0, "reading the study")
        return read_study(checkout(self.store, self.tree))

    def latest(self, kind: ResultKind, hint: str) -> Kept:
        """Return the newest results of a kind of this very revision, or refuse with a hint."""
        return latest_of(self.store, self.record, self.revision, kind, hint)

    @cached_property
    def source(self) -> str:
        """What the answer is made from: trees, by the digest of their content."""
        if self.job.kind == "report":
            return self.latest("analysis", "run Analyse first, then Report").tree
        if self.job.arguments.get("forecast") == "fit":
            return f"{self.tree} {self.latest('fit', 'run Fit first, then Analyse').tree}"
        return "" if self.job.study is None else self.tree

    @cached_property
    def key(self) -> str:
        """The name of the answer: the same key, the same bytes."""
        return key_of(self.job.kind, self.source, self.job.arguments)

    @property
    def folder(self) -> Path:
        """Where it is worked on; whoever asks the same again goes on there."""
        return self.store.home / "work" / self.key[:32]

    def found(self, kind: ResultKind | None = None, name: str | None = None) -> Kept | None:
        """Return what is kept of this question, or of another about the same revision, under its key."""
        kind, name = kind or RESULTS[self.job.kind], name or self.key
        same = [one for one in kept(self.store, self.record, kind) if one.key == name]
        for one in same:
            if one.revision == self.revision:
                return one
        # An edit that was taken back: the bytes are those of an earlier revision, and so is the answer.
        return self.keep(checkout(self.store, same[0].tree), kind, name) if same else None

    def keep(self, folder: Path, kind: ResultKind | None = None, name: str | None = None) -> Kept:
        """Keep a folder as the answer; doing it again changes nothing."""
        return keep(
            self.store,
            who=self.job.by,
            study=self.record,
            revision=self.revision,
            kind=kind or RESULTS[self.job.kind],
            folder=folder,
            key=name or self.key,
            job=self.job.id,
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Give the folder to this process alone; wait for one that has yet to notice that it lost the job."""
        from remnant.scale.whole import alone_in

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(alone_in(self.folder))
                    break
                except SettingError:
                    self.told(0, 0, "waiting for another worker to let go")
                    time.sleep(WAIT_S)
            yield
            shutil.rmtree(self.folder, ignore_errors=True)  # after an error it stays: the next goes on there


def latest_of(store: Store, record: StudyRecord, revision: int, kind: ResultKind, hint: str) -> Kept:
    """Return the newest results of a kind of a revision.

    Raises
    ------
    SettingError
        If there are none; `hint` says what to do.
    """
    for one in kept(store, record, kind):
        if one.revision == revision:
            return one
    found = f"no {kind} of revision {revision}"
    raise SettingError([Fault(record.title, None, kind, found, f"the {kind} of this revision", hint)])


def key_of(kind: str, source: str, arguments: Any) -> str:
    """Return the name of an answer: of what it is made from, the choices, and all that computes."""
    made = [f"{name} {version(name)}" for name in COMPUTING]
    return key(kind, source, text_of(arguments), platform.python_version(), *made)
