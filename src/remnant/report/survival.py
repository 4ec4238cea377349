"""Time to return, with death as a rival, and the markers that were asked for it."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.figures.incidence import plot_incidence
from remnant.figures.interval_time import RECURRENCES, plot_interval_time
from remnant.figures.survival import RETURNS, plot_freedom
from remnant.figures.swimmer import lane_height, plot_swimmer, since_remission
from remnant.figures.theme import bands
from remnant.persistence.association import Association
from remnant.persistence.interval_time import IntervalTimeToEvent
from remnant.persistence.relapse import TimeToEvent
from remnant.report import cohort, numbers, phrases, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table

ALPHA = 0.05  # family-wise, after Holm
SHOWN = (*RECURRENCES.values(), "stem-cell recurrence", "acute leukaemia")


def freedom(findings: Findings, album: Album) -> list[Figure]:
    """Return a Kaplan-Meier figure for each kind of return that has an estimate."""
    figures = []
    for curve in findings.time_to_event:
        if not curve.patients or not curve.days:
            continue
        caption = (
            f"{curve.events} of {phrases.counted(curve.patients, 'patient')} with the event; median "
            f"{_median(curve)}. Patients without it count until they were last seen; death is not an event "
            "here. Band: pointwise limits. Beneath: patients at risk."
        )
        title = f"Freedom from {RETURNS.get(curve.kind, curve.kind)}"
        key = f"freedom-{curve.kind}"
        figures.append(album.put(plot_freedom(curve), "study", key, title, caption, 310))
    return figures


def interval_freedom(findings: Findings, album: Album) -> list[Figure]:
    """Return a figure for each return by what the visits leave open, Kaplan-Meier beside it."""
    visits = {RECURRENCES[curve.kind]: curve for curve in findings.time_to_event if curve.kind in RECURRENCES}
    return [
        album.put(
            plot_interval_time(curve, visits.get(curve.event)),
            "study",
            f"interval-{curve.event}",
            f"Freedom from {curve.event}",
            _interval_caption(curve),
            280,
        )
        for curve in findings.interval_times
        if curve.events and curve.event in SHOWN
    ]


def _interval_caption(curve: IntervalTimeToEvent) -> str:
    return f"{curve.events} of {phrases.counted(curve.patients, 'patient')}; median {_between(curve)}."


def _between(curve: IntervalTimeToEvent) -> str:
    if curve.median_earliest is None:
        return "not reached"
    early = numbers.months(curve.median_earliest)
    if curve.median_latest is None:
        return f"{early} or later"
    late = numbers.months(curve.median_latest)
    unit = late.rpartition(" ")[2]
    return early if early == late else f"between {early.removesuffix(f' {unit}')} and {late}"


INTERVAL_NOTE = (
    "Two estimates stand side by side. Dark: with interval censoring (Turnbull), between the earliest and "
    "the latest curve that the visits allow; faint: its pointwise limits. Broken: Kaplan-Meier, which dates "
    "an event at the visit that showed it and so makes times too long."
)


def interval_table(findings: Findings) -> Table | None:
    """Return the time to every event by what the visits leave open."""
    rows = [
        (
            Cell(curve.event),
            tables.number(numbers.count(curve.patients)),
            tables.number(numbers.count(curve.events)),
            Cell(_between(curve)),
            Cell(*_free_at_last(curve)),
        )
        for curve in findings.interval_times
    ]
    caption = (
        "Time to each event from the first dose, or from remission for a return, interval-censored "
        "(Turnbull): an event lies between two looks, and no day is made up. Last: free after the last step, "
        "as the visits allow, with limits."
    )
    return tables.table(caption, "Event|Patients|Events|Median|Free at the end", rows)


def _free_at_last(curve: IntervalTimeToEvent) -> tuple[str, str]:
    if not curve.days:
        return "all", ""
    early, late = (numbers.percent(part) for part in (curve.earliest[-1], curve.latest[-1]))
    limits = f"{numbers.percent(curve.lower[-1])} to {numbers.percent(curve.upper[-1])}"
    return early if early == late else f"{early} to {late}", limits


def incidence(findings: Findings, album: Album) -> list[Figure]:
    """Return cumulative incidence for each kind of return where somebody died without it."""
    figures = []
    for curve in findings.incidence:
        if not curve.deaths:
            continue
        event = RETURNS.get(curve.kind, curve.kind)
        caption = (
            f"Of {phrases.counted(curve.patients, 'patient')}, {curve.events} had {event} and "
            f"{curve.deaths} died without it. Who has died cannot relapse, so this is the fraction that did "
            "(Aalen-Johansen); one less freedom, which takes the dead as still in reach, is higher."
        )
        key = f"incidence-{curve.kind}"
        title = f"Incidence of {event}"
        figures.append(album.put(plot_incidence(curve), "study", key, title, caption, 310))
    return figures


def swimmer(findings: Findings, album: Album) -> list[Figure]:
    """Return the figure of every patient since remission, in bands where they are many."""
    caption = (
        "A lane for each patient who reached a response by the criteria, the longest followed on top, in the "
        "state of the course from one visit to the next. Before it, from the first dose: independence of "
        "transfusions (hollow) and response (filled) begin. Grey bars beneath are therapy; red marks are "
        "returns (triangle: rise of the clone, diamond: cytogenetic, cross: clinical), each with a bar from "
        "the last look without it; † died, → still followed."
    )
    swimmers = [one for one, _, _ in since_remission(findings.timelines, findings.relapses)]
    seen = (findings.courses, findings.relapses, findings.event_intervals)
    figures = []
    for place, band in enumerate(bands(swimmers)):
        chart = plot_swimmer(band, *seen, among=swimmers)
        title = cohort.banded("Since remission", place, len(band), len(swimmers))
        group = "study" if place == 0 else f"study-swimmer-{place + 1}"
        room = 60 + lane_height(len(band)) * len(band)
        figures.append(album.put(chart, group, "swimmer", title, caption, room))
    return figures


def returns(findings: Findings) -> Table | None:
    """Return what the curves say, as a table."""
    deaths = {curve.kind: curve for curve in findings.incidence}
    rows = []
    for curve in findings.time_to_event:
        if not curve.patients:
            continue
        rival = deaths.get(curve.kind)
        rows.append(
            (
                Cell(RETURNS.get(curve.kind, curve.kind)),
                tables.number(numbers.count(curve.patients)),
                tables.number(numbers.count(curve.events)),
                tables.number("–" if rival is None else numbers.count(rival.deaths)),
                tables.number(*_median_cell(curve)),
                tables.number(*_last_cell(curve)),
            )
        )
    header = ("Return", "Patients", "Events", "Died without it", "Median", "Free after the last event")
    caption = (
        "Kaplan-Meier: time from remission to each kind of return, dated at the visit that showed it, and "
        "deaths that came before it."
    )
    return Table(caption, header, tuple(rows)) if rows else None


def associations(findings: Findings) -> Table | None:
    """Return every marker and endpoint as a table."""
    rows = [
        (
            Cell(item.marker, item.unit, source=tables.sources(item.sources)),
            Cell(item.endpoint),
            tables.number(f"{item.events} of {item.patients}"),
            Cell(_ratio(item), item.scale),
            tables.number(_p(item.p), item.test),
            tables.number(_p(item.p_holm), f"FDR {_p(item.p_false_discovery)}"),
            tables.number(_p(item.smallest_p)),
            Cell("; ".join([*item.remarks, *_lacking(item)])),
        )
        for item in findings.associations
    ]
    header = ("Marker", "Endpoint", "Events", "Ratio", "p", "Holm", "Least p", "To know")
    caption = (
        "Markers of the last sample before treatment. Ratio: odds of response, or hazard of relapse, with "
        "its profile-likelihood limits. Holm: p for all markers of the endpoint together; FDR: after "
        "Benjamini and Hochberg. Least p: the smallest that the exact test can give with so many patients."
    )
    return Table(caption, header, tuple(rows)) if rows else None


def association_sentence(findings: Findings) -> str:
    """Say in a sentence which markers go with an endpoint."""
    asked = [item for item in findings.associations if item.p is not None]
    if not asked:
        return "No marker could be tested: too few patients, or all alike."
    shown = [item for item in asked if item.p_holm is not None and item.p_holm <= ALPHA]
    if not shown:
        named = phrases.listing(list(dict.fromkeys(item.marker for item in asked)))
        return (
            f"No association of {named} with response or duration of remission is shown here (after Holm, no "
            f"p at or below {ALPHA}); with so few patients that is no proof that there is none."
        )
    said = [f"{item.marker} with {item.endpoint} (Holm p {_p(item.p_holm)})" for item in shown]
    return f"Associated before treatment: {phrases.listing(said)}. An association is no cause."


def _median(curve: TimeToEvent) -> str:
    return "not reached" if curve.median_days is None else numbers.months(curve.median_days)


def _median_cell(curve: TimeToEvent) -> tuple[str, str]:
    low, high = (
        "not reached" if day is None else numbers.months(day)
        for day in (curve.median_lower, curve.median_upper)
    )
    known = curve.median_lower is not None or curve.median_upper is not None
    return _median(curve), f"{low} to {high}" if known else ""


def _last_cell(curve: TimeToEvent) -> tuple[str, str]:
    if not curve.days:
        return "all", ""
    low, high = curve.lower[-1], curve.upper[-1]
    limits = "" if low is None or high is None else f"{numbers.percent(low)} to {numbers.percent(high)}"
    return numbers.percent(curve.free[-1]), limits


def _ratio(item: Association) -> str:
    if item.ratio is None:
        return item.method
    low = "0" if item.lower is None else numbers.significant(item.lower)
    high = "without bound" if item.upper is None else numbers.significant(item.upper)
    return f"{numbers.significant(item.ratio)} ({low} to {high})"


def _p(p: float | None) -> str:
    return "–" if p is None else numbers.p_value(p)


def _lacking(item: Association) -> list[str]:
    return [f"not measured in {phrases.listing(list(item.not_measured))}"] if item.not_measured else []
