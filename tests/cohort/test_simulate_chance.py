"""What a look shows: metaphases against the binomial law, units by the rule, streams by patient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from remnant.cohort.course.chance import SCATTER, abnormal_metaphases, chance, units_needed
from remnant.observation import clinic
from remnant.scale.philox import seed_key

fractions = st.floats(0, 1)
uniforms = st.floats(1e-9, 1 - 1e-9)


@given(fractions, st.integers(1, 200), uniforms)
def test_metaphases_are_the_quantile_of_the_binomial_law(fraction, n, u):
    k = int(abnormal_metaphases(np.array([fraction]), n, np.array([u]))[0])
    assert 0 <= k <= n
    # At a step of the distribution rounding decides; just inside, the law does.
    assert binom.cdf(k, n, fraction) >= u - 1e-9
    assert k == 0 or binom.cdf(k - 1, n, fraction) <= u + 1e-9


@given(fractions, fractions, uniforms)
def test_a_larger_clone_shows_no_fewer_metaphases_by_the_same_chance(one, other, u):
    low, high = sorted((one, other))
    k = abnormal_metaphases(np.array([low, high]), 20, np.array([u, u]))
    assert k[0] <= k[1] or abs(binom.cdf(k[1], 20, high) - u) < 1e-9


def test_no_clone_shows_no_metaphase_and_nothing_else_shows_only_abnormal_ones():
    u = np.linspace(0.001, 0.999, 50)
    assert (abnormal_metaphases(np.zeros(50), 20, u) == 0).all()
    assert (abnormal_metaphases(np.ones(50), 20, u) == 20).all()


def test_metaphases_have_mean_and_variance_of_the_binomial_law():
    u = (np.arange(20_000) + 0.5) / 20_000
    k = abnormal_metaphases(np.full(20_000, 0.07), 20, u)
    assert k.mean() == pytest.approx(1.4, rel=1e-3)
    assert k.var() == pytest.approx(20 * 0.07 * 0.93, rel=5e-3)


def test_red_cells_are_given_below_the_trigger_and_more_further_below():
    level = np.array([12.0, 8.0, 7.99, 7.0, 5.5, 0.5, np.nan])
    assert units_needed(level).tolist() == [0, 0, 2, 3, 4, 9, 0]


def test_a_patient_meets_the_same_chance_in_any_company():
    key = seed_key(1, "cohort")
    alone = chance(key, np.array([7], np.uint64), [0, 7, 28])
    crowd = chance(key, np.arange(10, dtype=np.uint64), [0, 7, 28])
    assert (alone.scatter[0] == crowd.scatter[7]).all()
    assert (alone.metaphases[0] == crowd.metaphases[7]).all()


def test_two_calendars_share_the_chance_of_every_day_on_which_both_look():
    key, who = seed_key(1, "cohort"), np.arange(3, dtype=np.uint64)
    weekly, monthly = chance(key, who, range(0, 85, 7)), chance(key, who, range(0, 85, 28))
    assert (weekly.scatter[:, ::4] == monthly.scatter).all()
    assert (weekly.metaphases[:, ::4] == monthly.metaphases).all()
    assert len(np.unique(weekly.scatter)) == weekly.scatter.size
    assert len(np.unique(weekly.metaphases)) == weekly.metaphases.size


def test_scatter_is_that_of_the_synthetic_study():
    residuals = clinic.HAEMOGLOBIN, clinic.NEUTROPHILS, clinic.PLATELETS
    assert SCATTER.tolist() == [residual.spread for residual in residuals]


def test_scatter_has_the_spread_of_a_measured_count():
    scatter = np.log(chance(seed_key(1, "cohort"), np.arange(4000, dtype=np.uint64), [56]).scatter[:, 0])
    assert scatter.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.02)
    assert scatter.std(axis=0) == pytest.approx([0.025, 0.2, 0.14], rel=0.05)
