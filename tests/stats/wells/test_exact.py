import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.wells import limits
from remnant.stats.wells.dilution import maximum_likelihood
from remnant.stats.wells.exact import MOST_OUTCOMES, exact_limits, outcomes

DESIGNS = [
    (np.array([10.0, 30, 100]), np.array([4.0, 4, 4])),
    (np.array([1.0, 1000]), np.array([6.0, 6])),
    (np.array([50.0, 60, 70, 80]), np.array([2.0, 2, 2, 2])),
]


def every_outcome(tested):
    return np.array(list(itertools.product(*(range(int(n) + 1) for n in tested))), float)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_every_frequency_is_covered_at_least_as_often_as_said(design, confidence):
    dose, tested = design
    outcome = every_outcome(tested)
    found = np.array([exact_limits(dose, tested, row, confidence=confidence) for row in outcome])
    # The coverage can only be least just beside a limit.
    ends = found[(found > 0) & np.isfinite(found)]
    for rate in np.concatenate([ends * (1 - 1e-9), ends * (1 + 1e-9), np.geomspace(1e-6, 10, 200)]):
        chance = binom.pmf(outcome, tested, -np.expm1(-rate * dose)).prod(axis=1)
        covered = chance[(found[:, 0] <= rate) & (rate <= found[:, 1])].sum()
        assert covered >= confidence - 1e-9


@pytest.mark.parametrize("design", DESIGNS)
def test_the_tails_are_those_of_outcomes_in_order_of_their_estimates(design):
    dose, tested = design
    outcome = every_outcome(tested)
    estimates = maximum_likelihood(dose, tested, outcome)
    for row, estimate in zip(outcome[1:-1:7], estimates[1:-1:7], strict=True):
        for limit, tail in zip(
            exact_limits(dose, tested, row),
            (estimates >= estimate * (1 - 1e-10), estimates <= estimate * (1 + 1e-10)),
            strict=True,
        ):
            chance = binom.pmf(outcome, tested, -np.expm1(-limit * dose)).prod(axis=1)
            assert chance[tail].sum() == pytest.approx(0.025, rel=1e-8)


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(0.5, 1e7), st.data())
def test_one_dose_is_clopper_and_pearson_carried_over(tested, dose, data):
    positive = data.draw(st.integers(0, tested))
    found = -np.expm1(-dose * np.array(exact_limits([dose], [tested], [positive])))
    expected = [float(x) for x in clopper_pearson(positive, tested)]
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_wells_that_agree_have_the_one_sided_bound_at_half_of_what_confidence_leaves():
    dose, tested = DESIGNS[0]
    assert exact_limits(dose, tested, 0 * tested)[1] == pytest.approx(
        float(limits.upper_when_all_negative(dose, tested, confidence=0.975))
    )
    assert exact_limits(dose, tested, tested)[0] == pytest.approx(
        float(limits.lower_when_all_positive(dose, tested, confidence=0.975))
    )


def test_rows_of_one_dose_are_one_dose():
    assert exact_limits([10, 10, 30], [4, 4, 8], [1, 2, 6]) == exact_limits([30, 10, 7], [8, 8, 0], [6, 3, 0])


def test_doses_twelve_decades_apart_keep_their_order():
    lower, upper = exact_limits([1, 1e12], [6, 6], [2, 6])
    alone = exact_limits([1], [6], [2])
    assert (lower, upper) == pytest.approx(alone, rel=1e-6)


def test_eight_doses_of_a_dozen_wells_are_within_reach():
    dose = np.geomspace(1, 1e4, 8)
    assert outcomes(dose, np.full(8, 12)) == 13**4
    positive = np.array([0, 0, 1, 3, 5, 10, 12, 12])
    best = maximum_likelihood(dose, np.full(8, 12.0), positive)
    lower, upper = exact_limits(dose, np.full(8, 12), positive)
    profile = limits.profile_limits(best, dose, np.full(8, 12.0), positive)
    assert (lower, upper) == pytest.approx([float(x) for x in profile], rel=0.05)


def test_a_design_with_too_many_outcomes_is_counted_without_being_held():
    assert outcomes(np.arange(1.0, 21), np.full(20, 96)) > MOST_OUTCOMES
