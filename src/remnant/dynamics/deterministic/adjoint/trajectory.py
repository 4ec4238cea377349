"""`cascade.trajectory` in compiled steps with a gradient derived by hand, for `jit`, `vmap` and `grad`."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from remnant.dynamics.deterministic.adjoint.calls import follow, pull_back
from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import Plan
from remnant.dynamics.deterministic.precision import assert_double

_FOLLOW, _PULL_BACK = "remnant_follow", "remnant_pull_back"
_COMPILED = {_FOLLOW: follow, _PULL_BACK: pull_back}


def fast_trajectory(rates: Array, effects: Array, initial: Array, plan: Plan) -> tuple[Array, Array]:
    """Follow one patient along a plan: `cascade.trajectory`, several times faster with its gradient.

    Its arguments and its answer are those of `trajectory`. Steps are compiled by numba, and the gradient is
    derived by hand, exact for the numbers computed. Under `jax.vmap` all patients are one call. It has no
    derivatives forwards (`jax.jvp`) nor second ones: `trajectory` has; and none by the lengths and doses of
    the plan. Where self-renewal listens to mature cells, and on an accelerator, it is `trajectory`.

    States are continuous in every number. Where a course meets the cap of self-renewal their gradient jumps,
    so the error of leapfrog steps falls slower than the square of their length; a sampler stays exact.
    """
    assert_double()
    if plan.structure.feedback != "niche" or jax.default_backend() != "cpu":
        return trajectory(rates, effects, initial, plan)
    patient = (jnp.asarray(x, dtype=float) for x in (rates, effects, initial))
    steps = (jnp.asarray(x, dtype=float) for x in (plan.months, plan.doses))
    places = (jnp.asarray(x, dtype=jnp.int32) for x in (plan.kinds, plan.visits))
    return _follow(*patient, *steps, *places, jnp.full(1, plan.order, dtype=jnp.int32))


@jax.custom_vjp
def _follow(*given: Array) -> tuple[Array, Array]:
    states, error = _call(_FOLLOW, _answers(given), given)
    return states, error


def _answers(given: tuple[Array, ...]) -> tuple[jax.ShapeDtypeStruct, ...]:
    initial, kinds, visits = given[2], given[5], given[6]
    return _double(*visits.shape, *initial.shape), _double(*kinds.shape)


def _double(*shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.float64)


def _call(name: str, answers: tuple[jax.ShapeDtypeStruct, ...], given: tuple[Array, ...]) -> Any:
    _register(name)
    # Not `jax.pure_callback`: it waits for copies of its arguments that XLA, with one thread, never makes.
    return jax.ffi.ffi_call(name, answers, vmap_method="broadcast_all")(*given)


@cache
def _register(name: str) -> None:
    """Make compiled steps known to XLA."""
    jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(_COMPILED[name]().address), platform="cpu")


def _follow_and_keep(*given: Array) -> tuple[tuple[Array, Array], Any]:
    initial, kinds = given[2], given[5]
    every = _double(1 + kinds.shape[0], initial.shape[1], 3)
    states, error, every_state = _call(_FOLLOW, (*_answers(given), every), given)
    return (states, error), (given, every_state)


def _pull_back(kept: Any, pull: tuple[Array, Array]) -> tuple[Array | None, ...]:
    (rates, effects, initial, *steps), every = kept
    answers = tuple(_double(*x.shape) for x in (rates, effects, initial))
    pushes = _call(_PULL_BACK, answers, (rates, effects, *steps, every, pull[0]))
    return (*pushes, *[None] * len(steps))


_follow.defvjp(_follow_and_keep, _pull_back)
