"""A results folder: findings as one JSON file and as tables, with a manifest of what they were made from.

RESULTS/manifest.json    inputs with their hashes, versions, seed
RESULTS/findings.json    everything, read back by `remnant report` and by `--resume`
RESULTS/tables/*         one table per kind of finding, as Parquet and as CSV
RESULTS.unfinished/*     the counts of each tube while a run goes on; it is removed when the run is done
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from remnant.analysis.findings import Findings, TubeAnswer, TubeResult
from remnant.analysis.origin import Origin
from remnant.analysis.plan import Plan
from remnant.cytometry import PopulationCount
from remnant.cytometry.acquisition.cut import CutEffect
from remnant.cytometry.acquisition.findings import Finding
from remnant.errors import ResultsError
from remnant.store import MANIFEST, Cache, from_json, read_manifest, replaced, to_json, to_table, write_tables

FINDINGS = "findings.json"
TABLES = "tables"


@dataclass(frozen=True)
class Manifest:
    """What results were made from, and by which choices."""

    origin: Origin
    plan: Plan


def open_cache(directory: Path, *, resume: bool) -> Cache:
    """Return the answers that a run towards `directory` may use, and where it keeps its own.

    Parameters
    ----------
    directory : Path
        The results folder.
    resume : bool
        Whether answers of an earlier or broken-off run are used; without it they are removed.
    """
    unfinished = _unfinished(directory)
    if not resume:
        shutil.rmtree(unfinished, ignore_errors=True)
        return Cache(unfinished)
    try:
        earlier = {
            r.answer: TubeAnswer(r.tube, r.evidence, r.cycle, r.automatic) for r in load(directory).tubes
        }
    except ResultsError:
        earlier = {}  # no earlier run, or one of another version: nothing to use
    return Cache(unfinished, earlier)


def kept_counts(directory: Path) -> Path | None:
    """Return the folder in which a run towards `directory` that broke off has kept its counts, if it did."""
    unfinished = _unfinished(directory)
    return unfinished if unfinished.is_dir() else None


def _unfinished(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}.unfinished")


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
    kinds = {item.name: getattr(answers, item.name) for item in fields(answers)}
    tables |= {name: rows for name, rows in kinds.items() if rows and isinstance(rows, tuple)}
    # Other criteria say more of the same visits: their calls are a table, the rest is in the findings.
    tables.pop("beside", None)
    tables["calls_beside"] = tuple(call for other in findings.beside for call in other.calls)
    if findings.joint is not None:
        joint = findings.joint
        tables |= {
            "joint_fractions": joint.fractions,
            "joint_differences": joint.differences,
            "joint_sensitivity": joint.sensitivity,
            "joint_shares": joint.shares,
        }
    tables |= _evidence(findings) | _made(findings) | _reviewed(findings)
    tables["populations"] = tuple(
        _named(result, row) for result in findings.tubes for row in result.tube.populations
    )
    with replaced(directory) as fresh:
        (fresh / FINDINGS).write_bytes(to_json(findings))
        write_tables(fresh / TABLES, {name: to_table(rows) for name, rows in tables.items() if rows})
        (fresh / MANIFEST).write_bytes(to_json(Manifest(findings.origin, findings.plan)))
    shutil.rmtree(_unfinished(directory), ignore_errors=True)


def _evidence(findings: Findings) -> dict[str, tuple[Any, ...]]:
    """Lay out what the counts of every tube can carry: a table of each kind, tube by tube."""
    known = [(result, result.evidence) for result in findings.tubes if result.evidence is not None]
    return {
        "verdicts": tuple(row for _, found in known for row in found.verdicts),
        "cells_per_ul": tuple(row for _, found in known for row in found.absolute),
        "acquisition": tuple(_named(tube, row) for tube, found in known for row in found.quality.findings),
        "cut_effects": tuple(_named(tube, row) for tube, found in known for row in found.effects),
    }


def _reviewed(findings: Findings) -> dict[str, tuple[Any, ...]]:
    """Lay out the cuts that a person placed, and what the recipe would have counted in these tubes."""
    return {
        "gate_reviews": tuple(review for tube in findings.tubes for review in tube.reviews),
        "automatic_populations": tuple(
            _named(tube, row)
            for tube in findings.tubes
            if tube.automatic is not None
            for row in tube.automatic.populations
        ),
    }


def _made(findings: Findings) -> dict[str, tuple[Any, ...]]:
    """Lay out what the marrow makes; of maturation a row for each stage."""
    made = findings.haematopoiesis
    stages = tuple(
        {"sample_id": reading.sample_id, "day": reading.day, "lineage": reading.lineage, "stage": stage}
        | {"events": events, "fraction": fraction, "shift": reading.shift}
        for reading in made.maturation
        for stage, events, fraction in zip(reading.stages, reading.events, reading.fractions, strict=True)
    )
    return {
        "blood_courses": made.blood,
        "lineages": made.lineages,
        "lineage_changes": made.changes,
        "maturation": stages,
    }


def _named(tube: TubeResult, row: PopulationCount | CutEffect | Finding) -> dict[str, Any]:
    """Put sample and file before a record that knows neither."""
    return {"sample_id": tube.sample_id, "file": tube.file} | {
        item.name: getattr(row, item.name) for item in fields(row)
    }


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
