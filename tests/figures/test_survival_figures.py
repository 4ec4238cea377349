"""Time since remission in pictures: steps as estimated, nobody drawn beyond their follow-up."""

import vl_convert

from remnant.analysis.timeline import TherapyCourse, Timeline
from remnant.figures import plot_freedom, plot_incidence, plot_swimmer
from remnant.figures.theme import specification
from remnant.persistence import Course, Relapse, State, return_incidence, time_to_event

RELAPSES = [
    Relapse("P1", "clinical", 100, 400, None, 400, ""),
    Relapse("P2", "clinical", 50, None, None, 900, ""),
    Relapse("P3", "clinical", None, None, None, 500, "no response"),
    Relapse("P1", "clone", 80, 300, None, 400, ""),
]


def timeline(patient, last, died=False):
    drug = TherapyCourse("lenalidomide", 0, None, 10, 21, 28)
    return Timeline(patient, None, None, None, last, died, (), (drug,), (), (), ())


def state(patient, day, name):
    return Course(patient, f"{patient}-{day}", day, name, True, (), ())


PEOPLE = [timeline("P1", 700), timeline("P2", 950, died=True), timeline("P3", 500)]
COURSES = [
    state("P1", 0, State.UNTREATED), state("P1", 90, State.RESPONDING),
    state("P1", 200, State.REMISSION_CLEAR), state("P1", 300, State.REMISSION_CLEAR),
    state("P1", 400, State.PROGRESSION), state("P2", 60, State.RESPONDING),
]  # fmt: skip


def drawn(chart):
    spec = specification(chart)
    assert vl_convert.vegalite_to_svg(spec).startswith("<svg")
    assert spec["description"]
    return spec["datasets"]


def test_freedom_ends_with_observation_and_counts_those_at_risk():
    curve = time_to_event("clinical", RELAPSES, confidence=0.95)
    tables = drawn(plot_freedom(curve))
    assert [row["day"] for row in tables["steps"]] == [0, 300, 850]
    assert tables["steps"][-1]["free"] == tables["steps"][-2]["free"] == 0.5
    assert tables["risk"] == [{"day": 0, "at_risk": 2}, {"day": 300, "at_risk": 2}]
    # On one half from 300 to 850, so the middle of that while.
    assert tables["median"] == [{"day": 575.0, "free": 0.5, "zero": 0}]


def test_incidence_draws_death_beside_the_return():
    curve = return_incidence("clinical", RELAPSES, {"P2": 950}, confidence=0.95)
    tables = drawn(plot_incidence(curve))
    assert {(row["cause"], row["fraction"]) for row in tables["ends"]} == {
        ("clinical relapse", 0.5),
        ("died without it", 0.5),
    }
    assert max(row["day"] for row in tables["incidence"]) == 900


def test_the_longest_followed_swims_on_top_and_who_had_no_remission_does_not():
    chart = plot_swimmer(PEOPLE, COURSES, RELAPSES)
    tables = drawn(chart)
    assert {row["patient"] for row in tables["ends"]} == {"P1", "P2"}
    assert [row["patient"] for row in tables["ends"]] == ["P2", "P1"]
    assert [(row["day"], row["mark"]) for row in tables["ends"]] == [(900, "†"), (600, "→")]
    own = [(row["state"], row["from"], row["to"]) for row in tables["states"] if row["patient"] == "P1"]
    assert own == [
        ("responding", 0, 100),
        ("remission without detected persistence", 100, 300),
        ("clinical and cytogenetic progression", 300, 600),
    ]
    assert [(row["day"], row["kind"]) for row in (*tables["clone"], *tables["clinical"])] == [
        (200, "clone"),
        (300, "clinical"),
    ]


def test_without_a_remission_there_is_no_swimmer():
    assert plot_swimmer(PEOPLE, COURSES, RELAPSES[2:3]) is None
