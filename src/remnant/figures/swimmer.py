"""Every patient since remission, the longest on top: state by state, treatment, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.analysis.timeline import Timeline
from remnant.figures.cohort import MARKS, last_day
from remnant.figures.interval_time import RECURRENCES
from remnant.figures.states import LOOKS
from remnant.figures.theme import (
    ALARM,
    INK,
    LINE,
    MUTED,
    PAPER,
    SERIES_COLOURS,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
)
from remnant.persistence.course import Course
from remnant.persistence.event_times import EventInterval
from remnant.persistence.relapse import Relapse

GOOD = SERIES_COLOURS[4]
LEADING = ("lead_in", "starts", "whiskers")
LANE, DENSE_LANE, MANY = 46, 30, 16  # pixels to a patient, and to each of more than so many
EVENTS = {event: kind for kind, event in RECURRENCES.items()}
STARTS = {"transfusion independence": PAPER, "response": GOOD}  # hollow and filled


def lane_height(patients: int) -> int:
    """Return the pixels to a patient: many lie closer together."""
    return LANE if patients <= MANY else DENSE_LANE


def since_remission(
    timelines: Sequence[Timeline], relapses: Sequence[Relapse]
) -> list[tuple[Timeline, int, int]]:
    """Return each patient who reached a clinical remission, with its day and the last, the longest first."""
    begun = {
        item.patient_id: item.remission_day
        for item in relapses
        if item.kind == "clinical" and item.remission_day is not None
    }
    swimmers = [(t, begun[t.patient_id], last_day(t)) for t in timelines if t.patient_id in begun]
    return sorted(swimmers, key=lambda item: (item[1] - item[2], item[0].patient_id))


def plot_swimmer(
    timelines: Sequence[Timeline],
    courses: Sequence[Course],
    relapses: Sequence[Relapse],
    events: Sequence[EventInterval] = (),
    among: Sequence[Timeline] = (),
) -> alt.LayerChart | None:
    """Draw one lane for each patient that reached a clinical remission, from that day on.

    Parameters
    ----------
    timelines : sequence of Timeline
        Patients.
    courses : sequence of Course
        States, each a piece of the lane from the visit that shows it to the next.
    relapses : sequence of Relapse
        Remissions, and returns of every kind, each a mark on its first day.
    events : sequence of EventInterval
        Days between which each return came, drawn as a bar up to its mark, and those between which
        independence of transfusions and the response began.
    among : sequence of Timeline
        Every patient of the study, where this is a part of them: all parts have one axis.

    Returns
    -------
    LayerChart or None
        None where nobody reached a remission.
    """
    swimmers = since_remission(timelines, relapses)
    if not swimmers:
        return None
    tables = _tables(swimmers, courses, relapses, events)
    close = lane_height(len(swimmers)) / LANE
    patients = [timeline.patient_id for timeline, _, _ in swimmers]
    everybody = since_remission(among, relapses) or swimmers
    last = max([30, *(end - start for _, start, end in everybody)])
    axis = alt.Axis(
        title=None, domain=False, ticks=False, labelColor=INK, labelFontSize=12, labelLimit=130,
        labelPadding=10,
    )  # fmt: skip
    y = alt.Y("patient:N", sort=patients, scale=alt.Scale(domain=patients), axis=axis)
    before = [row["from"] for row in tables["lead_in"]]
    domain = (min([-0.01 * last, *(1.03 * day for day in before)]), last * 1.04)
    start, day = days("from", domain, "Months since remission"), days("day", domain, "Months since remission")
    state = [
        alt.Tooltip("patient:N"),
        alt.Tooltip("state:N"),
        alt.Tooltip("from:Q", title="from day", format=",d"),
        alt.Tooltip("to:Q", title="to day", format=",d"),
    ]
    between = [
        alt.Tooltip("after:Q", title="after day", format=",d"),
        alt.Tooltip("by:Q", title="by day", format=",d"),
    ]
    back = [alt.Tooltip("patient:N"), alt.Tooltip("kind:N"), alt.Tooltip("day:Q", format=",d")]
    return configured(
        layered(
            named("lead_in").mark_rule(color=LINE, strokeWidth=1.5).encode(start, y, x2=alt.X2("to:Q")),
            named("starts").mark_rule(color=MUTED, strokeWidth=1.2).encode(start, y, x2=alt.X2("to:Q")),
            named("starts").mark_point(size=38, stroke=MUTED, strokeWidth=1.3, opacity=1).encode(
                days("to", domain, "Months since remission"), y, fill=alt.Fill("fill:N", scale=None),
                tooltip=[alt.Tooltip("patient:N"), alt.Tooltip("event:N"), *between],
            ),
            named("states").mark_bar(height=16 * close, stroke=PAPER, strokeWidth=1).encode(
                start, y, x2=alt.X2("to:Q"), color=alt.Color("fill:N", scale=None), tooltip=state
            ),
            named("states").mark_text(
                align="left", dx=5, fontSize=10, fontWeight=700,
                limit=alt.ExprRef("max(1, scale('x', datum.to) - scale('x', datum['from']) - 6)"),
            ).encode(start, y, text=alt.Text("letter:N"), color=alt.Color("ink:N", scale=None)),
            named("drugs").mark_bar(height=3, yOffset=12 * close, color=MUTED, cornerRadius=1.5).encode(
                start, y, x2=alt.X2("to:Q"), tooltip=[alt.Tooltip("drug:N")]
            ),
            named("ends").mark_text(align="left", dx=4, fontSize=16, color=INK).encode(
                day, y, text=alt.Text("mark:N"), tooltip=[alt.Tooltip("fate:N")]
            ),
            *(
                named("whiskers").transform_filter(f"datum.kind == '{kind}'").mark_rule(
                    color=ALARM, opacity=0.5, strokeWidth=1.4, yOffset=close * (-13 - 7 * level)
                ).encode(start, y, x2=alt.X2("to:Q"), tooltip=[alt.Tooltip("patient:N"), *between])
                for level, kind in enumerate(MARKS)
            ),
            *(
                named(kind).mark_point(
                    filled=True, size=46 * close, shape=mark, yOffset=close * (-13 - 7 * level), color=ALARM,
                    opacity=1,
                ).encode(day, y, tooltip=back)
                for level, (kind, mark) in enumerate(MARKS.items())
            ),
            width=WIDTH, height=lane_height(len(patients)) * len(patients),
        ),
        tables,
        "Swimmer plot since remission: a lane for each patient with the state of the course, treatment, each "
        "return and the end of observation.",
    )  # fmt: skip


def _tables(
    swimmers: Sequence[tuple[Timeline, int, int]],
    courses: Sequence[Course],
    relapses: Sequence[Relapse],
    events: Sequence[EventInterval],
) -> dict[str, list[Row]]:
    """Rows of every layer, their days counted from each patient's remission."""
    tables: dict[str, list[Row]] = {name: [] for name in ("states", "drugs", "ends", *LEADING, *MARKS)}
    for timeline, start, end in swimmers:
        name = timeline.patient_id
        _lead(tables, name, start, [item for item in events if item.patient_id == name])
        tables["states"] += _states(name, start, end, [c for c in courses if c.patient_id == name])
        tables["drugs"] += [
            {"patient": name, "drug": c.drug, "from": max(c.start_day - start, 0), "to": until - start}
            for c in timeline.therapy
            if (until := end if c.end_day is None else c.end_day) > start
        ]
        fate = {True: "died", False: "alive at last contact", None: "last record"}[timeline.died]
        mark = "†" if timeline.died else "→"
        tables["ends"].append({"patient": name, "day": end - start, "fate": fate, "mark": mark})
        for item in relapses:
            if item.patient_id == name and item.day is not None and item.day >= start:
                tables[item.kind].append({"patient": name, "day": item.day - start, "kind": item.kind})
    return tables


def _lead(tables: dict[str, list[Row]], name: str, start: int, events: Sequence[EventInterval]) -> None:
    """Put what came before remission, from the first dose on, and the bars of the returns."""
    entry = next((item.entry_day for item in events if item.event in STARTS), None)
    if entry is not None and entry < start:
        tables["lead_in"].append({"patient": name, "from": entry - start, "to": 0})
    for item in events:
        if item.after_day is None or item.by_day is None:
            continue
        row = {
            "patient": name, "event": item.event, "from": item.after_day - start, "to": item.by_day - start,
            "after": item.after_day, "by": item.by_day,
        }  # fmt: skip
        if item.event in STARTS:
            tables["starts"].append(row | {"fill": STARTS[item.event]})
        elif item.event in EVENTS and item.by_day >= start:
            tables["whiskers"].append(row | {"kind": EVENTS[item.event]})


def _states(name: str, start: int, end: int, courses: Sequence[Course]) -> list[Row]:
    """Pieces of a lane: each state from the visit that shows it, or from remission, to the next."""
    rows: list[Row] = []
    for course in courses:
        look, at = LOOKS[course.state], max(course.day, start) - start
        if rows and rows[-1]["from"] == at:
            rows.pop()  # seen before remission, and changed by then
        if rows and rows[-1]["state"] == str(course.state):
            continue
        if rows:
            rows[-1]["to"] = at
        rows.append(
            {"patient": name, "state": str(course.state), "from": at, "to": end - start,
             "fill": look.fill, "ink": look.text, "letter": look.letter}
        )  # fmt: skip
    return rows
