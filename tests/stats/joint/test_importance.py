import numpy as np
import pytest
from scipy.stats import norm

from remnant.stats.joint.importance import smoothed_weights


def test_equal_ratios_weigh_alike():
    found = smoothed_weights(np.zeros(1000))
    assert found.weight == pytest.approx(np.full(1000, 1e-3))
    assert found.reliable


@pytest.mark.parametrize(("shift", "width"), [(0.5, 1.0), (0.0, 0.7), (-0.4, 0.9)])
def test_a_weighted_normal_stands_for_another(shift, width):
    x = np.random.default_rng(5).standard_normal(20_000)
    found = smoothed_weights(norm.logpdf(x, shift, width) - norm.logpdf(x))
    assert found.reliable
    expected = norm.ppf([0.025, 0.5, 0.975], shift, width)
    assert found.quantile(x, [0.025, 0.5, 0.975]) == pytest.approx(expected, abs=0.06)
    assert found.probability_above(x, 0.0) == pytest.approx(norm.sf(0, shift, width), abs=0.01)


@pytest.mark.parametrize("shape", [0.3, 0.5, 1.0])
def test_the_shape_of_pareto_ratios_is_found(shape):
    """Ratios exp(shape E) of exponential E are Pareto with that shape."""
    ratio = shape * np.random.default_rng(2).standard_exponential(50_000)
    assert smoothed_weights(ratio).shape == pytest.approx(shape, abs=0.08)


def test_a_target_beyond_the_draws_is_not_reliable():
    x = np.random.default_rng(5).standard_normal(4000)
    assert not smoothed_weights(norm.logpdf(x, 0, 3) - norm.logpdf(x)).reliable


def test_weights_sum_to_one_and_their_order_is_kept():
    ratio = np.random.default_rng(4).standard_normal(3000) * 2
    found = smoothed_weights(ratio)
    assert found.weight.sum() == pytest.approx(1)
    assert (np.diff(found.weight[np.argsort(ratio)]) >= 0).all()
