"""Chains that cannot be believed are marked so, with the reason in words."""

from dataclasses import replace

import laws
import numpy as np
import pytest

from remnant.inference.sampler.chains import Chains
from remnant.inference.sampler.diagnosis import Guards, diagnose
from remnant.inference.sampler.sample import sample


@pytest.fixture
def good() -> Chains:
    """Independent draws of a standard normal law."""
    rng = np.random.default_rng(0)
    draws = rng.standard_normal((4, 1000, 3))
    density = -0.5 * (draws**2).sum(-1)
    return Chains(
        draws=draws,
        log_density=density,
        energy=rng.standard_normal((4, 1000)),
        divergent=np.zeros((4, 1000), bool),
        leapfrogs=np.full((4, 1000), 7),
        accepted=np.full((4, 1000), 0.9),
        step_size=np.ones(4),
        inverse_mass=np.tile(np.eye(3), (4, 1, 1)),
        spent=np.full(4, 100),
        warmup=200,
        max_depth=3,
    )


def reasons(chains, **guards):
    return diagnose(chains, "abc", guards=Guards(**guards)).diagnostics.reasons


def test_independent_draws_are_fit(good):
    said = diagnose(good, "abc")
    assert said.diagnostics.fit
    assert said.diagnostics.reasons == ()
    assert said.diagnostics.r_hat == said.r_hat.max() < 1.01
    assert said.diagnostics.ess_bulk == said.ess_bulk.min()
    assert said.diagnostics.deepest == 4000
    assert (good.depth == 3).all()


def test_more_effective_draws_can_be_asked_for(good):
    (reason,) = reasons(good, effective=1e5)
    assert "too few effective draws of" in reason
    assert "times as many draws" in reason


def test_each_guard_has_its_reason(good):
    draws = good.draws.copy()
    draws[0, :, 1] += 3
    (apart, *_) = reasons(replace(good, draws=draws))
    assert "do not agree on b: R-hat" in apart
    divergent = good.divergent.copy()
    divergent[2, :5] = True
    (sharp,) = reasons(replace(good, divergent=divergent))
    assert "5 of 4000 transitions diverged" in sharp
    assert reasons(replace(good, divergent=divergent), divergent=0.01) == ()
    energy = np.cumsum(good.energy, axis=1)
    (slow,) = reasons(replace(good, energy=energy))
    assert "chain 1, 2, 3, 4" in slow


def test_chains_that_never_moved_are_unfit_and_all_numbers_said_are_finite(good):
    still = replace(good, draws=np.ones_like(good.draws), energy=np.zeros_like(good.energy))
    said = diagnose(still, "abc").diagnostics
    assert not said.fit
    assert "did not move in a, b, c" in said.reasons[0]
    assert said.r_hat is None
    assert said.energy is None


def test_chains_in_two_modes_are_unfit():
    start = np.array([[20.0, 20], [20, 20], [-20, -20], [-20, -20]])
    chains = sample(laws.two_modes, 2, seed=1, chains=4, warmup=80, draws=200, start=start)
    said = diagnose(chains, ("first", "second")).diagnostics
    assert not said.fit
    assert "more than one explanation" in said.reasons[0]


def test_chains_that_look_for_their_start_find_both_modes():
    chains = sample(laws.two_modes, 2, seed=3, chains=8, warmup=80, draws=20)
    ends = np.sign(chains.draws[:, -1, 0])
    assert set(ends) == {-1.0, 1.0}


def test_a_neck_too_narrow_for_the_steps_is_said():
    chains = sample(laws.centred_funnel, 6, seed=1, chains=2, warmup=150, draws=400)
    said = diagnose(chains, tuple("abcdef")).diagnostics
    assert not said.fit
    assert any("diverged" in reason or "too few effective" in reason for reason in said.reasons)
