"""How many nuclei the next slide needs: to exclude a clone, to show it, to measure it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from remnant.planning.exclusion import Exclusion, exclude
from remnant.planning.precision import expected_width, measure
from remnant.planning.showing import (
    Showing,
    cutoff_counts,
    powers,
    show,
    smallest_ever_shown,
    smallest_shown,
)
from remnant.planning.slide import Bench
from remnant.stats.numerics.arrays import FloatArray

MOST = 2000  # nuclei beyond which nobody scores a slide
CLONES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
POINTS = 120  # of a curve, beside the steps of its cut-off
NUCLEI = (10, 20, 25, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class CloneRow:
    """One clone fraction: nuclei to exclude, to show and to measure it."""

    exclusion: Exclusion
    showing: Showing
    measured: int | None


@dataclass(frozen=True)
class NucleiRow:
    """One number of nuclei.

    Parameters
    ----------
    nuclei : int
        Nuclei scored.
    cutoff : int
        Fewest abnormal ones that call the slide.
    false_calls : float
        Chance that a sample without the clone is called.
    power : float
        Chance that the planned clone is called.
    bound : float
        Clone excluded when none is abnormal, at the plan's confidence, one-sided; at most 1.
    rule : float
        The same with a perfect probe and sort: 1 - (1 - confidence)^(1/n).
    width : float
        Expected width of the planned clone's interval.
    """

    nuclei: int
    cutoff: int
    false_calls: float
    power: float
    bound: float
    rule: float
    width: float


@dataclass(frozen=True)
class NucleiPlan:
    """Nuclei for one question, with the tables around it.

    Parameters
    ----------
    clone, power, confidence, alpha, width : float
        The question: clone fraction, wished power, confidence, false calls allowed, width of an interval.
    method : str
        How the cut-off is made.
    controls : int
        Control slides behind it; 0: rates were given.
    false_positive, false_negative, correlation, purity, contaminant : float
        The bench as it was taken.
    exclusion : Exclusion
        Nuclei to exclude the clone.
    showing : Showing
        Nuclei to show it.
    measured : int or None
        Nuclei for an interval of `width`.
    smallest : float or None
        Smallest clone that `most` nuclei show.
    smallest_ever : float or None
        Smallest clone that any number of nuclei of one slide shows; 0: enough nuclei show any.
    most : int
        Most nuclei looked at.
    by_clone : tuple of CloneRow
        Other clones, in order.
    by_nuclei : tuple of NucleiRow
        Numbers of nuclei, in order.
    curve : tuple of (int, float, float)
        Nuclei, power for the clone, and false calls: the teeth of the saw, for a figure.
    assumed : tuple of str
        What was not given.
    """

    clone: float
    power: float
    confidence: float
    alpha: float
    width: float
    method: str
    controls: int
    false_positive: float
    false_negative: float
    correlation: float
    purity: float
    contaminant: float
    exclusion: Exclusion
    showing: Showing
    measured: int | None
    smallest: float | None
    smallest_ever: float | None
    most: int
    by_clone: tuple[CloneRow, ...]
    by_nuclei: tuple[NucleiRow, ...]
    curve: tuple[tuple[int, float, float], ...]
    assumed: tuple[str, ...]


def plan_nuclei(
    clone: float,
    bench: Bench,
    *,
    power: float = 0.9,
    confidence: float = 0.95,
    width: float = 0.1,
    most: int = MOST,
    assumed: tuple[str, ...] = (),
) -> NucleiPlan:
    """Plan the nuclei of a slide.

    Parameters
    ----------
    clone : float
        Clone fraction of the question, in (0, 1).
    bench : Bench
        From `bench_from_controls` or `bench_from_rates`.
    power : float, default 0.9
        Wished chance to show the clone, and of a sample without it to exclude it.
    confidence : float, default 0.95
        One-sided of an exclusion, two-sided of an interval.
    width : float, default 0.1
        Wished width of the interval.
    most : int
        Most nuclei to consider.
    assumed : tuple of str
        What was not given, to be carried along.
    """
    counts = cutoff_counts(bench, most)
    chance, false = powers(clone, bench, counts), _false_calls(bench, counts)

    def row(x: float) -> CloneRow:
        return CloneRow(
            exclude(x, bench, confidence=confidence, power=power, most=most),
            show(x, bench, counts, power=power),
            measure(x, width, bench, confidence=confidence, most=most),
        )

    asked = row(clone)
    numbers = {n for n in (*NUCLEI, asked.exclusion.nuclei, asked.showing.nuclei) if n and n <= most}
    return NucleiPlan(
        clone,
        power,
        confidence,
        bench.alpha,
        width,
        "quantile of the given rates" if bench.cutoff is None else str(bench.cutoff.method),
        0 if bench.cutoff is None else len(bench.cutoff.controls),
        bench.false_positive,
        bench.false_negative,
        bench.correlation,
        bench.purity,
        bench.contaminant,
        asked.exclusion,
        asked.showing,
        asked.measured,
        smallest_shown(bench, counts, power=power),
        smallest_ever_shown(bench, power=power),
        most,
        tuple(asked if x == clone else row(x) for x in sorted({*CLONES, clone})),
        tuple(
            NucleiRow(
                n,
                int(counts[n - 1]),
                float(false[n - 1]),
                float(chance[n - 1]),
                none_seen_bound(n, bench, confidence=confidence),
                1 - (1 - confidence) ** (1 / n),
                expected_width(clone, n, bench, confidence=confidence),
            )
            for n in sorted(numbers)
        ),
        tuple((int(n) + 1, float(chance[n]), float(false[n])) for n in _teeth(counts)),
        assumed,
    )


def none_seen_bound(nuclei: int, bench: Bench, *, confidence: float) -> float:
    """Clone that none abnormal of `nuclei` excludes; 1 where it excludes none."""

    def above(clone: float) -> float:
        return float(bench.counted_alone(clone).at_most(0, nuclei)) - (1 - confidence)

    return 1.0 if above(1.0) > 0 else float(brentq(above, 0.0, 1.0, xtol=1e-12, rtol=1e-12))


def _false_calls(bench: Bench, counts: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(1 - bench.without_clone.at_most(counts - 1, np.arange(1, len(counts) + 1)))


def _teeth(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places that draw the saw: both sides of every step of the cut-off, and some between."""
    steps = np.flatnonzero(np.diff(counts))
    between = np.geomspace(1, len(counts), POINTS).astype(int) - 1
    return np.unique(np.concatenate([steps, steps + 1, between]))
