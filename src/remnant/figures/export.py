"""Every figure of a study as files for a paper and for slides, and the data behind each as CSV."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import vl_convert

from remnant.analysis.findings import Findings
from remnant.analysis.one_patient import of_patients
from remnant.analysis.timeline import Timeline
from remnant.errors import Fault, SettingError
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
from remnant.figures.swimmer import plot_swimmer, since_remission
from remnant.figures.theme import Row, bands, specification, unchecked
from remnant.scale import Executor, Serial
from remnant.study.formulas import defused

PIXELS_PER_INCH = 144  # twice what a screen shows: for slides; a paper takes the SVG or the PDF
MANY = ("gates_", "plates_")  # details of every tube and plate: nobody shows them all on slides
AHEAD = 32  # figures under way at once: what waits is held in memory
Drawings = Iterator[tuple[str, Callable[[], Any]]]


def export_figures(
    findings: Findings,
    directory: Path,
    *,
    only: Collection[str] = (),
    every_png: bool = False,
    executor: Executor | None = None,
) -> list[Path]:
    """Write each figure of a study.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    directory : Path
        Folder to write in; it is made.
    only : collection of str
        Figures (`swimmer`, `course`) or patients to write; everything where nothing is named.
    every_png : bool
        Whether gates and plates are written as pictures too.
    executor : Executor or None
        Who draws; by default this process.

    Returns
    -------
    list of Path
        The files written: NAME.svg and NAME.pdf of each figure, NAME.png of all but gates and
        plates, and NAME.TABLE.csv of the tables behind it, text that a spreadsheet would run defused.

    Raises
    ------
    SettingError
        If no figure has one of the names in `only`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    waiting: deque[Any] = deque()
    with unchecked(), (executor or Serial()).pool() as pool:
        for number, (name, chart) in enumerate(charts(findings, only=only), 1):
            stem = f"{number:02d}_{_file_name(name)}"
            picture = every_png or not name.startswith(MANY)
            waiting.append(pool.hands.submit(_write, specification(chart), directory, stem, picture))
            if len(waiting) > AHEAD:
                written += waiting.popleft().result()
        for last in waiting:
            written += last.result()
    return written


def _write(spec: dict[str, Any], directory: Path, stem: str, picture: bool) -> list[Path]:
    svg, pdf, png = (directory / f"{stem}.{kind}" for kind in ("svg", "pdf", "png"))
    # Drawn once: the others are made of the drawing.
    drawing = vl_convert.vegalite_to_svg(still(on_paper(spec)))
    svg.write_text(drawing, encoding="utf-8")
    pdf.write_bytes(vl_convert.svg_to_pdf(drawing))
    written = [svg, pdf]
    if picture:
        png.write_bytes(vl_convert.svg_to_png(drawing, ppi=PIXELS_PER_INCH))
        written.append(png)
    return written + _write_tables(spec["datasets"], directory, stem)


def charts(findings: Findings, *, only: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the name and the chart of every figure, the study's first; of those named where some are.

    Raises
    ------
    SettingError
        If no figure has one of the names.
    """
    drawings = _wanted(findings, only) if only else _drawings(findings)
    for name, draw in drawings:
        if (chart := draw()) is not None:
            yield name, chart


def _wanted(findings: Findings, only: Collection[str]) -> Drawings:
    every = list(_drawings(findings))
    patients = {timeline.patient_id for timeline in findings.timelines}
    of_samples = {visit.sample_id: t.patient_id for t in findings.timelines for visit in t.visits}

    def names(name: str) -> set[str]:
        kind, _, of = name.partition("_")
        return {name, kind, of, of_samples.get(of, "")} - {""}

    known = {alias for name, _ in every for alias in names(name)} | patients
    faults = []
    for asked in only:
        if asked not in known:
            near = get_close_matches(asked, sorted(known), 1)
            hint = f"did you mean {near[0]}?" if near else "name a figure as its file, or a patient"
            faults.append(Fault("--only", None, "", asked, "a figure or a patient of the study", hint))
    if faults:
        raise SettingError(faults)
    return (pair for pair in every if names(pair[0]) & set(only))


def _drawings(findings: Findings) -> Drawings:
    """Yield each figure's name and what draws it; drawing takes time, and may come to nothing."""
    yield from _of_study(findings)
    each = of_patients(findings)
    for mine, patient in zip(each, findings.timelines, strict=True):
        if patient_charts.anything(patient):  # else a name, and nothing to draw
            yield from _of_patient(mine, patient)
    for mine in each:
        for result in mine.tubes:
            if result.tube.views:
                yield f"gates_{result.sample_id}", partial(plot_gates, result.tube)


def _of_study(findings: Findings) -> Drawings:
    plan = findings.plan
    anchor, clone = plan.study.anchor, plan.clone.name
    seen = findings.courses, findings.relapses
    for name, band in _banded("cohort", findings.timelines):
        yield name, partial(plot_cohort, band, *seen, anchor=anchor, among=findings.timelines)
    remission = [effect for effect in findings.pooled if effect.phase == "remission"]
    used = {visit for effect in remission for visit in effect.visits}
    pairs = [pair for pair in findings.selective if pair.sample_id in used and pair.in_remission]
    for name, chosen in _banded("paired", pairs):
        yield name, partial(plot_paired, chosen, clone=clone)
    for name, chosen in _banded("pooled", pairs):
        yield name, partial(plot_pooled, chosen, remission[0], findings.joint)
    for curve in findings.time_to_event:
        if curve.days:
            yield f"freedom_{curve.kind}", partial(plot_freedom, curve)
    visits = {RECURRENCES.get(curve.kind, curve.kind): curve for curve in findings.time_to_event}
    for times in findings.interval_times:
        if times.events:
            yield f"interval_{times.event}", partial(plot_interval_time, times, visits.get(times.event))
    for incidence in findings.incidence:
        if incidence.days:
            yield f"incidence_{incidence.kind}", partial(plot_incidence, incidence)
    swimmers = [one for one, _, _ in since_remission(findings.timelines, findings.relapses)]
    for name, lanes in _banded("swimmer", swimmers):
        yield name, partial(plot_swimmer, lanes, *seen, findings.event_intervals, swimmers)
    if findings.fit is not None:
        yield "forecasts", partial(plot_forecasts, findings.fit, anchor=anchor)


def _banded(name: str, items: Any) -> list[tuple[str, Any]]:
    """Name the bands of a figure; one that is whole has no number."""
    cut = bands(items)
    return [(name if len(cut) == 1 else f"{name}_{place}", band) for place, band in enumerate(cut, 1)]


def _of_patient(findings: Findings, patient: Timeline) -> Drawings:
    name, anchor = patient.patient_id, findings.plan.study.anchor
    fit, seen = findings.fit, findings.observed
    days = {visit.sample_id: visit.day for visit in patient.visits}
    yield f"course_{name}", partial(patient_charts.course, findings, patient)
    if fit is not None and seen is not None:
        yield f"forecast_{name}", partial(plot_fan, fit, seen, name)
    yield f"clone_{name}", partial(patient_charts.clone, findings, patient)
    yield f"karyotypes_{name}", partial(patient_charts.karyotypes, findings, patient)
    if plates := [plate for plate in findings.frequencies if plate.sample_id in days]:
        yield f"functional_{name}", partial(plot_frequencies, plates, days, anchor=anchor)
    if scored := [plate for plate in plates if plate.wells_tested]:
        yield f"plates_{name}", partial(plot_plates, scored, days)
    if resting := measured_phases(findings.phases, name):
        yield f"quiescence_{name}", partial(plot_quiescence, resting, days, anchor=anchor)


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
