"""A hierarchical model of synthetic patients under lenalidomide, for benchmarks of gradients.

Seven numbers of a patient, all on the real line, make his rates, the effects of the drug and his start;
counts of cells with the deletion in stem cells, progenitors and mature cells are beta-binomial. Needs JAX and
NumPy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import betaln, expit

from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import DAYS_PER_MONTH, Plan
from remnant.dynamics.treatment import Calendar, Course, Therapy, calendar

NUMBERS = (
    "log division",
    "log activation",
    "log advantage",
    "log active kill",
    "log progenitor kill",
    "logit fraction",
    "logit quiescent",
)
CENTRE = np.array([np.log(0.11), np.log(0.05), np.log(0.25), np.log(0.3), np.log(8.0), 2.0, 1.5])
SPREAD = np.array([0.2, 0.5, 0.4, 0.5, 0.4, 1.0, 0.5])
EXAMINED, BLUR, DISPERSION = 200, 0.005, 50.0  # nuclei; false calls each way; beta-binomial precision
YEARS = 5
VISITS = np.round(np.array([0.0, 3, 6, 12, 24, 36, 48, 60]) * DAYS_PER_MONTH)


def interrupted(hold: int, days: int = 90, *, years: int = YEARS) -> Calendar:
    """Return 21 of 28 days, held once from day `hold`, then half the dose."""
    return calendar([Course(0, hold - 1, 10.0), Course(hold + days, 366 * years, 5.0)])


def segments(hold: int, *, years: int = YEARS) -> tuple[np.ndarray, np.ndarray]:
    """Return edges and doses of such a calendar."""
    return Therapy.single("lenalidomide", interrupted(hold, years=years)).segments(0, 366 * years)


def to_model(theta: Array) -> tuple[Array, Array, Array]:
    """Return rates (9, 3), effects (1, 5, 3) and start (3, 4) of one patient, as `pack` and `baseline` do."""
    division, activation, advantage, kill_a, kill_p = jnp.exp(theta[:5])
    fraction, quiescent = expit(theta[5:])
    active, rest, loss, felt, resistant, mutation = 0.2, 0.05, 1.0, 0.1, 1e-4, 1e-6
    clone, own = jnp.array([0.0, 1.0, 1.0]), jnp.array([0.0, 1.0, felt])
    each = jnp.ones(3)
    rates = jnp.stack(
        [
            jnp.stack([rest + 0 * activation, activation, activation]),
            each * rest * (1 - active) / active,
            each * division / active,
            clone * advantage,
            each * loss,
            each * 6.0,
            each * loss / division,
            each,
            jnp.array([0.0, mutation, 0.0]),
        ]
    )
    none = jnp.zeros(3)
    effects = jnp.stack([none, own * kill_a, own * kill_p, none, none])[None]
    share = jnp.stack([1 - fraction, fraction * (1 - resistant), fraction * resistant])
    resting = jnp.where(clone > 0, quiescent, 1 - active)
    cycling = share * (1 - resting)
    output = cycling / active * jnp.maximum(0.0, 1 - clone * advantage)
    return rates, effects, jnp.stack([share * resting, cycling, output, output], axis=1)


def shares(states: Array) -> Array:
    """Return the clone's share of stem cells, progenitors and mature cells, (..., 3)."""
    kinds = jnp.stack([states[..., 0] + states[..., 1], states[..., 2], states[..., 3]], axis=-1)
    return kinds[..., 1:, :].sum(-2) / kinds.sum(-2)


def fractions(theta: Array, plan: Plan) -> Array:
    """Return the shares at the visits, (times, 3), along the cascade."""
    return shares(trajectory(*to_model(theta), plan)[0])


def log_likelihood(counts: Array, share: Array, dispersion: Array | float = DISPERSION) -> Array:
    """Return the beta-binomial log density of counts, elementwise, less what is constant."""
    seen = BLUR + (1 - 2 * BLUR) * share
    a, b = seen * dispersion, (1 - seen) * dispersion
    return betaln(counts + a, EXAMINED - counts + b) - betaln(a, b)


def counted(share: Any, rng: np.random.Generator) -> np.ndarray:
    """Draw counts from shares."""
    seen = BLUR + (1 - 2 * BLUR) * np.asarray(share)
    return rng.binomial(EXAMINED, rng.beta(seen * DISPERSION, (1 - seen) * DISPERSION)).astype(float)


def draw(patients: int, rng: np.random.Generator, numbers: Sequence[str] = NUMBERS) -> np.ndarray:
    """Draw thetas, (patients, 7)."""
    return CENTRE + SPREAD * rng.standard_normal((patients, len(numbers)))
