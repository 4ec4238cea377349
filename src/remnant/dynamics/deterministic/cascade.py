"""The courses of three clones, differentiable: exponential stems, exact filters below them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array, lax

from remnant.dynamics.deterministic.filters import POWERS, quartic, transfer
from remnant.dynamics.deterministic.plan import Plan
from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.deterministic.stems import (
    Path,
    Step,
    averages,
    carry,
    growth,
    hermite,
    renewal,
    slopes,
    turning,
    under,
)
from remnant.dynamics.model.packed import MATURE_LOSS, PROGENITOR_KILL, PROGENITOR_LOSS


def trajectory(rates: Array, effects: Array, initial: Array, plan: Plan) -> tuple[Array, Array]:
    """Follow one patient along a plan."""
    assert_double()
    felt = jnp.einsum("kd,dec->kec", plan.doses, effects)
    s, months = under(rates, felt), jnp.asarray(plan.months)
    stages = initial.shape[-1] - 3
    filters = transfer(
        (rates[PROGENITOR_LOSS] + felt[:, PROGENITOR_KILL]) * months[:, None],
        rates[MATURE_LOSS] * stages * months[:, None],
        stages,
        plan.halvings,
    )
    follow = _niche if plan.structure.feedback == "niche" else _mature
    states, errors = follow(rates, initial, plan, s, months, filters)
    return states, errors


def _niche(rates, initial, plan, s, months, filters):
    """Stems first, since nothing below them answers; then all filters at once."""

    def advance(stems, kind):
        h, now = months[kind], jax.tree.map(lambda x: x[kind], s)
        end, *rest = _stem_step(*stems, h, now)
        return end, (*end, *rest)

    _, (q, a, middle, gap) = lax.scan(advance, (initial[:, 0], initial[:, 1]), plan.kinds)
    q = jnp.concatenate([initial[None, :, 0], q])
    a = jnp.concatenate([initial[None, :, 1], a])
    h, now = months[plan.kinds][:, None], jax.tree.map(lambda x: x[plan.kinds], s)
    flow = _inflow(q[:-1], a[:-1], q[1:], a[1:], middle, h, now)
    kernel = jnp.moveaxis(filters, 2, 0)[plan.kinds]  # (steps, 1 + stages, 5 + 1 + stages, 3)
    fed = h[:, None] * jnp.einsum("nrqc,qnc->nrc", kernel[:, :, :POWERS], flow)

    def pass_on(followers, now):
        kernel, fed = now
        after = jnp.einsum("rsc,sc->rc", kernel, followers) + fed
        return after, after

    first = initial[:, 2:].T
    _, followers = lax.scan(pass_on, first, (kernel[:, :, POWERS:], fed))
    followers = jnp.concatenate([first[None], followers])
    states = jnp.concatenate([q[:, None], a[:, None], followers], axis=1)
    return jnp.moveaxis(states[plan.visits], 1, 2), gap


def _total(x: Array) -> Array:
    return jnp.sum(x, axis=-1, keepdims=True)


def _stem_step(q: Array, a: Array, h: Array, s: Step):
    """Predict the load by its Taylor series, step, correct it by the cubic through both ends, step again."""
    load = _total(q + a)
    p = renewal(load, s)
    dq, da = slopes(q, a, p, s)
    rise = _total(dq + da)
    turn = _total(
        (s.wake - s.leave) * dq
        + ((2 * p - 1) * s.division - s.kill) * da
        + 2 * s.division * turning(load, rise, s) * a
    )
    guess = lambda t: jnp.maximum(load + t * h * (rise + t * h * turn / 2), 0.0)
    q1, a1, _ = carry(q, a, *averages(guess, s), h, s)
    end = _total(q1 + a1)
    dq1, da1 = slopes(q1, a1, renewal(end, s), s)
    path = hermite(load, end, h * rise, h * _total(dq1 + da1))
    mean, moment = averages(path, s)
    q2, a2, half = carry(q, a, mean, moment, h, s)
    gap = (jnp.abs(q2 - q1) + jnp.abs(a2 - a1)) / jnp.maximum(q2 + a2, 1e-300)
    middle = _middle(half, q, a, q2, a2, p, renewal(_total(q2 + a2), s), mean, moment, h, s)
    return (q2, a2), middle, jnp.max(lax.stop_gradient(gap))


def _middle(half, q0, a0, q1, a1, p0, p1, mean, moment, h, s):
    """Mid-step A: the averaged exponential, plus the cubic through what its slopes miss at both ends."""
    lean = h * (2 - s.mutation) * s.division * moment
    missed = (2 - s.mutation) * s.division * ((p0 - mean) * a0 - (p1 - mean) * a1)
    return half + h / 8 * (missed - s.wake * lean * (q0 - q1))


def _inflow(q0, a0, q1, a1, middle, h, s) -> Array:
    """The quartic inflow of progenitors over a step."""
    ends = []
    for q, a in ((q0, a0), (q1, a1)):
        load = _total(q + a)
        p = renewal(load, s)
        dq, da = slopes(q, a, p, s)
        rise = _total(dq + da)
        slope = s.inflow * ((1 - p) * da - turning(load, rise, s) * a)
        ends.append((load, rise, s.inflow * (1 - p) * a, slope))
    (load0, rise0, f0, d0), (load1, rise1, f1, d1) = ends
    load = (load0 + load1) / 2 + h / 8 * (rise0 - rise1)
    amid = s.inflow * (1 - renewal(load, s)) * middle
    return quartic(f0, amid, f1, h * d0, h * d1)


def _mature(rates, initial, plan, s, months, filters):
    raise NotImplementedError
