"""Every name in a table must be known where it points: patients, samples, compartments, panels, files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study.column import Column
from remnant.study.config import StudyConfig
from remnant.study.faults import FEW, listed, quoted, suggest, summed
from remnant.study.schema import LINE
from remnant.study.tables import TABLES

_KEYS = {"patients": "patient_id", "samples": "sample_id"}


def unknown_names(
    config: StudyConfig | None, tables: Mapping[str, pl.DataFrame], sources: Mapping[str, str]
) -> list[Fault]:
    """List every name that points nowhere.

    Parameters
    ----------
    config : StudyConfig or None
        Declares compartments and panels; None if study.toml has faults, and then it is not asked.
    tables : Mapping of str to DataFrame
        The tables that were read whole. Nothing is held against a name that points to any other.
    sources : Mapping of str to str
        What faults call each table.
    """
    known: dict[str, tuple[list[str], str]] = {}
    for name, key in _KEYS.items():
        if name in tables and not tables[name][key].has_nulls():
            known[name] = tables[name][key].to_list(), sources[name]
    if config is not None:
        known["compartments"] = list(config.compartments), "study.toml [compartments]"
        stages = [stage for item in config.maturation.values() for stage in item.stages]
        where = "study.toml [compartments] or the stages of [maturation]"
        known["populations"] = [*config.compartments, *stages], where
        known["panel"] = list(config.panel), "study.toml [panel]"
    faults = []
    for name, table in tables.items():
        for column in TABLES[name].columns:
            if column.refers_to in known:
                faults += _unknown(column, table, sources[name], *known[column.refers_to])
    return faults


def _unknown(column: Column, table: pl.DataFrame, source: str, names: list[str], where: str) -> list[Fault]:
    unknown = table.filter(~pl.col(column.name).is_in(pl.Series(names, dtype=pl.String).implode()))

    def say(row: dict[str, Any]) -> Fault:
        found = row[column.name]
        hint = suggest(found, names, column.hint)
        return Fault(source, row[LINE], column.name, quoted(found), f"a name in {where}", hint)

    return listed(unknown, say)


def event_files(root: Path, config: StudyConfig, events: pl.DataFrame, source: str) -> list[Fault]:
    """List FCS files that are missing or outside the study folder, and controls for no known marker.

    Parameters
    ----------
    root : Path
        The study folder.
    config : StudyConfig
        Declares the markers of each panel.
    events : DataFrame
        The checked table `events`.
    source : str
        What faults call it.
    """
    # realpath, for it alone does not stumble over a circle of links.
    folder = Path(os.path.realpath(root))
    absent, controls = [], []
    for row in events.iter_rows(named=True):
        absent += _absent(folder, row, source)
        controls += _control(list(config.panel.get(row["panel"], {})), row, source)
    return summed(absent[:FEW], len(absent)) + summed(controls[:FEW], len(controls))


def _absent(folder: Path, row: dict[str, Any], source: str) -> list[Fault]:
    path = Path(os.path.realpath(folder / row["file"]))
    found = quoted(row["file"])
    if not path.is_relative_to(folder):
        hint = "copy the file into the study folder, and give its path from there, with /"
        return [Fault(source, row[LINE], "file", found, "a path inside the study folder", hint)]
    if os.path.isfile(path):  # noqa: PTH113 -- a name too long to exist is a missing file, not an error
        return []
    beside = os.listdir(path.parent) if os.path.isdir(path.parent) else []  # noqa: PTH208, PTH112
    hint = suggest(path.name, beside, "is it in the study folder? case matters, and folders are parted by /")
    return [Fault(source, row[LINE], "file", found, "a file in the study folder", hint)]


def _control(markers: list[str], row: dict[str, Any], source: str) -> list[Fault]:
    """A control tube leaves out, replaces or holds alone one marker; an isotype tube may be for all."""
    if row["tube"] not in ("fmo", "single_stain", "isotype") or not markers or row["control_for"] in markers:
        return []
    if row["tube"] == "isotype" and row["control_for"] is None:
        return []
    found = "nothing" if row["control_for"] is None else quoted(row["control_for"])
    hint = suggest(row["control_for"] or "", markers, "name the marker that this control is for")
    expected = f"a marker of panel {row['panel']}: {', '.join(markers)}"
    return [Fault(source, row[LINE], "control_for", found, expected, hint)]
