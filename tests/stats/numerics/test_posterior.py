import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv

from remnant.stats.numerics.posterior import (
    LinePosterior,
    angle_to_fraction,
    beta_posterior,
    fraction_to_angle,
)

shapes = st.integers(0, 3000).map(lambda count: count + 0.5)  # a Jeffreys posterior


@settings(deadline=None)
@given(shapes, shapes, st.floats(0.001, 0.999))
def test_quantiles_of_a_beta_are_those_of_theory(a, b, probability):
    posterior = beta_posterior(a, b)
    # The angle is the natural scale: near the ends a fraction has few digits.
    found = fraction_to_angle(posterior.quantile(probability))
    assert float(found) == pytest.approx(float(fraction_to_angle(betaincinv(a, b, probability))), abs=1e-6)


@settings(deadline=None)
@given(shapes, shapes, st.floats(0, 1))
def test_probabilities_of_a_beta_are_those_of_theory(a, b, fraction):
    assert beta_posterior(a, b).probability_above(fraction) == pytest.approx(
        1 - betainc(a, b, fraction), abs=1e-6
    )


@settings(deadline=None)
@given(shapes, shapes)
def test_the_mean_of_a_beta_is_that_of_theory(a, b):
    assert beta_posterior(a, b).mean() == pytest.approx(a / (a + b), rel=1e-6)


def test_a_normal_density_on_a_line():
    grid = np.linspace(-9, 9, 601)
    line = LinePosterior(grid, np.exp(-(grid**2) / 2))
    assert float(line.quantile(0.975)) == pytest.approx(1.959963984540054, abs=1e-8)
    assert line.probability_above(0) == pytest.approx(0.5)
    assert line.mean(lambda x: x**2) == pytest.approx(1, rel=1e-7)


@settings(deadline=None)
@given(st.floats(0, 1))
def test_an_angle_is_a_fraction_in_disguise(fraction):
    assert float(angle_to_fraction(fraction_to_angle(fraction))) == pytest.approx(fraction, abs=1e-15)
