"""The 2n peak: its mode, and its width from the left flank, which neither S nor G2/M reach."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from remnant.cytometry.cycle.dna import EDGE_WIDTHS
from remnant.cytometry.cycle.histogram import histogram
from remnant.cytometry.cycle.plan import RATIO_LIMITS, CyclePlan

Floats = NDArray[np.float64]
_SPAN = np.log(20)  # DNA content looked at, up and down from the median
_BINS = 1200  # of the natural logarithm: half a per cent of DNA content each
_BIN = 2 * _SPAN / _BINS
_PROMINENT = 3.0  # a hill stands out by this on the square root of its events, where noise is 1/2
_NARROW = 2.0  # times the largest CV: what is wider is debris, not a peak
_SHARE = 0.1  # height of a peak at half DNA from which the tallest is taken for G2/M
HALF_HEIGHT = np.sqrt(2 * np.log(2))  # of a normal curve, in standard deviations


class PeakTrouble(StrEnum):
    """Why a 2n peak cannot be used."""

    TOO_FEW = "too few events"
    NO_PEAK = "no peak"
    WIDE = "peak too wide"
    NARROW = "peak too narrow"
    NOT_2N = "few cells in the peak"
    MISFIT = "no cell-cycle histogram"
    NOT_READ = "not read"


@dataclass(frozen=True)
class PeakRefusal:
    """A 2n peak that cannot be used, so that no phase is evaluable.

    Parameters
    ----------
    trouble : PeakTrouble
        The kind.
    reason : str
        What was found, and what is needed.
    """

    trouble: PeakTrouble
    reason: str


@dataclass(frozen=True)
class DnaPeak:
    """The 2n peak of a tube.

    Parameters
    ----------
    mode : float
        In channel units.
    cv : float
        Coefficient of variation, from the left flank at half height.
    others : tuple of float
        DNA index (place over that of 2n) of further peaks that are neither 2n nor G2/M.
    tallest_is_4n : bool
        Whether a lower peak at half its DNA was taken for 2n instead of the tallest.
    events : int
        Events that it was found from.
    """

    mode: float
    cv: float
    others: tuple[float, ...]
    tallest_is_4n: bool
    events: int


def find_peak(dna: Floats, plan: CyclePlan) -> DnaPeak | PeakRefusal:
    """Find the 2n peak of viable singlets.

    Parameters
    ----------
    dna : ndarray, shape (events,)
        DNA content on a linear scale, in any unit; what is not above 0 is left out.
    plan : CyclePlan
        Limits.

    Returns
    -------
    DnaPeak or PeakRefusal
    """
    values = dna[np.isfinite(dna) & (dna > 0)]
    n = len(values)
    if n < plan.minimum_peak_events:
        needed = f"{plan.minimum_peak_events:,} are needed for the 2n peak"
        return PeakRefusal(PeakTrouble.TOO_FEW, f"{n:,} viable singlets with DNA; {needed}")
    # On a logarithm every peak of one CV has one width, and the unit of the channel does not matter.
    origin = float(np.median(values))
    edges = np.linspace(-_SPAN, _SPAN, _BINS + 1)
    grid = (edges[1:] + edges[:-1]) / 2
    counts = histogram(values, origin * np.exp(edges))
    kernel = float(np.clip(0.08 * n**-0.2, 0.01, 0.02))
    smooth = gaussian_filter1d(counts, kernel / _BIN, mode="constant")
    height = np.sqrt(smooth * kernel / _BIN * 2 * np.sqrt(np.pi))
    places = find_peaks(height, prominence=_PROMINENT)[0]
    if not len(places):
        return PeakRefusal(PeakTrouble.NO_PEAK, f"the DNA of {n:,} viable singlets has no peak")
    modes, widths = np.array([_measure(smooth, grid, int(place), kernel) for place in places]).T
    sharp = np.flatnonzero(widths <= _NARROW * plan.maximum_cv)
    candidates = sharp if len(sharp) else np.arange(len(places))
    tallest = candidates[np.argmax(smooth[places[candidates]])]
    chosen = _halve(tallest, candidates, modes, smooth[places])
    mode, cv = modes[chosen], float(widths[chosen])
    if np.isfinite(cv):
        # A kernel of the size of the peak itself takes the noise out of its flank.
        kernel = float(np.clip(0.35 * cv, kernel, 0.05))
        smooth = gaussian_filter1d(counts, kernel / _BIN, mode="constant")
        reach = np.abs(grid - mode) < cv
        top = int(np.argmax(np.where(reach, smooth, -1)))
        mode, cv = _measure(smooth, grid, top, kernel)
    if cv > plan.maximum_cv:
        found = f"the 2n peak has a CV of {100 * cv:.1f} %"
        return PeakRefusal(PeakTrouble.WIDE, f"{found}; at most {100 * plan.maximum_cv:g} % can be judged")
    index = np.exp(modes[sharp] - mode)
    slack = EDGE_WIDTHS * cv
    odd = [float(i) for i in index if not _expected(float(i), slack)]
    return DnaPeak(float(origin * np.exp(mode)), cv, tuple(odd), bool(chosen != tallest), n)


def _measure(smooth: Floats, grid: Floats, place: int, kernel: float) -> tuple[float, float]:
    """Mode (by a parabola on the logarithm) and CV (of the left flank) of one hill."""
    left, top, right = np.log(np.maximum(smooth[place - 1 : place + 2], 1e-9))
    bend = left - 2 * top + right
    mode = grid[place] + (_BIN * 0.5 * (left - right) / bend if bend < 0 else 0.0)
    below = np.flatnonzero(smooth[:place] < smooth[place] / 2)
    if not len(below):
        return float(mode), np.inf
    start = below[-1]
    rise = (smooth[place] / 2 - smooth[start]) / (smooth[start + 1] - smooth[start])
    half = grid[start] + _BIN * rise
    width = (1 - np.exp(half - mode)) / HALF_HEIGHT
    return float(mode), float(np.sqrt(max(width**2 - kernel**2, 1e-6)))


def _halve(tallest: np.intp, candidates: NDArray[np.intp], modes: Floats, heights: Floats) -> np.intp:
    """Take a peak at half the DNA of the tallest for 2n, if there is one of some height."""
    for other in candidates:
        ratio = np.exp(modes[tallest] - modes[other])
        if RATIO_LIMITS[0] <= ratio <= RATIO_LIMITS[1] and heights[other] >= _SHARE * heights[tallest]:
            return np.intp(other)
    return tallest


def _expected(index: float, slack: float) -> bool:
    """Whether a peak of this DNA index is 2n, G2/M, debris far below or aggregates far above."""
    near = abs(index - 1) <= slack
    dividing = RATIO_LIMITS[0] * (1 - slack / 2) <= index <= RATIO_LIMITS[1] * (1 + slack / 2)
    return near or dividing or index < 0.6 or index > 2.6
