"""Whether normal and clonal units fall into wells independently.

Under independence, given how many wells of a dose hold a normal unit and how many a clonal one, the number
that holds both is hypergeometric, whatever the two frequencies and whatever the kinetics. Summed over doses
it gives an exact test. Too many `both`: units cluster, or wells differ. Too few: they compete.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from remnant.stats.wells.dilution import by_dose
from remnant.stats.wells.typed_dilution import TypedPlate


@dataclass(frozen=True)
class Independence:
    """Wells with both kinds against what independence expects.

    Parameters
    ----------
    both : int
        Seen, over the doses whose positive wells were all typed.
    expected : float
        Under independence.
    p : float
        Exact, two-sided: twice the smaller tail, at most 1.
    p_fewer, p_more : float
        One-sided: at most, and at least, as many.
    doses_left_out : int
        Doses with positive wells that were not typed, which cannot be judged.
    """

    both: int
    expected: float
    p: float
    p_fewer: float
    p_more: float
    doses_left_out: int


def independence(plate: TypedPlate) -> Independence:
    """Test `plate`; without any dose that can tell, p is 1 and nothing is expected."""
    kinds = plate.negative, plate.normal_only, plate.clone_only, plate.both, plate.untyped
    _, neither, normal, clone, both, untyped = by_dose(plate.dose, *kinds)
    judged = untyped == 0
    mass, start = np.ones(1), 0
    for n, k, m in zip(
        (neither + normal + clone + both)[judged],
        (normal + both)[judged],
        (clone + both)[judged],
        strict=True,
    ):
        least, most = int(max(0, k + m - n)), int(min(k, m))
        mass = np.convolve(mass, hypergeom.pmf(np.arange(least, most + 1), n, k, m))
        start += least
    seen = round(both[judged].sum())
    counts = start + np.arange(len(mass))
    fewer, more = float(mass[counts <= seen].sum()), float(mass[counts >= seen].sum())
    return Independence(
        seen,
        float(counts @ mass / mass.sum()),
        min(1.0, 2 * min(fewer, more)),
        min(fewer, 1.0),
        min(more, 1.0),
        int((~judged).sum()),
    )
