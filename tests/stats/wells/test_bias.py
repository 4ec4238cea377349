import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from remnant.stats.wells.bias import bias_corrected
from remnant.stats.wells.dilution import maximum_likelihood
from remnant.stats.wells.limits import exact_cells

DOSE, TESTED = np.array([10.0, 30, 100]), np.array([8.0, 8, 8])
OUTCOMES = np.array(list(itertools.product(range(9), repeat=3)), float)


def mean(estimates, rate):
    chance = binom.pmf(OUTCOMES, TESTED, -np.expm1(-rate * DOSE)).prod(axis=1)
    some = np.isfinite(estimates) & (chance > 0)
    return float(estimates[some] @ chance[some] / chance[some].sum())


@pytest.mark.parametrize("rate", [0.004, 0.01, 0.02, 0.04])
def test_the_bias_falls_at_least_threefold_over_every_outcome_of_the_design(rate):
    plain, corrected = (of(DOSE, TESTED, OUTCOMES) for of in (maximum_likelihood, bias_corrected))
    before, after = mean(plain, rate) / rate - 1, mean(corrected, rate) / rate - 1
    assert before > 0.02
    assert abs(after) < before / 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 1e8), st.integers(1, 60), st.floats(0, 1)), min_size=1, max_size=6))
def test_the_modified_score_is_zero(rows):
    dose, tested = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], float)
    positive = np.round(np.array([r[2] for r in rows]) * tested)
    f = float(bias_corrected(dose, tested, positive))
    if positive.sum() == 0:
        assert f == 0
        return
    hits = np.minimum(f * dose, 700)
    odds = 1 / np.expm1(hits)  # q / p
    weight = tested * dose**2 * odds
    score = positive @ (dose * odds) - (tested - positive) @ dose
    scale = (tested - positive) @ dose + weight @ dose / weight.sum()
    assert score == pytest.approx(weight @ dose / weight.sum() / 2, abs=1e-9 * scale)
    assert f <= float(maximum_likelihood(dose, tested, positive))


def test_single_cells_counted_exactly_need_no_correction():
    rate = bias_corrected([1], [30], [6], observed=True)
    assert float(exact_cells(rate)) == pytest.approx(6 / 30)


def test_exact_cells_are_corrected_as_a_frequency_and_not_as_a_rate():
    dose, rate = np.array([1.0, 2, 4]), -np.log1p(-0.2)
    plain = exact_cells(maximum_likelihood(dose, TESTED, OUTCOMES))
    corrected = exact_cells(bias_corrected(dose, TESTED, OUTCOMES, observed=True))
    chance = binom.pmf(OUTCOMES, TESTED, -np.expm1(-rate * dose)).prod(axis=1)
    before, after = plain @ chance - 0.2, corrected @ chance - 0.2
    assert before > 1e-4
    assert abs(after) < before / 3


def test_wells_that_are_all_positive_have_a_finite_frequency():
    assert 1 / 400 < float(bias_corrected([50, 400], [12, 12], [12, 12])) < 1
