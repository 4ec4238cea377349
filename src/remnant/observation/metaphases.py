"""Conventional karyotype: metaphases of the whole marrow, each of one of its clones.

Metaphases are a multinomial sample of the clones' shares among dividing cells. A report writes them as ISCN,
clone by clone, the normal cells last.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.stats.numerics import log_mass

Array = NDArray[np.float64]


def simulate(shares: ArrayLike, metaphases: int, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw metaphases of each clone; `shares` has shape (clones,) and sums to 1, normal cells last."""
    return rng.multinomial(metaphases, np.asarray(shares, float))


def log_likelihood(counts: ArrayLike, shares: ArrayLike) -> float:
    """Log-probability of the metaphases of each clone."""
    drawn = np.asarray(counts)
    return float(log_mass.multinomial(drawn, shares))


def write_iscn(sex: str, abnormalities: Sequence[str], counts: Sequence[int]) -> str:
    """Write the karyotype of a sample.

    Parameters
    ----------
    sex : str
        Sex chromosomes, `XX` or `XY`.
    abnormalities : sequence of str, length clones - 1
        Of each clone, from stem line to side line, without the chromosome number; a `+8` makes it 47.
    counts : sequence of int, length clones
        Metaphases of each clone, normal cells last; clones without one are left out.

    Examples
    --------
    >>> write_iscn("XX", ["del(5)(q13q33)"], [18, 2])
    '46,XX,del(5)(q13q33)[18]/46,XX[2]'
    >>> write_iscn("XY", ["del(5)(q13q33)"], [0, 20])
    '46,XY[20]'
    """
    parts = []
    for text, count in zip([*abnormalities, ""], counts, strict=True):
        if count:
            number = 46 + text.count("+") - sum(part.startswith("-") for part in text.split(","))
            parts.append(f"{number},{sex}{',' if text else ''}{text}[{count}]")
    return "/".join(parts)


def write_nuc_ish(probe: str, control_probe: str, abnormal: int, scored: int) -> str:
    """Write interphase FISH of a loss; probes of one hybridisation share one bracket.

    Examples
    --------
    >>> write_nuc_ish("EGR1", "D5S23", 150, 200)
    'nuc ish(D5S23x2,EGR1x1)[150/200]'
    >>> write_nuc_ish("EGR1", "D5S23", 0, 200)
    'nuc ish(D5S23x2,EGR1x2)[200]'
    """
    if abnormal:
        return f"nuc ish({control_probe}x2,{probe}x1)[{abnormal}/{scored}]"
    return f"nuc ish({control_probe}x2,{probe}x2)[{scored}]"
