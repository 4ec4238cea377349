"""One chain, a stretch at a time, wherever it is worked on: what is behind it and how it goes on."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from functools import lru_cache

import jax
import numpy as np

from remnant.inference.sampler.kernel import ROWS, Kernel, Rows, State, unseen
from remnant.inference.sampler.start import Start, find_start, given_start
from remnant.inference.sampler.warmup import Window, learnt, windows

STEP = 0.5  # first length of a leapfrog step, in units of the scale that the mass matrix gives


@dataclass(frozen=True)
class Plan:
    """Every choice behind a chain.

    Parameters
    ----------
    dimension, warmup, draws, seed : int
        Of the problem and of each chain.
    dense : bool
        Whether the mass matrix is learnt with correlations.
    target_accept : float
        Mean acceptance to which the step size is adapted.
    max_depth : int
        Most doublings of a tree.
    start : ndarray, shape (chains, d), or None
        Where chains begin.
    inverse_mass : ndarray, shape (d, d), or None
        With which mass they begin.
    """

    dimension: int
    warmup: int
    draws: int
    seed: int
    dense: bool
    target_accept: float
    max_depth: int
    start: np.ndarray | None
    inverse_mass: np.ndarray | None

    @property
    def total(self) -> int:
        """Transitions of a chain."""
        return self.warmup + self.draws


@dataclass(frozen=True)
class Progress:
    """A chain so far.

    Parameters
    ----------
    chain, done : int
        Which, and how many of its transitions.
    state : State
        Behind the last of them.
    held : Rows
        Of the window of the warm-up that is under way, else of all draws so far.
    spent : int
        Gradients of start and warm-up.
    """

    chain: int
    done: int
    state: State
    held: Rows
    spent: int


def advance(packed: bytes, plan: Plan, progress: Progress | int, most: int) -> Progress:
    """Make at most `most` further transitions of a chain, or its start where only its number is given.

    Parameters
    ----------
    packed : bytes
        The pickled density.
    plan : Plan
        Of all chains.
    progress : Progress or int
        The chain so far, or its number.
    most : int
        Transitions; none are made beyond the end of a window, or `ROWS`.
    """
    kernel = kernel_of(packed, plan.target_accept, plan.max_depth)
    if isinstance(progress, int):
        return _begun(kernel, plan, progress)
    window = _window(plan, progress.done)
    count = min(most, ROWS, window.last - progress.done)
    adapt = progress.done < plan.warmup
    state, rows = kernel.advance(progress.state, count, adapt=adapt)
    held = Rows(*(np.concatenate(pair) for pair in zip(progress.held, rows, strict=True)))
    spent = progress.spent + int(rows.leapfrogs.sum()) * adapt
    progress = replace(progress, done=progress.done + count, state=state, held=held, spent=spent)
    return _closed(plan, progress, window) if adapt and progress.done == window.last else progress


@lru_cache(maxsize=4)
def kernel_of(packed: bytes, target_accept: float, max_depth: int) -> Kernel:
    """Return the kernel of a pickled density, compiled once in each process."""
    return Kernel(pickle.loads(packed), target_accept=target_accept, max_depth=max_depth)


def _begun(kernel: Kernel, plan: Plan, chain: int) -> Progress:
    chance = np.random.SeedSequence([plan.seed, chain])
    first = _start(kernel, plan, chain, np.random.default_rng(chance.spawn(1)[0]))
    state, rows = kernel.advance(
        unseen(first.position, chance.generate_state(2)), 1, adapt=False
    )  # looks at the point
    state = state.with_mass(first.inverse_mass, STEP)
    return Progress(chain, 0, state, _none(rows), first.spent + 1)


def _start(kernel: Kernel, plan: Plan, chain: int, rng: np.random.Generator) -> Start:
    if plan.start is None:
        return find_start(kernel, plan.dimension, plan.inverse_mass, rng=rng)
    return given_start(kernel, plan.start[chain], plan.inverse_mass)


def _window(plan: Plan, done: int) -> Window:
    """Return the window that the next transition is in; all draws are one."""
    within = [window for window in windows(plan.warmup) if window.first <= done < window.last]
    return within[0] if within else Window(plan.warmup, plan.total, False)


def _closed(plan: Plan, progress: Progress, window: Window) -> Progress:
    """Learn from a window that has ended, and settle the step size where it was the last."""
    state, held = progress.state, progress.held
    if window.learns:
        mass = learnt(held.position, held.gradient, dense=plan.dense)
        state = state.with_mass(mass, float(np.exp(state.averaging[1])))
    if window.last == plan.warmup:
        state = state.settled()
    return replace(progress, state=state, held=_none(held))


def _none(rows: Rows) -> Rows:
    held: Rows = jax.tree.map(lambda row: row[:0], rows)
    return held
