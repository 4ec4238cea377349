"""What an abnormality takes from an arm: a deletion, a derivative, a whole chromosome lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from remnant.cytogenetics.clones.bands import TELOMERE, Breakpoint, breakpoints
from remnant.cytogenetics.clones.counted import stands_in_for
from remnant.cytogenetics.clones.matching import is_marker
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Segment

CENTROMERE = (-1, -1)
END = (TELOMERE + 1, TELOMERE + 1)
CENTRE = 10  # the band of the centromere itself
ANYWHERE = (-1, TELOMERE + 1)


@dataclass(frozen=True)
class ArmLoss:
    """A stretch of an arm that an abnormality takes away.

    Parameters
    ----------
    how : str
        "deletion", "monosomy", "isochromosome", "derivative", "added material", "dicentric" or "ring".
    near, far : tuple of int
        The stretch in which each end lies, from the centromere (-1) to beyond the telomere (100000).
    certain : bool
        False where what is lost may still be there in another chromosome.
    """

    how: str
    near: tuple[int, int]
    far: tuple[int, int]
    certain: bool = True

    @property
    def terminal(self) -> bool:
        """Whether it reaches the end of the arm."""
        return self.far == END


def arm_losses(
    item: Abnormality, beside: Sequence[Abnormality], *, chromosome: str, arm: str
) -> tuple[ArmLoss, ...]:
    """List what an abnormality takes from an arm.

    Parameters
    ----------
    item : Abnormality
        As read.
    beside : sequence of Abnormality
        What the same clone has: a derivative or a marker there may hold what is lost here.
    chromosome, arm : str
        "5", "q".

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> items = read_karyotype("46,XX,der(5)t(5;12)(q14;q14)[9]").clones[0].abnormalities
    >>> (loss,) = arm_losses(items[0], items, chromosome="5", arm="q")
    >>> loss.how, loss.near, loss.terminal
    ('derivative', (14000, 14999), True)
    """
    if (settled := _settled(item, chromosome)) != item:
        found = arm_losses(settled, beside, chromosome=chromosome, arm=arm)
        return tuple(replace(loss, certain=False) for loss in found)
    if item.change is Change.LOSS:
        return _monosomy(item, beside, chromosome)
    if item.sign == "+" and not _replaces(item, beside, chromosome):
        return ()  # beside two normal chromosomes it takes nothing away
    centre = item.segments[0].chromosomes if item.segments[0].kind == "der" else ()
    return tuple(
        loss
        for part in item.segments
        for loss in _of_part(part, centre, chromosome, arm)
        if chromosome in part.chromosomes
    )


def _settled(item: Abnormality, chromosome: str) -> Abnormality:
    """Take the question mark from a chromosome that the report is not sure of."""
    parts = tuple(
        replace(part, chromosomes=tuple(c.replace(f"?{chromosome}", chromosome) for c in part.chromosomes))
        for part in item.segments
    )
    return replace(item, segments=parts)


def _monosomy(item: Abnormality, beside: Sequence[Abnormality], chromosome: str) -> tuple[ArmLoss, ...]:
    part = item.segments[0]
    if part.kind or part.chromosomes != (chromosome,):
        return ()
    if any(stands_in_for(other, chromosome) for other in beside):
        return ()  # the derivative says itself what it lacks
    hidden = any(
        is_marker(other) or (len(other.segments[0].kind) > 0 and chromosome in _chromosomes(other))
        for other in beside
        if other.change is not Change.LOSS
    )
    return (ArmLoss("monosomy", CENTROMERE, END, not hidden and not item.uncertain),)


def _replaces(item: Abnormality, beside: Sequence[Abnormality], chromosome: str) -> bool:
    lost = any(
        other.change is Change.LOSS
        and not other.segments[0].kind
        and other.segments[0].chromosomes == (chromosome,)
        for other in beside
    )
    return lost and stands_in_for(item, chromosome)


def _chromosomes(item: Abnormality) -> set[str]:
    return {name for part in item.segments for name in part.chromosomes}


def _of_part(part: Segment, centre: tuple[str, ...], chromosome: str, arm: str) -> Iterator[ArmLoss]:
    """What one rearrangement takes; of an exchange only the derivative with this centromere lacks the end."""
    points = _points(part, chromosome)
    mine = [point for point in points or () if point.arm == arm]
    unknown = points is None or not points
    if part.kind == "del":
        yield from _deletion(mine, unknown, points)
    elif part.kind in {"i", "ider"} and points and points[0].arm != arm and points[0].near // 1000 == CENTRE:
        yield ArmLoss("isochromosome", CENTROMERE, END)
    elif part.kind == "add" and mine:
        yield ArmLoss("added material", _at(mine[0]), END)  # it stands in place of the end of the arm
    elif part.kind in {"idic", "dic", "dicr", "tas"} and mine:
        yield ArmLoss("dicentric", _at(mine[0]), END)
    elif part.kind == "r" and mine:
        yield ArmLoss("ring", _at(mine[-1]), END)
    elif part.kind == "der" and len(part.chromosomes) > 1 and points:
        # Of a whole-arm derivative the bands p10 and q10 name the arm that is kept.
        if points[0].near // 1000 == CENTRE:
            if points[0].arm != arm:
                yield ArmLoss("derivative", CENTROMERE, END)
        elif mine:
            yield ArmLoss("derivative", _at(mine[0]), END)
    elif part.kind == "t" and chromosome in centre and mine:
        yield ArmLoss("derivative", _at(mine[0]), END)
    elif part.kind == "ins" and chromosome in centre and chromosome != part.chromosomes[0] and len(mine) == 2:
        yield ArmLoss("derivative", _at(mine[0]), _at(mine[1]))


def _deletion(
    mine: Sequence[Breakpoint], unknown: bool, points: Sequence[Breakpoint] | None
) -> Iterator[ArmLoss]:
    if unknown or (mine and len(mine) < len(points or ())):
        yield ArmLoss("deletion", ANYWHERE, ANYWHERE, False)
    elif len(mine) == 1 and (mine[0].near, mine[0].far) == (0, TELOMERE):
        yield ArmLoss("deletion", ANYWHERE, ANYWHERE)  # of this arm, with no band
    elif len(mine) == 1:
        yield ArmLoss("deletion", _at(mine[0]), END)
    elif len(mine) > 1:
        first, *_, last = sorted(mine)
        yield ArmLoss("deletion", _at(first), _at(last))


def _points(part: Segment, chromosome: str) -> tuple[Breakpoint, ...] | None:
    if chromosome not in part.chromosomes or len(part.bands) != len(part.chromosomes):
        return None
    return breakpoints(part.bands[part.chromosomes.index(chromosome)])


def _at(point: Breakpoint) -> tuple[int, int]:
    return point.near, point.far
