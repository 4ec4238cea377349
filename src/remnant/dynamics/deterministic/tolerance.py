"""Courses to a stated accuracy: steps are refined where they must be, or the request is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.batches import solve_batch
from remnant.dynamics.deterministic.plan import Grid, Plan, make_grid, stack_plans
from remnant.dynamics.model.check import check_states
from remnant.dynamics.model.packed import Packed
from remnant.dynamics.model.parameters import Structure
from remnant.errors import Fault, ToleranceError

Array = NDArray[np.float64]
ROUNDS, MOST_STEPS, MOST_PIECES = 10, 1 << 14, 8
FINEST = 1e-10  # below this, rounding decides


@dataclass(frozen=True)
class Followed:
    """Courses and how well they are known.

    Parameters
    ----------
    states : ndarray, shape (patients, times, 3, 3 + stages)
        In healthy pools.
    error : ndarray, shape (patients,)
        Largest distance to the same course in steps twice as long, relative to all clones of a compartment;
        the states themselves are nearer to the truth, by about 15 times.
    plan : Plan
        The steps that were enough, stacked over patients: gradients along them belong to these states.
    """

    states: Array
    error: Array
    plan: Plan


def follow(
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    days: ArrayLike,
    initial: ArrayLike,
    *,
    structure: Structure | None = None,
    tolerance: float = 1e-6,
) -> Followed:
    """Follow patients through one calendar to a tolerance.

    Every course is computed twice, on a grid and in steps half as long. Where the two disagree, the steps
    whose own correction was largest are cut, until they agree.

    Parameters
    ----------
    packed : Packed
        Rates and effects.
    edges, doses : array_like, shapes (segments + 1,) and (segments, drugs)
        Days and relative doses, as from `Therapy.segments`.
    days : array_like, shape (times,)
        When to look, rising, from `edges[0]` to `edges[-1]`.
    initial : array_like, shape (patients, 3, 3 + stages)
        State on `edges[0]`.
    structure : Structure, optional
        By default the niche's feedback and as many mature stages as `initial` has.
    tolerance : float, default 1e-6
        Of every state, relative to all clones of its compartment; from 1e-10.

    Raises
    ------
    SettingError
        If the calendar, the days or the states are impossible.
    ToleranceError
        If the tolerance cannot be met, a number is not finite, or a clone falls below zero.
    """
    if not FINEST <= tolerance < 1:
        hint = "1e-6 is far below what any count can tell"
        raise ToleranceError([Fault("follow", None, "tolerance", f"{tolerance:g}", f"{FINEST:g} to 1", hint)])
    structure = structure or Structure(stages=np.shape(initial)[-1] - 3)
    states = check_states(initial, len(packed), structure)
    grids = [make_grid(edges, doses, days)] * len(packed)
    best: list[tuple[Array, float, Grid]] = [(np.empty(0), np.inf, grids[0])] * len(packed)
    open_: list[int] = list(range(len(packed)))
    for _ in range(ROUNDS):
        halves = [grids[i].refined(2) for i in open_]
        coarse, corrections = _solve(packed, states, open_, [grids[i] for i in open_], structure)
        fine, _ = _solve(packed, states, open_, halves, structure)
        still = []
        for i, rough, good, moved, half in zip(open_, coarse, fine, corrections, halves, strict=True):
            error, before = _distance(rough, good), best[i][1]
            best[i] = good, error, half
            if not error <= tolerance:
                still.append(i)
                cut = _refine(grids[i], moved[: len(grids[i].days)], tolerance / error)
                # Corrections are those of the stems: where what follows them is at fault, every step is cut.
                helps = len(cut.days) > len(grids[i].days) and error < before / 2
                grids[i] = cut if helps else grids[i].refined(2)
        open_ = still
        if not open_ or max(len(grids[i].days) for i in open_) > MOST_STEPS:
            break
    _refuse(open_, best, tolerance)
    answer = np.stack([good for good, _, _ in best])
    plan = stack_plans([half.plan(structure=structure) for _, _, half in best])
    return Followed(np.maximum(answer, 0.0), np.array([error for _, error, _ in best]), plan)


def _solve(
    packed: Packed, states: Array, who: Sequence[int], grids: Sequence[Grid], structure: Structure
) -> tuple[Array, Array]:
    """Solve for some patients, padded to powers of two: few shapes to compile."""
    plans = [grid.plan(structure=structure) for grid in grids]
    count = _power(len(who))
    rows = [*who, *[who[0]] * (count - len(who))]
    plans += [plans[0]] * (count - len(who))
    steps = _power(max(plan.steps for plan in plans), 256)
    kinds = _power(1 + max(len(plan.months) for plan in plans), 32)
    stacked = stack_plans(plans, steps=steps, kinds=kinds)
    answer = solve_batch(packed.rates[rows], packed.effects[rows], states[rows], stacked)
    good, corrections = (np.asarray(x)[: len(who)] for x in answer)
    return good, corrections


def _power(count: int, least: int = 1) -> int:
    return max(least, 1 << (count - 1).bit_length())


def _distance(rough: Array, good: Array) -> float:
    """Largest difference of a state, relative to all clones of its compartment."""
    whole = np.maximum(np.abs(good).sum(axis=1, keepdims=True), 1e-300)
    with np.errstate(all="ignore"):
        return float(np.max(np.abs(rough - good) / whole)) if np.isfinite(good).all() else np.inf


def _refine(grid: Grid, moved: Array, wanted: float) -> Grid:
    """Cut the steps whose correction stands out, so that the largest shrinks by about what is wanted."""
    share = np.nan_to_num(moved, nan=np.inf) / max(
        float(np.max(moved, initial=0.0, where=moved < np.inf)), 1e-300
    )
    pieces = np.ceil((2 * share / max(wanted, 1e-9)) ** 0.25)
    return grid.refined(np.clip(pieces, 1, MOST_PIECES).astype(int))


def _refuse(missed: Sequence[int], best: Sequence[Any], tolerance: float) -> None:
    faults = []
    for i, (good, error, grid) in enumerate(best):
        place = f"patient {i + 1}"
        if not np.isfinite(good).all():
            hint = "look for a rate or a dose far beyond the others"
            faults.append(Fault("follow", None, place, "a state that is not finite", "numbers", hint))
        elif i in missed:
            hint = "ask for less, or check for a rate beyond its bounds"
            found = f"{error:.1e} with {len(grid.days):,} steps"
            faults.append(Fault("follow", None, place, found, f"an error up to {tolerance:g}", hint))
        elif np.any(good < -tolerance * np.abs(good).sum(axis=1, keepdims=True)):
            hint = "ask for a smaller tolerance"
            faults.append(Fault("follow", None, place, "a fraction outside 0 to 1", "fractions", hint))
    if faults:
        raise ToleranceError(faults)
