"""What so many metaphases can find: a clone of fraction f shows in k of n with binomial chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log, log1p

from scipy.stats import binom

from remnant.stats.fractions.proportion import clopper_pearson, upper_bound

CLONE_SIZES = (0.05, 0.10, 0.14, 0.20)  # fractions of dividing cells that a reader asks about


@dataclass(frozen=True)
class CloneSeen:
    """A clone of one size, and the chance that so many metaphases show it.

    Parameters
    ----------
    fraction : float
        Fraction of dividing marrow cells in the clone, in (0, 1).
    missed : float
        Chance that no metaphase shows it.
    once : float
        Chance that at least one does: the clone is present, if it is known (OR41).
    twice : float
        Chance that at least two do: a clone by itself, or a relapse without a second look (OR44).
    """

    fraction: float
    missed: float
    once: float
    twice: float


@dataclass(frozen=True)
class MetaphasePower:
    """What a count without an abnormal metaphase excludes, and what such a count can find.

    Parameters
    ----------
    scored : int
        Metaphases.
    confidence : float
        Of the limits.
    one_sided, two_sided : float
        Clones above this fraction are excluded where none of them is abnormal: all that can be wrong is
        that the clone is larger (one-sided), or the upper end of a two-sided interval.
    clones : tuple of CloneSeen
        From small to large.
    """

    scored: int
    confidence: float
    one_sided: float
    two_sided: float
    clones: tuple[CloneSeen, ...]


@lru_cache(maxsize=4096)
def metaphase_power(
    scored: int, *, sizes: tuple[float, ...] = CLONE_SIZES, confidence: float = 0.95
) -> MetaphasePower:
    """Say what a count of metaphases can find and what it excludes.

    Parameters
    ----------
    scored : int
        Metaphases, at least 1.
    sizes : tuple of float
        Clones asked about, each in (0, 1).
    confidence : float, default 0.95
        Of the limits, in (0, 1).

    References
    ----------
    Clopper & Pearson (1934) Biometrika 26:404-413, doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> power = metaphase_power(20)
    >>> round(power.one_sided, 3), round(power.two_sided, 3)
    (0.139, 0.168)
    >>> [round(clone.missed, 2) for clone in power.clones]
    [0.36, 0.12, 0.05, 0.01]
    """
    assert scored > 0, "no metaphase excludes nothing"
    assert all(0 < size < 1 for size in sizes), "a clone is a fraction of the cells"
    clones = []
    for size in sizes:
        none = (1 - size) ** scored
        clones.append(CloneSeen(size, none, 1 - none, float(binom.sf(1, scored, size))))
    one_sided = float(upper_bound(0, scored, confidence=confidence))
    two_sided = float(clopper_pearson(0, scored, confidence=confidence)[1])
    return MetaphasePower(scored, confidence, one_sided, two_sided, tuple(clones))


def metaphases_to_exclude(fraction: float, *, confidence: float = 0.95) -> int:
    """Return how many metaphases, all normal, exclude a clone above `fraction`, one-sided.

    Examples
    --------
    >>> metaphases_to_exclude(0.10), metaphases_to_exclude(0.05)
    (29, 59)
    """
    assert 0 < fraction < 1, "a clone is a fraction of the cells"
    return max(ceil(log(1 - confidence) / log1p(-fraction)), 1)
