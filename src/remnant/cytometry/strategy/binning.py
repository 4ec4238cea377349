"""Bins of a plot: their edges are moved to the scale of the file, so that no event is transformed.

A scale only rises, so an event lies between two edges on the scale of the plot exactly where it lies
between them on the scale of the file. Axes are binned once, as finely as a plot is ever drawn; a plot of
fewer events joins neighbouring bins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.signal.transform import Transform

FINE = 240  # bins of an axis: the pixels of a plot, divisible by 2, 3, 4, 5 and 6
BELOW, ABOVE, NOWHERE = 0, FINE + 1, 255  # codes of values off the axis, and of what is not a number
_TOP_BITS = 16  # of a float32: its sign, its exponent and seven bits of its fraction

Floats = NDArray[np.float64]
Bins = NDArray[np.uint8]


def bin_edges(scale: Transform | None, low: float, high: float) -> Floats:
    """Edges of `FINE` equal bins of a plot, on the scale of the file.

    Parameters
    ----------
    scale : Transform or None
        Scale of the plot; None for that of the file.
    low, high : float
        Ends of the axis, on the scale of the plot.

    Returns
    -------
    ndarray, shape (FINE + 1,)
        Never falling.
    """
    places = np.linspace(low, high, FINE + 1)
    return np.maximum.accumulate(places if scale is None else scale.inverse(places))


def assign_bins(values: Floats, edges: Floats) -> Bins:
    """Say in which bin every value lies; a value on an edge belongs to the bin above it.

    A guess is right or one bin off, and the edges decide. On even edges it is a division. On others it is
    looked up: the leading bits of a number say to within 1 % how large it is, so a table has 65,536 guesses.
    Where uneven edges lie closer than that, they are searched.

    Parameters
    ----------
    values : ndarray, shape (events,)
        On the scale of the file.
    edges : ndarray, shape (FINE + 1,)
        As from `bin_edges`.

    Returns
    -------
    ndarray of uint8, shape (events,)
        1 to `FINE`; `BELOW`, `ABOVE` or `NOWHERE`.
    """
    bins = _guess(values, edges)
    if bins is None:
        return search_bins(values, edges)
    fence = np.concatenate([[-np.inf], edges, [np.nan]])  # bin n lies from fence[n] to fence[n + 1]
    bins -= values < fence[bins]
    bins += values >= fence[bins + np.uint8(1)]
    bins[np.isnan(values)] = NOWHERE
    return bins


def search_bins(values: Floats, edges: Floats) -> Bins:
    """Do as `assign_bins`, by bisection: the plain twin that it is checked against."""
    bins = np.searchsorted(edges, values, side="right").astype(np.uint8)
    bins[np.isnan(values)] = NOWHERE
    return bins


def _guess(values: Floats, edges: Floats) -> Bins | None:
    """Bin of every value, or one beside it; None where neither guess is that good."""
    steps = np.diff(edges)
    with np.errstate(over="ignore", invalid="ignore"):
        if steps.min() > 0.999 * steps.max() > 0:
            places = (values - edges[0]) * (FINE / (edges[-1] - edges[0])) + 1
            return np.asarray(np.nan_to_num(np.clip(places, BELOW, ABOVE)), dtype=np.uint8)
        table = _guesses(edges)
        if table is None:
            return None
        leading = values.astype(np.float32).view(np.uint32) >> np.uint32(32 - _TOP_BITS)
    bins: Bins = table[leading]
    return bins


def _guesses(edges: Floats) -> NDArray[np.uint8] | None:
    """Bin of the smallest number that starts with each of the leading bits; None if some span three."""
    leading = np.arange(1 << _TOP_BITS, dtype=np.uint32) << np.uint32(32 - _TOP_BITS)
    with np.errstate(invalid="ignore"):
        ends = [leading.view(np.float32), (leading | np.uint32(0xFFFF)).view(np.float32)]
        small, large = (search_bins(end.astype(float), edges) for end in ends)
    numbers = (small != NOWHERE) & (large != NOWHERE)
    apart = np.abs(large[numbers].astype(int) - small[numbers]).max()
    small[small == NOWHERE] = ABOVE  # any bin will do: what is no number is marked afterwards
    return small if apart <= 1 else None


def count_bins(x: Bins, y: Bins | None, bins: int) -> tuple[NDArray[np.int64], int]:
    """Count events per bin of a plot, or of a histogram.

    Parameters
    ----------
    x, y : ndarray of uint8, shape (events,)
        Codes from `assign_bins`; y is None for a histogram.
    bins : int
        Bins along each side; divides `FINE`.

    Returns
    -------
    binned : ndarray of int64, shape (bins, bins) or (bins,)
        Indexed by y, then x; what lies off an axis is in none.
    nowhere : int
        Events that are not a number on an axis.
    """
    assert FINE % bins == 0, f"{bins} bins do not divide {FINE}"
    width = bins + 2  # one column for what is off the axis, one for what is nowhere
    coarse = np.full(256, bins, dtype=np.uint16)
    coarse[1 : FINE + 1] = np.arange(FINE) * bins // FINE
    coarse[NOWHERE] = bins + 1
    if y is None:
        counts = np.bincount(coarse[x], minlength=width)
        return counts[:bins], int(counts[bins + 1])
    flat = coarse[y] * np.uint16(width) + coarse[x]
    table = np.bincount(flat, minlength=width * width).reshape(width, width)
    return table[:bins, :bins], int(table[bins + 1].sum() + table[: bins + 1, bins + 1].sum())
