"""Modes and valleys of one density, found on a histogram and judged against counting error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from remnant.cytometry.signal.transform import Logicle

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
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
    values: Floats,
    *,
    rng: np.random.Generator,
    draws: int,
    confidence: float,
    deepest: bool = True,
    scale: Logicle | None = None,
) -> Valley | None:
    """Find the valley that parts a density, or None if there is none that counting error allows.

    A Gaussian kernel (Silverman's width) smooths a histogram; a minimum is a valley if its expected
    count per kernel lies `SIGNIFICANT` Poisson standard errors below the modes beside it. Shallower
    ones are filled first, the shallowest before the others, so that ripples do not hide a valley.

    Parameters
    ----------
    values : ndarray, shape (events,)
        NaN are left out.
    rng : Generator
        Draws the resamples (multinomial, so the order of events does not matter).
    draws : int
        Number of resamples.
    confidence : float
        Coverage of the interval.
    deepest : bool, default True
        Take the deepest valley; else the leftmost.
    scale : Logicle, optional
        Scale on which the density is looked at; that of `values` by default.

    Returns
    -------
    Valley or None
        On `scale`.
    """
    counts, grid = _histogram(values, scale)
    if counts.sum() < 2:
        return None
    width = _kernel_width(counts)
    # A gentle dip is only seen with a wider kernel; the narrowest that shows a valley is kept.
    for kernel in (width, 2 * width, 4 * width):
        best = _choose(counts[None], kernel, deepest)
        if best.found[0]:
            break
    else:
        return None
    left, middle, right = (int(place[0]) for place in (best.left, best.valley, best.right))
    samples = rng.multinomial(int(counts.sum()), counts / counts.sum(), size=draws).astype(float)
    again = _choose(samples, kernel, deepest)
    # Another valley than this one says nothing about the place of this one.
    same = again.found & (left < again.valley) & (again.valley < right)
    if same.sum() < _LEAST_DRAWS * draws:
        return None
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    lower, upper = np.quantile(grid[again.valley[same]], tails)
    value = float(grid[middle])
    modes = float(grid[left]), float(grid[right])
    return Valley(value, min(float(lower), value), max(float(upper), value), *modes)


def cut_below_mode(
    values: Floats,
    widths: float,
    *,
    rng: np.random.Generator,
    draws: int,
    confidence: float,
    scale: Logicle | None = None,
) -> Mode:
    """Cut `widths` standard deviations below the highest mode; the width is that of the upper flank.

    The upper flank alone is used because the lower one is mixed with the cells to be cut off. Half of
    a normal distribution has its median at 0.6745 standard deviations from the mode.
    """
    counts, grid = _histogram(values, scale)
    width = _kernel_width(counts)
    samples = rng.multinomial(int(counts.sum()), counts / counts.sum(), size=draws).astype(float)
    cuts = _mode_cuts(samples, grid, width, widths)
    lower, upper = np.quantile(cuts, [(1 - confidence) / 2, (1 + confidence) / 2])
    cut = float(_mode_cuts(counts[None], grid, width, widths)[0])
    return Mode(cut, min(float(lower), cut), max(float(upper), cut))


def _histogram(values: Floats, scale: Logicle | None) -> tuple[Floats, Floats]:
    """Count finite values in bins equal on a scale; the lowest 0.05 %, far negative outliers, are left out.

    The edges are taken back to the values, which are many, and not the values to the scale.
    """
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        return np.zeros(BINS), np.arange(BINS, dtype=float)
    # The top is not trimmed: a rare bright population may be all there is up there.
    low, high = float(np.quantile(finite, 0.0005)), float(finite.max())
    if not high > low:
        return np.zeros(BINS), np.arange(BINS, dtype=float)
    if scale is not None:
        low, high = scale.forward([low, high]).tolist()
    pad = 0.05 * (high - low)
    edges = np.linspace(low - pad, high + pad, BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    if scale is None:
        return np.histogram(finite, edges)[0].astype(float), middles
    places = np.searchsorted(scale.inverse(edges), finite, side="right")
    return np.bincount(places, minlength=BINS + 2)[1 : BINS + 1].astype(float), middles


def _kernel_width(counts: Floats) -> float:
    """Silverman's width in bins, from the interquartile range, so that tails do not blur the valley."""
    n, places = counts.sum(), np.arange(len(counts)) + 0.5
    below = np.concatenate([[0.0], np.cumsum(counts)]) / n
    low, high = np.interp([0.25, 0.75], below, np.arange(len(counts) + 1))
    deviation = float(np.sqrt(max(counts @ places**2 / n - (counts @ places / n) ** 2, 0.0)))
    spread = min(deviation, (high - low) / 1.349) or deviation
    return float(np.clip(0.9 * spread * n**-0.2, 2.0, 12.0))


@dataclass(frozen=True)
class _Choice:
    """The valley of each sample and the modes beside it, as bins; meaningless where not `found`."""

    found: NDArray[np.bool_]
    left: Places
    valley: Places
    right: Places


def _choose(counts: Floats, width: float, deepest: bool) -> _Choice:
    """Choose the valley of every sample at once; `counts` has shape (samples, bins)."""
    smooth = gaussian_filter1d(counts, width, axis=-1, mode="constant")
    effective = smooth * width * 2 * np.sqrt(np.pi)  # expected events under the kernel
    hills, valleys, number = _merge(*_extremes(smooth), effective)
    rows = np.arange(len(counts))
    heights = np.where(_filled(valleys, number), np.take_along_axis(smooth, valleys, axis=1), np.inf)
    n = np.argmin(heights, axis=1) if deepest else np.zeros(len(counts), dtype=np.intp)
    return _Choice(number > 0, hills[rows, n], valleys[rows, n], hills[rows, n + 1])


def _filled(places: Places, number: Places) -> NDArray[np.bool_]:
    """Which columns of each row are in use: the first `number`."""
    return np.asarray(np.arange(places.shape[1]) < number[:, None])


def _extremes(smooth: Floats) -> tuple[Places, Places, Places]:
    """List the bins of hills and of the valleys between them; a flat stretch counts once, at its middle.

    Returns
    -------
    hills, valleys : ndarray of int, shape (samples, at least 2), (samples, at least 1)
        From left to right, then padding; a sample has one hill more than it has valleys.
    number : ndarray of int, shape (samples,)
        Valleys of each sample.
    """
    samples, bins = smooth.shape
    flat = smooth.ravel()
    edge = np.ones(flat.size + 1, dtype=bool)  # between a bin and the one before: another height or sample
    edge[1:-1] = np.diff(flat) != 0
    edge[::bins] = True
    begins, ends = np.flatnonzero(edge[:-1]), np.flatnonzero(edge[1:]) + 1
    heights, sample = flat[begins], begins // bins
    # Each sample is entered rising and left falling, so that its ends can be hills and never valleys.
    rises = np.r_[True, (np.diff(heights) > 0) | (np.diff(sample) > 0)]
    climbs = np.r_[(np.diff(heights) > 0) & (np.diff(sample) == 0), False]
    middles = (begins + ends - 1) // 2 % bins
    tops, bottoms = rises & ~climbs, ~rises & climbs
    number = np.bincount(sample[bottoms], minlength=samples)
    widest = max(int(number.max()), 1)
    hills = np.zeros((samples, widest + 1), dtype=np.intp)
    valleys = np.zeros((samples, widest), dtype=np.intp)
    hills[_filled(hills, number + 1)] = middles[tops]
    valleys[_filled(valleys, number)] = middles[bottoms]
    return hills, valleys, number


def _merge(
    hills: Places, valleys: Places, number: Places, effective: Floats
) -> tuple[Places, Places, Places]:
    """Fill the shallowest valley, with the lower hill beside it, until all that are left are significant."""
    hills, valleys, number = hills.copy(), valleys.copy(), number.copy()
    rows = np.flatnonzero(number)
    while len(rows):
        peaks = np.take_along_axis(effective[rows], hills[rows], axis=1)
        floor = np.take_along_axis(effective[rows], valleys[rows], axis=1)
        shoulder = np.minimum(peaks[:, :-1], peaks[:, 1:])
        depth = (shoulder - floor) / np.sqrt(shoulder + floor + 1)
        depth[~_filled(valleys, number[rows])] = np.inf
        n = np.argmin(depth, axis=1)
        each = np.arange(len(rows))
        shallow = depth[each, n] <= SIGNIFICANT
        rows, n, peaks = rows[shallow], n[shallow], peaks[shallow]
        each = np.arange(len(rows))
        lower_hill = np.where(peaks[each, n] < peaks[each, n + 1], n, n + 1)
        valleys[rows], hills[rows] = _without(valleys[rows], n), _without(hills[rows], lower_hill)
        number[rows] -= 1
        rows = rows[number[rows] > 0]
    return hills, valleys, number


def _without(places: Places, column: Places) -> Places:
    """Drop one column of each row and close the gap; the last column becomes padding."""
    last = places.shape[1] - 1
    order = np.arange(last + 1)
    return np.take_along_axis(places, np.minimum(order + (order >= column[:, None]), last), axis=1)


def _mode_cuts(counts: Floats, grid: Floats, width: float, widths: float) -> Floats:
    """Cut every sample below its highest mode; `counts` has shape (samples, bins)."""
    smooth = gaussian_filter1d(counts, width, axis=-1, mode="constant")
    mode = np.argmax(smooth, axis=1)
    upper = np.where(np.arange(counts.shape[1]) < mode[:, None], 0.0, counts)
    flank = np.cumsum(upper, axis=1)
    half = np.sum(flank < flank[:, -1:] / 2, axis=1) - np.where(flank[:, -1] > 0, mode, 0)
    sigma = (half + 0.5) * (grid[1] - grid[0]) / 0.6745
    return np.asarray(grid[mode] - widths * sigma)
