"""A right density can carry a wrong gradient: every gradient against differences of another solver."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.dynamics.deterministic import patients, plain

from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import make_plan
from remnant.dynamics.deterministic.reference import right_hand_side
from remnant.dynamics.deterministic.sensitivities import with_sensitivities
from remnant.dynamics.model.draw import draw
from remnant.dynamics.model.packed import (
    ACTIVE_KILL,
    ADVANTAGE,
    DIVISION,
    FEEDBACK,
    MATURE_LOSS,
    PROGENITOR_KILL,
    PROGENITOR_LOSS,
    Packed,
    pack,
)
from remnant.dynamics.model.parameters import Structure
from remnant.dynamics.model.presets import PRESETS
from remnant.dynamics.model.start import baseline
from remnant.dynamics.treatment import Course, Therapy, calendar

NICHE = Structure()
RATES = [DIVISION, ADVANTAGE, PROGENITOR_LOSS, MATURE_LOSS]
KILLS = [ACTIVE_KILL, PROGENITOR_KILL]
DAYS = np.array([0.0, 90, 180, 365, 545, 730])
EDGES, DOSES = Therapy.single("drug", calendar([Course(0, 250, 10.0), Course(330, 730, 5.0)])).segments(
    0, 730
)
WEIGHTS = np.random.default_rng(7).standard_normal((len(DAYS), 4))


def marrows(n, seed):
    """Return n draws of every preset, with its first drug alone."""
    packs, starts = [], []
    for number, preset in enumerate(PRESETS.values()):
        rng = np.random.default_rng([seed, number])
        drawn = draw(preset, rng.uniform(0.001, 0.999, (n, len(preset.priors()))))
        packs.append(pack(drawn.parameters, drawn.effects[:1]))
        starts.append(baseline(drawn.parameters, **vars(drawn.start)))
    rates, effects = (np.concatenate([getattr(p, name) for p in packs]) for name in ("rates", "effects"))
    return Packed(rates, effects), np.concatenate(starts)


def seen(solve, theta, rates, effects, first):
    """A weighted sum of clone shares, when rates, kills and the clone are scaled by exp(theta)."""
    scaled = rates.at[jnp.array(RATES)].multiply(jnp.exp(theta[:4, None]), unique_indices=True)
    felt = effects.at[:, jnp.array(KILLS)].multiply(jnp.exp(theta[4:6, None]), unique_indices=True)
    states = solve(scaled, felt, first * jnp.exp(jnp.stack([0 * theta[6], theta[6], theta[6]]))[:, None])
    return jnp.sum(WEIGHTS * states[:, 1:].sum(1) / states.sum(1))


def errors(packed, start, *, longest, fine):
    """Largest error of each patient's gradient, relative to its largest entry."""
    given = tuple(jnp.asarray(x) for x in (packed.rates, packed.effects, start))
    ours, small = (make_plan(EDGES, DOSES, DAYS, longest=days) for days in (longest, fine))

    @jax.jit
    @jax.vmap
    def gradient(theta, *patient):
        follow = with_sensitivities(
            lambda theta, *patient: seen(lambda *x: trajectory(*x, ours)[0], theta, *patient)
        )
        return jax.grad(follow)(theta, *patient)

    def exact(theta):
        return jax.vmap(lambda *x: seen(lambda *m: plain.trajectory(*m, small), *x))(theta, *given)

    zero = jnp.zeros((len(packed), 7))
    right = plain.differences(exact, zero)
    return np.abs(gradient(zero, *given) - right).max(axis=1) / np.abs(right).max(axis=1)


def test_the_plain_equations_are_those_of_the_reference():
    packed, start = marrows(2, 1)
    for rates, effects, state in zip(packed.rates, packed.effects, start, strict=True):
        here = plain.slope(jnp.asarray(state), rates, effects[0])
        np.testing.assert_allclose(here, right_hand_side(state, rates, effects[0], NICHE), atol=1e-13)


def near_the_cap(packed, start):
    """Whether a course comes to where self-renewal meets its cap: there its slope in time has a kink."""
    days = np.arange(0.0, 731.0, 1.0)
    plan = make_plan(EDGES, DOSES, days, longest=1.0)
    given = (jnp.asarray(x) for x in (packed.rates, packed.effects, start))
    states = np.asarray(jax.jit(jax.vmap(lambda *m: plain.trajectory(*m, plan)))(*given))
    load = states[..., :2].sum((-2, -1))
    kappa, lead = packed.rates[:, FEEDBACK, :1], (1 + packed.rates[:, ADVANTAGE]) / 2
    free = lead[:, None] * ((1 + kappa) / (1 + kappa * load))[..., None]
    return ((free.max(axis=1) > 0.99) & (free.min(axis=1) < 1.01)).any(axis=1)


def check(packed, start, **steps):
    """Within 1e-4 wherever the equations are smooth; at a kink differences themselves are off by more."""
    found, kinked = errors(packed, start, **steps), near_the_cap(packed, start)
    assert np.median(found) < 1e-5
    assert found[~kinked].max() < 1e-4
    assert np.quantile(found[kinked], 0.9) < 2e-2


@pytest.mark.slow
def test_gradients_over_the_priors_of_every_preset_are_those_of_another_solver():
    check(*marrows(20, 2), longest=7.0, fine=0.25)


@pytest.mark.slow
def test_gradients_over_many_draws_of_every_preset_are_those_of_another_solver():
    check(*marrows(200, 3), longest=7.0, fine=0.25)


@pytest.mark.slow
def test_gradients_under_strong_kill_are_those_of_another_solver():
    packed, start = patients.draw(200, np.random.default_rng(4), NICHE, strong=True)
    check(Packed(packed.rates, packed.effects[:, :1]), start, longest=3.5, fine=0.125)
