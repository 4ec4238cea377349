import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import chdtri, ndtri
from scipy.stats import binom

from remnant.stats.wells import limits
from remnant.stats.wells.dilution import information, log_likelihood, maximum_likelihood, score

CONFIDENCES = (0.5, 0.8, 0.95, 0.9999)


@st.composite
def plates(draw):
    doses = draw(st.lists(st.floats(1e-2, 1e9), min_size=1, max_size=8, unique=True))
    tested = [draw(st.integers(1, 96)) for _ in doses]
    positive = [draw(st.integers(0, n)) for n in tested]
    assume(0 < sum(positive) < sum(tested))
    return np.array(doses), np.array(tested, float), np.array(positive, float)


@settings(deadline=None)
@given(plates(), st.sampled_from(CONFIDENCES))
def test_profile_limits_are_where_the_likelihood_has_fallen(plate, confidence):
    best = maximum_likelihood(*plate)
    fall = chdtri(1, 1 - confidence) / 2
    for limit in limits.profile_limits(best, *plate, confidence=confidence):
        seen = float(log_likelihood(best, *plate) - log_likelihood(limit, *plate))
        assert seen == pytest.approx(fall, rel=1e-7, abs=1e-9)


@settings(deadline=None)
@given(plates(), st.sampled_from(CONFIDENCES))
def test_score_limits_are_where_the_score_is_as_many_standard_errors(plate, confidence):
    best = maximum_likelihood(*plate)
    z = ndtri((1 + confidence) / 2)
    lower, upper = limits.score_limits(best, *plate, confidence=confidence)
    assert lower < best < upper
    for limit, side in ((lower, 1), (upper, -1)):
        seen = float(score(limit, *plate) / np.sqrt(information(limit, *plate[:2])))
        assert side * seen == pytest.approx(z, rel=1e-6)


@settings(deadline=None)
@given(plates())
def test_more_confidence_is_a_wider_interval(plate):
    best = maximum_likelihood(*plate)
    for of in (limits.profile_limits, limits.score_limits):
        found = [of(best, *plate, confidence=confidence) for confidence in CONFIDENCES]
        lower, upper = (np.array(side, float) for side in zip(*found, strict=True))
        assert (np.diff(lower) < 0).all()
        assert (np.diff(upper) > 0).all()


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_wells_that_agree_are_as_unlikely_at_their_bound_as_confidence_leaves(confidence):
    dose, tested = np.array([3.0, 40, 1e5]), np.array([10.0, 4, 2])
    upper = limits.upper_when_all_negative(dose, tested, confidence=confidence)
    assert np.prod(np.exp(-upper * dose) ** tested) == pytest.approx(1 - confidence)
    lower = limits.lower_when_all_positive(dose, tested, confidence=confidence)
    assert np.prod((-np.expm1(-lower * dose)) ** tested) == pytest.approx(1 - confidence)


def test_wells_of_exactly_so_many_cells_have_the_binomial_likelihood():
    dose, tested, positive = np.array([1.0, 2, 4]), np.array([30.0, 30, 20]), np.array([5.0, 9, 12])
    best = maximum_likelihood(dose, tested, positive)
    f = float(limits.exact_cells(best))

    def value(x):
        stays = (1 - x) ** dose
        return np.sum(positive * np.log(1 - stays) + (tested - positive) * np.log(stays))

    assert value(f) > max(value(f * 0.999), value(f * 1.001))
    lower, upper = (float(limits.exact_cells(x)) for x in limits.profile_limits(best, dose, tested, positive))
    for limit in (lower, upper):
        assert 2 * (value(f) - value(limit)) == pytest.approx(chdtri(1, 0.05), rel=1e-8)


@pytest.mark.parametrize("of", [limits.profile_limits, limits.score_limits])
def test_many_plates_at_once_have_the_limits_of_each(of):
    rng = np.random.default_rng(3)
    dose = np.array([50.0, 100, 200, 400])
    positive = rng.binomial(12, -np.expm1(-dose / 250), (40, 4)).astype(float)
    best = maximum_likelihood(dose, 12, positive)
    together = np.array(of(best, dose, 12, positive))
    alone = [[float(x) for x in of(b, dose, [12] * 4, row)] for b, row in zip(best, positive, strict=True)]
    assert together == pytest.approx(np.array(alone).T, rel=1e-9)


def test_every_interval_covers_about_as_often_as_said_over_all_outcomes_of_a_design():
    dose, tested = np.array([10.0, 30, 100]), np.full(3, 12.0)
    outcome = np.array(list(itertools.product(range(13), repeat=3)), float)
    best = maximum_likelihood(dose, tested, outcome)
    some = (best > 0) & np.isfinite(best)
    wald = limits.wald_limits(best[some], dose, tested)
    profile, score_ = (
        of(best[some], dose, tested, outcome[some]) for of in (limits.profile_limits, limits.score_limits)
    )
    for found in (wald, profile, score_):
        lower, upper = np.zeros(len(outcome)), np.full(len(outcome), np.inf)
        lower[some], upper[some] = found
        upper[best == 0] = limits.upper_when_all_negative(dose, tested)
        lower[np.isinf(best)] = limits.lower_when_all_positive(dose, tested)
        covered = [
            binom.pmf(outcome, tested, -np.expm1(-rate * dose))
            .prod(1)[(lower <= rate) & (rate <= upper)]
            .sum()
            for rate in np.geomspace(0.0007, 0.12, 40)
        ]
        assert min(covered) > 0.90
        assert 0.945 < np.mean(covered) < 0.965
