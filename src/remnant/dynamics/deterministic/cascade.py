"""The courses of three clones, differentiable: exponential stems, exact filters below them.

A log density for inference stands on `trajectory` in a few lines, one patient at a time::

    def fractions(theta, plan):                         # theta: the patient's own numbers
        states, _ = trajectory(*to_model(theta), plan)  # rates, effects and start, by the caller
        return states[:, 1:].sum(1) / states.sum(1)     # (times, compartments)

    def log_density(x, plans, counts):                  # plans stacked by `stack_plans`
        theta = centre(x) + spread(x) * x.own           # (patients, directions), non-centred
        seen = jax.vmap(fractions)(theta, plans)
        return log_prior(x) + counts.log_likelihood(seen).sum()

    gradient = jax.jit(jax.value_and_grad(log_density))
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax

from remnant.dynamics.deterministic.filters import POWERS, quartic, transfer
from remnant.dynamics.deterministic.linearised import accumulate, march
from remnant.dynamics.deterministic.plan import Plan
from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.deterministic.stems import (
    Step,
    averages,
    carry,
    hermite,
    renewal,
    slopes,
    total,
    turning,
    under,
)
from remnant.dynamics.model.packed import MATURE_LOSS, PROGENITOR_KILL, PROGENITOR_LOSS

TINY = 1e-300


def trajectory(rates: Array, effects: Array, initial: Array, plan: Plan) -> tuple[Array, Array]:
    """Follow one patient along a plan; pure, for `jax.jit`, `jax.vmap` and derivatives of both modes.

    Parameters
    ----------
    rates : Array, shape (9, 3)
        A row of `Packed.rates`.
    effects : Array, shape (drugs, 5, 3)
        A row of `Packed.effects`.
    initial : Array, shape (3, 3 + stages)
        State at the start of the plan, in healthy pools.
    plan : Plan
        Steps and visits.

    Returns
    -------
    states : Array, shape (times, 3, 3 + stages)
        Clones by Q, A, P, M1..Mk at the visits.
    error : Array, shape (steps,)
        How far the last correction of each step moved its answer, relative to each clone's stem cells (with
        mature feedback also to the mature cells of all clones). It is of lower order than the answer, so the
        sum is far above the error; it carries no gradient.

    Raises
    ------
    PrecisionError
        If JAX is not in double precision.
    """
    assert_double()
    felt = jnp.einsum("kd,dec->eck", plan.doses, effects)
    months, stages = jnp.asarray(plan.months), initial.shape[-1] - 3
    kernels = transfer(
        (rates[PROGENITOR_LOSS][:, None] + felt[PROGENITOR_KILL]) * months,
        rates[MATURE_LOSS][:, None] * months * stages,
        stages,
        plan.halvings,
    )
    niche = plan.structure.feedback == "niche"
    follow = partial(_with_niche, order=plan.order) if niche else _with_mature
    turnover = jnp.broadcast_to((rates[MATURE_LOSS] * stages)[:, None], (3, len(months)))
    states, error = follow(initial, plan.kinds, months, under(rates, felt), kernels, turnover)
    every = jnp.concatenate([initial.T[..., None], states], axis=-1)
    return jnp.transpose(every[..., plan.visits], (2, 1, 0)), lax.stop_gradient(error)


def _with_niche(
    initial: Array, kinds: Array, months: Array, s: Step, kernels: Array, _: Array, *, order: int
) -> tuple[Array, Array]:
    """Stems first, since nothing below them answers; then all filters at once."""
    first = initial[:, :2].T
    after = march(partial(_stems, order=order), first.reshape(6), (months, s), kinds)
    q1, a1, middle = after[:3], after[3:6], after[6:9]
    q0, a0 = (jnp.concatenate([x[:, None], y[:, :-1]], axis=1) for x, y in zip(first, (q1, a1), strict=True))
    h, now = jax.tree.map(lambda leaf: leaf[..., kinds], (months, s))
    loads = total(q0 + a0), total(q1 + a1)
    rises = [
        total(jnp.add(*slopes(q, a, renewal(load, now), now)))
        for q, a, load in zip((q0, q1), (a0, a1), loads, strict=True)
    ]
    flow = _inflow(((q0, a0), (q1, a1)), loads, rises, middle, h, now)
    kernel = kernels[..., kinds]
    fed = h * jnp.einsum("rqcn,qcn->rcn", kernel[:, :POWERS], flow)
    followers = accumulate(
        jnp.moveaxis(kernel[:, POWERS:], -1, 0), jnp.moveaxis(fed, -1, 0), initial[:, 2:].T
    )
    states = jnp.concatenate([q1[None], a1[None], jnp.moveaxis(followers, 0, -1)])
    return states, after[9]


def _stems(state: Array, given: tuple[Array, Step], order: int = 4) -> Array:
    """Predict the load by its Taylor series, step, correct it by the cubic through both ends, step again."""
    h, s = given
    q, a = state[:3], state[3:]
    load = total(q + a)
    p = renewal(load, s)
    dq, da = slopes(q, a, p, s)
    rise = total(dq + da)
    bend = (s.wake - s.leave) * dq + ((2 * p - 1) * s.division - s.kill) * da
    turn = total(bend + 2 * s.division * turning(load, rise, s) * a)
    guess = load, h * rise, h * h * turn / 2, jnp.zeros_like(load)
    if order == 4:
        q1, a1, _ = carry(q, a, *averages(guess, s), h, s)
        end = total(q1 + a1)
        pace = total(jnp.add(*slopes(q1, a1, renewal(end, s), s)))
        guess = hermite(load, end, h * rise, h * pace)
    mean, moment = averages(guess, s)
    q2, a2, half = carry(q, a, mean, moment, h, s)
    late = renewal(total(q2 + a2), s)
    middle = _middle(half, (q, a, p), (q2, a2, late), mean, moment, h, s)
    before = (q1, a1) if order == 4 else (q2, a2 * sum(guess) / total(q2 + a2))
    gap = (jnp.abs(q2 - before[0]) + jnp.abs(a2 - before[1])) / jnp.maximum(q2 + a2, TINY)
    return jnp.concatenate([q2, a2, middle, lax.stop_gradient(gap).max(0)[None]])


def _middle(
    half: Array, start: Sequence[Array], end: Sequence[Array], mean: Array, moment: Array, h: Array, s: Step
) -> Array:
    """Return A half-way: of the averaged step, plus the cubic through what its slopes miss at the ends."""
    (q0, a0, p0), (q1, a1, p1) = start, end
    strength = (2 - s.mutation) * s.division
    missed = strength * ((p0 - mean) * a0 - (p1 - mean) * a1)
    return half + h / 8 * (missed - s.wake * h * strength * moment * (q0 - q1))


def _inflow(
    stems: Sequence[tuple[Array, Array]],
    loads: Sequence[Array],
    rises: Sequence[Array],
    middle: Array,
    h: Array,
    s: Step,
) -> Array:
    """Return the inflow of progenitors as powers: a quartic through ends, their slopes, and the middle."""
    values, changes = [], []
    for (q, a), load, rise in zip(stems, loads, rises, strict=True):
        p = renewal(load, s)
        _, da = slopes(q, a, p, s)
        values.append(s.inflow * (1 - p) * a)
        changes.append(h * s.inflow * ((1 - p) * da - turning(load, rise, s) * a))
    load = (loads[0] + loads[1]) / 2 + h / 8 * (rises[0] - rises[1])
    amid = s.inflow * (1 - renewal(load, s)) * middle
    return quartic(values[0], amid, values[1], *changes)


def _filtered(kernel: Array, flow: Array, followers: Array, h: Array) -> Array:
    """Return P and the mature stages after a step, shape (1 + stages, 3, ...)."""
    fed = (kernel[:, :POWERS] * flow).sum(1)
    return h * fed + (kernel[:, POWERS:] * followers).sum(1)


def _with_mature(
    initial: Array, kinds: Array, months: Array, s: Step, kernels: Array, turnover: Array
) -> tuple[Array, Array]:
    """All together, since stems answer to mature cells."""
    first = initial.T.reshape(-1)
    after = march(_everything, first, (months, s, kernels, turnover), kinds)
    return after[:-1].reshape(-1, 3, after.shape[-1]), after[-1]


def _everything(state: Array, given: tuple[Array, Step, Array, Array]) -> Array:
    """Predict the mature cells by a linear inflow, step the stems, filter; correct both once more."""
    h, s, kernel, turnover = given
    cells = state.reshape(-1, 3, *state.shape[1:])
    q, a, followers = cells[0], cells[1], cells[2:]

    def heard(after: Array) -> tuple[Array, Array]:
        return total(after[-1]), total(turnover * (after[-2] - after[-1]))

    load, rise = heard(followers)
    p = renewal(load, s)
    da = slopes(q, a, p, s)[1]
    change = h * s.inflow * ((1 - p) * da - turning(load, rise, s) * a)
    flow = jnp.zeros((POWERS, *q.shape)).at[-2:].set(jnp.stack([change, s.inflow * (1 - p) * a]))
    guess = _filtered(kernel, flow, followers, h)
    q1, a1, after = q, a, guess
    for _ in range(2):
        guess = after
        end, pace = heard(guess)
        mean, moment = averages(hermite(load, end, h * rise, h * pace), s)
        q1, a1, half = carry(q, a, mean, moment, h, s)
        middle = _middle(half, (q, a, p), (q1, a1, renewal(end, s)), mean, moment, h, s)
        flow = _inflow(((q, a), (q1, a1)), (load, end), (rise, pace), middle, h, s)
        after = _filtered(kernel, flow, followers, h)
    gap = (jnp.abs(after - guess) / jnp.maximum(after.sum(1, keepdims=True), TINY)).max((0, 1))
    whole = jnp.concatenate([q1[None], a1[None], after])
    return jnp.concatenate([whole.reshape(-1, *q.shape[1:]), lax.stop_gradient(gap)[None]])
