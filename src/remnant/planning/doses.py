"""Doses of a limiting-dilution plate: where a well says most about the logarithm of the frequency.

A well of h = f d expected hits carries i(h) = h^2 / (exp(h) - 1) of information on log f, most at h = 1.59,
where four wells of five are positive. One dose there is best for one frequency, and nobody knows it before;
so the design over a range of frequencies is the one whose worst frequency is best off. That is a linear
programme in the shares w of wells at each dose:

    maximise t,  subject to  sum_j w_j i(f d_j) >= t for every f of the range,  w >= 0,  sum w = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import per_hit

BEST_HITS = 1.5936242600400401  # the root of 2 (1 - exp(-h)) = h
_DOSES, _FREQUENCIES = 97, 41
_LEAST_SHARE = 0.03  # of the wells: fewer are not worth a dose of their own
_APART = 1.35  # doses nearer than this are one


@dataclass(frozen=True)
class Dose:
    """Wells seeded alike.

    Parameters
    ----------
    cells : float
        Cells per well.
    wells : int
        Wells with so many.
    """

    cells: float
    wells: int


def well_information(hits: npt.ArrayLike) -> FloatArray:
    """Information of one well on log frequency; at most 0.6476.

    Examples
    --------
    >>> round(float(well_information(BEST_HITS)), 4)
    0.6476
    """
    hits = np.asarray(hits, float)
    return np.asarray(hits * per_hit(hits))


def plate_information(frequency: float, doses: tuple[Dose, ...]) -> float:
    """Information of a plate on log frequency."""
    return sum(dose.wells * float(well_information(frequency * dose.cells)) for dose in doses)


def robust_shares(low: float, high: float) -> list[tuple[float, float]]:
    """Doses, and the share of the wells at each, whose worst frequency in [low, high] is best off.

    Returns
    -------
    list of (float, float)
        Cells per well, rising, at least 1 and of two digits, and shares that sum to 1.
    """
    assert 0 < low <= high < 1, "frequencies are per cell"
    frequencies = np.geomspace(low, high, _FREQUENCIES if high > low else 1)
    candidates = np.geomspace(0.3 * BEST_HITS / high, 3.4 * BEST_HITS / low, _DOSES)
    if high > low:
        table = well_information(frequencies[:, None] * candidates)
        found = linprog(
            np.append(np.zeros(len(candidates)), -1.0),
            A_ub=np.column_stack([-table, np.ones(len(frequencies))]),
            b_ub=np.zeros(len(frequencies)),
            A_eq=np.append(np.ones(len(candidates)), 0.0)[None],
            b_eq=[1.0],
        )
        assert found.x is not None, "one dose alone is always a design"
        shares = found.x[:-1]
    else:
        candidates, shares = np.array([BEST_HITS / low]), np.ones(1)
    return _tidy(candidates, shares)


def seed_wells(shares: list[tuple[float, float]], wells: int) -> tuple[Dose, ...]:
    """Give `wells` to the doses by their shares, the largest remainders first; a dose may be left empty."""
    exact = [share * wells for _, share in shares]
    given = [floor(x + 1e-9) for x in exact]
    order = sorted(range(len(exact)), key=lambda i: given[i] - exact[i])
    for i in order[: wells - sum(given)]:
        given[i] += 1
    return tuple(Dose(cells, n) for (cells, _), n in zip(shares, given, strict=True) if n)


def _tidy(candidates: FloatArray, shares: FloatArray) -> list[tuple[float, float]]:
    """Join neighbouring doses, drop those of hardly a well, round as a pipette would."""
    groups: list[list[tuple[float, float]]] = []
    for cells, share in zip(candidates.tolist(), shares.tolist(), strict=True):
        if share <= 1e-9:
            continue
        if groups and cells / groups[-1][-1][0] < _APART:
            groups[-1].append((cells, share))
        else:
            groups.append([(cells, share)])
    joined: dict[float, float] = {}
    for group in groups:
        total = sum(share for _, share in group)
        if total >= _LEAST_SHARE:
            middle = np.exp(sum(np.log(cells) * share for cells, share in group) / total)
            cells = rounded(max(float(middle), 1.0))
            joined[cells] = joined.get(cells, 0.0) + total
    whole = sum(joined.values())
    return [(cells, share / whole) for cells, share in sorted(joined.items())]


def rounded(cells: float) -> float:
    """Round to two digits, whole cells."""
    step = 10.0 ** max(floor(log10(cells)) - 1, 0)
    return round(cells / step) * step
