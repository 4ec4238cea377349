"""Lanes of bands and of events: state, response by each criteria set and each return, on one axis of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from remnant.figures.states import FREE, LOOKS, Look, category_look, cytogenetic_look
from remnant.figures.theme import ALARM, PAPER, WIDTH, Row, layered, named
from remnant.figures.timeline import BARE, Axis, Panel
from remnant.persistence.course import Course
from remnant.persistence.event_times import EventInterval
from remnant.response import CytogeneticResponse, ResponseCall
from remnant.response.record.transfusions import FreeRun

SHORT = {
    "stable disease": "SD",
    "not evaluable": "×",
    "no response category": "none",
    "relapse": "rel.",
    "HI-E major": "HI-E",
    "HI-E minor": "HI-E",
    "CR equivalent": "CR",
    "complete": "C",
    "partial": "P",
    "none": "–",
}  # what a band says that is too narrow for all of it; of a state its letter
LETTER, MARGIN = 5.7, 7  # pixels of a letter of a band on average, and what stays free beside it
BAND = "(scale('bands_x', datum.to) - scale('bands_x', datum['from']))"  # its width, in pixels

WORDS = (
    f"{BAND} - {MARGIN} >= {LETTER} * length(datum.label) ? datum.label : "
    f"{BAND} - {MARGIN} >= {LETTER} * length(datum.short) ? datum.short : ''"
)


@dataclass(frozen=True)
class Lane:
    """One lane of bands: what holds from each visit to the next, or in pieces of its own."""

    name: str
    visits: Sequence[tuple[int, str, Look]]
    pieces: Sequence[tuple[int, int, str, Look]] = ()


def lanes(
    courses: Sequence[Course],
    calls: Sequence[ResponseCall],
    cytogenetic: Sequence[CytogeneticResponse],
    runs: Sequence[FreeRun],
) -> list[Lane]:
    """Lay out the state, the response by each criteria set and by metaphases, and runs without red cells.

    Parameters
    ----------
    courses, calls, cytogenetic : sequence
        Of one patient, in the order of time; calls of any number of criteria sets.
    runs : sequence of FreeRun
        Of 56 days or more.
    """
    found = [Lane("Course", [(c.day, str(c.state), LOOKS[c.state]) for c in courses])]
    for criteria in dict.fromkeys(call.criteria for call in calls):
        own = [call for call in calls if call.criteria == criteria]
        found.append(Lane(criteria, [(c.day, said := _said(c), category_look(said)) for c in own]))
    karyotypes = [(c.day, c.response, cytogenetic_look(c.response)) for c in cytogenetic]
    found.append(Lane("Metaphases", karyotypes))
    free = [(one.first, one.last, "no red cells", FREE) for one in runs]
    found.append(Lane("Transfusion", (), free))
    return [lane for lane in found if lane.visits or lane.pieces]


def _said(call: ResponseCall) -> str:
    """The category; of an improvement its lines."""
    return ", ".join(call.improvement) if call.category == "HI" and call.improvement else call.category


def bands(shown: Sequence[Lane], x: Axis, end: float) -> Panel:
    """Draw lanes of bands, each from the visit that shows it to the next."""
    rows = [row for lane in shown for row in _runs(lane.name, lane.visits, end)]
    rows += [
        _band(lane.name, label, look, first, last)
        for lane in shown
        for first, last, label, look in lane.pieces
    ]
    names = [lane.name for lane in shown]
    y = alt.Y("lane:N", sort=names, scale=alt.Scale(domain=names, paddingInner=0.15), axis=BARE)
    tip = [
        alt.Tooltip("label:N", title="from this day"),
        alt.Tooltip("from:Q", title="day", format=",d"),
        alt.Tooltip("to:Q", title="to day", format=",d"),
    ]
    panel = layered(
        named("bands").mark_bar(stroke=None, cornerRadius=2).encode(
            x("from"), y, x2=alt.X2("to:Q"), tooltip=tip,
            color=alt.Color("fill:N", scale=None), stroke=alt.value("#ffffff55"),
        ),
        # However wide the page is: the words where the band has room for them, else the letter, else nothing.
        named("bands").mark_text(
            align="left", dx=4, fontSize=10, baseline="middle",
            limit=alt.ExprRef(f"max(1, {BAND} - {MARGIN - 3})"), text=alt.ExprRef(WORDS),
        ).encode(x("from"), y, color=alt.Color("ink:N", scale=None), tooltip=tip),
        name="bands", width=WIDTH, height=19 * max(len(names), 1),
    )  # fmt: skip
    return panel, {"bands": rows}


EVENT_LANES = {
    "stem-cell recurrence": ("Stem cells", "circle"),
    "molecular recurrence": ("Clone", "triangle-down"),
    "cytogenetic recurrence": ("Karyotype", "diamond"),
    "clinical recurrence": ("Clinic", "cross"),
    "progression": ("Progression", "square"),
    "acute leukaemia": ("Leukaemia", "triangle-up"),
    "death": ("Death", "stroke"),
}  # in the order in which they are drawn


def events(intervals: Sequence[EventInterval], x: Axis) -> Panel | None:
    """Draw each return between the last look without it and the first with it; none where nothing came."""
    rows: list[Row] = [
        {
            "lane": EVENT_LANES[one.event][0], "event": one.event, "shape": EVENT_LANES[one.event][1],
            "from": one.after_day, "to": one.by_day, "because": one.reason,
            "fill": PAPER if one.confirmed is False else ALARM,
        }
        for name in EVENT_LANES
        for one in intervals
        if one.event == name and one.by_day is not None
    ]  # fmt: skip
    if not rows:
        return None
    names = list(dict.fromkeys(row["lane"] for row in rows))
    y = alt.Y("lane:N", sort=names, scale=alt.Scale(domain=names), axis=BARE)
    tip = [
        alt.Tooltip("event:N"),
        alt.Tooltip("from:Q", title="after day", format=",d"),
        alt.Tooltip("to:Q", title="by day", format=",d"),
        alt.Tooltip("because:N"),
    ]
    base = named("events")
    panel = layered(
        base.mark_rule(color=ALARM, strokeWidth=2, opacity=0.5).encode(
            x("from"), y, x2=alt.X2("to:Q"), tooltip=tip
        ),
        base.mark_tick(color=ALARM, thickness=1.2, size=8, opacity=0.6).encode(x("from"), y),
        base.mark_point(size=58, stroke=ALARM, strokeWidth=1.4, opacity=1).encode(
            x("to"), y, shape=alt.Shape("shape:N", scale=None), fill=alt.Fill("fill:N", scale=None),
            tooltip=tip,
        ),
        width=WIDTH, height=17 * len(names),
    )  # fmt: skip
    return panel, {"events": rows}


def _band(lane: str, label: str, look: Look, first: float, last: float) -> Row:
    short = look.letter or SHORT.get(label, "")
    return {
        "lane": lane,
        "label": label,
        "short": short,
        "from": first,
        "to": last,
        "fill": look.fill,
        "ink": look.text,
    }


def _runs(lane: str, visits: Sequence[tuple[int, str, Look]], end: float) -> list[Row]:
    """Join neighbours that say the same, so that a band says once what it says."""
    rows: list[Row] = []
    for day, label, look in visits:
        if rows:
            if rows[-1]["label"] == label:
                continue
            rows[-1]["to"] = day
        rows.append(_band(lane, label, look, day, end))
    for row in rows:
        row["to"] = max(row["to"], row["from"] + 1)
    return rows
