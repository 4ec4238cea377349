"""What a scenario orders, look by look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cohort.planned import plain_therapy
from remnant.cohort.policy import Policy
from remnant.cohort.scenario import Scenario
from remnant.cohort.seen import Seen

LENALIDOMIDE = {"drug": "lenalidomide", "start_day": 0}


def scenario(*rules: dict[str, Any], therapy: Any = (LENALIDOMIDE,), **sections: Any) -> Scenario:
    """Make a scenario from a few sections; rules are about lenalidomide."""
    asked = [{"drug": "lenalidomide"} | rule for rule in rules]
    return Scenario.model_validate({"therapy": list(therapy), "rule": asked} | sections)


def seen(day: int, patients: int = 1, **what: Any) -> Seen:
    """Show a look at patients in whom nothing is wrong, but for what is given."""
    usual: dict[str, Any] = {
        "haemoglobin": 12.0,
        "neutrophils": 3.0,
        "platelets": 250.0,
        "metaphases_abnormal": -1,
        "transfused": False,
    }
    columns = {
        name: np.broadcast_to(value, patients)
        for name, value in (usual | what).items()
        if name != "metaphases"
    }
    return Seen(day=day, metaphases=what.get("metaphases", 20), **columns)


def follow(policy: Policy, looks: dict[int, dict[str, Any]], end: int, patients: int = 1) -> np.ndarray:
    """Run a policy over its looks; return the relative dose of every day, shape (patients, days, drugs)."""
    days = np.zeros((patients, end, len(policy.drugs)))
    day = 0
    while day < end:
        edges, doses = policy.segment(day, seen(day, patients, **looks.get(day, {})))
        assert edges[0] == day
        assert edges[-1] == policy.looks.after(day)
        for first, last, dose in zip(
            edges[:-1].astype(int), edges[1:].astype(int), doses.swapaxes(0, 1), strict=True
        ):
            days[:, first : min(last, end)] = dose[:, None, :]
        day = int(edges[-1])
    return days


@st.composite
def calendars(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Courses of two drugs with every kind of cycle, gaps, and overlaps between the drugs."""
    courses = []
    for drug in ("lenalidomide", "other"):
        day = draw(st.integers(0, 40))
        for _ in range(draw(st.integers(0, 3))):
            cycle = draw(st.integers(1, 40))
            length = draw(st.integers(1, 120))
            courses.append(
                {
                    "drug": drug,
                    "start_day": day,
                    "end_day": day + length - 1,
                    "dose_mg": draw(st.sampled_from([2.5, 5.0, 10.0, 15.0])),
                    "days_on": draw(st.integers(1, cycle)),
                    "cycle_days": cycle,
                }
            )
            day += length + draw(st.integers(0, 30))
    return courses


OTHER = {"other": {"full_dose_mg": 5.0, "quiescent_kill": 0.1}}


@settings(max_examples=40)
@given(calendars(), st.integers(1, 60), st.integers(0, 9), st.integers(0, 60))
def test_without_rules_doses_are_those_of_the_plain_calendar(courses, every, early, last):
    looks = {"every_days": every, "early_every_days": early, "early_days": last}
    plan = scenario(therapy=courses, drug=OTHER, looks=looks)
    got = follow(Policy(plan, plan.drugs, 1), {}, 400)[0]
    therapy = plain_therapy(plan, 400)
    for number, calendar in enumerate(therapy.calendars):
        assert np.array_equal(got[:, number], calendar.dose(np.arange(400)))


@settings(max_examples=40)
@given(calendars(), st.integers(1, 60))
def test_every_switch_of_the_plain_calendar_is_an_edge(courses, every):
    plan = scenario(therapy=courses, drug=OTHER, looks={"every_days": every})
    policy = Policy(plan, plan.drugs, 1)
    therapy = plain_therapy(plan, 500)
    for day in plan.looks.days(300):
        edges, doses = policy.segment(day, seen(day))
        expected, given_doses = therapy.segments(day, plan.looks.after(day))
        assert set(expected) <= set(edges)
        at = np.searchsorted(expected, edges[:-1], side="right") - 1
        assert np.array_equal(doses[0], given_doses[at])


def given_at(days: np.ndarray, *when: int) -> list[float]:
    """Read the dose of the first patient's first drug on some days."""
    return [float(days[0, day, 0]) for day in when]


def test_a_course_stops_at_the_first_marrow_that_shows_a_response_for_long_enough():
    plan = scenario(
        {"when": {"complete_cytogenetic_response": True}, "for_days": 336, "then": "stop"},
        looks={"marrow_every_days": 168},
    )
    policy = Policy(plan, plan.drugs, 1)
    found = {0: 12, 168: 3, 336: 0, 504: 0, 672: 0, 840: 5}
    days = follow(policy, {day: {"metaphases_abnormal": k} for day, k in found.items()}, 900)
    assert given_at(days, 644, 671, 672, 700, 868) == [1, 0, 0, 0, 0]
    assert policy.first_fired[0, 0] == 672


def test_one_abnormal_metaphase_starts_the_count_of_a_sustained_response_anew():
    plan = scenario({"when": {"complete_cytogenetic_response": True}, "for_days": 168, "then": "stop"})
    policy = Policy(plan, plan.drugs, 1)
    found = {0: 9, 168: 0, 336: 1, 504: 0, 672: 0}
    follow(policy, {day: {"metaphases_abnormal": k} for day, k in found.items()}, 900)
    assert policy.first_fired[0, 0] == 672


def test_fewer_metaphases_than_asked_for_show_no_complete_response_but_an_abnormal_one_denies_it():
    plan = scenario({"when": {"complete_cytogenetic_response": True}, "then": "stop"})
    for abnormal, metaphases, fires, unknown in ((0, 19, 0, 1), (1, 19, 0, 0), (0, 20, 1, 0)):
        policy = Policy(plan, plan.drugs, 1)
        policy.segment(0, seen(0, metaphases_abnormal=9))
        policy.segment(28, seen(28, metaphases_abnormal=abnormal, metaphases=metaphases))
        assert policy.fired[0, 0] == fires
        assert policy.not_evaluable[0, 0] == unknown


def test_without_a_clone_ever_seen_there_is_no_response_to_judge():
    plan = scenario({"when": {"complete_cytogenetic_response": True}, "then": "stop"})
    policy = Policy(plan, plan.drugs, 1)
    follow(policy, {day: {"metaphases_abnormal": 0} for day in (0, 28, 56, 84, 112, 140)}, 168)
    assert policy.fired[0, 0] == 0
    assert policy.not_evaluable[0, 0] == 6


@pytest.mark.parametrize(
    ("key", "value", "missing"),
    [
        ("neutrophils_below", 1.0, {"neutrophils": np.nan}),
        ("platelets_at_least", 50.0, {"platelets": np.nan}),
        ("haemoglobin_below", 8.0, {"haemoglobin": np.nan}),
        ("stem_fraction_below", 0.5, {}),
        ("blood_fraction_at_least", 0.5, {"blood_fraction": np.nan}),
        ("complete_cytogenetic_response", True, {}),
        ("complete_cytogenetic_response", False, {}),
        ("start_platelets_below", 900.0, {"platelets": np.nan}),
        ("platelets_below_share", 0.9, {"platelets": np.nan}),
    ],
)
def test_what_was_not_measured_fires_no_rule_and_is_counted(key, value, missing):
    looks = {"stem_every_days": 28, "blood_fraction_every_days": 28}
    plan = scenario({"when": {key: value}, "then": "stop"}, looks=looks)
    policy = Policy(plan, plan.drugs, 1)
    days = follow(policy, dict.fromkeys(range(0, 280, 28), missing), 280)
    assert policy.not_evaluable[0, 0] == 10
    assert policy.fired[0, 0] == 0
    assert days[0, :, 0].sum() == 210


def test_a_false_condition_settles_what_an_unknown_one_beside_it_cannot():
    plan = scenario({"when": {"from_day": 1000, "complete_cytogenetic_response": True}, "then": "stop"})
    policy = Policy(plan, plan.drugs, 1)
    follow(policy, {}, 280)
    assert policy.not_evaluable[0, 0] == 0


def test_a_look_that_cannot_tell_neither_breaks_nor_makes_a_run():
    plan = scenario({"when": {"neutrophils_below": 1.0}, "for_days": 56, "then": "stop"})
    low, unknown = {"neutrophils": 0.5}, {"neutrophils": np.nan}
    policy = Policy(plan, plan.drugs, 1)
    follow(policy, {28: low, 56: unknown, 84: unknown, 112: low}, 200)
    assert policy.first_fired[0, 0] == 112


def test_a_hold_ends_when_counts_recover_and_a_new_cycle_starts_at_the_lower_dose():
    plan = scenario(
        {
            "when": {"platelets_below": 50},
            "then": "hold",
            "until": {"platelets_at_least": 50},
            "dose_mg": [5, 2.5],
            "again": True,
        },
        looks={"every_days": 7},
    )
    policy = Policy(plan, plan.drugs, 1)
    low = {day: {"platelets": 40.0} for day in (14, 21, 70)}
    days = follow(policy, low, 140)
    assert given_at(days, 13, 14, 27) == [1, 0, 0]
    assert given_at(days, 28, 48, 49, 55, 56, 69) == [0.5, 0.5, 0, 0, 0.5, 0.5]
    assert given_at(days, 70, 76, 77, 97, 98, 105) == [0, 0, 0.25, 0.25, 0, 0.25]
    assert policy.fired[0, 0] == 2


def test_two_holds_end_when_the_last_of_them_does():
    hold = {"then": "hold"}
    plan = scenario(
        hold | {"when": {"platelets_below": 50}, "until": {"platelets_at_least": 50}},
        hold | {"when": {"neutrophils_below": 1}, "until": {"neutrophils_at_least": 1}},
        looks={"every_days": 7},
    )
    policy = Policy(plan, plan.drugs, 1)
    both = {"platelets": 10.0, "neutrophils": 0.2}
    days = follow(policy, {0: both, 7: {"neutrophils": 0.2}}, 60)
    assert given_at(days, 0, 7, 13, 14, 34, 35) == [0, 0, 0, 1, 1, 0]
    assert policy.fired[:, 0].tolist() == [1, 1]


def test_a_second_reason_to_hold_lowers_the_dose_no_further():
    plan = scenario(toxicity={}, looks={"every_days": 7})
    both = {"platelets": 10.0, "neutrophils": 0.2}
    days = follow(Policy(plan, plan.drugs, 1), {7: both, 14: {"neutrophils": 0.2}}, 60)
    assert given_at(days, 7, 14, 20, 21) == [0, 0, 0, 0.5]


def test_a_hold_of_some_days_ends_between_two_looks():
    plan = scenario({"when": {"from_day": 28}, "then": "hold", "days": 10})
    days = follow(Policy(plan, plan.drugs, 1), {}, 100)
    assert given_at(days, 28, 37, 38, 58, 59, 65, 66) == [0, 0, 1, 1, 0, 0, 1]


def test_a_rule_fires_once_unless_it_may_fire_again():
    low = {day: {"neutrophils": 0.5} for day in (28, 56, 84)}
    for again, times, last in ((False, 1, 0.5), (True, 2, 0.25)):
        rule = {"when": {"neutrophils_below": 1}, "then": "reduce", "dose_mg": [5, 2.5], "again": again}
        plan = scenario(rule)
        policy = Policy(plan, plan.drugs, 1)
        assert given_at(follow(policy, low, 200), 112) == [last]
        assert policy.fired[0, 0] == times


def test_a_reduction_never_raises_and_a_raise_never_lowers_a_dose():
    therapy = [LENALIDOMIDE | {"end_day": 55}, LENALIDOMIDE | {"start_day": 56, "dose_mg": 2.5}]
    plan = scenario({"when": {"from_day": 28}, "then": "reduce", "dose_mg": 5}, therapy=therapy)
    assert given_at(follow(Policy(plan, plan.drugs, 1), {}, 100), 0, 28, 56) == [1, 0.5, 0.25]
    plan = scenario({"when": {"from_day": 28}, "then": "raise", "dose_mg": 5}, therapy=therapy)
    policy = Policy(plan, plan.drugs, 1)
    assert given_at(follow(policy, {}, 100), 0, 28, 56) == [1, 1, 0.5]
    assert policy.first_fired[0, 0] == 56  # at 10 mg there was nothing to raise


def test_a_reduction_is_undone_when_its_end_is_seen():
    rule = {
        "when": {"neutrophils_below": 1},
        "then": "reduce",
        "dose_mg": 5,
        "until": {"neutrophils_at_least": 2},
    }
    plan = scenario(rule)
    days = follow(Policy(plan, plan.drugs, 1), {28: {"neutrophils": 0.5}, 56: {"neutrophils": 1.5}}, 120)
    assert given_at(days, 28, 56, 84) == [0.5, 0.5, 1]


def test_treatment_resumes_when_the_clone_is_back_after_a_stop():
    plan = scenario(
        {"when": {"complete_cytogenetic_response": True}, "then": "stop"},
        {"when": {"clone_back": True}, "then": "restart", "dose_mg": 5},
    )
    policy = Policy(plan, plan.drugs, 1)
    found = {0: 12, 168: 0, 336: 0, 504: 2}
    days = follow(policy, {day: {"metaphases_abnormal": k} for day, k in found.items()}, 560)
    assert given_at(days, 0, 168, 336, 503, 504, 524, 525, 532) == [1, 0, 0, 0, 0.5, 0.5, 0, 0.5]
    assert policy.first_fired[:, 0].tolist() == [168, 504]


def test_a_restart_after_the_last_course_goes_on_without_an_end():
    plan = scenario(
        {"when": {"transfusion_independence_lost": True}, "then": "restart"},
        therapy=[LENALIDOMIDE | {"end_day": 99}],
    )
    days = follow(Policy(plan, plan.drugs, 1), {140: {"transfused": True}}, 400)
    assert given_at(days, 98, 100, 139) == [1, 0, 0]
    assert days[0, 140:392, 0].reshape(-1, 28).sum(axis=1).tolist() == [21.0] * 9


def test_independence_must_be_won_before_it_is_lost():
    plan = scenario({"when": {"transfusion_independence_lost": True}, "then": "stop"})
    for transfused, fires in (
        ([0, 28, 56, 84], np.nan),
        ([0, 56], np.nan),
        ([0, 84], 84),
        ([56], np.nan),
        ([84], 84),
    ):
        policy = Policy(plan, plan.drugs, 1)
        follow(policy, {day: {"transfused": True} for day in transfused}, 200)
        assert policy.first_fired[0, 0] == pytest.approx(fires, nan_ok=True)


def test_a_second_drug_starts_on_its_own_terms_and_ends_when_its_days_are_over():
    rule = {"when": {"from_day": 50}, "then": "start", "drug": "other", "dose_mg": 2.5, "days": 30}
    plan = scenario(rule | {"days_on": 5, "cycle_days": 10}, drug=OTHER)
    days = follow(Policy(plan, plan.drugs, 1), {}, 140)[0, :, 1]
    assert np.flatnonzero(days).tolist() == [*range(56, 61), *range(66, 71), *range(76, 81)]
    assert set(days) == {0.0, 0.5}


def test_a_drug_that_waits_for_need_is_started_in_those_alone_who_need_it():
    plan = scenario({"when": {"transfused": True}, "then": "start"}, therapy=())
    policy = Policy(plan, plan.drugs, 3)
    transfused = {56: {"transfused": np.array([False, True, False])}}
    days = follow(policy, transfused, 112, patients=3)
    assert (days[:, :, 0] > 0).any(axis=1).tolist() == [False, True, False]
    assert np.flatnonzero(days[1, :, 0])[0] == 56


def test_lenalidomide_is_held_and_reduced_as_its_label_has_it():
    plan = scenario(toxicity={}, looks={"early_every_days": 7, "early_days": 56})
    cases = {
        # start, counts by day -> dose on days
        "high start, below 50": (250.0, {14: 40.0, 21: 55.0}, {14: 0, 21: 0.5}),
        "high start, low but above 50": (250.0, {14: 51.0}, {14: 1}),
        "low start, above half": (90.0, {14: 46.0}, {14: 1}),
        "low start, below half": (90.0, {14: 44.0, 21: 49.0, 28: 50.0}, {14: 0, 21: 0, 28: 0.5}),
        "very low start": (50.0, {14: 24.0, 21: 29.0, 28: 30.0}, {14: 0, 21: 0, 28: 0.5}),
        "later, above 30": (250.0, {35: 31.0}, {35: 1}),
        "later, below 30": (250.0, {35: 29.0, 42: 31.0}, {35: 0, 42: 0.5}),
    }
    for name, (start, counts, doses) in cases.items():
        policy = Policy(plan, plan.drugs, 1)
        looks = {day: {"platelets": counts.get(day, start)} for day in (*range(0, 57, 7), 84)}
        days = follow(policy, looks, 84)
        assert {day: float(days[0, day, 0]) for day in doses} == doses, name


def test_neutropenia_holds_lenalidomide_by_the_count_it_started_from():
    plan = scenario(toxicity={}, looks={"early_every_days": 7, "early_days": 56})
    for start, low, hold in ((2.0, 0.7, True), (2.0, 0.8, False), (0.9, 0.7, False), (0.9, 0.4, True)):
        looks = {0: {"neutrophils": start}, 7: {"neutrophils": start}, 14: {"neutrophils": low}}
        days = follow(Policy(plan, plan.drugs, 1), looks, 28)
        assert given_at(days, 14) == [0 if hold else 1]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Scenario, list[dict[str, np.ndarray]]]:
    """A scenario with several rules, and what twelve looks show of some patients."""
    thresholds = st.sampled_from([0.5, 1.0, 2.0])
    conditions = st.one_of(
        thresholds.map(lambda x: {"neutrophils_below": x}),
        thresholds.map(lambda x: {"neutrophils_at_least": x}),
        st.just({"complete_cytogenetic_response": True}),
        st.just({"clone_back": True}),
        st.just({"transfusion_independence_lost": True}),
        st.integers(0, 200).map(lambda day: {"from_day": day}),
        st.integers(0, 100).map(lambda day: {"treatment_from_day": day, "neutrophils_below": 2.0}),
    )
    actions = st.sampled_from(
        [
            {"then": "stop"},
            {"then": "restart"},
            {"then": "restart", "dose_mg": 7.5},
            {"then": "hold", "until": {"neutrophils_at_least": 1.0}},
            {"then": "hold", "days": 17, "dose_mg": [5.0, 2.5]},
            {"then": "reduce", "dose_mg": [5.0, 2.5]},
            {"then": "raise", "dose_mg": 15.0},
            {"then": "start", "drug": "other", "days": 33, "days_on": 3, "cycle_days": 9},
            {"then": "start", "drug": "other", "until": {"neutrophils_below": 0.5}},
        ]
    )
    rules = [
        {"when": draw(conditions), "for_days": draw(st.sampled_from([0, 28])), "again": draw(st.booleans())}
        | draw(actions)
        for _ in range(draw(st.integers(1, 4)))
    ]
    therapy = [
        LENALIDOMIDE | {"end_day": draw(st.integers(50, 300)), "cycle_days": draw(st.integers(21, 30))}
    ]
    plan = scenario(*rules, therapy=therapy, drug=OTHER)
    patients, counts = draw(st.integers(1, 4)), st.sampled_from([0.3, 0.7, 1.5, 3.0, np.nan])
    looks = [
        {
            "neutrophils": np.array(draw(st.lists(counts, min_size=patients, max_size=patients))),
            "metaphases_abnormal": np.array(
                draw(st.lists(st.integers(-1, 2), min_size=patients, max_size=patients))
            ),
            "transfused": np.array(draw(st.lists(st.booleans(), min_size=patients, max_size=patients))),
        }
        for _ in range(12)
    ]
    return plan, looks


@settings(max_examples=40)
@given(histories())
def test_a_patient_is_treated_alike_in_any_company(case):
    plan, looks = case
    patients = len(looks[0]["neutrophils"])
    together = Policy(plan, plan.drugs, patients)
    alone = [Policy(plan, plan.drugs, 1) for _ in range(patients)]
    for day, what in zip(plan.looks.days(308), looks, strict=True):
        edges, doses = together.segment(day, seen(day, patients, **what))
        for number, policy in enumerate(alone):
            own = {name: values[number : number + 1] for name, values in what.items()}
            own_edges, own_doses = policy.segment(day, seen(day, **own))
            assert np.array_equal(edges, own_edges)
            assert np.array_equal(doses[number], own_doses[0])
    for name in ("fired", "first_fired", "not_evaluable"):
        side_by_side = np.concatenate([getattr(policy, name) for policy in alone], axis=1)
        assert np.array_equal(getattr(together, name), side_by_side, equal_nan=True)


@settings(max_examples=40)
@given(histories())
def test_doses_do_not_change_between_the_edges(case):
    """The edges are guessed from the scenario: every day that a patient's cycle switches is among them."""
    plan, looks = case
    patients = len(looks[0]["neutrophils"])
    policy = Policy(plan, plan.drugs, patients)
    for day, what in zip(plan.looks.days(308), looks, strict=True):
        edges, doses = policy.segment(day, seen(day, patients, **what))
        every_day = np.arange(edges[0], edges[-1])
        held = np.searchsorted(edges, every_day, side="right") - 1
        for number, orders in enumerate(policy._orders):
            mg = orders.doses(every_day) / policy._full[number]
            assert np.array_equal(mg, doses[:, held, number])


def test_without_any_drug_there_are_segments_and_no_doses():
    edges, doses = Policy(Scenario(), (), 3).segment(0, seen(0, 3))
    assert edges.tolist() == [0, 28]
    assert doses.shape == (3, 1, 0)


def test_drugs_stand_in_the_order_asked_for_and_one_that_is_never_given_has_no_dose():
    plan = scenario(drug=OTHER)
    edges, doses = Policy(plan, ("other", "lenalidomide"), 2).segment(0, seen(0, 2))
    assert edges.tolist() == [0, 21, 28]
    assert doses[0].tolist() == [[0, 1], [0, 0]]


def test_a_segment_can_end_before_the_next_look():
    plan = scenario()
    edges, doses = Policy(plan, plan.drugs, 1).segment(0, seen(0), until=10)
    assert edges.tolist() == [0, 10]
    assert doses[0].tolist() == [[1]]


def test_looks_on_every_day_order_what_looks_every_month_do():
    daily, monthly = scenario(looks={"every_days": 1}), scenario()
    one, other = (follow(Policy(plan, plan.drugs, 1), {}, 120) for plan in (daily, monthly))
    assert np.array_equal(one, other)
