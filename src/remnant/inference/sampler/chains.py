"""What chains came to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Chains:
    """Draws of several chains behind their warm-up, and how each was made.

    Parameters
    ----------
    draws : ndarray, shape (chains, draws, d)
        The points.
    log_density : ndarray, shape (chains, draws)
        There.
    energy : ndarray, shape (chains, draws)
        Of the transition: potential and kinetic energy.
    divergent : ndarray of bool, shape (chains, draws)
        Whether its trajectory left what the step size can follow.
    leapfrogs : ndarray of int, shape (chains, draws)
        Gradients that it took.
    accepted : ndarray, shape (chains, draws)
        Mean acceptance along it.
    step_size : ndarray, shape (chains,)
        Of the leapfrogs.
    inverse_mass : ndarray, shape (chains, d, d)
        Inverse mass matrix: what a warm start of a like density can begin with.
    spent : ndarray of int, shape (chains,)
        Gradients of start and warm-up.
    warmup : int
        Transitions of it.
    max_depth : int
        Most doublings of a tree.
    """

    draws: np.ndarray
    log_density: np.ndarray
    energy: np.ndarray
    divergent: np.ndarray
    leapfrogs: np.ndarray
    accepted: np.ndarray
    step_size: np.ndarray
    inverse_mass: np.ndarray
    spent: np.ndarray
    warmup: int
    max_depth: int

    @property
    def depth(self) -> np.ndarray:
        """How often each tree was doubled, (chains, draws)."""
        doubled: np.ndarray = np.ceil(np.log2(self.leapfrogs + 1)).astype(int)
        return doubled

    @property
    def deepest(self) -> np.ndarray:
        """Whether each tree was as large as it may be, (chains, draws)."""
        deepest: np.ndarray = self.leapfrogs >= 2**self.max_depth - 1
        return deepest

    def flat(self) -> np.ndarray:
        """Return all draws, chain after chain, (chains * draws, d)."""
        return self.draws.reshape(-1, self.draws.shape[-1])
