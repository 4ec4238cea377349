"""R-hat and effective sizes agree with ArviZ, and mean what they should."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from remnant.inference.sampler import convergence

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # of its next version
    import arviz as az

KINDS = ("plain", "apart", "one stuck", "still first", "heavy", "alternating", "rounded")


def chains_of(kind: str, memory: float, chains: int, draws: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((chains, draws))
    x = lfilter([1], [1, -memory], noise, axis=1)
    match kind:
        case "apart":
            x += 10 * np.arange(chains)[:, None]
        case "one stuck":
            x[0] = x[0, 0]
        case "still first":
            x[:, : draws // 2] = 0
        case "heavy":
            x = x**5
        case "alternating":
            x = (-1.0) ** np.arange(draws) + 1e-3 * noise
        case "rounded":
            x = np.round(2 * x)
    return x


@given(
    st.sampled_from(KINDS),
    st.sampled_from((0.0, 0.5, 0.95, 0.999, -0.5, -0.99)),
    st.integers(2, 5),
    st.integers(8, 200),
    st.integers(0, 2**32 - 1),
)
def test_every_measure_is_that_of_arviz(kind, memory, chains, draws, seed):
    x = chains_of(kind, memory, chains, draws, seed)
    assert convergence.r_hat(x) == pytest.approx(float(az.rhat(x)), rel=1e-8, nan_ok=True)
    assert convergence.ess_bulk(x) == pytest.approx(float(az.ess(x)), rel=1e-8, nan_ok=True)
    if abs(((x.size - 1) * 0.05) % 1 - 0.5) < 0.49:  # else a draw is the quantile but for the last digit
        assert convergence.ess_tail(x) == pytest.approx(
            float(az.ess(x, method="tail")), rel=1e-8, nan_ok=True
        )
    if kind != "one stuck":
        np.testing.assert_allclose(convergence.energy_fraction(x), az.bfmi(x), rtol=1e-6)


def test_a_number_that_never_moves_is_known_and_has_no_r_hat():
    still = np.full((4, 100), 2.5)
    assert np.isnan(convergence.r_hat(still))
    assert convergence.ess_bulk(still) == float(az.ess(still)) == 400
    assert np.isnan(convergence.energy_fraction(still)).all()


def test_chains_that_stand_still_apart_disagree_without_bound():
    apart = np.arange(4.0)[:, None] + np.zeros((4, 100))
    assert convergence.r_hat(apart) > 1e6


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_effective_size_of_an_autoregression_is_that_of_theory(memory):
    x = chains_of("plain", memory, 20, 20_000, seed=1)
    theory = x.size * (1 - memory) / (1 + memory)
    assert convergence.ess_bulk(x) == pytest.approx(theory, rel=0.06)
