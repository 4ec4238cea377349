"""A results folder that is whole or not there at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from remnant.errors import Fault, ResultsError, SettingError
from remnant.store.disk import flush_folder, folder_beside, name_beside
from remnant.study.formulas import defused_table

MANIFEST = "manifest.json"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_free(directory: Path) -> None:
    """Refuse a folder that holds anything but earlier results.

    Raises
    ------
    SettingError
        If writing there would remove someone's files.
    """
    if not directory.exists():
        return
    if directory.is_dir() and ((directory / MANIFEST).exists() or not any(directory.iterdir())):
        return
    found = "a folder with other files" if directory.is_dir() else "a file"
    hint = "name a new folder, or one with earlier results"
    raise SettingError([Fault(str(directory), None, "", found, "a new folder", hint)])


@contextmanager
def replaced(directory: Path) -> Iterator[Path]:
    """Give a folder to write into, which takes the place of `directory` only when all went well.

    After an error `directory` is as it was before. What it held is removed only once the new one stands.

    Yields
    ------
    Path
        An empty folder beside `directory`.
    """
    check_free(directory)
    directory = directory.resolve()  # a link to a folder stays one; `.` has a name
    fresh = folder_beside(directory)
    try:
        yield fresh
        _take_place(fresh, directory)
    finally:
        if fresh.exists():
            shutil.rmtree(fresh)


def _take_place(fresh: Path, directory: Path) -> None:
    if not directory.exists():
        fresh.rename(directory)
        return
    before = name_beside(directory)
    directory.rename(before)
    try:
        fresh.rename(directory)
    except BaseException:
        before.rename(directory)
        raise
    flush_folder(directory.parent)
    shutil.rmtree(before, ignore_errors=True)  # the results are there, whatever becomes of the earlier ones


def write_tables(directory: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write each table as Parquet, for programs, and as CSV, for people and their spreadsheets.

    A cell of text that a spreadsheet would run has an apostrophe in front in the CSV, as
    `remnant.study.formulas` says, which also takes it away; the Parquet holds the text as it is.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(directory / f"{name}.parquet")
        defused_table(table).write_csv(directory / f"{name}.csv")


def read_manifest(directory: Path) -> bytes:
    """Return the manifest of a results folder.

    Raises
    ------
    ResultsError
        If the folder holds no finished results.
    """
    path = directory / MANIFEST
    if not path.is_file():
        found = "no manifest" if directory.is_dir() else "no such folder"
        hint = "remnant analyse STUDY --out RESULTS makes one"
        raise ResultsError([Fault(str(directory), None, MANIFEST, found, "a finished results folder", hint)])
    return path.read_bytes()
