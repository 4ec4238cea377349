"""The state of a cohort on the way: stem cells as counts, their followers in healthy pools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.parameters import Array

Words = NDArray[np.uint64]
START = 3  # purpose of the numbers that round the first state


@dataclass(frozen=True)
class Cells:
    """One row per patient.

    Parameters
    ----------
    stems : ndarray, shape (n, 3, 2)
        Quiescent and active stem cells of each clone, in cells; whole numbers where a clone is small.
    followers : ndarray, shape (n, 3, 1 + stages)
        Progenitors and mature stages, in healthy pools.
    events : ndarray of uint64, shape (n,)
        How many numbers of each patient's stream of stem events are read.
    """

    stems: Array
    followers: Array
    events: Words

    def __len__(self) -> int:
        """Count the patients."""
        return len(self.stems)


def cells_of(states: Array, stem_cells: ArrayLike, *, seed_key: int, patients: Words, draw: int = 0) -> Cells:
    """Turn states in healthy pools, as from `baseline`, into cells.

    Every count is rounded up or down with the chances that keep its mean: a fraction of 1e-6 among 1e5 stem
    cells is one cell in one patient of ten, not a tenth of a cell in each.

    Parameters
    ----------
    states : ndarray, shape (n, 3, 3 + stages)
        In healthy pools.
    stem_cells : array_like, shape () or (n,)
        Stem cells of the healthy pool.
    seed_key, patients, draw : int, ndarray of uint64 (n,), int
        Whose stream rounds, as for `remnant.scale.philox.uniforms`.

    Returns
    -------
    Cells
        With no number of the stream of events read.
    """
    from remnant.scale.philox import uniforms

    pools = np.broadcast_to(np.asarray(stem_cells, float), len(states))
    wanted = states[..., :2] * pools[:, None, None]
    chance = uniforms(seed_key, patients, draw=draw, purpose=START, count=6).reshape(-1, 3, 2)
    stems = np.floor(wanted) + (chance < wanted - np.floor(wanted))
    return Cells(stems, np.array(states[..., 2:], float), np.zeros(len(states), np.uint64))


def states_of(cells: Cells, stem_cells: ArrayLike) -> Array:
    """Return the same in healthy pools, shape (n, 3, 3 + stages)."""
    pools = np.broadcast_to(np.asarray(stem_cells, float), len(cells))
    return np.concatenate([cells.stems / pools[:, None, None], cells.followers], axis=-1)
