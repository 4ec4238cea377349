"""Scores of forecasts, against their definitions and what they must reward."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from remnant.inference.calibration.scores import (
    CLIP,
    brier,
    coverage,
    crps,
    effective,
    log_score,
    reliability,
)

chances = st.floats(0, 1)


@given(st.lists(st.tuples(chances, st.booleans()), min_size=1, max_size=40))
def test_the_parts_of_the_brier_score_are_not_negative_and_add_up(forecasts):
    p, y = map(np.array, zip(*forecasts, strict=True))
    found = brier(p, y)
    assert found.score == pytest.approx(np.mean((p - y) ** 2))
    assert found.miscalibration >= -1e-12
    assert found.discrimination >= -1e-12
    whole = found.miscalibration - found.discrimination + found.uncertainty
    assert whole == pytest.approx(found.score, abs=1e-12)


def test_the_same_chance_for_everybody_discriminates_nothing():
    found = brier(np.full(10, 0.3), np.arange(10) < 6)
    assert found.discrimination == pytest.approx(0, abs=1e-12)
    assert found.miscalibration == pytest.approx(0.09)


def test_calibrated_chances_beat_bolder_and_shyer_ones():
    rng = np.random.default_rng(1)
    p = rng.beta(1, 1, 5000)
    y = rng.random(5000) < p
    bold, shy = p**2 / (p**2 + (1 - p) ** 2), 0.5 + (p - 0.5) / 2
    assert brier(p, y).miscalibration < 0.005
    for other in (bold, shy):
        assert brier(p, y).score < brier(other, y).score
        assert log_score(p, y).mean() < log_score(other, y).mean()


def test_a_log_score_is_finite_when_what_cannot_happen_happens():
    assert log_score([0.0, 1.0], [True, True]) == pytest.approx([-np.log(CLIP), -np.log(1 - CLIP)])


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=30), st.floats(-9, 9))
def test_crps_is_its_definition_over_all_pairs(draws, truth):
    x = np.array(draws)
    pairs = np.abs(x[:, None] - x).mean() / 2
    assert crps([truth], x[:, None])[0] == pytest.approx(np.abs(x - truth).mean() - pairs, abs=1e-9)


def test_independent_forecasts_have_the_limits_of_clopper_and_pearson():
    found = coverage(np.arange(100) < 90, np.arange(100), 0.9)
    assert found.share == 0.9
    assert found.effective == pytest.approx(100, rel=1e-9)
    assert found.lower == pytest.approx(beta.ppf(0.025, 90, 11), abs=1e-9)
    assert found.upper == pytest.approx(beta.ppf(0.975, 91, 10), abs=1e-9)


def test_patients_of_a_cohort_that_fail_together_count_as_one():
    held = np.repeat(np.arange(100) < 90, 6)
    found = coverage(held, np.repeat(np.arange(100), 6), 0.9)
    assert found.effective == pytest.approx(100, rel=0.02)
    assert found.lower == pytest.approx(beta.ppf(0.025, 90, 11), abs=0.002)


def test_limits_hold_their_level_when_patients_of_a_cohort_are_alike():
    rng, held, sizes = np.random.default_rng(4), 0, []
    cohort = np.repeat(np.arange(150), 6)
    for _ in range(400):
        shared = rng.beta(9, 1, 150)  # cohorts differ in how well they were fitted
        found = coverage(rng.random(900) < shared[cohort], cohort, 0.9)
        held += found.lower <= 0.9 <= found.upper
        sizes.append(found.effective)
    assert held / 400 > 0.92
    assert 550 < np.mean(sizes) < 700  # 900 / 1.45


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_coverage_is_within_its_limits(held):
    found = coverage(held, np.arange(len(held)) // 3, 0.9)
    assert 0 <= found.lower <= found.share <= found.upper <= 1
    assert 0 < effective(held, np.arange(len(held)) // 3) <= len(held)


@given(st.lists(st.tuples(chances, st.booleans()), min_size=1, max_size=60), st.integers(1, 12))
@settings(max_examples=50)
def test_every_forecast_is_in_one_bin_and_bins_rise(forecasts, bins):
    p, y = map(np.array, zip(*forecasts, strict=True))
    found = reliability(p, y, bins=bins)
    assert sum(each.count for each in found) == len(p)
    assert sum(each.count * each.share for each in found) == pytest.approx(y.sum())
    assert all(a.chance <= b.chance + 1e-12 for a, b in pairwise(found))
    assert all(each.lower <= each.share <= each.upper for each in found)


def test_a_chance_beyond_one_is_refused():
    with pytest.raises(AssertionError, match="within"):
        brier([1.2], [True])
