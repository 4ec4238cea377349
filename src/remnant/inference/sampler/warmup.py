"""The plan of a warm-up, and the mass matrix that its draws suggest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PULL = 1.5  # independent draws for each number, as measured on hierarchies of patients
SMALLEST = 1e-10  # spread that is believed
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
    return tuple(Window(*each) for each in zip(edges, edges[1:], learns, strict=False))


def learnt(positions: np.ndarray, gradients: np.ndarray, *, dense: bool) -> np.ndarray:
    """Return the inverse mass matrix (d, d) that draws and gradients of a window suggest.

    On a normal law the covariance of the draws is the inverse of that of the gradients; between the two lies
    the matrix that brings draws and gradients to the same spread, their geometric mean: it minimises the
    Fisher divergence (Seyboldt, Carlson & Carpenter 2026, arXiv:2603.18845). Each number is first brought to
    its own scale; what fewer draws than numbers cannot tell of correlations is then pulled towards none.

    Parameters
    ----------
    positions, gradients : ndarray, shape (n, d)
        Of the window, at least 2.
    dense : bool
        Whether correlations are learnt.
    """
    scale = np.sqrt(_spread(positions) / _spread(gradients))
    if not dense:
        return np.diag(scale**2)
    ours, theirs = _pulled(positions / scale), _pulled(gradients * scale)
    matrix: np.ndarray = scale[:, None] * _between(ours, np.linalg.inv(theirs)) * scale
    return matrix


def _spread(rows: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each column, above 0 where a chain stood still."""
    spread: np.ndarray = np.maximum(rows.std(0), SMALLEST)
    return spread


def _pulled(rows: np.ndarray) -> np.ndarray:
    """Return the covariance as if `PULL` times as many draws as numbers had been independent."""
    count, size = rows.shape
    away = rows - rows.mean(0)
    pull = PULL * size
    covariance: np.ndarray = (away.T @ away + pull * np.eye(size)) / (count + pull)
    return covariance


def _between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the geometric mean of two covariances."""
    root = _root(first)
    inverse = np.linalg.inv(root)
    middle = root @ _root(inverse @ second @ inverse) @ root
    mean: np.ndarray = (middle + middle.T) / 2
    return mean


def _root(matrix: np.ndarray) -> np.ndarray:
    """Return the square root of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    root: np.ndarray = (vectors * np.sqrt(values)) @ vectors.T
    return root
