"""Remission and relapse of single draws: closed forms, thresholds, cycles."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit
from tests.inference.forecast.patients import NOW, cycles, unknown_patient

from remnant.cohort.course.outcomes import CLEARED
from remnant.cohort.course.outcomes import RETURNED as BACK
from remnant.dynamics.treatment import Therapy
from remnant.errors import SettingError
from remnant.inference.forecast import follow
from remnant.inference.forecast.definitions import BY_FRACTION, DEEP, Definition, definitions
from remnant.inference.forecast.quantities import haemoglobin_balance, log_odds
from remnant.inference.forecast.returns import (
    NEVER,
    REMISSION,
    RETURNED,
    UNKNOWN,
    Margins,
    four_weeks,
    margins,
)

MOLECULAR = BY_FRACTION[0]


def free_clone(fraction):
    """Draws without feedback, whose clone starts on the eigenvector of its stem cells: it grows exp(r t)."""
    count = len(fraction)
    lam, active, wake, s, loss = 0.5, 0.22, 0.05, 0.3, 1.0
    rest = 0.05 * (1 - active) / active
    # (Q, A)' = [[-w, b], [w, (2p - 1) lambda - b]] (Q, A), p = (1 + s) / 2
    matrix = np.array([[-wake, rest], [wake, s * lam - rest]])
    rates, vectors = np.linalg.eig(matrix)
    r = rates.max()
    share = vectors[:, rates.argmax()] / vectors[:, rates.argmax()].sum()
    fixed = dict(  # noqa: C408
        division=lam * active,
        active=active,
        activation_malignant=wake,
        advantage=s,
        progenitor_loss=loss,
        feedback=0.0,
        vigour=1.0,
        mutation=0.0,
        start__resistant=0.0,
        start__quiescent=share[0],
    )
    values = {name: np.full(count, value) for name, value in fixed.items()}
    own = unknown_patient(count, start__fraction=fraction, **values)
    # P' = alpha 2 (1 - p) lambda A - loss P, alpha = loss / (lambda active): P = ... exp(r t) in the long run
    gain = loss / (lam * active) * (1 - s) * lam * share[1] / (r + loss)
    return own, r, gain


def test_exponential_regrowth_relapses_fourteen_days_after_its_level_passes_the_threshold():
    fraction = np.array([1e-3, 3e-3, 1e-2])
    own, r, gain = free_clone(fraction)
    course = follow(own, Therapy(), NOW + 731)
    found = margins(course, MOLECULAR)
    odds = 0.1 / 0.9
    normal = 1 - fraction  # a share of health that keeps its size without feedback
    month = np.log(odds * normal / (gain * fraction)) / r
    expected = month * 30.4375 + 14
    days = found.relapse_days(NOW)
    late = expected > NOW + 60
    assert late.sum() >= 1
    np.testing.assert_allclose(days[late], np.where(expected < NOW + 731, expected, np.inf)[late], atol=0.3)


def test_the_mean_of_four_weeks_does_not_see_cycles_of_twenty_eight_days():
    """Progenitors rise severalfold in each week off, the level that is judged does not."""
    numbers = {"start__resistant": 0.0, "mutation": 0.0, "advantage": 0.1, "lenalidomide__active_kill": 1.0}
    numbers |= {"lenalidomide__quiescent_kill": 0.05, "lenalidomide__progenitor_kill": 15.0}
    sensitive = unknown_patient(64, **{name: np.full(64, value) for name, value in numbers.items()})
    going_on = follow(sensitive, cycles(1_000_000), NOW + 731)
    late = going_on.days > NOW
    daily = log_odds(going_on, "progenitor")
    swing = np.ptp(np.diff(daily, axis=1)[:, late[1:]], axis=1)
    judged = np.ptp(np.diff(four_weeks(daily), axis=1)[:, late[1:]], axis=1)
    assert np.median(swing) > 1.0
    assert np.median(judged) < 0.15
    assert (judged < swing).mean() > 0.99


@given(st.floats(-5, 5), st.floats(-0.1, 0.1))
def test_a_straight_level_lags_by_two_weeks_exactly(start, slope):
    weeks = np.arange(12.0)
    level = start + slope * weeks
    np.testing.assert_allclose(four_weeks(level[None])[0, 4:], level[4:] - 2 * slope, atol=1e-12)


def test_a_state_is_kept_between_the_thresholds():
    days = np.arange(8.0) * 7
    level = np.array([[0.3, 0.04, 0.07, 0.09, 0.12, 0.07, 0.04, 0.07]])
    course = Margins(days, logit(level) - logit(0.05), logit(level) - logit(0.10))
    states = [int(course.states(day)[0]) for day in days]
    low, up = REMISSION, RETURNED
    assert states == [NEVER, low, low, low, up, up, low, low]


def test_a_level_exactly_at_a_threshold_is_no_remission_and_is_a_relapse():
    days = np.arange(4.0) * 7
    at = Margins(days, np.array([[0.0, -1.0, -1.0, 1.0]]), np.array([[-1.0, -1.0, -1.0, 0.0]]))
    assert at.states(0)[0] == NEVER
    assert at.states(7)[0] == REMISSION
    assert at.states(21)[0] == RETURNED
    assert at.relapse_days(7)[0] == 21.0


def test_a_relapse_between_two_looks_lies_where_the_level_crosses():
    course = Margins(np.array([0.0, 7.0, 14.0]), -np.ones((1, 3)), np.array([[-2.0, -1.0, 1.0]]))
    assert course.relapse_days(0)[0] == pytest.approx(10.5)


def test_without_a_cell_there_is_no_state():
    course = Margins(np.array([0.0, 7.0]), np.full((1, 2), np.nan), np.full((1, 2), np.nan))
    assert course.states(7)[0] == UNKNOWN
    assert course.relapse_days(0)[0] == np.inf


def test_no_clone_is_in_remission_and_a_whole_clone_never_was():
    own = unknown_patient(2, start__fraction=np.array([0.0, 1.0]), start__resistant=np.zeros(2))
    found = margins(follow(own, Therapy(), NOW + 731), MOLECULAR)
    assert found.states(NOW).tolist() == [REMISSION, NEVER]
    assert np.isinf(found.relapse_days(NOW)[0])


def test_haemoglobin_comes_back_and_falls_again(patient, stopping):
    found = margins(stopping, BY_FRACTION[2])
    states = found.states(NOW)
    assert {REMISSION, NEVER} <= set(states.tolist())
    level = four_weeks(haemoglobin_balance(stopping))
    here = (states == REMISSION) & np.isfinite(found.relapse_days(NOW))
    day = found.relapse_days(NOW)[here]
    at = np.array([np.interp(d, stopping.days, row) for d, row in zip(day, level[here], strict=True)])
    best = np.array([row[stopping.days <= d].max() for d, row in zip(day, level[here], strict=True)])
    np.testing.assert_allclose(best - at, 1.5, atol=0.05)


def test_blood_that_was_not_fitted_is_not_spoken_of(stopping):
    values = stopping.posterior.values | {"blood.haemoglobin": np.array(14.8)}
    fixed = replace(stopping, posterior=replace(stopping.posterior, values=values))
    assert margins(fixed, BY_FRACTION[2]) is None


def test_thresholds_are_edited_by_name_and_impossible_ones_are_refused():
    changed = definitions(transcript=False, changes={"molecular": {"relapse": 0.2}})
    assert changed[0].relapse == 0.2
    assert changed[0].source == "set by the user"
    assert changed[1:] == BY_FRACTION[1:]
    with pytest.raises(SettingError, match="did you mean molecular"):
        definitions(transcript=False, changes={"moleculer": {"relapse": 0.2}})
    with pytest.raises(SettingError, match="remission, relapse"):
        definitions(transcript=False, changes={"molecular": {"threshold": 0.2}})
    with pytest.raises(SettingError, match=r"0\.05"):
        Definition("molecular", "progenitor fraction", 5.0, 10.0)
    with pytest.raises(SettingError, match=r"from 0\.2"):
        definitions(transcript=False, changes={"molecular": {"remission": 0.2}})


def test_every_definition_has_a_source_and_the_deep_one_is_that_of_virtual_cohorts():
    assert (DEEP[0].remission, DEEP[0].relapse) == (CLEARED, BACK)
    for transcript in (False, True):
        for each in definitions(transcript=transcript):
            assert each.source
            assert each.says
