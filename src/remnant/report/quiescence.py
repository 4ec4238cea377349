"""Which cells of a patient rest: a sentence, a figure and a table, for clonal and normal cells alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remnant.analysis.findings import Findings, PhaseReading
from remnant.figures.quiescence import measured_phases, plot_quiescence
from remnant.report import numbers, phrases, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table
from remnant.study.estimate import Estimate

ALIKE = "cells of the clone and normal ones alike"


def table(findings: Findings, name: str) -> Table | None:
    """Return the phases of every compartment of a patient that was measured, visit by visit."""
    rows = [
        (
            tables.day(item.day),
            Cell(item.sample_id),
            tables.role(item.compartment, item.role),
            tables.number("–" if item.cells is None else numbers.count(item.cells)),
            tables.estimate(item.g0),
            _other(item.g1, item.g0),
            _other(item.s_g2m, item.g0),
            Cell(item.method, "; ".join(item.remarks)),
        )
        for item in measured_phases(findings.phases, name)
    ]
    caption = (
        f"Phases of the cell cycle, {ALIKE}. Cells: those with 2n to 4n DNA, of which the fractions are; "
        f"beneath each its {numbers.coverage(findings.plan.analysis.confidence)} interval, or its bound. "
        "Counts made elsewhere have exact limits, which know nothing of how their gates were set."
    )
    return tables.table(caption, "Day|Sample|Compartment|Cells|G0|G1|S/G2/M|Method", rows)


def _other(phase: Estimate, first: Estimate) -> Cell:
    """Return the cell of another phase, without a reason that stands beside it already."""
    said = tables.estimate(phase)
    return replace(said, more="") if phase.reason == first.reason and not phase.known else said


def figure(findings: Findings, name: str, days: dict[str, int], slug: str, album: Album) -> Figure | None:
    """Return the figure of cells in G0 over time, where any compartment was measured."""
    readings = measured_phases(findings.phases, name)
    if not readings:
        return None
    caption = (
        f"Cells in G0 in each compartment, {ALIKE}, with intervals; an open triangle stands at the bound of "
        "what was not detected. Lines join visits that were measured in the same way."
    )
    chart = plot_quiescence(readings, days, anchor=findings.plan.study.anchor)
    return album.put(chart, slug, "quiescence", "Cells at rest", caption, 260)


def sentence(findings: Findings, name: str) -> list[str]:
    """Say how many stem cells rest, and how many progenitors, at the visit that tells most.

    That is the first one in remission at which both are known, else at which stem cells are; without a
    remission the last one. Both are taken from the same file: two ways of measuring are not compared.
    """
    stem, progenitor = findings.plan.with_role("stem"), findings.plan.with_role("progenitor")
    mine = [item for item in findings.phases if item.patient_id == name and item.origin]
    pairs = [(item, _beside(mine, item, progenitor)) for item in mine if item.compartment == stem]
    chosen = _telling(findings, pairs)
    if chosen is None:
        return []
    first, second = chosen
    said = f"On {numbers.day(first.day)}, stem cells in G0 ({ALIKE}): {_counted(first)}"
    if second is not None:
        said += f"; progenitors: {_counted(second)}"
    elif progenitor is not None:
        said += "; progenitors were not measured with them"
    return [said + "."]


Pair = tuple[PhaseReading, PhaseReading | None]


def _beside(
    readings: Sequence[PhaseReading], stem: PhaseReading, progenitor: str | None
) -> PhaseReading | None:
    """Find the progenitors of the same sample, from the same file."""
    place = stem.sample_id, progenitor, stem.origin
    return next((r for r in readings if (r.sample_id, r.compartment, r.origin) == place), None)


def _telling(findings: Findings, pairs: Sequence[Pair]) -> Pair | None:
    calm = {course.sample_id for course in findings.courses if course.in_remission}
    remission = [pair for pair in pairs if pair[0].sample_id in calm and pair[0].g0.known]
    both = [pair for pair in remission if pair[1] is not None and pair[1].g0.known]
    return next((group[0] for group in (both, remission, pairs[-1:]) if group), None)


def _counted(item: PhaseReading) -> str:
    of = f" of {phrases.counted(item.cells, 'cell')}" if item.cells and item.g0.known else ""
    return f"{phrases.estimate(item.g0)}{of}"
