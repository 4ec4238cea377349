"""Modes and valleys of one density, found on a histogram and judged against counting error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.float64]
BINS = 256
SIGNIFICANT = 3.0  # standard errors by which a valley must lie below both of its shoulders
_LEAST_DRAWS = 0.8  # share of resamples that must show the valley too


@dataclass(frozen=True)
class Valley:
    """A valley between two modes, with the interval of its place under resampling."""

    value: float
    lower: float
    upper: float
    left_mode: float
    right_mode: float


@dataclass(frozen=True)
class Mode:
    """The highest mode and the standard deviation of its upper flank, with intervals under resampling."""

    cut: float
    lower: float
    upper: float


def find_valley(
    values: Floats, *, rng: np.random.Generator, draws: int, confidence: float, deepest: bool = True
) -> Valley | None:
    """Find the valley that parts a density, or None if there is none that counting error allows.

    A Gaussian kernel (Silverman's width) smooths a histogram; a minimum is a valley if its expected
    count per kernel lies `SIGNIFICANT` Poisson standard errors below the modes beside it. Shallower
    ones are filled first, the shallowest before the others, so that ripples do not hide a valley.

    Parameters
    ----------
    values : ndarray, shape (events,)
        On the scale of display; NaN are left out.
    rng : Generator
        Draws the resamples (multinomial, so the order of events does not matter).
    draws : int
        Number of resamples.
    confidence : float
        Coverage of the interval.
    deepest : bool, default True
        Take the deepest valley; else the leftmost.

    Returns
    -------
    Valley or None
    """
    counts, grid = _histogram(values)
    if counts.sum() < 2:
        return None
    width = _kernel_width(values, grid)
    # A gentle dip is only seen with a wider kernel; the narrowest that shows a valley is kept.
    widths = (width, 2 * width, 4 * width)
    width = next((w for w in widths if _choose(counts, w, deepest) is not None), width)
    best = _choose(counts, width, deepest)
    if best is None:
        return None
    places = []
    for sample in rng.multinomial(int(counts.sum()), counts / counts.sum(), size=draws):
        again = _choose(sample.astype(float), width, deepest)
        # Another valley than this one says nothing about the place of this one.
        if again is not None and best[0] < again[1] < best[2]:
            places.append(grid[again[1]])
    if len(places) < _LEAST_DRAWS * draws:
        return None
    lower, upper = np.quantile(places, [(1 - confidence) / 2, (1 + confidence) / 2])
    left, middle, right = (float(grid[place]) for place in best)
    return Valley(middle, min(float(lower), middle), max(float(upper), middle), left, right)


def cut_below_mode(
    values: Floats, widths: float, *, rng: np.random.Generator, draws: int, confidence: float
) -> Mode:
    """Cut `widths` standard deviations below the highest mode; the width is that of the upper flank.

    The upper flank alone is used because the lower one is mixed with the cells to be cut off. Half of
    a normal distribution has its median at 0.6745 standard deviations from the mode.
    """
    counts, grid = _histogram(values)
    width = _kernel_width(values, grid)
    samples = rng.multinomial(int(counts.sum()), counts / counts.sum(), size=draws).astype(float)
    cuts = [_mode_cut(sample, grid, width, widths) for sample in samples]
    lower, upper = np.quantile(cuts, [(1 - confidence) / 2, (1 + confidence) / 2])
    cut = _mode_cut(counts, grid, width, widths)
    return Mode(cut, min(float(lower), cut), max(float(upper), cut))


def _histogram(values: Floats) -> tuple[Floats, Floats]:
    """Count finite values in equal bins; the lowest 0.05 %, far negative outliers, are left out."""
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        return np.zeros(BINS), np.arange(BINS, dtype=float)
    # The top is not trimmed: a rare bright population may be all there is up there.
    low, high = float(np.quantile(finite, 0.0005)), float(finite.max())
    if not high > low:
        return np.zeros(BINS), np.arange(BINS, dtype=float)
    pad = 0.05 * (high - low)
    edges = np.linspace(low - pad, high + pad, BINS + 1)
    return np.histogram(finite, edges)[0].astype(float), (edges[1:] + edges[:-1]) / 2


def _kernel_width(values: Floats, grid: Floats) -> float:
    """Silverman's width in bins, from the interquartile range, so that tails do not blur the valley."""
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [0.25, 0.75])
    spread = min(float(np.std(finite)), (high - low) / 1.349) or float(np.std(finite))
    width = 0.9 * spread * len(finite) ** -0.2 / (grid[1] - grid[0])
    return float(np.clip(width, 2.0, 12.0))


def _choose(counts: Floats, width: float, deepest: bool) -> tuple[int, int, int] | None:
    """Return the bins of left mode, valley and right mode."""
    smooth = gaussian_filter1d(counts, width, mode="constant")
    effective = smooth * width * 2 * np.sqrt(np.pi)  # expected events under the kernel
    hills, valleys = _merge(*_extremes(smooth), effective)
    if not valleys:
        return None
    n = int(np.argmin(smooth[valleys])) if deepest else 0
    return hills[n], valleys[n], hills[n + 1]


def _extremes(smooth: Floats) -> tuple[list[int], list[int]]:
    """List the bins of hills and of the valleys between them; a flat stretch counts once, at its middle."""
    steps = np.flatnonzero(np.diff(smooth)) + 1
    begins, ends = np.r_[0, steps], np.r_[steps, len(smooth)]
    middles, heights = (begins + ends - 1) // 2, smooth[begins]
    rising = np.r_[True, np.diff(heights) > 0, False]
    tops = rising[:-1] & ~rising[1:]
    bottoms = ~rising[:-1] & rising[1:]
    return middles[tops].tolist(), middles[bottoms].tolist()


def _merge(hills: list[int], valleys: list[int], effective: Floats) -> tuple[list[int], list[int]]:
    """Fill the shallowest valley, with the lower hill beside it, until all that are left are significant."""
    hills, valleys = list(hills), list(valleys)
    while valleys:
        floor = effective[valleys]
        shoulder = np.minimum(effective[hills[:-1]], effective[hills[1:]])
        depth = (shoulder - floor) / np.sqrt(shoulder + floor + 1)
        n = int(np.argmin(depth))
        if depth[n] > SIGNIFICANT:
            break
        valleys.pop(n)
        hills.pop(n if effective[hills[n]] < effective[hills[n + 1]] else n + 1)
    return hills, valleys


def _mode_cut(counts: Floats, grid: Floats, width: float, widths: float) -> float:
    smooth = gaussian_filter1d(counts, width, mode="constant")
    mode = int(np.argmax(smooth))
    flank = np.cumsum(counts[mode:])
    half = int(np.searchsorted(flank, flank[-1] / 2))
    sigma = (half + 0.5) * (grid[1] - grid[0]) / 0.6745
    return float(grid[mode] - widths * sigma)
