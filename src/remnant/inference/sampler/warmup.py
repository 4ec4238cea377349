"""The plan of a warm-up, and the mass matrix that its draws suggest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHORTEST = 80  # transitions; a shorter warm-up keeps its first mass matrix, and adapts the step alone


@dataclass(frozen=True)
class Window:
    """Transitions from `first` up to `last`; at the end the mass matrix is learnt from them if `learns`."""

    first: int
    last: int
    learns: bool


def windows(warmup: int) -> tuple[Window, ...]:
    """Return the windows of a warm-up: one to arrive, some that learn, each longer, one for the step size.

    Examples
    --------
    >>> [(window.last, window.learns) for window in windows(200)]
    [(30, False), (80, True), (160, True), (200, False)]
    >>> windows(50)
    (Window(first=0, last=50, learns=False),)
    """
    if warmup < SHORTEST:
        return (Window(0, warmup, False),) if warmup else ()
    edges = [round(warmup * share) for share in (0, 0.15, 0.4, 0.8, 1)]
    learns = (False, True, True, False)
    return tuple(Window(*edge, learn) for *edge, learn in zip(edges, edges[1:], learns, strict=False))


def learnt(positions: np.ndarray, gradients: np.ndarray, before: np.ndarray, *, dense: bool) -> np.ndarray:
    """Return an inverse mass matrix from the draws of a window."""
    count, size = positions.shape
    covariance = np.cov(positions.T).reshape(size, size)
    if not dense:
        return np.diag((count * np.diag(covariance) + 5e-3) / (count + 5))
    weight = count / (count + size)
    return weight * covariance + (1 - weight) * before
