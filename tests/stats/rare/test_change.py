"""The ratio of two burdens: closed forms, draws and symmetry."""

import numpy as np
import pytest
from scipy import stats

from remnant.stats.numerics.posterior import LinePosterior, beta_posterior
from remnant.stats.rare.change import log_ratio, probability_greater
from remnant.stats.rare.product import product_posterior


def normal(mean, deviation):
    grid = np.linspace(mean - 9 * deviation, mean + 9 * deviation, 301)
    return LinePosterior(grid, stats.norm.pdf(grid, mean, deviation))


@pytest.mark.parametrize(("first", "second"), [((0, 1), (-2, 1)), ((0, 0.02), (1, 3)), ((5, 3), (0, 0.05))])
def test_the_difference_of_two_normals_is_normal(first, second):
    found = log_ratio(normal(*first), normal(*second))
    expected = stats.norm(second[0] - first[0], np.hypot(first[1], second[1]))
    for probability in (0.025, 0.5, 0.975):
        assert float(found.quantile(probability)) == pytest.approx(expected.ppf(probability), abs=1e-5)
    wins = stats.norm.sf(0, first[0] - second[0], np.hypot(first[1], second[1]))
    assert probability_greater(normal(*first), normal(*second)) == pytest.approx(wins, abs=1e-6)


def test_the_fall_of_a_burden_agrees_with_draws():
    rng = np.random.default_rng(4)
    before = product_posterior(400, 60_000, beta_posterior(60.5, 10.5))
    after = product_posterior(30, 55_000, beta_posterior(0.5, 40.5))
    found = log_ratio(before.line, after.line)
    drawn = np.log(rng.gamma(30.5, 1 / 55_000, 400_000) * rng.beta(0.5, 40.5, 400_000))
    drawn -= np.log(rng.gamma(400.5, 1 / 60_000, 400_000) * rng.beta(60.5, 10.5, 400_000))
    for probability in (0.025, 0.5, 0.975):
        held = np.mean(drawn <= float(found.quantile(probability)))
        assert held == pytest.approx(probability, abs=5 * np.sqrt(probability * (1 - probability) / 400_000))


def test_a_fall_seen_backwards_is_a_rise():
    before = product_posterior(45, 1_000_000, beta_posterior(12.5, 28.5)).line
    after = product_posterior(9, 800_000, beta_posterior(3.5, 30.5)).line
    there, back = log_ratio(before, after), log_ratio(after, before)
    assert float(there.quantile(0.1)) == pytest.approx(-float(back.quantile(0.9)), abs=1e-6)
