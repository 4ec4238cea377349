from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from remnant.dynamics import Prior
from remnant.errors import SettingError

LAWS = {
    "lognormal": (Prior("x", "-", "lognormal", 0.11, 0.35), stats.lognorm(0.35, scale=0.11)),
    "normal": (Prior("x", "-", "normal", 2.0, 0.5), stats.norm(2.0, 0.5)),
    "half-normal": (Prior("x", "-", "half-normal", spread=1.5), stats.halfnorm(scale=1.5)),
    "beta": (Prior("x", "-", "beta", 1.0, 9.0), stats.beta(1.0, 9.0)),
    "uniform": (Prior("x", "-", "uniform", lower=-1.0, upper=3.0), stats.uniform(-1.0, 4.0)),
}
CUT = [
    Prior("x", "-", "lognormal", 1e-6, 2.0, upper=1e-2),
    Prior("x", "-", "lognormal", 1.0, 0.5, lower=2.0),
    Prior("x", "-", "logit-normal", -1.4, 0.5),
    Prior("x", "-", "logit-normal", 2.0, 1.0, lower=0.5, upper=0.99),
    Prior("x", "-", "half-normal", spread=1.0, lower=0.5, upper=2.0),
    Prior("x", "-", "normal", 0.0, 1.0, lower=1.0),
    Prior("x", "-", "normal", 0.0, 1.0, upper=1.0),
    Prior("x", "-", "normal", 0.0, 1.0, lower=9.0),  # where 1 - u has no digits left
    Prior("x", "-", "normal", 0.0, 1.0, upper=-9.0),
    Prior("x", "-", "beta", 1.0, 9.0, upper=0.5),
    Prior("x", "-", "beta", 0.5, 0.5),
    Prior("x", "-", "uniform", lower=-1.0, upper=3.0),
]
chances = st.floats(1e-9, 1 - 1e-9)


@pytest.mark.parametrize("name", LAWS)
@given(u=chances)
def test_quantiles_and_densities_are_those_of_the_law(name, u):
    prior, law = LAWS[name]
    value = prior.quantile(u)
    assert value == pytest.approx(law.ppf(u), rel=1e-7, abs=1e-12)
    assert prior.log_density(value) == pytest.approx(law.logpdf(value), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("prior", CUT, ids=str)
@given(u=chances)
def test_no_value_is_outside_the_bounds(prior, u):
    value, (low, high) = float(prior.quantile(u)), prior.support
    assert low <= value <= high
    assert np.isfinite(prior.log_density(value))
    outside = [x for x in (low - 1e-3, high + 1e-3) if np.isfinite(x)]
    assert np.all(prior.log_density(outside) == -np.inf)


@pytest.mark.parametrize("prior", CUT, ids=str)
def test_the_density_is_the_slope_of_the_chance(prior):
    """Between two quantiles lies the share of patients that they name: so the cut law is one again."""
    shares = np.array([0.05, 0.3, 0.6, 0.95])
    ends = prior.quantile(shares)
    for (low, high), share in zip(pairwise(ends), np.diff(shares), strict=True):
        inside, _ = integrate.quad(lambda x: np.exp(prior.log_density(x)), low, high, epsabs=0, epsrel=1e-9)
        assert inside == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize("prior", [*CUT, *(prior for prior, _ in LAWS.values())], ids=str)
@given(u=st.floats(0.001, 0.999))
def test_a_sampler_may_walk_the_whole_line(prior, u):
    value = float(prior.quantile(u))
    z = float(prior.unconstrain(value))
    assert np.isfinite(z)
    assert prior.constrain(z) == pytest.approx(value, rel=1e-9)
    step = 1e-5
    slope = (prior.constrain(z + step) - prior.constrain(z - step)) / (2 * step)
    assert prior.log_slope(z) == pytest.approx(np.log(slope), abs=1e-4)


def test_a_fixed_number_is_the_same_for_all():
    prior = Prior("x", "-", "fixed", 0.05)
    assert prior.quantile([0.1, 0.9]).tolist() == [0.05, 0.05]
    assert prior.log_density([0.05, 0.06]).tolist() == [0.0, -np.inf]
    assert prior.constrain(prior.unconstrain([0.05])).tolist() == [0.05]
    assert prior.log_slope([0.0]).tolist() == [0.0]


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"law": "gamma"}, "gamma"),
        ({"mark": "guessed"}, "guessed"),
        ({"spread": 0.0}, "spread above 0"),
        ({"spread": -1.0}, "spread above 0"),
        ({"centre": -0.1}, "centre above 0"),
        ({"centre": float("nan")}, "numbers"),
        ({"lower": 2.0, "upper": 1.0}, "lower below upper"),
        ({"lower": 1e9}, "bounds that the lognormal law reaches"),
        ({"law": "uniform"}, "two finite bounds"),
    ],
)
def test_a_law_that_cannot_be_is_refused(wrong, found):
    right = {"law": "lognormal", "centre": 0.1, "spread": 0.5}
    with pytest.raises(SettingError) as caught:
        Prior("x", "-", **(right | wrong))
    assert found in str(caught.value)
