"""One tube: its gates drawn, and what they counted."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.findings import TubeResult
from remnant.cytometry import Threshold
from remnant.report import numbers, tables
from remnant.report.charts import Album, Figure
from remnant.report.evidence import acquisition, evidence_tables, not_counted, rule, verdict_cell
from remnant.report.gate_reviews import by_automatic_cuts, moved
from remnant.report.low import background, drift_table, low_tables, per_million, span
from remnant.report.tables import Cell, Table


@dataclass(frozen=True)
class TubeView:
    """One tube: a line, and in a drawer its gates drawn and what they counted."""

    drawer: int
    sample: str
    summary: str
    warnings: tuple[str, ...]
    acquisition: tuple[str, ...]
    gates: Figure | None
    populations: Table | None
    steps: Table | None
    thresholds: Table | None
    more: tuple[Table, ...]


def tube_view(drawer: int, result: TubeResult, day: int, slug: str, album: Album) -> TubeView:
    """Make one tube ready to be shown, its gates in a drawer."""
    sample = f"{result.sample_id}, {numbers.day(day)}"
    tube = result.tube
    cells = (
        "cells not evaluable" if tube.cells is None else f"{numbers.count(tube.cells)} viable nucleated cells"
    )
    controls = f"; controls: {', '.join(result.controls)}" if result.controls else "; no controls"
    if tube.doublets is not None:
        cells += f", {numbers.percent(tube.doublets)} doublets removed"
    gates = None
    if tube.views:
        caption = (
            "The stronger the tone the more events; the outline is the gate; single events of the rare "
            "population are drawn one by one."
        )
        key = f"{result.sample_id} {result.file}"
        gates = album.put_gates(tube, f"gates-{slug}", key, caption)
    mended = tuple(
        f"{repair.keyword}: found {repair.found}, read as {repair.read_as}" for repair in tube.repairs
    )
    return TubeView(
        drawer,
        sample,
        f"{result.file}: {numbers.count(tube.events)} events, {cells}{controls}",
        moved(result) + tube.warnings + mended,
        (*acquisition(result.evidence), *not_counted(result.evidence)),
        gates,
        *_gate_tables(result),
        tuple(
            found
            for found in (
                by_automatic_cuts(result),
                *evidence_tables(result.evidence),
                *low_tables(tube),
                drift_table(result),
            )
            if found is not None
        ),
    )


def _gate_tables(result: TubeResult) -> tuple[Table | None, Table | None, Table | None]:
    tube = result.tube
    populations = [
        (
            Cell(p.population, p.phenotype),
            tables.number("not evaluable" if p.events is None else numbers.count(p.events)),
            tables.number(span(p.events_at_lower, p.events_at_upper)),
            per_million(p.interval),
            verdict_cell(result.evidence, p.population),
            tables.number(numbers.count(p.parent_events)),
            Cell(p.reason or f"of {p.parent}", background(p.interval)),
        )
        for p in tube.populations
    ]
    steps = [
        (
            Cell(s.name),
            Cell(s.parent),
            Cell(s.rule),
            tables.number(numbers.count(s.events)),
            tables.number(numbers.count(s.not_evaluable)),
        )
        for s in tube.steps
    ]
    cuts = [
        (
            Cell(t.marker, t.channel),
            Cell(
                numbers.significant(t.value, 4),
                f"{numbers.significant(t.lower, 4)} to {numbers.significant(t.upper, 4)}",
            ),
            Cell(t.method, _strength(t)),
            tables.number(numbers.count(t.n)),
            Cell(t.parent),
        )
        for t in tube.thresholds
    ]
    return (
        tables.table(
            "Populations. The range moves every threshold within its interval, each independently. Per "
            "million nucleated cells: less the background, with limits for counting, background and cuts."
            f"{rule(result.evidence)}",
            "Population|Events|Range|Per million|Verdict|Of|Note",
            populations,
        ),
        tables.table("Steps.", "Step|From|Gate|Events|Not evaluable", steps),
        tables.table("Thresholds, on the compensated scale.", "Marker|Cut|Method|Events|Parent", cuts),
    )


def _strength(cut: Threshold) -> str:
    """Say what a cut lacks, and the second interval of one that rests on a control."""
    said = []
    if cut.weaker:
        said.append("isotype: weaker" if cut.source == "isotype" else "no control: weaker")
    if cut.bootstrap_lower is not None and cut.bootstrap_upper is not None:
        limits = (numbers.significant(x, 4) for x in (cut.bootstrap_lower, cut.bootstrap_upper))
        said.append(f"resampled: {' to '.join(limits)}")
    return "; ".join(said)
