"""Every patient on one axis of time: therapy, the state of the course at each visit, and each return."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.analysis.timeline import Timeline
from remnant.figures.states import LOOKS
from remnant.figures.theme import ALARM, INK, LINE, MUTED, PAPER, WIDTH, Row, configured, days, layered, named
from remnant.persistence.course import Course
from remnant.persistence.relapse import Relapse

MARKS = {"clone": "triangle-down", "cytogenetic": "diamond", "clinical": "cross"}  # from the lane upwards
LANE, DENSE_LANE, MANY = 62, 36, 16  # pixels to a patient, and to each of more than so many


def lane_height(patients: int) -> int:
    """Return the pixels to a patient: many lie closer together."""
    return LANE if patients <= MANY else DENSE_LANE


def last_day(timeline: Timeline) -> int:
    """Return the last day on which anything is recorded of a patient."""
    ends = [course.end_day or course.start_day for course in timeline.therapy]
    ends += [visit.day for visit in timeline.visits] + [count.day for count in timeline.blood_counts]
    ends += [gift.day for gift in timeline.transfusions] + [timeline.last_contact_day or 0]
    return max(ends)


def first_day(timeline: Timeline) -> int:
    """Return the first day on which anything is recorded of a patient, day 0 at the latest."""
    starts = [visit.day for visit in timeline.visits] + [count.day for count in timeline.blood_counts]
    starts += [gift.day for gift in timeline.transfusions] + [course.start_day for course in timeline.therapy]
    return min([0, *starts])


def plot_cohort(
    timelines: Sequence[Timeline],
    courses: Sequence[Course],
    relapses: Sequence[Relapse],
    *,
    anchor: str,
    among: Sequence[Timeline] = (),
) -> alt.LayerChart:
    """Draw one lane for each patient.

    Parameters
    ----------
    timelines : sequence of Timeline
        Patients, from the top.
    courses : sequence of Course
        States, each a lettered disc on its day.
    relapses : sequence of Relapse
        Returns, each a marker above the lane.
    anchor : str
        What day 0 is.
    among : sequence of Timeline
        Every patient of the study, where this is a part of them: all parts have one axis.
    """
    shown = {timeline.patient_id for timeline in timelines}
    lanes: list[Row] = []
    drugs: list[Row] = []
    ends: list[Row] = []
    for timeline in timelines:
        name, end = timeline.patient_id, last_day(timeline)
        first_visit = min((visit.day for visit in timeline.visits), default=0)
        lanes.append({"patient": name, "from": min(0, first_visit), "to": end})
        drugs += [
            {"patient": name, "drug": c.drug, "from": c.start_day,
             "to": end if c.end_day is None else c.end_day}
            for c in timeline.therapy
        ]  # fmt: skip
        fate = {True: "died", False: "alive at last contact", None: "last record"}[timeline.died]
        ends.append({"patient": name, "day": end, "fate": fate, "mark": "†" if timeline.died else "›"})
    states: list[Row] = [
        {"patient": c.patient_id, "day": c.day, "sample_id": c.sample_id, "state": str(c.state),
         "letter": LOOKS[c.state].letter, "because": "; ".join(c.reasons)}
        for c in courses
        if c.patient_id in shown
    ]  # fmt: skip
    returns: dict[str, list[Row]] = {
        kind: [
            {"patient": r.patient_id, "day": r.day, "kind": r.kind, "because": r.reason}
            for r in relapses
            if r.kind == kind and r.day is not None and r.patient_id in shown
        ]
        for kind in MARKS
    }
    tables = {"lanes": lanes, "drugs": drugs, "ends": ends, "states": states, **returns}

    close = lane_height(len(timelines)) / LANE
    everybody = among or timelines
    begun = [min([0, *(visit.day for visit in timeline.visits)]) for timeline in everybody]
    domain = min(begun) - 20, max([30, *map(last_day, everybody)]) * 1.03
    patients = [timeline.patient_id for timeline in timelines]
    axis = alt.Axis(
        title=None, domain=False, ticks=False, labelColor=INK, labelFontSize=12, labelLimit=130,
        labelPadding=12,
    )  # fmt: skip
    y = alt.Y("patient:N", sort=patients, scale=alt.Scale(domain=patients), axis=axis)
    title = f"Months since {anchor}"
    start, day = days("from", domain, title), days("day", domain, title)
    fills = alt.Scale(domain=[str(s) for s in LOOKS], range=[look.fill for look in LOOKS.values()])
    texts = alt.Scale(domain=[str(s) for s in LOOKS], range=[look.text for look in LOOKS.values()])
    tip = [
        alt.Tooltip("patient:N"),
        alt.Tooltip("sample_id:N", title="sample"),
        alt.Tooltip("day:Q", format=",d"),
        alt.Tooltip("state:N"),
        alt.Tooltip("because:N"),
    ]
    gone = [alt.Tooltip(f"{field}:N") for field in ("patient", "kind", "because")]
    return configured(
        layered(
            named("lanes").mark_rule(color=LINE, strokeWidth=1.5).encode(start, y, x2=alt.X2("to:Q")),
            named("drugs").mark_bar(color=LINE, height=6 * close, yOffset=12 * close, cornerRadius=2).encode(
                start, y, x2=alt.X2("to:Q"), tooltip=[alt.Tooltip("drug:N")]
            ),
            named("ends").mark_text(align="left", dx=2, fontSize=15, color=MUTED).encode(
                day, y, text=alt.Text("mark:N"), tooltip=[alt.Tooltip("fate:N")]
            ),
            named("states").mark_circle(size=270 * close, opacity=1, stroke=PAPER, strokeWidth=1.5).encode(
                day, y, fill=alt.Fill("state:N", scale=fills, legend=None), tooltip=tip
            ),
            named("states").mark_text(fontSize=6 + 4 * close, fontWeight=700).encode(
                day, y, text=alt.Text("letter:N"), tooltip=tip,
                color=alt.Color("state:N", scale=texts, legend=None),
            ),
            *(
                named(kind).mark_point(
                    filled=True, size=64 * close, shape=mark, yOffset=close * (-15 - 9 * level), color=ALARM,
                    opacity=1,
                ).encode(day, y, tooltip=[*gone, alt.Tooltip("day:Q", format=",d")])
                for level, (kind, mark) in enumerate(MARKS.items())
            ),
            width=WIDTH, height=lane_height(len(patients)) * len(patients),
        ),
        tables,
        "Swimmer plot: a lane for each patient, the state of the course at each visit, and each return.",
    )  # fmt: skip
