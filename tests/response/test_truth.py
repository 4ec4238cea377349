"""The engine against a clinic of synthetic patients whose every day is known."""

from __future__ import annotations

from collections import Counter
from math import sqrt

import numpy as np
import pytest
from tests.response.truth_agreement import NEAR, Kind, same_but_for_values, table, visits_of

from remnant.analysis.karyotypes import metaphase_counts, read_karyotypes
from remnant.analysis.plan import Plan
from remnant.observation.courses import simulate_courses, watch_daily
from remnant.observation.courses_body import FIRST_DAY
from remnant.response import NOT_EVALUABLE, classify, histories, transformations

FEW, MANY, SEED = 60, 1_000, 2006


@pytest.fixture(scope="module")
def made():
    return simulate_courses(FEW, seed=SEED)


@pytest.fixture(scope="module")
def clinic():
    return simulate_courses(MANY, seed=SEED + 1)


def test_noise_moves_values_and_nothing_else(made):
    assert same_but_for_values(made.study, made.noise_free)


def _daily_is_true(made, patients):
    """Every day of every patient, with a look at blood and marrow on each: nothing is left to explain.

    Under red cells of the two weeks before, the engine takes a count of the two weeks around, that it can
    judge; so what it says is true on one of those days.
    """
    truth = {one.patient_id: one for one in made.truth}
    found = Counter()
    for call in classify(watch_daily(made, patients)).calls:
        if call.sample_id is None or call.category == NOT_EVALUABLE:
            found["not evaluable"] += call.sample_id is not None
            continue
        one, day = truth[call.patient_id], call.day
        if any(day - NEAR <= unit.day <= day for unit in one.given):
            found["under red cells"] += 1
            around = range(max(day - NEAR, 1), min(day + NEAR, int(one.body.days[-1])) + 1)
            assert call.category in {one.category_on(near) for near in around}, (call.patient_id, day)
        else:
            assert call.category == one.category_on(day), (call.patient_id, day)
            found[call.category] += 1
    return found


def test_with_a_look_on_every_day_the_engine_says_what_is_true(made):
    found = _daily_is_true(made, [one.patient_id for one in made.truth[:25]])
    assert {"CR", "relapse", "disease progression", "stable disease", "marrow CR"} <= found.keys()
    assert found["not evaluable"] + found["under red cells"] < 0.3 * found.total()


@pytest.mark.slow
def test_with_a_look_on_every_day_of_200_patients_the_engine_says_what_is_true(clinic):
    found = _daily_is_true(clinic, [one.patient_id for one in clinic.truth[:200]])
    assert found.total() > 100_000
    assert {"PR", "failure"} <= found.keys()


def _explained(made):
    visits = visits_of(made)
    kinds = table(visits)
    assert not kinds[Kind.UNEXPLAINED], [one for one in visits if one.kind is Kind.UNEXPLAINED]
    assert kinds[Kind.AGREES] > 0.7 * len(visits)
    assert all(one.quantity for one in visits if one.kind is Kind.NOISE)
    return kinds


def test_a_category_that_is_not_true_is_explained_by_when_was_looked_or_by_noise(made):
    _explained(made)


@pytest.mark.slow
def test_among_1000_patients_every_category_that_is_not_true_is_explained(clinic):
    kinds = _explained(clinic)
    assert min(kinds[Kind.CHANGED], kinds[Kind.UNSEEN], kinds[Kind.NOISE]) > 0


def _independence_is_true(made):
    truth, found = {one.patient_id: one for one in made.truth}, Counter()
    whole = {
        name
        for name, one in truth.items()
        if (log := _log(made, name)) and log[0][0] <= 0 and log[0][1] == one.body.days[-1]
    }
    for one in classify(made.study).independence:
        found[one.achieved] += 1
        if one.achieved is not None:
            assert one.achieved is truth[one.patient_id].independent(one.window_days), one
        elif one.patient_id in whole:
            # With the whole log, only a treatment shorter than the window leaves it open.
            runs = truth[one.patient_id].free_runs
            assert not runs or runs[-1][1] + 1 < one.window_days
    return found


def _log(made, patient):
    rows = made.study["transfusion_log"].select("patient_id", "start_day", "end_day").iter_rows()
    return [(start, end) for name, start, end in rows if name == patient]


def test_independence_is_true_wherever_the_log_tells(made):
    found = _independence_is_true(made)
    assert min(found[True], found[False], found[None]) > 0


@pytest.mark.slow
def test_independence_of_1000_patients_is_true_wherever_the_log_tells(clinic):
    found = _independence_is_true(clinic)
    assert found[None] < 0.1 * found.total()


def _cytogenetic_is_that_of_the_metaphases(made):
    """Complete where none of 20 or more is abnormal, partial where the share has halved, by the counts."""
    counts = metaphase_counts(read_karyotypes(made.study, Plan.of(made.study.config)))
    drawn = {item.sample_id: item for one in made.truth for item in one.metaphases}
    base = {one.patient_id: one.metaphases[0] for one in made.truth}
    for item in (item for mine in counts.values() for item in mine):
        assert (item.abnormal, item.scored) == (drawn[item.sample_id].clone, drawn[item.sample_id].scored)
    found, chances, bounds = Counter(), [], []
    for one in classify(made.study, metaphases=counts).cytogenetic:
        now, before = drawn[one.sample_id], base[one.patient_id]
        if now.scored < 20 or (before.scored < 20 and now.clone):
            expected = "not assessable"
        elif now.clone == 0:  # of a clone that was known, however few metaphases made it known
            expected = "complete" if before.clone >= 2 else "not assessable"
        else:
            expected = "partial" if 2 * now.clone * before.scored <= before.clone * now.scored else "none"
        assert one.response == expected
        found[expected] += 1
        if now.scored >= 20 and before.scored >= 20:
            chances.append((1 - now.share) ** now.scored)
            found["complete, by two adequate counts"] += now.clone == 0
        if one.excluded_above is not None:
            bounds.append(now.share <= one.excluded_above)
    return found, np.array(chances), bounds


def _as_often_as_chance(found, chances):
    spread = sqrt(float(np.sum(chances * (1 - chances))))
    assert abs(found["complete, by two adequate counts"] - chances.sum()) < 4 * spread + 1


def test_the_cytogenetic_response_is_that_of_the_metaphases_drawn(made):
    found, chances, _ = _cytogenetic_is_that_of_the_metaphases(made)
    assert min(found[name] for name in ("complete", "partial", "none", "not assessable")) > 0
    _as_often_as_chance(found, chances)


@pytest.mark.slow
def test_complete_responses_of_1000_patients_are_as_many_as_their_clones_allow(clinic):
    found, chances, bounds = _cytogenetic_is_that_of_the_metaphases(clinic)
    _as_often_as_chance(found, chances)
    # Of those without an abnormal metaphase hardly any has a clone that the count is said to exclude.
    assert np.mean(bounds) > 0.95


def _leukaemia_lies_between(made):
    truth = {one.patient_id: one for one in made.truth}
    found = Counter()
    for history in histories(made.noise_free):
        one, true = transformations(history)[0], truth[history.patient_id].leukaemia_day
        if one.transformed is None:
            found["not looked"] += 1
        elif one.transformed is False:
            blasts = truth[history.patient_id].body.blasts
            assert all(blasts[marrow.day - FIRST_DAY] < 0.2 for marrow in history.marrows)
            found["not seen" if true else "none"] += 1
        else:
            assert true is not None
            assert (one.clear_day or -(10**6)) < true <= one.day
            found["seen"] += 1
    return found


def test_leukaemia_came_between_the_marrows_that_say_so(made):
    found = _leukaemia_lies_between(made)
    assert found["seen"] > 2


@pytest.mark.slow
def test_leukaemia_of_1000_patients_came_between_the_marrows_that_say_so(clinic):
    found = _leukaemia_lies_between(clinic)
    assert found["seen"] > 60
