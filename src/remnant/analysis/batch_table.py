"""The table of a batch, in the format that its name asks for."""

from __future__ import annotations

import os
import tempfile
from dataclasses import astuple, fields
from pathlib import Path

import polars as pl

from remnant.analysis.batch import Batch, BatchRow
from remnant.errors import Fault, SettingError
from remnant.study.formulas import defused_table

_TYPES = {"int | None": pl.Int64, "int": pl.Int64}
SCHEMA = {field.name: _TYPES.get(str(field.type), pl.String) for field in fields(BatchRow)}
FORMATS = (".csv", ".parquet")


def check_table_path(path: Path) -> None:
    """Refuse a table that could not be written, before the work is done.

    Raises
    ------
    SettingError
        If the suffix is none of `FORMATS`, the folder is not there, or a folder lies in its place.
    """
    faults = []
    if path.suffix.lower() not in FORMATS:
        expected, hint = f"a name that ends in {' or '.join(FORMATS)}", "a spreadsheet opens .csv"
        faults.append(Fault("command line", None, "--out", path.name, expected, hint))
    if not path.parent.is_dir():
        hint = "make it first, or check the path"
        faults.append(Fault("command line", None, "--out", f"no folder {path.parent}", "a folder", hint))
    elif path.is_dir():
        faults.append(Fault("command line", None, "--out", f"a folder {path}", "a file", "name a file in it"))
    if faults:
        raise SettingError(faults)


def write_batch(batch: Batch, path: Path) -> None:
    """Write the rows of a batch, whole or not at all; the same rows give the same bytes."""
    table = pl.DataFrame([astuple(row) for row in batch.rows], schema=SCHEMA, orient="row")
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    os.close(handle)
    if path.suffix.lower() == ".csv":
        defused_table(table).write_csv(temporary)
    else:
        table.write_parquet(temporary)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    Path(temporary).chmod(mode)  # mkstemp lets only the owner in
    Path(temporary).replace(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
