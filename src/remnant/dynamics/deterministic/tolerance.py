"""Courses to a stated accuracy: the grid is refined where it must be, or the request is refused."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import Grid, Plan, make_grid, stack_plans
from remnant.dynamics.model.parameters import Structure
from remnant.errors import Fault, ToleranceError

Array = NDArray[np.float64]
ROUNDS, MOST_STEPS = 8, 1 << 15


@dataclass(frozen=True)
class Followed:
    """Courses with their accuracy.

    Parameters
    ----------
    states : ndarray, shape (patients, times, 3, 3 + stages)
        In healthy pools.
    error : float
        Largest distance between these and the same on a grid half as fine, relative to all clones of a
        compartment; that of `states` is about 1/15 of it.
    plan : Plan
        The steps that were enough, for gradients along the same.
    """

    states: Array
    error: float
    plan: Plan
