"""Hundreds of event files become one tidy table: one piece of work per file, on any engine, resumable.

An answer is kept under a hash of the file, the gates and the version of the program, so that an answer that
is found is the answer that would be made. That of a file is looked up by its place, size and times first, so
that a run that goes on does not read again what it has counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from remnant.analysis.counting import Counting
from remnant.analysis.event_files import FoundFiles, written
from remnant.cytometry import GateCount, count_data_sets
from remnant.errors import Fault, RemnantError
from remnant.scale import Executor
from remnant.store import Cache, digest, key


@dataclass(frozen=True)
class FileHash:
    """SHA-256 of a file that was read once."""

    sha256: str


@dataclass(frozen=True)
class FileCounts:
    """Counts of one file; one tuple of gates per data set."""

    datasets: tuple[tuple[GateCount, ...], ...]


@dataclass(frozen=True)
class BatchRow:
    """One gate on one data set of one file; counts are None where `reason` says why.

    Parameters
    ----------
    file : str
        Path as it was given.
    dataset : int or None
        Data set within the file, from 1; None where the file could not be opened.
    sha256 : str or None
        Hash of the file; None where it could not be read.
    gate, parent : str or None
        None where the whole file or data set could not be counted.
    events, evaluable, not_evaluable : int or None
        As in `GateCount`.
    reason : str
        Why there is no count.
    """

    file: str
    dataset: int | None
    sha256: str | None
    gate: str | None
    parent: str | None
    events: int | None
    evaluable: int | None
    not_evaluable: int | None
    reason: str


@dataclass(frozen=True)
class Batch:
    """What came of a batch.

    Parameters
    ----------
    rows : tuple of BatchRow
        In the order of the files, their data sets and the gates.
    files : int
        Files that were tried.
    faults : tuple of Fault
        What kept a file, a data set or a folder from being counted.
    notes : tuple of str
        Files that were met twice, gates that could not be placed, files left out.
    """

    rows: tuple[BatchRow, ...]
    files: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether any count that was asked for is missing."""
        return bool(self.faults) or any(row.reason for row in self.rows)


@dataclass(frozen=True)
class _Outcome:
    """What came of one file."""

    rows: tuple[BatchRow, ...]
    faults: tuple[Fault, ...] = ()


def count_batch(
    found: FoundFiles,
    counting: Counting,
    *,
    executor: Executor,
    keep: Path | None,
    done: Callable[[], None] = lambda: None,
) -> Batch:
    """Count every gate in every file; a file that cannot be counted says why and does not stop the others.

    Parameters
    ----------
    found : FoundFiles
        Files to count.
    counting : Counting
        What is counted in each: gates, or compartments by the automatic recipe.
    executor : Executor
        Who does the work; the answer is the same.
    keep : Path or None
        Folder in which the answer of each file is kept as soon as it is there, and found again.
    done : callable
        Called once for each file.

    Returns
    -------
    Batch
    """
    outcomes = executor.map(partial(_count_file, counting=counting, keep=keep), found.files, done=done)
    rows = tuple(row for outcome in outcomes for row in outcome.rows)
    faults = (*found.faults, *(fault for outcome in outcomes for fault in outcome.faults))
    notes = (*found.notes, *_twins(rows), *_unplaced(rows))
    return Batch(rows, len(found.files), faults, notes)


def _count_file(path: Path, *, counting: Counting, keep: Path | None) -> _Outcome:
    """Count one file, or find what was counted before."""
    name, cache = written(path), Cache(keep)
    try:
        sha256 = _hash(path, cache)
        answer = key("batch", version("remnant"), sha256, counting.choices)
        if (kept := cache.get(FileCounts, answer)) is not None:
            return _Outcome(_rows(name, sha256, kept.datasets))
        total = count_data_sets(path)
    except (RemnantError, OSError) as error:
        return _refused(path, None, None, error)
    datasets: list[tuple[GateCount, ...]] = []
    outcomes = []
    for number in range(1, total + 1):
        try:
            datasets.append(counting.count(path, number if total > 1 else None, sha256))
            outcomes.append(_Outcome(_rows(name, sha256, datasets[-1:], start=number)))
        except (RemnantError, OSError) as error:
            outcomes.append(_refused(path, number, sha256, error))
    if len(datasets) == total:
        cache.put(answer, FileCounts(tuple(datasets)))
    rows, faults = (o.rows for o in outcomes), (o.faults for o in outcomes)
    return _Outcome(sum(rows, start=()), sum(faults, start=()))


def _hash(path: Path, cache: Cache) -> str:
    """Hash a file, unless it lies where it lay, as large and as old as when it was hashed."""
    if path.exists() and not path.is_file():
        found = "a folder" if path.is_dir() else "no regular file"
        raise IsADirectoryError(0, found, str(path))
    facts = path.stat()
    told = (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, facts.st_dev)
    name = key("file", str(path.resolve()), *map(str, told))
    if (kept := cache.get(FileHash, name)) is not None:
        return kept.sha256
    fresh = FileHash(digest(path))
    cache.put(name, fresh)
    return fresh.sha256


def _rows(
    file: str, sha256: str, datasets: Iterable[tuple[GateCount, ...]], start: int = 1
) -> tuple[BatchRow, ...]:
    """Lay counts out; a gate that could not be placed was not counted as zero."""
    return tuple(
        _row(file, dataset, sha256, count)
        for dataset, counts in enumerate(datasets, start=start)
        for count in counts
    )


def _row(file: str, dataset: int, sha256: str, count: GateCount) -> BatchRow:
    place = (file, dataset, sha256, count.gate, count.parent or None)
    if count.reason:
        return BatchRow(*place, None, None, None, _one_line(count.reason))
    return BatchRow(*place, count.events, count.evaluable, count.not_evaluable, "")


def _refused(path: Path, dataset: int | None, sha256: str | None, error: Exception) -> _Outcome:
    """Say why a file has no counts: one row, and its faults under the path that was given."""
    name = written(path)
    if isinstance(error, RemnantError):
        # A fault may lie in a control: only that of the file itself is named by its path.
        own = (replace(f, source=name) if f.source == path.name else f for f in error.faults)
        faults = tuple(own)
    else:
        assert isinstance(error, OSError)
        found = error.strerror or type(error).__name__
        faults = (Fault(name, None, "", found, "a file that can be read", "check path and permissions"),)
    reason = "; ".join(_one_line(str(fault)) for fault in faults)
    return _Outcome((BatchRow(name, dataset, sha256, None, None, None, None, None, reason),), faults)


def _one_line(text: str) -> str:
    return "; ".join(text.splitlines())


def _twins(rows: Iterable[BatchRow]) -> list[str]:
    """Say which files hold the same bytes: a tube exported twice is counted twice."""
    same: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row.sha256 is not None:
            same[row.sha256][row.file] = None
    return [f"the same bytes in {', '.join(files)}" for files in same.values() if len(files) > 1]


def _unplaced(rows: Iterable[BatchRow]) -> list[str]:
    """Say of each gate that could not be placed in how many files, and why in the first."""
    unplaced: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.gate is not None and row.reason:
            unplaced[row.gate].setdefault(row.file, row.reason)
    return [
        f"gate {gate} is not evaluable in {len(files)} files, first in {first[0]}: {first[1]}"
        for gate, files in unplaced.items()
        for first in [next(iter(files.items()))]
    ]
