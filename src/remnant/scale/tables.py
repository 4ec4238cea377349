"""A long table made in blocks: streamed to disk, taken up again after any end, one file at last.

While it is made, `NAME.blocks/` holds what is finished and `NAME.json` says whose it is. At last the blocks
become `NAME.parquet`, which has the same bytes on any engine, with any number of workers and any size of
block, and whether or not the run was broken off.

An item is a patient of a cohort, or one replicate of a calibration that takes minutes: the function takes a
block and returns a polars table with one row for each of its items, whatever the columns mean::

    write_table(partial(replicates, plan), 500, directory, name="replicates", plan=plan, executor=executor)
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from remnant.errors import Fault, ResultsError, SettingError, UnfinishedError
from remnant.scale.blocks import Unfinished, stream_blocks
from remnant.scale.executors import Executor
from remnant.scale.kept import KeptBlocks, check_columns, columns_of, gaps, pack_rows
from remnant.scale.manifest import Finished, Manifest, check_same, read_manifest, write_manifest
from remnant.scale.tasks import Block
from remnant.scale.whole import alone_in, clear_parts, usable, whole_file

LARGEST = 16_384  # rows of a block that is cut by time: a bound on what a worker holds


def _ignore(items: int) -> None:
    """Do nothing: the default of `done`."""


@dataclass(frozen=True)
class Written:
    """A finished table.

    Parameters
    ----------
    path : Path
        The Parquet file.
    rows : int
        One for each item.
    found : int
        Rows that an earlier run had made.
    sha256 : str
        Of the file.
    """

    path: Path
    rows: int
    found: int
    sha256: str


def write_table(
    function: Callable[[Block], pl.DataFrame],
    total: int,
    directory: Path,
    *,
    name: str,
    plan: object,
    executor: Executor,
    size: int | None = None,
    seconds: float = 1.0,
    retries: int = 2,
    resume: bool = True,
    done: Callable[[int], None] = _ignore,
) -> Written:
    """Make a table of `total` rows and write it as one Parquet file.

    A run that was broken off, by whatever, goes on where it stopped when it is asked for again; a table that
    is finished is left as it is. Memory does not grow with `total`.

    Parameters
    ----------
    function : callable
        From a block to a table with one row for each of its items, in order. Its answer for an item depends
        on the item and the plan alone; it is picklable unless the executor is serial.
    total : int
        Number of items, at least 1.
    directory : Path
        A new folder, an empty one, or one in which the same table was begun.
    name : str
        What the items are, in the plural: the name of the files, and the word in faults.
    plan : frozen record, pydantic model or mapping
        Every choice behind an answer.
    executor, size, seconds, retries
        As in `remnant.scale.blocks.map_blocks`; a block of any size that fails every try is halved, so that
        all rows but those at fault are made.
    resume : bool
        Without it, what was begun in `directory` is removed first.
    done : callable
        Called with the number of items that are there at the start, and of each block as it is kept.

    Returns
    -------
    Written

    Raises
    ------
    SettingError
        If the folder cannot be written, is in use, or holds something else; if the disk is full.
    ResultsError
        If the folder was begun by another plan or another program, or its table was changed.
    UnfinishedError
        If some items failed: which, and why. All others are kept, and asking again tries only these.
    """
    assert total >= 1, "a table has at least one row"
    place = _Place(directory, name)
    asked = Manifest.of(name, total, plan)
    with usable(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with alone_in(directory):
        there = _claim(place, asked, resume=resume)
        if there.finished and place.table.exists():
            done(total)
            return _unchanged(place.table, there.finished)
        kept = KeptBlocks(place.blocks, total)
        before = kept.found()
        found = sum(map(len, before))
        done(found)
        left = stream_blocks(
            partial(pack_rows, function),
            gaps(before, total),
            keep=_Keeper(kept, before.values()),
            executor=executor,
            size=size,
            seconds=seconds,
            largest=LARGEST,
            halve=True,
            retries=retries,
            done=done,
        )
        _report(place, left)
        return _finish(place, kept, asked, found)


@dataclass(frozen=True)
class _Place:
    """The files of one table in its folder."""

    directory: Path
    name: str

    @property
    def table(self) -> Path:
        return self.directory / f"{self.name}.parquet"

    @property
    def manifest(self) -> Path:
        return self.directory / f"{self.name}.json"

    @property
    def failures(self) -> Path:
        return self.directory / f"{self.name}.failed.json"

    @property
    def blocks(self) -> Path:
        return self.directory / f"{self.name}.blocks"

    def clear(self) -> None:
        """Remove what was begun; the manifest last, since without it the rest is a stranger's."""
        if self.manifest.exists():
            shutil.rmtree(self.blocks, ignore_errors=True)
            for path in (self.failures, self.table, self.manifest):
                path.unlink(missing_ok=True)


class _Keeper:
    """Puts blocks on the disk, as long as all have the same columns."""

    def __init__(self, kept: KeptBlocks, before: Iterable[Path]):
        self.kept = kept
        self.columns = next(map(columns_of, before), None)

    def __call__(self, block: Block, packed: bytes) -> None:
        found = columns_of(packed)
        check_columns(found, self.columns or found)
        self.kept.keep(block, packed)
        self.columns = found


def _claim(place: _Place, asked: Manifest, *, resume: bool) -> Manifest:
    """Return the manifest of a table that was begun here, or begin it."""
    with usable(place.directory):
        clear_parts(place.directory)
        if not resume:
            place.clear()
        if place.manifest.exists():
            there = read_manifest(place.manifest)
            check_same(there, asked, place.manifest)
            return there
        if any(place.directory.iterdir()):
            hint = "name a new folder, or one in which this was begun"
            fault = Fault(str(place.directory), None, "", "a folder with other files", "a new folder", hint)
            raise SettingError([fault])
    write_manifest(place.manifest, asked)
    return asked


def _unchanged(path: Path, finished: Finished) -> Written:
    """Return a table that was finished before, if it is still what was written."""
    if digest(path) != finished.sha256:
        hint = "remove the folder, or name a new one, to make the table again"
        raise ResultsError(
            [Fault(str(path), None, "", "another content", "the table as it was written", hint)]
        )
    return Written(path, finished.rows, finished.rows, finished.sha256)


def _report(place: _Place, left: Unfinished) -> None:
    """Write down what failed, and say it; without a failure, remove what an earlier run wrote down."""
    if not (left.failed or left.untried):
        place.failures.unlink(missing_ok=True)
        return
    with whole_file(place.failures) as file:
        file.write(json.dumps([asdict(failed) for failed in left.failed], indent=1).encode() + b"\n")
    again = f"all others are kept: the same line tries these again; {place.failures.name} has the whole error"
    faults = [
        Fault(str(place.directory), None, f"{place.name} {failed.block}",
              f"{failed.error} (tried {failed.attempts} times)", "a row for each", again)
        for failed in left.failed
    ]  # fmt: skip
    faults += [
        Fault(str(place.directory), None, f"{place.name} {block}", "not begun", "a row for each",
              "too many before them had failed: mend that first")
        for block in left.untried
    ]  # fmt: skip
    raise UnfinishedError(faults)


def _finish(place: _Place, kept: KeptBlocks, asked: Manifest, found: int) -> Written:
    """Merge the blocks, say so in the manifest, and only then remove them."""
    with whole_file(place.table) as file:
        kept.merge(file)
    finished = Finished(asked.total, digest(place.table))
    write_manifest(place.manifest, replace(asked, finished=finished))
    shutil.rmtree(place.blocks, ignore_errors=True)
    return Written(place.table, finished.rows, found, finished.sha256)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
