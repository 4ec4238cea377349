r"""One step of the stem cells: an exponential per clone, since only the niche ties the clones together.

Given the load S(t) of the niche, a clone is linear: (Q, A)' = X(t) (Q, A), where time enters through one
entry, the self-renewal. The Magnus series of order 4 for such an X is one exponential,

    Omega = h [[-(w + eQ), b (1 - h m)], [w (1 + h m), mean of the last entry]],   m = int (tau - 1/2) d(tau)

(d the last entry, tau in [0, 1]): exact for a constant niche at any rate of killing. The load is first
predicted by its Taylor series, then taken from the cubic through its values and slopes at both ends; the
second answer is of order 4 and its distance from the first, of order 3, bounds its error.

Blanes, Casas, Oteo & Ros (2009) Physics Reports 470:151-238, section 5.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from remnant.dynamics.deterministic.adjoint.law import BAND
from remnant.dynamics.model.packed import (
    ACTIVATION,
    ACTIVE_KILL,
    ADVANTAGE,
    AMPLIFICATION,
    DIFFERENTIATION,
    DIVISION,
    DRUG_ACTIVATION,
    FEEDBACK,
    MUTATION,
    QUIESCENT_KILL,
    REST,
)
from remnant.dynamics.model.parameters import RESISTANT

Path = tuple[Array, Array, Array, Array]  # the load as powers of the share of the step, constant first

GAUSS = 0.5 - np.sqrt(3) / 6  # the first node of two on [0, 1]


class Step(NamedTuple):
    """Rates in force on a step, each of shape (3, ...): clones, then any axes."""

    leave: Array  # w + eQ
    wake: Array
    rest: Array
    division: Array
    kill: Array
    kept: Array  # share of self-renewal that drugs leave, exp(-sum D u)
    lead: Array  # (1 + s)(1 + kappa) / 2
    feedback: Array
    mutation: Array
    inflow: Array  # 2 alpha lambda: progenitors per differentiating division


def under(rates: Array, felt: Array) -> Step:
    """Return the rates in force, from (9, 3) and the sums over drugs of dose times effect, (5, 3, kinds)."""
    own = rates[:, :, None]
    wake = own[ACTIVATION] * (1 + felt[DRUG_ACTIVATION])
    step = Step(
        leave=wake + felt[QUIESCENT_KILL],
        wake=wake,
        rest=own[REST],
        division=own[DIVISION],
        kill=felt[ACTIVE_KILL],
        kept=jnp.exp(-felt[DIFFERENTIATION]),
        lead=(1 + own[ADVANTAGE]) * (1 + own[FEEDBACK]) / 2,
        feedback=own[FEEDBACK],
        mutation=own[MUTATION],
        inflow=2 * own[AMPLIFICATION] * own[DIVISION],
    )
    everywhere: Step = jax.tree.map(lambda x: jnp.broadcast_to(x, wake.shape), step)
    return everywhere


def renewal(load: Array, s: Step) -> Array:
    """Return p_c, the chance that a division self-renews, at a load; its cap at 1 is kept as it stands."""
    return s.kept * jnp.minimum(1.0, s.lead / (1 + s.feedback * load))


def turning(load: Array, rise: Array, s: Step) -> Array:
    """Return the slope of p_c in time where the load rises by `rise`.

    It fades within `BAND` below the cap, where it would jump to 0: so the computed states stay continuous.
    """
    free = s.lead / (1 + s.feedback * load)
    steep = -s.kept * free * s.feedback * rise / (1 + s.feedback * load)
    return steep * jnp.clip((1 - free) / BAND, 0.0, 1.0)


def growth(p: Array, s: Step) -> Array:
    """Return the rate at which active cells grow, less those that rest, die or turn resistant."""
    return (2 * p - 1 - s.mutation * p) * s.division - s.kill - s.rest


def total(x: Array) -> Array:
    """Sum over the clones: a reduction XLA computes once, where a sum of slices is repeated at every use."""
    return jnp.sum(x, axis=0)


def _to_resistant(flow: Array) -> Array:
    """Return what arrives at each clone of a flow (3, ...) that the malignant one alone sends."""
    return jnp.asarray(np.eye(3)[RESISTANT].reshape(3, *[1] * (flow.ndim - 1)) * total(flow))


def slopes(q: Array, a: Array, p: Array, s: Step) -> tuple[Array, Array]:
    """Return Q' and A' per month."""
    mutants = _to_resistant(s.mutation * p * s.division * a)
    return s.rest * a - s.leave * q, s.wake * q + growth(p, s) * a + mutants


def exponential(top: Array, upper: Array, lower: Array, bottom: Array) -> tuple[Array, Array, Array, Array]:
    """Return exp [[top, upper], [lower, bottom]] where upper * lower >= 0, exact also at a double root."""
    mean, half = (top + bottom) / 2, (top - bottom) / 2
    square = half * half + upper * lower
    close = square < 1e-4  # below, the series of cosh and sinh; `where` twice keeps NaN out of the gradient
    root = jnp.sqrt(jnp.where(close, 1.0, square))
    grown, shrunk, level = jnp.exp(mean + root), jnp.exp(mean - root), jnp.exp(mean)
    near = jnp.where(close, square, 0.0)
    even = jnp.where(close, level * (1 + near / 2 * (1 + near / 12)), (grown + shrunk) / 2)
    odd = jnp.where(close, level * (1 + near / 6 * (1 + near / 20)), (grown - shrunk) / (2 * root))
    return even + odd * half, odd * upper, odd * lower, even - odd * half


def averages(path: Path, s: Step) -> tuple[Array, Array]:
    """Return the mean of p_c over a step and its first moment about the middle, given the load on it."""
    c0, c1, c2, c3 = (jnp.broadcast_to(power, s.lead.shape) for power in path)
    mean, moment = _renewed(c0, c1, c2, c3, s.lead, s.feedback)
    return s.kept * mean, s.kept * moment


def _renewed(c0: Array, c1: Array, c2: Array, c3: Array, lead: Array, feedback: Array) -> tuple[Array, Array]:
    """Mean and moment of min(1, lead / (1 + feedback load)) over a cubic load.

    Where it bends inside the step, the part above 1 is taken away on its own stretch, so that the averages
    stay of full order and their gradient has no jump.
    """

    def free(share: Array | float) -> Array:
        return lead / (1 + feedback * jnp.maximum(c0 + share * (c1 + share * (c2 + share * c3)), 0.0))

    early, late, first, last = free(GAUSS), free(1 - GAUSS), free(0.0), free(1.0)
    above, after = first > 1, last > 1
    bends = above != after
    crossing = jnp.where(bends, (first - 1) / jnp.where(bends, first - last, 1.0), 0.0)
    begin, length = jnp.where(above, 0.0, crossing), jnp.where(above, crossing, 1 - crossing)
    near, far = begin + GAUSS * length, begin + (1 - GAUSS) * length
    over, beyond = free(near) - 1, free(far) - 1
    share = jnp.where(bends, length / 2, 0.0)
    mean = (early + late) / 2 - share * (over + beyond)
    moment = np.sqrt(3) / 12 * (late - early) - share * (over * (near - 0.5) + beyond * (far - 0.5))
    full = above & after
    return jnp.where(full, 1.0, mean), jnp.where(full, 0.0, moment)


def carry(q: Array, a: Array, mean: Array, moment: Array, h: Array, s: Step) -> tuple[Array, Array, Array]:
    """Return Q and A at the end of a step, and A in its middle, for these averages of the self-renewal."""
    lean = jnp.clip(h * (2 - s.mutation) * s.division * moment, -0.9, 0.9)
    half = h / 2
    qq, qa, aq, aa = exponential(
        -half * s.leave, half * s.rest * (1 - lean), half * s.wake * (1 + lean), half * growth(mean, s)
    )
    q_half, a_half = qq * q + qa * a, aq * q + aa * a
    q_end, a_end = qq * q_half + qa * a_half, aq * q_half + aa * a_half
    # Mutants enter all along the step: Simpson's rule, each share carried on by the clone's own exponential.
    rate = h / 6 * s.mutation * s.division
    early, amid, late = (
        _to_resistant(rate * share * amount)
        for share, amount in ((mean - 6 * moment, a), (4 * mean, a_half), (mean + 6 * moment, a_end))
    )
    resting, active = qa * early, aa * early + amid
    q_end = q_end + qq * resting + qa * active
    a_end = a_end + aq * resting + aa * active + late
    a_half = a_half + 1.5 * aa * early + 0.375 * amid  # trapezium
    return q_end, a_end, a_half


def hermite(start: Array, end: Array, first: Array, last: Array) -> Path:
    """Return the cubic through two values with two slopes per step, in powers of the share of the step."""
    jump = end - start
    return start, first, 3 * jump - 2 * first - last, first + last - 2 * jump
