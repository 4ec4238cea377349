"""Every figure of a study as files for a paper: SVG, PDF, PNG, and the data behind it as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vl_convert

from remnant.analysis.findings import Findings
from remnant.figures.cohort import plot_cohort
from remnant.figures.functional import plot_frequencies
from remnant.figures.gating import plot_gates
from remnant.figures.paired import plot_paired
from remnant.figures.patient import plot_patient
from remnant.figures.pooled import plot_pooled
from remnant.figures.survival import plot_freedom
from remnant.figures.theme import specification

PIXELS_PER_INCH = 200


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
        The files written: NAME.svg, NAME.pdf and NAME.png of each figure, and NAME.TABLE.csv of its tables.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for number, (name, chart) in enumerate(charts(findings), 1):
        stem = f"{number:02d}_{_file_name(name)}"
        spec = specification(chart)
        svg, pdf, png = (directory / f"{stem}.{kind}" for kind in ("svg", "pdf", "png"))
        svg.write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
        pdf.write_bytes(vl_convert.vegalite_to_pdf(spec))
        png.write_bytes(vl_convert.vegalite_to_png(spec, ppi=PIXELS_PER_INCH, scale=1))
        written += [svg, pdf, png, *_write_tables(spec, directory, stem)]
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
        yield "pooled", plot_pooled(pairs, remission[0])
    for curve in findings.time_to_event:
        if curve.days:
            yield f"freedom_{curve.kind}", plot_freedom(curve)
    for patient in findings.timelines:
        name = patient.patient_id
        days_of = {visit.sample_id: visit.day for visit in patient.visits}
        yield (
            f"course_{name}",
            plot_patient(
                patient,
                [course for course in findings.courses if course.patient_id == name],
                [call for call in findings.responses.calls if call.patient_id == name],
                [burden for burden in findings.burdens if burden.patient_id == name],
                clone=clone,
                anchor=anchor,
            ),
        )
        if plates := [plate for plate in findings.frequencies if plate.sample_id in days_of]:
            yield f"functional_{name}", plot_frequencies(plates, days_of, anchor=anchor)
    for result in findings.tubes:
        if result.tube.views:
            yield f"gates_{result.sample_id}", plot_gates(result.tube)


def _file_name(name: str) -> str:
    """Keep letters, digits and dashes: a patient's name may hold anything, a path may not."""
    return re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_")[:80]


def _write_tables(spec: dict[str, Any], directory: Path, stem: str) -> list[Path]:
    written = []
    for name, rows in spec.get("datasets", {}).items():
        if not rows:
            continue
        path = directory / f"{stem}.{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
        written.append(path)
    return written
