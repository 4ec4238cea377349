"""Limits of detection against theory, simulation and the rule's own words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remnant.stats.rare import detection, negative_binomial


def test_the_rank_of_sixty_blanks_lies_between_the_57th_and_the_58th():
    values = np.concatenate([np.zeros(56), [3.0, 5.0, 8.0, 9.0]])
    assert detection.ranked(np.random.default_rng(0).permutation(values)) == 4.0


def test_fewer_blanks_than_the_rank_needs_give_their_largest():
    assert detection.ranked([1.0, 2.0, 9.0]) == 9.0
    assert detection.ranked([4.0]) == 4.0


@given(st.integers(1, 200))
def test_a_distribution_free_bound_needs_59_values(n):
    found = detection.ranked_upper(np.arange(n))
    assert (found is None) == (n < 59)
    if found is not None:
        below = stats.binom.cdf(int(found), n, 0.95)
        assert below >= 0.95  # P(the percentile lies below this order statistic)
        assert stats.binom.cdf(int(found) - 1, n, 0.95) < 0.95


def test_the_distribution_free_bound_covers_the_percentile():
    rng = np.random.default_rng(2)
    truth = stats.expon.ppf(0.95)
    draws = rng.exponential(size=(2000, 60))
    covered = np.mean([detection.ranked_upper(row) >= truth for row in draws])
    exact = 1 - 0.95**60
    assert covered == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 2000))


@given(st.integers(0, 10**6))
def test_over_a_poisson_background_the_limit_of_detection_is_missed_once_in_twenty(lob):
    mean = detection.detectable(lob, 0.0, 0.0)
    assert stats.poisson.cdf(lob, mean) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize(("background", "phi"), [(2.0, 0.5), (50.0, 0.1), (0.3, 3.0), (1e4, 0.02)])
def test_simulated_tubes_at_the_limit_exceed_the_blank_19_times_in_20(background, phi):
    rng = np.random.default_rng(8)
    lob = int(negative_binomial.quantile(0.95, background, phi))
    signal = detection.detectable(lob, background, phi) - background
    runs = 40_000
    blank = rng.poisson(rng.gamma(1 / phi, background * phi, runs))
    assert np.mean(blank > lob) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / runs)
    detected = np.mean(blank + rng.poisson(signal, runs) > lob)
    assert detected == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / runs))


@given(st.floats(0, 1e6), st.floats(0, 2), st.floats(0.02, 0.9))
def test_at_the_limit_of_quantitation_the_population_has_the_wanted_cv(background, phi, cv):
    total = detection.quantifiable(background, phi, cv=cv)
    signal = total - background
    variance = signal + background + phi * background**2
    assert np.sqrt(variance) == pytest.approx(cv * signal, rel=1e-6)


def test_25_events_give_a_cv_of_20_percent_and_100_one_of_10():
    assert [detection.events_for_cv(cv) for cv in (0.2, 0.1)] == [25, 100]


@given(st.floats(1e-7, 0.5), st.integers(1, 60))
def test_the_planned_events_are_enough(frequency, wanted):
    events = detection.events_to_acquire(frequency, at_least=wanted)
    assert stats.binom.sf(wanted - 1, events, frequency) >= 0.95 - 1e-9


def test_no_fewer_events_would_do_where_the_population_is_rare():
    events = detection.events_to_acquire(1e-5, at_least=20)
    assert stats.binom.sf(19, round(0.999 * events), 1e-5) < 0.95


def test_a_background_above_its_limit_of_blank_is_its_own_limit():
    assert detection.detectable(3, 40.0, 0.1) == 40.0


def test_huge_counts_keep_their_digits():
    assert detection.detectable(10**9, 0.0, 0.0) == pytest.approx(1e9 + 1.645 * 31623, rel=1e-6)
    assert detection.events_to_acquire(1e-9) == pytest.approx(2.9957e9, rel=1e-4)
