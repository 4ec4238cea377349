"""Lymphocytes and granulocytes on CD45 against side scatter, and the region of progenitors that they bound.

Progenitors carry less CD45 than lymphocytes and scatter less light than granulocytes (Stelzer 1993). The two
landmarks are modes of the density in two dimensions, told apart by fixed rules of order; where the rules do
not hold there is no region, and the reason is said.

References
----------
Stelzer, Shults & Loken (1993) Ann N Y Acad Sci 677:265-280, doi:10.1111/j.1749-6632.1993.tb38783.x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter

from remnant.cytometry.gates.gate import UNCOMPENSATED, Axis, Interval, RectangleGate
from remnant.cytometry.recipe.population import Threshold, written
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.sheet import Mask, Sheet
from remnant.cytometry.recipe.threshold import Refusal
from remnant.cytometry.recipe.walk import Proposal
from remnant.cytometry.signal.transform import Logicle, fit_logicle

Floats = NDArray[np.float64]
BINS = 64
_KERNEL = 1.5  # bins
_NEIGHBOURHOOD = 7  # bins within which a mode is the highest
_LEAST_SHARE = 0.004  # of the cells, under the kernel of a mode
_NEAR_CD45, _NEAR_SIDE = 0.05, 0.25  # of the logicle scale, and of the logarithm
_HALF_NORMAL = 0.6745  # median of the upper half of a standard normal distribution


@dataclass(frozen=True)
class Landmark:
    """A mode with the standard deviations of its flanks away from the progenitors.

    Parameters
    ----------
    cd45, side : float
        On the logicle scale, and as the logarithm of side scatter.
    cd45_spread, side_spread : float
        Standard deviations, from the flank above the mode, which progenitors do not reach.
    """

    cd45: float
    side: float
    cd45_spread: float
    side_spread: float


@dataclass(frozen=True)
class Landmarks:
    """What was found, and the scale that it was found on."""

    lymphocytes: Landmark
    granulocytes: Landmark
    scale: Logicle

    def lymphocyte_mask(self, cd45: Floats, side: Floats, widths: float) -> Mask:
        """Cells within so many standard deviations of the mode of lymphocytes."""
        mode = self.lymphocytes
        with np.errstate(invalid="ignore", divide="ignore"):
            far = np.abs(np.log(side) - mode.side) / mode.side_spread
        low, high = (
            float(self.scale.inverse(mode.cd45 + sign * widths * mode.cd45_spread)) for sign in (-1, 1)
        )
        return np.asarray((far <= widths) & (cd45 >= low) & (cd45 <= high))


def find_landmarks(cd45: Floats, side: Floats, top: float, recipe: Recipe) -> Landmarks | Refusal:
    """Find lymphocytes and granulocytes.

    Parameters
    ----------
    cd45, side : ndarray, shape (cells,)
        CD45 on the compensated scale, and side scatter.
    top : float
        Top of the scale of CD45.
    recipe : Recipe
    """
    good = np.isfinite(cd45) & (side > 0)
    if (found := int(good.sum())) < recipe.minimum_density_events:
        return Refusal(
            f"{found:,} cells with CD45 and side scatter; {recipe.minimum_density_events:,} are needed"
        )
    scale = fit_logicle(cd45[good], top)
    x, y = cd45[good], np.log(side[good])
    modes = _modes(x, y, scale)
    granulocytes = max(modes, key=lambda mode: mode[1])
    # Lymphocytes are the brightest of what scatters less than half as much light as granulocytes.
    calm = [mode for mode in modes if mode[1] < granulocytes[1] - np.log(2)]
    if not calm:
        return Refusal("no mode of low side scatter beside that of granulocytes")
    lymphocytes = max(calm, key=lambda mode: mode[0])
    if not lymphocytes[0] > granulocytes[0]:
        return Refusal("no mode of low side scatter is brighter in CD45 than granulocytes")
    return Landmarks(_landmark(x, y, lymphocytes, scale), _landmark(x, y, granulocytes, scale), scale)


def propose_region(
    sheet: Sheet, marker: str, side: str, positive: Mask, values: Floats, found: Landmarks, recipe: Recipe
) -> Proposal:
    """Bound the region of progenitors, unless it would cut off cells that are surely among those looked for.

    Parameters
    ----------
    sheet : Sheet
        Nucleated cells.
    marker, side : str
        CD45 as the panel spells it, and the channel of side scatter.
    positive : ndarray of bool, shape (cells,)
        Stem-marker positive cells.
    values : ndarray, shape (cells,)
        Their stem marker.
    found : Landmarks
    recipe : Recipe
    """
    widths = recipe.region_widths
    low, high = found.lymphocytes, found.granulocytes
    dim = float(found.scale.inverse(low.cd45 - widths * low.cd45_spread))
    calm = float(np.exp(high.side - widths * high.side_spread))
    axes = Axis(sheet.tube.channels[marker].name), Axis(side, UNCOMPENSATED)
    gate = RectangleGate(
        "progenitor region", None, (Interval(axes[0], None, dim), Interval(axes[1], None, calm))
    )
    if positive.any():
        # Cells near the cut of the stem marker may be background; those beyond its median are not.
        bright = positive & (values >= float(np.median(values[positive])))
        lost = float(np.mean(~sheet.within(gate).region[bright]))
        if lost > recipe.maximum_bright_loss:
            reason = f"it would remove {100 * lost:.0f} % of the brighter {recipe.stem_marker}+ cells"
            return Proposal(None, reason)
    return Proposal(
        gate,
        f"{marker} below {written(dim)}, below lymphocytes; {side} below {written(calm)}, below granulocytes",
    )


def stem_on_nucleated(cut: Threshold | Refusal, sheet: Sheet, stem: str) -> tuple[Mask, Floats]:
    """Stem-marker positive cells before any region, and their values; none where it could not be cut."""
    if isinstance(cut, Refusal):
        return np.zeros(len(sheet.rows), dtype=bool), np.zeros(len(sheet.rows))
    values = sheet.values(stem)
    return np.asarray(values >= cut.value), values


def _modes(x: Floats, y: Floats, scale: Logicle) -> list[tuple[float, float]]:
    """Modes of the density that hold enough cells, as places on the scale of `x` and on `y`."""
    ends = [np.quantile(axis, [0.001, 0.999]) for axis in (x, y)]
    (left, right), (low, high) = scale.forward(ends[0]), ends[1]
    across, along = np.linspace(left, right, BINS + 1), np.linspace(low, high, BINS + 1)
    # Edges go back to the values of `x`: 65 of them, in place of every cell forward.
    i = np.searchsorted(scale.inverse(across), x, side="right") - 1
    j = np.floor((y - along[0]) * (BINS / (along[-1] - along[0]))).astype(np.intp)
    inside = (i >= 0) & (i < BINS) & (j >= 0) & (j < BINS)
    counts = np.bincount(i[inside] * BINS + j[inside], minlength=BINS * BINS).reshape(BINS, BINS)
    smooth = gaussian_filter(counts.astype(float), _KERNEL, mode="constant")
    under = smooth * 4 * np.pi * _KERNEL**2
    peaks = (smooth == maximum_filter(smooth, _NEIGHBOURHOOD, mode="constant")) & (
        under >= _LEAST_SHARE * len(x)
    )
    middles = [(edge[1:] + edge[:-1]) / 2 for edge in (across, along)]
    return [(float(middles[0][i]), float(middles[1][j])) for i, j in np.argwhere(peaks)]


def _landmark(x: Floats, y: Floats, mode: tuple[float, float], scale: Logicle) -> Landmark:
    """Measure the flanks of a mode above it on each axis, among cells near it on the other."""
    low, high = scale.inverse([mode[0] - _NEAR_CD45, mode[0] + _NEAR_CD45])
    beside, level = (x >= low) & (x <= high), np.abs(y - mode[1]) < _NEAR_SIDE
    return Landmark(*mode, _flank(scale.forward(x[level]) - mode[0]), _flank(y[beside] - mode[1]))


def _flank(away: Floats) -> float:
    """Standard deviation of a normal distribution from the half above its mode."""
    above = away[away > 0]
    return max(float(np.median(above)) / _HALF_NORMAL if len(above) else 0.0, 1e-3)
