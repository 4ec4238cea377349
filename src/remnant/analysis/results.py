"""A results folder: findings as one JSON file and as tables, with a manifest of what they were made from.

RESULTS/manifest.json    inputs with their hashes, versions, seed, options
RESULTS/findings.json    everything, read back by `remnant report` and `remnant export`
RESULTS/tables/*         one table per kind of finding, as Parquet and as CSV
RESULTS/cache/*          the counts of each tube, for `--resume`
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from remnant.analysis.findings import Findings
from remnant.store import MANIFEST, from_json, read_manifest, replaced, to_json, to_table, write_tables

FINDINGS = "findings.json"
TABLES = "tables"


def save(findings: Findings, directory: Path) -> None:
    """Write a results folder, whole or not at all.

    Parameters
    ----------
    findings : Findings
        What an analysis found.
    directory : Path
        A new folder, or one with earlier results, which are replaced.

    Raises
    ------
    SettingError
        If the folder holds other files.
    """
    tables = {
        item.name: rows
        for item in fields(Findings)
        if isinstance(rows := getattr(findings, item.name), tuple) and rows and not isinstance(rows[0], str)
    }
    answers = findings.responses
    tables |= {item.name: rows for item in fields(answers) if (rows := getattr(answers, item.name))}
    tables["populations"] = tuple(row for result in findings.tubes for row in result.tube.populations)
    with replaced(directory) as fresh:
        (fresh / FINDINGS).write_bytes(to_json(findings))
        write_tables(fresh / TABLES, {name: to_table(rows) for name, rows in tables.items() if rows})
        (fresh / MANIFEST).write_bytes(to_json(findings.origin))


def load(directory: Path) -> Findings:
    """Read the findings of a results folder.

    Raises
    ------
    ResultsError
        If the folder holds no finished results of this version.
    """
    read_manifest(directory)
    path = directory / FINDINGS
    return from_json(Findings, path.read_bytes(), source=f"{directory.name}/{FINDINGS}")
