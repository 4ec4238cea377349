"""The clones of a patient over all visits: which cells were counted when, and which clone came from which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.clones.evolution import held_by, metaphases_of
from remnant.cytogenetics.clones.lineage import Lineage
from remnant.cytogenetics.iscn.karyotype import Karyotype
from remnant.stats.fractions.proportion import upper_bound


@dataclass(frozen=True)
class StripVisit:
    """One karyotype of a series.

    Parameters
    ----------
    sample_id : str
    day : int
        Days since the patient's anchor.
    metaphases : int or None
        Of the patient; None where the report gives no numbers.
    excluded_above : float or None
        Fraction of cells above which so many metaphases exclude a clone that none of them has, one-sided;
        None without metaphases.
    """

    sample_id: str
    day: int
    metaphases: int | None
    excluded_above: float | None = None


@dataclass(frozen=True)
class StripClone:
    """One clone over the visits.

    Parameters
    ----------
    abnormalities : tuple of str
        What its cells have, as first written; empty for the normal cells.
    parent : int or None
        Row of the clone that it came from, by its abnormalities: the one with most of them and no other.
        None for the normal cells, and 0, the normal cells, where no other can be.
    cells : tuple of (int or None)
        Cells at each visit: 0 where it was not seen, None where the report gives no number.
    composite : bool
        Whether it was ever reported as a composite: then its cells have these abnormalities between them.
    """

    abnormalities: tuple[str, ...]
    parent: int | None
    cells: tuple[int | None, ...]
    composite: bool = False


@dataclass(frozen=True)
class EvolutionStrip:
    """A table of clones by visits; row 0 is the normal cells.

    Parameters
    ----------
    visits : tuple of StripVisit
        Columns, in the order of time.
    clones : tuple of StripClone
        Rows, in the order in which they appear.
    """

    visits: tuple[StripVisit, ...]
    clones: tuple[StripClone, ...]


def evolution_strip(
    visits: Sequence[tuple[str, int, Karyotype]], *, confidence: float = 0.95
) -> EvolutionStrip:
    """Make the table of a patient's clones over visits.

    A clone is what has the same clonal abnormalities; a cell with one more that no other cell has is counted
    with the clone that it otherwise belongs to. Cells of a donor are left out.

    Parameters
    ----------
    visits : sequence of (str, int, Karyotype)
        Sample, day and karyotype, in the order of time.
    confidence : float, default 0.95
        Of the one-sided bound on a clone that is not seen, in (0, 1).

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> strip = evolution_strip([
    ...     ("A", 0, read_karyotype("46,XX,del(5)(q13q33)[18]/46,XX[2]")),
    ...     ("B", 90, read_karyotype("46,XX,del(5)(q13q33)[3]/47,idem,+8[5]/46,XX[12]")),
    ... ])
    >>> [(clone.abnormalities, clone.cells) for clone in strip.clones]
    [((), (2, 12)), (('del(5)(q13q33)',), (18, 3)), (('del(5)(q13q33)', '+8'), (0, 5))]
    """
    karyotypes = [karyotype for _, _, karyotype in visits]
    lineage = Lineage.of(karyotypes)
    cells: dict[frozenset[int], list[int | None]] = {frozenset(): [0] * len(visits)}
    composite: set[frozenset[int]] = set()
    for at, karyotype in enumerate(karyotypes):
        clonal = lineage.clonal(at)
        for place, clone in enumerate(karyotype.clones):
            if clone.donor:
                continue
            held = held_by(clonal, place)
            row = cells.setdefault(held, [0] * len(visits))
            known = row[at]
            row[at] = None if clone.cells is None or known is None else known + clone.cells
            if clone.composite:
                composite.add(held)
    rows = list(cells)
    return EvolutionStrip(
        tuple(_visit(*visit, confidence) for visit in visits),
        tuple(
            StripClone(
                tuple(lineage.names[number] for number in sorted(held)),
                _parent(held, rows),
                tuple(cells[held]),
                held in composite,
            )
            for held in rows
        ),
    )


def _visit(sample: str, day: int, karyotype: Karyotype, confidence: float) -> StripVisit:
    metaphases = metaphases_of(karyotype)
    bound = float(upper_bound(0, metaphases, confidence=confidence)) if metaphases else None
    return StripVisit(sample, day, metaphases, bound)


def _parent(held: frozenset[int], rows: Sequence[frozenset[int]]) -> int | None:
    """The row with the most abnormalities that are all in this one too; the first of several."""
    smaller = [place for place, other in enumerate(rows) if other < held]
    return max(smaller, key=lambda place: (len(rows[place]), -place), default=None)
