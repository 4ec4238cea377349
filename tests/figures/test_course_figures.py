from __future__ import annotations

from dataclasses import replace

import pytest
import vl_convert

from remnant.analysis.karyotype_courses import KaryotypeCourse
from remnant.cytogenetics import evolution_strip, read_karyotype
from remnant.figures import lanes, patient_charts
from remnant.figures.clone_course import LOWEST, plot_clone_course
from remnant.figures.interval_time import plot_interval_time
from remnant.figures.karyotypes import plot_karyotypes
from remnant.figures.states import LOOKS, category_look, cytogenetic_look
from remnant.figures.swimmer import DENSE_LANE, lane_height, plot_swimmer
from remnant.figures.theme import specification
from remnant.persistence import EventInterval
from remnant.persistence.interval_time import interval_time

DOMAIN = (-20.0, 800.0)


def data_of(chart):
    return specification(chart)["datasets"]


def strip_of(*strings):
    visits = [(f"S{n}", 90 * n, read_karyotype(text)) for n, text in enumerate(strings)]
    return KaryotypeCourse("P", (), (), evolution_strip(visits))


def cells_of(*strings):
    rows = data_of(plot_karyotypes(strip_of(*strings), DOMAIN, anchor="first dose"))["cells"]
    return {(row["clone"], row["day"]): row for row in rows}


def test_a_clone_without_a_cell_is_shown_with_what_its_metaphases_exclude():
    cells = cells_of("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX[20]")
    gone, normal = cells["del(5)(q13q33)", 90], cells["normal cells", 90]
    assert (gone["count"], gone["excluded"]) == ("0/20", "< 14 %")
    assert gone["reached"] == gone["base"]
    assert normal["excluded"] == ""


def test_a_clone_is_named_by_what_its_parent_lacks_and_stands_further_in():
    course = strip_of("46,XX,del(5)(q13q33)[10]/47,idem,+8[5]/46,XX[5]")
    rows = data_of(plot_karyotypes(course, DOMAIN, anchor="day 0"))["clones"]
    assert [row["label"] for row in rows] == ["normal cells", "del(5)(q13q33)", "└ +8"]
    assert rows[0]["inset"] == rows[1]["inset"] < rows[2]["inset"]


def test_cells_that_nobody_counted_have_no_bar_and_say_so():
    cells = cells_of("46,XX,del(5)(q13q33)/46,XX")
    row = cells["del(5)(q13q33)", 0]
    assert row["count"] == "not counted"
    assert row["share"] is None
    assert row["excluded"] == ""


def test_a_composite_clone_says_that_it_is_one():
    course = strip_of("45~47,XX,del(5)(q13q33)[4],+8[3][cp6]/46,XX[14]")
    labels = [row["label"] for row in data_of(plot_karyotypes(course, DOMAIN, anchor="day 0"))["clones"]]
    assert any("(composite)" in label for label in labels)


def test_a_level_is_drawn_with_its_interval_and_nothing_falls_off_the_axis(findings):
    rows = data_of(patient_charts.clone(findings, findings.timelines[0]))
    low = next(row for row in rows["levels"] if row["looks"] == 2 and row["role"] == "stem")
    assert LOWEST == low["lower"] <= low["median"] <= low["upper"]
    assert {row["dose"] for row in rows["doses"]} == {"full dose, 7.5 mg a day"}


def test_a_rise_that_awaits_its_confirmation_is_hollow(findings):
    courses = [one for one in findings.clone_courses if one.patient_id == "5Q-01"]
    marked = {
        sure: data_of(
            plot_clone_course(
                [replace(one, rise_confirmed=sure) for one in courses], [], DOMAIN, clone="c", anchor="day 0"
            )
        )["rises"][0]
        for sure in (True, None)
    }
    assert (marked[None]["from"], marked[None]["to"]) == (372, 780)
    assert marked[True]["fill"] != marked[None]["fill"]
    assert marked[None]["called"] == "awaits the next look"


def test_a_series_of_reads_has_a_panel_of_its_own(findings):
    patient = findings.timelines[0]
    alone = replace(findings, monitoring=())
    panels = [len(patient_charts.clone(one, patient).vconcat) for one in (alone, findings)]
    assert panels == [1, 2]


def test_every_criteria_set_has_a_lane_and_an_improvement_is_named_by_its_lines(findings):
    calls = [
        call
        for one in (findings.responses, *findings.beside)
        for call in one.calls
        if call.patient_id == "5Q-01"
    ]
    shown = lanes.lanes([], calls, [], [])
    assert [lane.name for lane in shown] == ["IWG 2006", "IWG 2018"]
    assert {label for _, label, _ in shown[1].visits} == {"HI-E"}


def test_an_event_that_was_not_seen_is_not_drawn_and_one_without_confirmation_is_hollow(findings):
    events = [
        EventInterval("P", "molecular recurrence", 90, 180, False, "rose"),
        EventInterval("P", "cytogenetic recurrence", 90, 180, True, "back"),
        EventInterval("P", "clinical recurrence", 700, None, None, "not seen"),
    ]

    def axis(field):
        return patient_charts.alt.X(f"{field}:Q")

    _, tables = lanes.events(events, axis)
    assert [(row["lane"], row["from"], row["to"]) for row in tables["events"]] == [
        ("Clone", 90, 180),
        ("Karyotype", 90, 180),
    ]
    assert tables["events"][0]["fill"] != tables["events"][1]["fill"]
    assert lanes.events(events[2:], axis) is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [("CR equivalent", "CRh"), ("CR", "HI-E major"), ("HI-E minor", "no response category")],
)
def test_categories_of_every_set_keep_their_rank_in_colour(better, worse):
    assert category_look(better) != category_look(worse)
    assert cytogenetic_look("complete") == category_look("CR")
    assert cytogenetic_look("not assessable") == category_look("not evaluable")


def test_forty_patients_lie_closer_together_and_each_return_keeps_its_interval(cases):
    whole = cases.repeated(40)
    names = [line.patient_id for line in whole.timelines]
    remissions = tuple(
        replace(one, remission_day=184, day=780 if one.kind == "clone" else one.day) for one in whole.relapses
    )
    events = [EventInterval(name, "molecular recurrence", 372, 780, True, "", (), 184) for name in names]
    events += [EventInterval(name, "response", 0, 92, True, "", (), 0) for name in names]
    chart = plot_swimmer(whole.timelines, whole.courses, remissions, events)
    rows = data_of(chart)
    assert chart.height == 40 * DENSE_LANE < 40 * lane_height(7)
    assert {(row["from"], row["to"]) for row in rows["whiskers"]} == {(188, 596)}
    assert {(row["from"], row["to"]) for row in rows["starts"]} == {(-184, -92)}
    assert vl_convert.vegalite_to_svg(specification(chart)).count("<path") > 40


def test_the_curve_of_the_visits_lies_between_its_ends_and_starts_with_everybody():
    spans = ((0, 90), (90, 180), (30, 365), (200, None))
    intervals = [
        EventInterval(f"P{n}", "e", after, by, None, "", (), 0) for n, (after, by) in enumerate(spans)
    ]
    rows = data_of(plot_interval_time(interval_time("e", intervals, confidence=0.95)))["steps"]
    assert rows[0] == {"day": 0, "earliest": rows[0]["earliest"]} | rows[0]
    assert all(row["lower"] <= row["earliest"] <= row["latest"] <= row["upper"] for row in rows)


def test_a_band_too_narrow_for_its_words_says_its_letter_and_never_a_part_of_a_word(findings):
    bands = data_of(patient_charts.course(findings, findings.timelines[0]))["bands"]
    letters = {str(state): look.letter for state, look in LOOKS.items()}
    for band in bands:
        if band["lane"] == "Course":
            assert band["short"] == letters[band["label"]]
        assert len(band["short"]) < max(len(band["label"]), 2)


def test_the_days_of_the_samples_stand_beneath_them(findings):
    timeline = findings.timelines[0]
    chart = specification(patient_charts.course(findings, timeline))
    lane = next(p for p in chart["vconcat"] if any(x["data"]["name"] == "samples" for x in p["layer"]))
    for layer in lane["layer"]:  # one axis for both, or the months would win
        assert layer["encoding"]["x"]["axis"]["values"] == sorted({visit.day for visit in timeline.visits})
