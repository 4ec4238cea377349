"""One compiled program that makes transitions of NUTS, and nothing else that holds the density.

The gradient of a density can take XLA longer to compile than many draws take to make. NumPyro's kernel holds
it once; the start, the climb to it and the curvature there are asked of the same program (`evaluate`), and
the lengths of warm-up and sampling are not in it. A density whose data are leaves of a pytree, such as
``jax.tree_util.Partial(function, data)``, is compiled once for all data of the same shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.tree_util import Partial
from numpyro.infer.hmc import HMCState, hmc  # type: ignore[import-untyped]
from numpyro.infer.util import ParamInfo  # type: ignore[import-untyped]

from remnant.dynamics.deterministic.precision import assert_double

Density = Callable[[Array], Array]

ROWS = 64  # transitions of one call at most
UNKNOWN = 1e300  # potential of a point that was not looked at: any other is better
ADAPTING, FIXED, WARMUP = 0, 2, 2  # NumPyro adapts the step size while its counter is below WARMUP


class State(NamedTuple):
    """Where a chain is, and all that its next transition depends on.

    Parameters
    ----------
    position, gradient : ndarray, shape (d,)
        A point, and the gradient of the potential there, which is the log density with its sign changed.
    potential : ndarray, shape ()
        At the point.
    key : ndarray of uint32, shape (2,)
        Of the chance that is still to come.
    step : ndarray, shape ()
        Length of a leapfrog step.
    inverse_mass, momentum : ndarray, shape (d, d)
        Inverse of the mass matrix, and a root of the mass matrix, by which a momentum is drawn.
    averaging : ndarray, shape (5,)
        Dual averaging of the log step size (Hoffman & Gelman 2014, section 3.2): its last and its average
        iterate, the average of acceptance less its target, the count, and the point it is drawn to.
    """

    position: Any
    gradient: Any
    potential: Any
    key: Any
    step: Any
    inverse_mass: Any
    momentum: Any
    averaging: Any

    def with_mass(self, inverse_mass: np.ndarray, step: float) -> State:
        """Return the state with another inverse mass matrix, and a step size to be adapted from `step`."""
        upper = np.linalg.cholesky(inverse_mass[::-1, ::-1])[::-1, ::-1]
        averaging = np.array([0.0, 0.0, 0.0, 0.0, np.log(10 * step)])
        momentum = np.ascontiguousarray(np.linalg.inv(upper).T)
        return self._replace(
            step=np.array(step), inverse_mass=inverse_mass, momentum=momentum, averaging=averaging
        )

    def settled(self) -> State:
        """Return the state with the step size that adaptation has come to."""
        return self._replace(step=np.exp(self.averaging[1]))


class Rows(NamedTuple):
    """What transitions came to: arrays whose first axis is the transition."""

    position: Any
    gradient: Any
    potential: Any
    energy: Any
    leapfrogs: Any
    accepted: Any
    diverged: Any


class Kernel:
    """NUTS on one density.

    Parameters
    ----------
    density : callable
        From a flat float64 array (d,) to its log density, a scalar up to a constant; JAX-traceable.
    target_accept : float
        Mean acceptance to which the step size is adapted, in (0, 1).
    max_depth : int
        Most doublings of a tree.
    """

    def __init__(self, density: Density, *, target_accept: float, max_depth: int):
        assert_double()
        is_leaf = jax.tree_util.all_leaves([density])
        self.density: Any = Partial(density) if is_leaf else density  # type: ignore[no-untyped-call]
        self.settings = {"target_accept": target_accept, "max_depth": max_depth}

    def advance(self, state: State, count: int, *, adapt: bool) -> tuple[State, Rows]:
        """Make `count` transitions, at most `ROWS`; return the state behind them, and what they came to."""
        assert 0 <= count <= ROWS
        phase = ADAPTING if adapt else FIXED
        after, rows = jax.device_get(_run(self.density, state, count, phase, **self.settings))
        return after, Rows(*(row[:count] for row in rows))

    def evaluate(self, position: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log density and its gradient at a point; -inf and zeros where either is not finite.

        A transition without momentum and with a step of length 0 stays where it is, looks at the density
        there once, and turns back at once. Any potential is better than `UNKNOWN`, so what it saw is kept.
        """
        after, _ = self.advance(unseen(position, np.zeros(2, np.uint32)), 1, adapt=False)
        potential, slope = float(after.potential), after.gradient
        if potential == UNKNOWN or not (np.isfinite(potential) and np.isfinite(slope).all()):
            return -np.inf, np.zeros_like(slope)
        return -potential, -slope


def unseen(position: np.ndarray, key: np.ndarray) -> State:
    """Return the state of a point that was not looked at: without momentum, and without a step."""
    size = len(position)
    return State(
        np.asarray(position, float),
        np.zeros(size),
        np.array(UNKNOWN),
        np.asarray(key, np.uint32),
        np.array(0.0),
        np.eye(size),
        np.zeros((size, size)),
        np.zeros(5),
    )


@partial(jax.jit, static_argnames=("target_accept", "max_depth"))
def _run(
    density: Density, state: State, count: int, phase: int, *, target_accept: float, max_depth: int
) -> tuple[State, Rows]:
    start, transition = hmc(lambda x: -density(x), algo="NUTS")
    point = ParamInfo(state.position, state.potential, state.gradient)
    fresh = start(
        point,
        WARMUP,
        dense_mass=True,
        adapt_mass_matrix=False,
        target_accept_prob=target_accept,
        max_tree_depth=max_depth,
        rng_key=state.key,
    )

    def step(place: Array, held: tuple[HMCState, Rows]) -> tuple[HMCState, Rows]:
        before, rows = held
        after = transition(before)._replace(i=before.i)  # the phase lasts as long as it is told to
        return after, jax.tree.map(lambda row, new: row.at[place].set(new), rows, _seen(after))

    first = _to_numpyro(state, fresh, phase)
    empty = jax.tree.map(lambda leaf: jnp.zeros((ROWS, *leaf.shape), leaf.dtype), _seen(first))
    last, rows = lax.fori_loop(0, count, step, (first, empty))
    return _from_numpyro(last), rows


def _to_numpyro(state: State, fresh: HMCState, phase: int) -> HMCState:
    *averages, count, centre = state.averaging
    adapted = fresh.adapt_state._replace(
        step_size=state.step,
        inverse_mass_matrix=state.inverse_mass,
        mass_matrix_sqrt=state.momentum,
        ss_state=(*averages, count.astype(int), centre),
    )
    return fresh._replace(i=jnp.asarray(phase), rng_key=state.key, adapt_state=adapted)


def _from_numpyro(state: HMCState) -> State:
    adapted = state.adapt_state
    averaging = jnp.stack([jnp.asarray(part, float) for part in adapted.ss_state])
    return State(
        state.z,
        state.z_grad,
        state.potential_energy,
        state.rng_key,
        adapted.step_size,
        adapted.inverse_mass_matrix,
        adapted.mass_matrix_sqrt,
        averaging,
    )


def _seen(state: HMCState) -> Rows:
    return Rows(
        state.z,
        state.z_grad,
        state.potential_energy,
        state.energy,
        state.num_steps,
        state.accept_prob,
        state.diverging,
    )
