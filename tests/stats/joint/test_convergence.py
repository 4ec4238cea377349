import numpy as np
import pytest

from remnant.stats.joint.convergence import convergence, effective


def autoregressive(phi, shape, seed=3):
    noise = np.random.default_rng(seed).standard_normal(shape)
    x = np.empty(shape)
    x[:, 0] = noise[:, 0]
    for t in range(1, shape[1]):
        x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * noise[:, t]
    return x


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_the_effective_size_of_an_autoregressive_chain_is_that_of_theory(phi):
    draws = autoregressive(phi, (4, 20_000, 1))
    assert effective(draws)[0] == pytest.approx(80_000 * (1 - phi) / (1 + phi), rel=0.12)


def test_chains_that_alternate_are_worth_more_than_their_number():
    assert effective(autoregressive(-0.5, (4, 5000, 1)))[0] > 20_000


def test_independent_chains_agree():
    found = convergence(np.random.default_rng(1).standard_normal((4, 1000, 3)))
    assert found.fit
    assert found.r_hat < 1.01
    assert found.bulk > 3000


def test_a_chain_elsewhere_is_noticed():
    draws = np.random.default_rng(1).standard_normal((4, 1000, 3))
    draws[0, :, 1] += 1
    assert convergence(draws).r_hat > 1.05


def test_chains_of_one_mean_and_two_widths_are_noticed():
    draws = np.random.default_rng(1).standard_normal((4, 1000, 1))
    draws[:2] *= 4
    assert convergence(draws).r_hat > 1.05


def test_a_drift_within_every_chain_is_noticed():
    draws = np.random.default_rng(1).standard_normal((4, 1000, 1)) + np.linspace(0, 2, 1000)[:, None]
    assert not convergence(draws).fit


def test_what_never_moves_is_left_out():
    draws = np.random.default_rng(1).standard_normal((4, 1000, 2))
    draws[..., 1] = np.arange(4)[:, None]
    assert convergence(draws).fit
