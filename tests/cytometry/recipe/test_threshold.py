"""Thresholds: coverage, equivariance, and refusal before guessing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.threshold import (
    Reference,
    Refusal,
    cut_at_share,
    cut_at_valley,
    cut_below_progenitors,
    cut_on_control,
    quantile_interval,
)
from remnant.cytometry.recipe.tube import Threshold
from remnant.cytometry.recipe.valley import find_valley
from remnant.errors import SettingError


def reference(values, parent="CD34+ cells"):
    return Reference("CD38", "PE-Cy7-A", parent, np.asarray(values, float), 262144.0)


def on_control(reference, recipe, **options):
    return cut_on_control(reference, recipe, rng=np.random.default_rng(1), **options)


def coverage(draws, n, quantile, rng):
    truth = norm.ppf(quantile)
    hits = 0
    for _ in range(draws):
        _, lower, upper = quantile_interval(rng.normal(size=n), quantile, 0.95)
        hits += lower <= truth <= upper
    return hits / draws


@pytest.mark.parametrize(("n", "quantile"), [(1200, 0.995), (700, 0.1)])
def test_the_interval_of_a_cut_covers_the_true_quantile(n, quantile):
    draws = 600
    found = coverage(draws, n, quantile, np.random.default_rng(7))
    assert found >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / draws)
    assert found <= 0.995


@pytest.mark.slow
@pytest.mark.parametrize(("n", "quantile"), [(1000, 0.995), (3000, 0.995), (20000, 0.99), (600, 0.1)])
def test_coverage_of_the_cut_is_between_93_and_99_percent_in_long_runs(n, quantile):
    assert 0.945 <= coverage(6000, n, quantile, np.random.default_rng(11)) <= 0.985


@given(st.floats(0.01, 100), st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_scaling_a_channel_scales_its_cut(factor, seed):
    values = np.random.default_rng(seed).normal(10, 40, 1500)
    for cut in (on_control, cut_at_share):
        small, large = cut(reference(values), Recipe()), cut(reference(values * factor), Recipe())
        assert isinstance(small, Threshold)
        assert isinstance(large, Threshold)
        moved = [large.value, large.lower, large.upper]
        assert moved == pytest.approx([factor * v for v in (small.value, small.lower, small.upper)])


def test_an_fmo_needs_five_events_above_its_quantile():
    values = np.random.default_rng(1).normal(size=1000)
    assert isinstance(on_control(reference(values), Recipe()), Threshold)
    refusal = on_control(reference(values[:999]), Recipe())
    assert isinstance(refusal, Refusal)
    assert "999" in refusal.reason
    assert "1,000 are needed" in refusal.reason


def test_the_share_above_an_fmo_cut_is_at_most_what_the_plan_allows():
    values = np.random.default_rng(2).normal(size=5000)
    cut = on_control(reference(values), Recipe())
    assert np.mean(values >= cut.value) == pytest.approx(0.005, abs=1e-9)
    assert not cut.weaker


def test_a_share_without_control_is_labelled_weaker_and_needs_fifty_events():
    values = np.random.default_rng(3).normal(size=500)
    cut = cut_at_share(reference(values), Recipe())
    assert cut.weaker
    assert np.sum(values < cut.value) == 50
    assert "500 are needed" in cut_at_share(reference(values[:499]), Recipe()).reason


def test_a_valley_between_two_populations_is_found_with_an_interval_around_it():
    rng = np.random.default_rng(4)
    low, high = rng.normal(0, 60, 20_000), np.exp(rng.normal(8.5, 0.4, 200))
    cut = cut_at_valley(reference(np.concatenate([low, high])), Recipe(), rng=np.random.default_rng(1))
    assert isinstance(cut, Threshold)
    assert 250 < cut.value < 2500
    assert cut.lower <= cut.value <= cut.upper
    assert cut.weaker


def test_one_population_has_no_valley_and_gets_no_cut():
    for seed in range(20):
        values = np.random.default_rng(seed).normal(500, 100, 4000)
        refusal = cut_at_valley(reference(values), Recipe(), rng=np.random.default_rng(1))
        assert isinstance(refusal, Refusal)
        assert "no valley" in refusal.reason


def test_the_order_of_events_cannot_move_a_valley():
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(0, 1, 3000), rng.normal(9, 1, 900)])
    options = {"draws": 50, "confidence": 0.95}
    straight = find_valley(values, rng=np.random.default_rng(1), **options)
    shuffled = find_valley(rng.permutation(values), rng=np.random.default_rng(1), **options)
    assert straight == shuffled
    assert 2.5 < straight.value < 7


def test_the_progenitor_rule_cuts_two_widths_below_the_mode():
    rng = np.random.default_rng(6)
    progenitors = np.exp(rng.normal(np.log(6000), 0.3, 5000))
    stem = np.exp(rng.normal(np.log(300), 0.4, 60))
    cut = cut_below_progenitors(reference(np.concatenate([progenitors, stem])), Recipe(), rng=rng)
    assert cut.value == pytest.approx(6000 * np.exp(-2 * 0.3), rel=0.2)
    assert cut.lower <= cut.value <= cut.upper
    refusal = cut_below_progenitors(reference(progenitors[:199]), Recipe(), rng=rng)
    assert "200 are needed" in refusal.reason


def test_a_rule_that_does_not_exist_is_refused_by_name():
    with pytest.raises(SettingError, match="automatic, fmo, progenitor, percentile"):
        Recipe(cd38_rule="isotype")


def test_a_recipe_outside_its_range_is_refused_with_every_fault():
    with pytest.raises(SettingError) as caught:
        Recipe(fmo_quantile=99.5, percentile=0, minimum_parent_events=0)
    assert len(caught.value.faults) == 3
