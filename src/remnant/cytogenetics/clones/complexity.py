"""How many abnormalities a karyotype holds, as the IPSS-R counts them.

Each numerical or structural abnormality is one; what a subclone inherits is counted once; constitutional
changes and variants of normal chromosomes are none. Clones that share nothing are independent: their
abnormalities do not add up to a complex karyotype, since no cell line has them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.clones.clonality import CELLS_FOR_GAIN, ClonalChange, changes
from remnant.cytogenetics.clones.counted import Counted, count_of, is_polyploid
from remnant.cytogenetics.clones.implied import unlisted
from remnant.cytogenetics.iscn.karyotype import Karyotype

COMPLEX = 3  # abnormalities


@dataclass(frozen=True)
class Complexity:
    """How many abnormalities a karyotype holds.

    Parameters
    ----------
    abnormalities : int
        Distinct acquired ones that are clonal, or whose cells are not counted, over the whole sample.
    at_least : bool
        Whether there may be more: a part was not read, the report calls itself incomplete, or a number of
        chromosomes is not explained.
    counted : tuple of Counted
        Each with its count, those of count 0 with the reason.
    lines : tuple of int
        How many each line of related clones has, the most first; two or more are independent of each other.
    """

    abnormalities: int
    at_least: bool
    counted: tuple[Counted, ...] = ()
    lines: tuple[int, ...] = ()

    @property
    def in_one_line(self) -> int:
        """Abnormalities of the line of related clones that has the most."""
        return max(self.lines, default=0)

    @property
    def is_complex(self) -> bool:
        """Whether one line of clones has three or more."""
        return self.in_one_line >= COMPLEX

    @property
    def is_very_complex(self) -> bool:
        """Whether one line of clones has more than three."""
        return self.in_one_line > COMPLEX


def complexity(karyotype: Karyotype, *, known: Sequence[ClonalChange] = ()) -> Complexity:
    """Count the clonal abnormalities over all clones.

    Parameters
    ----------
    karyotype : Karyotype
        As read. A report without cell numbers is taken at its word: what it lists is clonal.
    known : sequence of ClonalChange
        Of earlier karyotypes of the patient (OR41).

    References
    ----------
    Chun et al. (2010) Leuk Res 34:160-165, the counting of the International Working Group on MDS
    Cytogenetics, but for independent clones, which the IPSS-R has as a category of their own.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> complexity(read_karyotype("45,XX,del(5)(q13q33),-7,+8,+2mar[9]")).abnormalities
    5
    """
    found = changes(karyotype, known=known)
    counted = [count_of(change, karyotype.clones) for change in found]
    sets, polyploid = _polyploidy(karyotype)
    holders = [set(change.clones) for change in found] + [polyploid] * len(sets)
    counted += sets
    pairs = zip(holders, counted, strict=True)
    lines = _lines([(places, item.count) for places, item in pairs if item.count])
    total = sum(item.count for item in counted)
    return Complexity(total, not karyotype.complete or bool(unlisted(karyotype)), tuple(counted), lines)


def _lines(holders: Sequence[tuple[set[int], int]]) -> tuple[int, ...]:
    """Add up the abnormalities of clones that share any."""
    lines: list[tuple[set[int], int]] = []
    for places, count in holders:
        joined = [line for line in lines if line[0] & places]
        lines = [line for line in lines if not line[0] & places]
        lines.append((places.union(*(line[0] for line in joined)), count + sum(line[1] for line in joined)))
    return tuple(sorted((count for _, count in lines), reverse=True))


def _polyploidy(karyotype: Karyotype) -> tuple[list[Counted], set[int]]:
    """Clones with whole extra sets of chromosomes count once for them."""
    found = {
        at: clone for at, clone in enumerate(karyotype.clones) if is_polyploid(clone) and not clone.donor
    }
    if not found:
        return [], set()
    cells = [clone.cells for clone in found.values()]
    enough = None in cells or sum(count or 0 for count in cells) >= CELLS_FOR_GAIN
    said = f"{next(iter(found.values())).number_low} chromosomes"
    reason = "extra sets of chromosomes" if enough else "extra sets of chromosomes in one cell"
    return [Counted(said, int(enough), reason, int(enough))], set(found)
