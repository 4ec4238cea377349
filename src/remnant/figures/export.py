"""Every figure of a study as files for a paper and for slides, and the data behind each as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert

from remnant.analysis.findings import Findings
from remnant.figures import patient_charts
from remnant.figures.cohort import plot_cohort
from remnant.figures.fit_fan import plot_fan
from remnant.figures.fit_relapse import plot_forecasts
from remnant.figures.functional import plot_frequencies
from remnant.figures.gating import plot_gates
from remnant.figures.incidence import plot_incidence
from remnant.figures.interval_time import RECURRENCES, plot_interval_time
from remnant.figures.paired import plot_paired
from remnant.figures.plates import plot_plates
from remnant.figures.pooled import plot_pooled
from remnant.figures.quiescence import measured_phases, plot_quiescence
from remnant.figures.survival import plot_freedom
from remnant.figures.swimmer import plot_swimmer
from remnant.figures.theme import Row, specification
from remnant.study.formulas import defused

PIXELS_PER_INCH = 144  # twice what a screen shows: for slides; a paper takes the SVG or the PDF
MANY = ("gates_", "plates_")  # details of every tube and plate: nobody shows them all on slides


def export_figures(findings: Findings, directory: Path) -> list[Path]:
    """Write each figure of a study.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    directory : Path
        Folder to write in; it is made.

    Returns
    -------
    list of Path
        The files written: NAME.svg and NAME.pdf of each figure, NAME.png of all but gates and
        plates, and NAME.TABLE.csv of the tables behind it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for number, (name, chart) in enumerate(charts(findings), 1):
        stem = f"{number:02d}_{_file_name(name)}"
        spec = on_paper(specification(chart))
        svg, pdf, png = (directory / f"{stem}.{kind}" for kind in ("svg", "pdf", "png"))
        # Drawn once: the others are made of the drawing.
        drawing = vl_convert.vegalite_to_svg(still(spec))
        svg.write_text(drawing, encoding="utf-8")
        pdf.write_bytes(vl_convert.svg_to_pdf(drawing))
        written += [svg, pdf]
        if not name.startswith(MANY):
            png.write_bytes(vl_convert.svg_to_png(drawing, ppi=PIXELS_PER_INCH))
            written.append(png)
        written += _write_tables(spec["datasets"], directory, stem)
    return written


def charts(findings: Findings) -> Iterator[tuple[str, Any]]:
    """Yield the name and the chart of every figure, the study's first."""
    plan = findings.plan
    anchor, clone = plan.study.anchor, plan.clone.name
    if findings.timelines:
        yield "cohort", plot_cohort(findings.timelines, findings.courses, findings.relapses, anchor=anchor)
    remission = [effect for effect in findings.pooled if effect.phase == "remission"]
    used = {visit for effect in remission for visit in effect.visits}
    if pairs := [pair for pair in findings.selective if pair.sample_id in used and pair.in_remission]:
        yield "paired", plot_paired(pairs, clone=clone)
        yield "pooled", plot_pooled(pairs, remission[0], findings.joint)
    for curve in findings.time_to_event:
        if curve.days:
            yield f"freedom_{curve.kind}", plot_freedom(curve)
    visits = {RECURRENCES.get(curve.kind, curve.kind): curve for curve in findings.time_to_event}
    for times in findings.interval_times:
        if times.events:
            yield f"interval_{times.event}", plot_interval_time(times, visits.get(times.event))
    for incidence in findings.incidence:
        if incidence.days:
            yield f"incidence_{incidence.kind}", plot_incidence(incidence)
    lanes = (findings.timelines, findings.courses, findings.relapses, findings.event_intervals)
    if (swimmer := plot_swimmer(*lanes)) is not None:
        yield "swimmer", swimmer
    fit, seen = findings.fit, findings.observed
    if fit is not None and (returns := plot_forecasts(fit, anchor=anchor)) is not None:
        yield "forecasts", returns
    for patient in findings.timelines:
        name = patient.patient_id
        days_of = {visit.sample_id: visit.day for visit in patient.visits}
        if (course := patient_charts.course(findings, patient)) is None:
            continue  # a name, and nothing to draw
        yield f"course_{name}", course
        if fit is not None and seen is not None and (ahead := plot_fan(fit, seen, name)) is not None:
            yield f"forecast_{name}", ahead
        if (sorted_cells := patient_charts.clone(findings, patient)) is not None:
            yield f"clone_{name}", sorted_cells
        if (strip := patient_charts.karyotypes(findings, patient)) is not None:
            yield f"karyotypes_{name}", strip
        if plates := [plate for plate in findings.frequencies if plate.sample_id in days_of]:
            yield f"functional_{name}", plot_frequencies(plates, days_of, anchor=anchor)
        if scored := [plate for plate in plates if plate.wells_tested]:
            yield f"plates_{name}", plot_plates(scored, days_of)
        if resting := measured_phases(findings.phases, name):
            yield f"quiescence_{name}", plot_quiescence(resting, days_of, anchor=anchor)
    for result in findings.tubes:
        if result.tube.views:
            yield f"gates_{result.sample_id}", plot_gates(result.tube)


def _file_name(name: str) -> str:
    """Keep letters, digits and dashes: a patient's name may hold anything, a path may not."""
    return re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_")[:80]


def on_paper(spec: dict[str, Any]) -> dict[str, Any]:
    """Give a drawing a white ground: faint bands turn grey where a picture is clear behind them."""
    return spec | {"config": {**spec.get("config", {}), "background": "white"}}


def still(spec: Any) -> Any:
    """Leave out what only a pointer would show: it takes a fifth of the time."""
    if isinstance(spec, list):
        return [still(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        name: part if name == "datasets" else still(part) for name, part in spec.items() if name != "tooltip"
    }


def _write_tables(tables: Mapping[str, list[Row]], directory: Path, stem: str) -> list[Path]:
    written = []
    for name, rows in _together(tables).items():
        path = directory / f"{stem}.{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(_plain(row) for row in rows)
        written.append(path)
    return written


def _plain(row: Row) -> Row:
    """Keep text that a spreadsheet would run from being run."""
    return {key: defused(cell) if isinstance(cell, str) else cell for key, cell in row.items()}


def _together(tables: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    """Join `bins-0`, `bins-1` and so on as `bins`, their numbers as a column; leave out what is empty."""
    joined: dict[str, list[Row]] = {}
    for name, rows in tables.items():
        whole, _, number = name.rpartition("-")
        if number.isdecimal():
            numbered = [{"plot": int(number) + 1, **row} for row in rows]
            joined[whole] = joined.get(whole, []) + numbered
        else:
            joined[name] = rows
    return {name: rows for name, rows in joined.items() if rows}
