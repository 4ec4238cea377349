"""Whether a strategy meant the same from visit to visit: thresholds, and cells that should not move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot, log10

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.landmarks import Landmarks
from remnant.cytometry.recipe.population import ReferenceMedian, Threshold
from remnant.cytometry.recipe.sheet import Sheet
from remnant.cytometry.recipe.threshold import REVIEW, quantile_interval
from remnant.cytometry.recipe.tube import GatedTube

_LEAST = 30  # events behind a median
_WIDTHS = 2.0  # of the mode of lymphocytes


@dataclass(frozen=True)
class Drift:
    """How far one threshold or median lies from where it lay at the patient's first visit.

    Parameters
    ----------
    what : {"threshold", "median"}
    marker, population : str
        What was measured, and on which cells.
    value, lower, upper : float
        Now, on the compensated scale.
    first, first_lower, first_upper : float
        At the first visit.
    intervals : float or None
        Distance in units of the half-width of the interval of the difference; None where it has no width.
    decades : float or None
        log10 of the ratio; None unless both are above zero.
    flagged : bool
        Beyond the plan's decades, and beyond what the intervals allow.
    """

    what: str
    marker: str
    population: str
    value: float
    lower: float
    upper: float
    first: float
    first_lower: float
    first_upper: float
    intervals: float | None
    decades: float | None
    flagged: bool


def find_drift(first: GatedTube, later: GatedTube, *, decades: float) -> tuple[Drift, ...]:
    """Compare a tube with that of the patient's first visit, marker by marker.

    Parameters
    ----------
    first, later : GatedTube
        By the same recipe and panel. Thresholds that were not found anew are left out.
    decades : float
        Distance beyond which a change is flagged, if its intervals do not allow it.
    """
    own, now = (
        [cut for cut in tube.thresholds if cut.source not in ("plan", REVIEW, "first visit")]
        for tube in (first, later)
    )
    return (*_pair("threshold", own, now, decades), *_pair("median", first.medians, later.medians, decades))


def reference_medians(
    sheet: Sheet, cutter: Cutter, found: Landmarks | None, cd45: str | None, side: NDArray[np.float64] | None
) -> tuple[ReferenceMedian, ...]:
    """Find where populations lie that should not move: lymphocytes on CD45, stem-marker positive cells.

    Parameters
    ----------
    sheet : Sheet
        Nucleated cells.
    cutter : Cutter
    found : Landmarks or None
    cd45 : str or None
        The marker, as the panel spells it.
    side : ndarray, shape (cells,), or None
        Side scatter of the cells.
    """
    wanted = []
    if found is not None and cd45 is not None and side is not None:
        values = sheet.values(cd45)
        wanted.append(("lymphocytes", cd45, values[found.lymphocyte_mask(values, side, _WIDTHS)]))
    positive = cutter.positive(sheet)
    if positive is not None:
        markers = [
            cutter.stem,
            *(cut.marker for cut in cutter.thresholds() if cutter.inside_stem(cut.marker)),
        ]
        markers += [cd45] if cd45 is not None else []
        wanted += [
            (f"{cutter.stem}+ cells", marker, sheet.values(marker)[positive])
            for marker in dict.fromkeys(markers)
        ]
    return tuple(
        ReferenceMedian(
            population, marker, sheet.tube.channels[marker].name,
            *quantile_interval(good, 0.5, cutter.recipe.confidence), len(good),
        )
        for population, marker, values in wanted
        if len(good := values[np.isfinite(values)]) >= _LEAST
    )  # fmt: skip


def _pair(
    what: str,
    first: Iterable[Threshold | ReferenceMedian],
    later: Iterable[Threshold | ReferenceMedian],
    limit: float,
) -> list[Drift]:
    before = {(item.marker, _place(item)): item for item in first}
    return [
        _drift(what, before[place], item, limit)
        for item in later
        if (place := (item.marker, _place(item))) in before
    ]


def _place(item: Threshold | ReferenceMedian) -> str:
    """Population of a threshold or a median; of a threshold without the tube's name, which changes."""
    return item.parent.split(" of ")[0] if isinstance(item, Threshold) else item.population


def _drift(
    what: str, first: Threshold | ReferenceMedian, later: Threshold | ReferenceMedian, limit: float
) -> Drift:
    moved = later.value - first.value
    side = 1 if moved > 0 else -1
    ends = (first.upper, later.lower) if side > 0 else (first.lower, later.upper)
    half = hypot(ends[0] - first.value, later.value - ends[1])
    intervals = abs(moved) / half if half > 0 else None
    decades = log10(later.value / first.value) if later.value > 0 and first.value > 0 else None
    beyond = moved != 0 and (intervals is None or intervals > 1)
    flagged = beyond and (decades is None or abs(decades) > limit)
    return Drift(
        what, later.marker, _place(later), later.value, later.lower, later.upper, first.value, first.lower,
        first.upper, intervals, decades, flagged,
    )  # fmt: skip
