"""How many nuclei exclude a clone: k seen of n, at which a clone of x would show more nearly always.

A clone of x is excluded with confidence c when P(at most k of n | x) <= 1 - c. With a perfect probe and k = 0
that is the rule 1 - (1 - c)^(1/n) <= x. Abnormal nuclei are counted against the exclusion whatever they are:
no background is taken off, so that a false-positive rate known badly cannot exclude a clone. What the rate
decides is whether a normal sample gets there: the chance that it shows no more than k.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log1p

import numpy as np

from remnant.planning.slide import Bench


@dataclass(frozen=True)
class Exclusion:
    """Nuclei to exclude one clone; None where no number up to `most` does it.

    Parameters
    ----------
    clone : float
        Clone fraction to exclude.
    rule : int
        Nuclei of a perfect probe and sort, none abnormal: the rule 1 - (1 - c)^(1/n).
    nuclei : int or None
        Nuclei of this probe and sort, none abnormal.
    chance : float or None
        That a sample without the clone then shows none.
    allowed : int or None
        Abnormal nuclei to allow, so that a sample without the clone gets there with the wished power.
    allowed_nuclei : int or None
        Nuclei to score for that.
    allowed_chance : float or None
        That a sample without the clone then shows no more.
    """

    clone: float
    rule: int
    nuclei: int | None
    chance: float | None
    allowed: int | None
    allowed_nuclei: int | None
    allowed_chance: float | None


def exclude(clone: float, bench: Bench, *, confidence: float, power: float, most: int) -> Exclusion:
    """Plan the exclusion of a clone.

    Parameters
    ----------
    clone : float
        In (0, 1).
    bench : Bench
        Probe, sort and cut-off.
    confidence : float
        Of the exclusion, one-sided, in (0, 1).
    power : float
        Wished chance that a sample without the clone is seen to be so, in (0, 1).
    most : int
        Nuclei beyond which nobody scores.

    Examples
    --------
    >>> from remnant.planning.bench import bench_from_rates
    >>> bench, _ = bench_from_rates(false_positive=0.0, false_negative=0.0)
    >>> exclude(0.05, bench, confidence=0.95, power=0.9, most=2000).nuclei
    59
    """
    n = np.arange(1, most + 1)
    behind, free = bench.counted_alone(clone), bench.without_clone
    missed, normal = np.zeros(most), np.zeros(most)
    none: tuple[int, float] | None = None
    enough: tuple[int, int, float] | None = None
    for k in range(most):
        missed += behind.mass(k, n)
        normal += free.mass(k, n)
        # Below n = k + 1 every nucleus may be abnormal, which excludes nothing; rounding is forgiven.
        reached = np.flatnonzero((missed <= 1 - confidence + 1e-12) & (n > k))
        if not len(reached):
            break
        at = int(reached[0])
        chance = min(float(normal[at]), 1.0)
        none = (int(n[at]), chance) if k == 0 else none
        if chance >= power:
            enough = (k, int(n[at]), chance)
            break
    rule = max(ceil(log1p(-confidence) / log1p(-clone) - 1e-9), 1)
    return Exclusion(clone, rule, *(none or (None, None)), *(enough or (None, None, None)))
