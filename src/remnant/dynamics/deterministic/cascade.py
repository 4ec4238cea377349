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
    stems = (q[:-1], a[:-1]), (q[1:], a[1:])
    loads = [_total(q + a) for q, a in stems]
    rises = [
        _total(sum(slopes(*pair, renewal(load, now), now))) for pair, load in zip(stems, loads, strict=True)
    ]
    flow = jnp.moveaxis(_inflow(stems, loads, rises, middle, h, now), 0, 1)
    kernel = jnp.moveaxis(filters, 2, 0)[plan.kinds]  # (steps, 1 + stages, 5 + 1 + stages, 3)
    fed = h[:, None] * jnp.einsum("nrqc,nqc->nrc", kernel[:, :, :POWERS], flow)

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


def _inflow(stems, loads, rises, middle, h, s) -> Array:
    """Return c_4..c_0 of the inflow of progenitors: a quartic through both ends, their slopes, and the middle."""
    values, changes = [], []
    for (q, a), load, rise in zip(stems, loads, rises, strict=True):
        p = renewal(load, s)
        _, da = slopes(q, a, p, s)
        values.append(s.inflow * (1 - p) * a)
        changes.append(h * s.inflow * ((1 - p) * da - turning(load, rise, s) * a))
    load = (loads[0] + loads[1]) / 2 + h / 8 * (rises[0] - rises[1])
    amid = s.inflow * (1 - renewal(load, s)) * middle
    return quartic(values[0], amid, values[1], *changes)


def _mature(rates, initial, plan, s, months, filters):
    """All together, since stems answer to mature cells: these are predicted, and corrected twice."""
    loss = rates[MATURE_LOSS] * (initial.shape[-1] - 3)
    kernels = jnp.moveaxis(filters, 2, 0)

    def advance(state, kind):
        h, now, kernel = months[kind], jax.tree.map(lambda x: x[kind], s), kernels[kind]
        q, a, followers = state
        load, rise = _total(followers[-1]), _total(loss * (followers[-2] - followers[-1]))
        p = renewal(load, now)
        _, da = slopes(q, a, p, now)
        start = now.inflow * (1 - p) * a
        change = h * now.inflow * ((1 - p) * da - turning(load, rise, now) * a)
        none = jnp.zeros_like(start)
        flow = jnp.stack([none, none, none, change, start])
        q1, a1, guess = q, a, None
        answers = []
        for _ in range(3):
            after = _filtered(kernel, flow, followers, h)
            end, pace = _total(after[-1]), _total(loss * (after[-2] - after[-1]))
            if len(answers) == 2:
                answers.append((q1, a1, after))
                break
            path = hermite(load, end, h * rise, h * pace)
            mean, moment = averages(path, now)
            q1, a1, half = carry(q, a, mean, moment, h, now)
            middle = _middle(half, q, a, q1, a1, p, renewal(end, now), mean, moment, h, now)
            flow = _inflow(((q, a), (q1, a1)), (load, end), (rise, pace), middle, h, now)
            answers.append((q1, a1, after))
        (q1, a1, f1), (q2, a2, f2) = answers[1:]
        return (q2, a2, f2), (q2, a2, f2, jnp.max(jnp.abs(f2 - f1)))

    first = initial[:, 0], initial[:, 1], initial[:, 2:].T
    _, (q, a, followers, gap) = lax.scan(advance, first, plan.kinds)
    after = jnp.concatenate([q[:, None], a[:, None], followers], axis=1)
    states = jnp.concatenate([initial.T[None], after])
    return jnp.moveaxis(states[plan.visits], 1, 2), gap


def _filtered(kernel: Array, flow: Array, followers: Array, h: Array) -> Array:
    """P and the mature stages after a step, shape (1 + stages, 3)."""
    return h * jnp.einsum("rqc,qc->rc", kernel[:, :POWERS], flow) + jnp.einsum(
        "rsc,sc->rc", kernel[:, POWERS:], followers
    )
