"""A study of which every karyotype and every slide can be read, too: what "nothing to mend" promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from remnant.cytogenetics.fish.slides import read_slides
from remnant.cytogenetics.iscn.no_result import is_no_result
from remnant.cytogenetics.iscn.reader import read_karyotype
from remnant.errors import Fault, RemnantError
from remnant.study import Study, read_study

ISCN = "iscn"


def read_whole_study(root: Path, *, instead: Mapping[str, bytes | None] | None = None) -> Study:
    """Read and check a study folder, and what its laboratory wrote in ISCN.

    Parameters
    ----------
    root, instead
        As of `remnant.study.read_study`.

    Returns
    -------
    Study
        Frozen; its texts of ISCN can be read.

    Raises
    ------
    StudyError
        With every fault of every file, a text of ISCN that cannot be read among them, at its column.
    """
    return read_study(root, instead=instead, also={"karyotypes": _karyotypes, "fish": _slides})


def _karyotypes(table: pl.DataFrame, source: str, _wrong: frozenset[int]) -> list[Fault]:
    faults: list[Fault] = []
    for line, text in table.select("line", ISCN).drop_nulls().iter_rows():
        if is_no_result(text):
            continue
        try:
            read_karyotype(text, source=source, line=line)
        except RemnantError as error:
            faults += map(_at_its_cell, error.faults)
    return faults


def _slides(table: pl.DataFrame, source: str, wrong: frozenset[int]) -> list[Fault]:
    """Read the slides without a fault of their own: what a count lacks is said by then."""
    try:
        read_slides(table.filter(~pl.col("line").is_in(list(wrong))), file=source)
    except RemnantError as error:
        return [_at_its_cell(fault) for fault in error.faults]
    return []


def _at_its_cell(fault: Fault) -> Fault:
    """Name the column, where a reader of one text names the position in it."""
    if not fault.column.startswith("position"):
        return fault
    return replace(fault, column=ISCN, found=f"{fault.found} at {fault.column}")
