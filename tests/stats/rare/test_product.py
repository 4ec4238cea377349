import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.product import product_posterior


def test_printed_interval_of_malignant_stem_cells():
    low, high = product_posterior(45, 1_000_000, beta_posterior(12.5, 28.5)).quantile([0.025, 0.975])
    assert (round(float(low) * 1e5, 2), round(float(high) * 1e5, 2)) == (0.73, 2.24)


def test_no_abnormal_nucleus_still_gives_a_bound():
    bound = float(product_posterior(45, 1_000_000, beta_posterior(0.5, 40.5)).quantile(0.975))
    assert 2.5e-6 < bound < 3.1e-6


def test_quantiles_agree_with_draws():
    rng = np.random.default_rng(8)
    posterior = product_posterior(6, 20_000, beta_posterior(3.5, 9.5))
    draws = rng.gamma(6.5, 1 / 20_000, 400_000) * rng.beta(3.5, 9.5, 400_000)
    for probability in (0.025, 0.5, 0.975):
        spread = np.sqrt(probability * (1 - probability) / len(draws))
        held = np.mean(draws <= float(posterior.quantile(probability)))
        assert held == pytest.approx(probability, abs=5 * spread)
    assert posterior.mean() == pytest.approx(6.5 / 20_000 * 3.5 / 13, rel=1e-6)


@given(st.integers(0, 500), st.floats(0.6, 50), st.floats(0.6, 50))
@settings(max_examples=25, deadline=None)
def test_the_quantile_undoes_the_probability(events, a, b):
    posterior = product_posterior(events, 1_000_000, beta_posterior(a, b))
    middle = posterior.quantile(0.5)
    assert float(posterior.cdf(middle)) == pytest.approx(0.5, abs=1e-9)
