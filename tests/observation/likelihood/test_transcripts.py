"""Transcripts: a residual with stray samples, and values below detection."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from remnant.observation.likelihood import transcripts

VALUES = {"transcripts.scale": 0.1, "transcripts.spread": 0.3}


def rows_of(value, censored):
    value = np.atleast_1d(np.asarray(value, float))
    n = len(value)
    return transcripts.Rows(
        np.zeros(n, np.int32), np.ones(n), value, np.full(n, float(censored)), np.full(n, transcripts.ANY)
    )


def marrow(clone, normal):
    states = np.zeros((1, 3, 4))
    states[0, 0], states[0, 1] = normal, clone
    return states


@settings.get_profile("costly")
@given(st.floats(-6, 3), st.floats(1e-7, 1))
def test_a_value_and_a_bound_have_the_chances_that_scipy_gives(value, clone):
    states = marrow(clone, 1.0)
    mean = np.log10(100 * clone / (clone + 2)) + 0.1
    both = norm(mean, 0.3), norm(mean, 1.2)
    seen = float(transcripts.log_likelihood(states, VALUES, rows_of(value, 0))[0])
    density = 0.95 * both[0].pdf(value) + 0.05 * both[1].pdf(value)
    assert seen == pytest.approx(np.log(density), rel=1e-9, abs=1e-9)
    bound = float(transcripts.log_likelihood(states, VALUES, rows_of(value, 1))[0])
    terms = np.log([0.95, 0.05]) + [one.logcdf(value) for one in both]
    assert bound == pytest.approx(np.logaddexp(*terms), rel=1e-8, abs=1e-10)


def test_the_density_of_a_residual_integrates_to_its_chance():
    def density(z):
        return float(np.exp(transcripts.log_density(np.float64(z), 1.0)))

    below, _ = quad(density, -40, -0.7, limit=200)
    assert below == pytest.approx(float(np.exp(transcripts.log_below(np.float64(-0.7)))), abs=1e-8)


def test_a_cell_of_the_clone_has_one_copy_and_a_normal_cell_two_of_the_control():
    seen = transcripts.seen(marrow(0.5, 0.5), {"transcripts.scale": 0.0}, rows_of(0.0, 0))
    assert 10 ** float(seen[0]) == pytest.approx(100 / 3)
    whole = transcripts.seen(marrow(0.5, 0.0), {"transcripts.scale": 0.0}, rows_of(0.0, 0))
    assert 10 ** float(whole[0]) == pytest.approx(100)


def test_a_replicate_below_its_limit_is_not_detected():
    rows = rows_of([-3.0] * 4000, 1)._replace(limit=np.full(4000, -3.0))
    states = marrow(2 * 10**-5.1, 1.0)  # expected at the limit
    drawn = transcripts.simulate(states, VALUES, rows, rng=np.random.default_rng(1))
    assert abs(drawn.censored.mean() - 0.5) < 4 * 0.5 / np.sqrt(4000)
    assert (drawn.value >= -3.0).all()
    assert (drawn.value[drawn.censored > 0] == -3.0).all()
