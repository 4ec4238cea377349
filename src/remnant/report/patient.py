"""One patient's section: the sentences, the figures and the tables, each made ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.analysis.findings import Findings, TubeResult
from remnant.analysis.timeline import Timeline
from remnant.culture import Frequency
from remnant.figures.functional import plot_frequencies
from remnant.figures.gating import plot_gates
from remnant.figures.patient import plot_patient
from remnant.figures.states import LOOKS, Look
from remnant.persistence.course import State
from remnant.report import numbers, phrases, sentences, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table
from remnant.response import ResponseCall

SEX = {"f": "female", "m": "male", "female": "female", "male": "male"}
VERDICTS = {"met": "yes", "not met": "no", "not evaluable": "open"}


@dataclass(frozen=True)
class CallView:
    """One response call: its category, when, what else, and, in a drawer, the trace of its rules."""

    drawer: int
    category: str
    when: str
    notes: str
    missing: tuple[str, ...]
    trace: Table


@dataclass(frozen=True)
class TubeView:
    """One tube: a line, and in a drawer its gates drawn and what they counted."""

    drawer: int
    sample: str
    summary: str
    warnings: tuple[str, ...]
    gates: Figure | None
    populations: Table | None
    steps: Table | None
    thresholds: Table | None


@dataclass(frozen=True)
class PatientView:
    """Everything that the section of a patient shows, in its order."""

    slug: str
    drawers: str
    name: str
    about: str
    state: str
    look: Look
    verdict: list[str]
    course: Figure
    compartments: Table | None
    pairs: Table | None
    fish: Table | None
    karyotypes: Table | None
    cytogenetic: Table | None
    frequencies: Table | None
    functional: Figure | None
    colonies: Table | None
    responses: tuple[CallView, ...]
    independence: Table | None
    durations: Table | None
    units: Table | None
    tubes: tuple[TubeView, ...]


def view(findings: Findings, timeline: Timeline, slug: str, album: Album) -> PatientView:
    """Make one patient ready to be shown.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    timeline : Timeline
        The patient.
    slug : str
        Name of the section in the page; never the patient's own, which may hold anything.
    album : Album
        Takes the charts.
    """
    name = timeline.patient_id
    days = {visit.sample_id: visit.day for visit in timeline.visits}
    courses = [course for course in findings.courses if course.patient_id == name]
    calls = [call for call in findings.responses.calls if call.patient_id == name]
    state = courses[-1].state if courses else State.NOT_EVALUABLE
    return PatientView(
        slug=slug,
        drawers=f"drawers-{slug}",
        name=name,
        about=about(timeline),
        state=str(state),
        look=LOOKS[state],
        verdict=sentences.patient(findings, name),
        course=_course(findings, timeline, slug, album),
        compartments=_compartments(findings, name),
        pairs=_pairs(findings, name),
        fish=_fish(findings, days),
        karyotypes=_karyotypes(findings, name),
        cytogenetic=_cytogenetic(findings, name),
        frequencies=_frequencies(findings, days),
        functional=_functional(findings, days, slug, album),
        colonies=_colonies(findings, days),
        responses=tuple(_call(number, call) for number, call in enumerate(calls)),
        independence=_independence(findings, name),
        durations=_durations(findings, name),
        units=_units(findings, name),
        tubes=tuple(
            _tube(len(calls) + number, result, days[result.sample_id], slug, album)
            for number, result in enumerate(tube for tube in findings.tubes if tube.sample_id in days)
        ),
    )


def about(timeline: Timeline) -> str:
    """Say who the patient is, as far as the study says it."""
    said = [
        SEX.get((timeline.sex or "").lower(), timeline.sex or ""),
        f"born {timeline.birth_year}" if timeline.birth_year is not None else "",
        timeline.diagnosis or "",
        phrases.counted(len(timeline.visits), "sample"),
    ]
    if timeline.last_contact_day is not None:
        fate = {True: "died", False: "alive", None: "seen last"}[timeline.died]
        said.append(f"{fate} on {numbers.day(timeline.last_contact_day)}")
    return " · ".join(part for part in said if part)


def _table(caption: str, header: str, rows: Sequence[tuple[Cell, ...]]) -> Table | None:
    return Table(caption, tuple(header.split("|")), tuple(rows)) if rows else None


def _course(findings: Findings, timeline: Timeline, slug: str, album: Album) -> Figure:
    name, plan = timeline.patient_id, findings.plan
    chart = plot_patient(
        timeline,
        [course for course in findings.courses if course.patient_id == name],
        [call for call in findings.responses.calls if call.patient_id == name],
        [burden for burden in findings.burdens if burden.patient_id == name],
        clone=plan.clone.name,
        anchor=plan.study.anchor,
    )
    caption = (
        "From the top: state and response from one visit to the next; therapy with its holds, and samples; "
        "units of red cells (red) and platelets (gold) above a line where the log is complete; "
        "haemoglobin; then, in each compartment, the clone fraction and the cells of the clone per "
        "million, with intervals. Points of one day stand side by side."
    )
    return album.put(chart, slug, "course", "Course", caption, 700)


def _compartments(findings: Findings, name: str) -> Table | None:
    rows = [
        (
            tables.day(b.day),
            Cell(b.sample_id),
            tables.role(b.compartment, b.role),
            tables.estimate(b.clone_fraction),
            tables.estimate(b.frequency, numbers.one_in),
            tables.estimate(b.per_million, numbers.significant),
        )
        for b in findings.burdens
        if b.patient_id == name
    ]
    clone = findings.plan.clone.name
    coverage = numbers.coverage(findings.plan.analysis.confidence)
    caption = (
        f"Fraction of cells with {clone}, frequency of the compartment among nucleated cells, and the "
        f"product; beneath each number its {coverage} interval, or its bound."
    )
    return _table(caption, "Day|Sample|Compartment|Clone fraction|Frequency|Clone cells per million", rows)


def _pairs(findings: Findings, name: str) -> Table | None:
    rows = []
    for pair in findings.selective:
        if pair.patient_id != name:
            continue
        spared = {
            True: Cell("spared", look="yes"),
            False: Cell("not shown", look="open"),
            None: Cell("–", look="open"),
        }
        rows.append(
            (
                tables.day(pair.day),
                Cell("yes" if pair.in_remission else "no"),
                tables.estimate(pair.stem),
                tables.estimate(pair.progenitor),
                tables.estimate(pair.log_odds, numbers.odds),
                tables.number("–" if pair.probability is None else numbers.probability(pair.probability)),
                tables.number("–" if pair.exact_p is None else numbers.p_value(pair.exact_p)),
                spared[pair.spared],
            )
        )
    header = "Day|Remission|Stem|Progenitor|Odds ratio|P(spared)|Fisher p|Stem cells"
    caption = (
        "Stem cells against progenitors of the same sample. P(spared) is the posterior probability that "
        "the odds of the clone are higher in stem cells; Fisher's test knows neither purity nor errors of "
        "the probe."
    )
    return _table(caption, header, rows)


def _fish(findings: Findings, days: dict[str, int]) -> Table | None:
    roles = {name: item.role for name, item in findings.plan.compartments.items()}
    rows = []
    for clone in sorted((c for c in findings.clones if c.sample_id in days), key=lambda c: days[c.sample_id]):
        called = {
            True: Cell("above", look="yes"),
            False: Cell("below", look="open"),
            None: Cell("–", look="open"),
        }
        cutoff = "–" if clone.cutoff_count is None else numbers.count(clone.cutoff_count)
        worst = "–" if clone.worst_case_lower is None else numbers.percent(clone.worst_case_lower)
        purity = "not measured" if clone.purity is None else numbers.percent(clone.purity)
        rows.append(
            (
                tables.day(days[clone.sample_id]),
                tables.role(clone.compartment, roles.get(clone.compartment, "")),
                Cell(clone.probe),
                tables.number(
                    f"{numbers.count(clone.nuclei_abnormal)} / {numbers.count(clone.nuclei_scored)}"
                ),
                tables.number(cutoff),
                called[clone.above_cutoff],
                tables.estimate(clone.observed),
                tables.estimate(clone.fraction),
                Cell(purity, "" if clone.contaminant is None else f"rest: {clone.contaminant}"),
                tables.number(worst),
                Cell("; ".join(clone.remarks)),
            )
        )
    header = "Day|Compartment|Probe|Abnormal|Cut-off|Call|Observed|Corrected|Purity|Worst case|Remarks"
    methods = sorted({clone.cutoff_method for clone in findings.clones if clone.sample_id in days})
    caption = (
        f"Nuclei by interphase FISH. The cut-off ({'; '.join(methods)}) is the fewest abnormal nuclei "
        "called at this number scored. Worst case: the lower limit, less all that contaminants of the sort "
        "could explain."
    )
    return _table(caption, header, rows)


def _karyotypes(findings: Findings, name: str) -> Table | None:
    rows = []
    for result in findings.karyotypes:
        if result.patient_id != name:
            continue
        cells = "not stated" if result.scored is None else f"{result.abnormal} / {result.scored}"
        doubt = "some cells may be hidden or feigned" if result.uncertain else ""
        rows.append(
            (
                tables.day(result.day),
                Cell(result.iscn, source=tables.sources([result.source])),
                tables.number(cells),
                Cell(", ".join(result.abnormalities) or "none", doubt),
                Cell(", ".join(result.new) or "none"),
                Cell("; ".join(result.remarks)),
            )
        )
    header = "Day|Karyotype|Clone / scored|Clonal abnormalities|New|Remarks"
    return _table(f"Karyotypes, read for {findings.plan.clone.marker}.", header, rows)


def _cytogenetic(findings: Findings, name: str) -> Table | None:
    confidence = findings.plan.analysis.confidence
    rows = []
    for response in findings.responses.cytogenetic:
        if response.patient_id != name:
            continue
        reduction = "–" if response.reduction is None else _change(response.reduction)
        counted = sentences.metaphases(
            response.abnormal, response.scored, response.excluded_above, confidence
        )
        rows.append(
            (
                tables.day(response.day),
                Cell(response.response, look="short", source=tables.sources(response.sources)),
                Cell(counted),
                tables.number(reduction),
                Cell(response.reason, "; ".join(response.missing)),
            )
        )
    caption = "Cytogenetic response by metaphases; FISH does not stand in for them."
    return _table(caption, "Day|Response|Metaphases|Reduction|Rests on", rows)


def _change(reduction: float) -> str:
    return (
        numbers.percent(reduction) if reduction >= 0 else f"grew by {numbers.significant(-100 * reduction)} %"
    )


def _frequencies(findings: Findings, days: dict[str, int]) -> Table | None:
    rows = [
        (
            tables.day(days[plate.sample_id]),
            Cell(plate.compartment),
            Cell(
                plate.assay,
                f"{plate.wells_positive} of {plate.wells_tested} wells positive, {plate.doses} doses",
            ),
            tables.estimate(plate.all_cells, numbers.one_in),
            tables.estimate(plate.normal, numbers.one_in),
            tables.estimate(plate.clone, numbers.one_in),
            tables.estimate(plate.clone_fraction),
            _single_hit(plate),
        )
        for plate in findings.frequencies
        if plate.sample_id in days
    ]
    header = "Day|Compartment|Assay|All|Normal|Clone|Functional clone fraction|Single hit"
    return _table("Functional cells per cell plated, from limiting dilution.", header, rows)


def _single_hit(plate: Frequency) -> Cell:
    """Say whether one cell alone explains a positive well, and what else a reader should know."""
    tests, remarks = plate.single_hit, "; ".join(plate.remarks)
    if tests is None or tests.likelihood_ratio_p is None:
        return Cell("not testable", remarks)
    return Cell(f"p = {numbers.p_value(tests.likelihood_ratio_p)}", remarks)


def _functional(findings: Findings, days: dict[str, int], slug: str, album: Album) -> Figure | None:
    plates = [plate for plate in findings.frequencies if plate.sample_id in days]
    if not plates:
        return None
    caption = (
        "Units in long-term culture of the clone (red triangles) and normal ones (green crosses), per cell "
        "plated: higher is more frequent; an open triangle stands at the bound of what was not detected."
    )
    chart = plot_frequencies(plates, days, anchor=findings.plan.study.anchor)
    return album.put(chart, slug, "functional", "Stem cells that work", caption, 240)


def _colonies(findings: Findings, days: dict[str, int]) -> Table | None:
    rows = [
        (
            tables.day(days[c.sample_id]),
            Cell(c.compartment),
            Cell(c.assay, c.lineage or ""),
            tables.number(numbers.count(c.colonies)),
            tables.estimate(c.per_cell, numbers.one_in),
            tables.estimate(c.clone_fraction),
        )
        for c in findings.colonies
        if c.sample_id in days
    ]
    return _table(
        "Colonies per cell plated.", "Day|Compartment|Assay|Colonies|Frequency|Clone fraction", rows
    )


def _call(drawer: int, call: ResponseCall) -> CallView:
    confirmed = {True: "confirmed", False: "not confirmed", None: ""}[call.confirmed]
    notes = [
        confirmed,
        phrases.listing(list(call.improvement)),
        f"lost: {phrases.listing(list(call.lost))}" if call.lost else "",
        f"{phrases.counted(len(call.missing), 'item')} missing" if call.missing else "",
    ]
    rows = tuple(
        (
            Cell(rule.rule),
            Cell(rule.quantity),
            Cell(rule.found, source=tables.sources(rule.rows)),
            Cell(rule.limit),
            Cell(str(rule.verdict), look=VERDICTS[str(rule.verdict)]),
            Cell(rule.source, rule.reading),
        )
        for rule in call.rules
    )
    when = f"{numbers.day(call.day)}, " + (
        f"sample {call.sample_id}" if call.sample_id else "by counts alone"
    )
    trace = Table(f"Rules of {call.criteria} tried on {numbers.day(call.day)}.", TRACE, rows)
    said = "; ".join(note for note in notes if note)
    return CallView(drawer, call.category, when, said, call.missing, trace)


TRACE = ("Rule", "Quantity", "Found", "Limit", "Verdict", "Source and reading")


def _independence(findings: Findings, name: str) -> Table | None:
    answer: dict[bool | None, Cell] = {
        True: Cell("yes", look="yes"),
        False: Cell("no", look="no"),
        None: Cell("not evaluable", look="open"),
    }
    rows = [
        (
            tables.number(f"{run.window_days} days"),
            answer[run.achieved],
            tables.number(numbers.months(run.days) + (" or more" if run.censored else "")),
            Cell("–" if run.start_day is None else numbers.day(run.start_day), look="short"),
            Cell("–" if run.end_day is None else numbers.day(run.end_day), look="short"),
            Cell(run.reason, source=tables.sources(run.sources)),
        )
        for run in findings.responses.independence
        if run.patient_id == name
    ]
    return _table(
        "Transfusion independence on treatment.", "Window|Achieved|Length|From|Until|Rests on", rows
    )


def _durations(findings: Findings, name: str) -> Table | None:
    rows = [
        (
            Cell(time.response),
            tables.day(time.start_day),
            tables.number(numbers.months(time.days_to_response)),
            tables.number(numbers.months(time.duration_days) + (" or more" if time.censored else "")),
            Cell("still held at the last call" if time.censored else f"ended by {numbers.day(time.end_day)}"),
        )
        for time in findings.responses.times
        if time.patient_id == name
    ]
    return _table(
        "When each response began, and how long it lasted.", "Response|Day|After first dose|Lasted|End", rows
    )


def _units(findings: Findings, name: str) -> Table | None:
    rows = [
        (
            Cell(burden.period),
            Cell(f"{numbers.day(burden.start_day)} to {numbers.day(burden.end_day)}", look="short"),
            tables.number("not evaluable" if burden.units is None else numbers.count(burden.units)),
            Cell(burden.reason, source=tables.sources(burden.sources)),
        )
        for burden in findings.responses.burdens
        if burden.patient_id == name
    ]
    return _table("Units of red cells in 56 days.", "Period|Days|Units|Note", rows)


def _tube(drawer: int, result: TubeResult, day: int, slug: str, album: Album) -> TubeView:
    sample = f"{result.sample_id}, {numbers.day(day)}"
    tube = result.tube
    cells = (
        "cells not evaluable" if tube.cells is None else f"{numbers.count(tube.cells)} viable nucleated cells"
    )
    controls = f"; controls: {', '.join(result.controls)}" if result.controls else "; no controls"
    gates = None
    if tube.views:
        caption = (
            "Darker where more events lie; the outline is the gate; single events of the rare population are "
            "drawn one by one."
        )
        key = f"{result.sample_id} {result.file}"
        gates = album.put(plot_gates(tube), f"gates-{slug}", key, "Gates", caption, 560, canvas=True)
    mended = tuple(
        f"{repair.keyword}: found {repair.found}, read as {repair.read_as}" for repair in tube.repairs
    )
    return TubeView(
        drawer,
        sample,
        f"{result.file}: {numbers.count(tube.events)} events, {cells}{controls}",
        tube.warnings + mended,
        gates,
        *_gate_tables(result),
    )


def _gate_tables(result: TubeResult) -> tuple[Table | None, Table | None, Table | None]:
    tube = result.tube
    populations = [
        (
            Cell(p.population, p.phenotype),
            tables.number("not evaluable" if p.events is None else numbers.count(p.events)),
            tables.number(_span(p.events_at_lower, p.events_at_upper)),
            tables.number(numbers.count(p.parent_events)),
            Cell(p.reason or f"of {p.parent}"),
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
            Cell(t.method, "no control: weaker" if t.weaker else ""),
            tables.number(numbers.count(t.n)),
            Cell(t.parent),
        )
        for t in tube.thresholds
    ]
    return (
        _table(
            "Populations; the range moves every threshold within its interval.",
            "Population|Events|Range|Of|Note",
            populations,
        ),
        _table("Steps.", "Step|From|Gate|Events|Not evaluable", steps),
        _table("Thresholds, on the compensated scale.", "Marker|Cut|Method|Events|Parent", cuts),
    )


def _span(low: int | None, high: int | None) -> str:
    return "–" if low is None or high is None else f"{numbers.count(low)} to {numbers.count(high)}"
