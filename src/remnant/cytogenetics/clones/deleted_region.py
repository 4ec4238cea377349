"""Which of the commonly deleted regions of 5q a karyotype has lost, by its breakpoints.

By bands alone: where a breakpoint lies in a band of the region, whether the region is lost is not known. A
probe within it decides, not the karyotype; breakpoints by banding are often off by one band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from remnant.cytogenetics.clones.arm_loss import ANYWHERE, ArmLoss, arm_losses
from remnant.cytogenetics.clones.bands import stretch
from remnant.cytogenetics.clones.clonality import ClonalChange, changes
from remnant.cytogenetics.iscn.karyotype import Karyotype


class Verdict(StrEnum):
    """What the breakpoints say of a region."""

    DELETED = "deleted"
    PARTLY = "deleted at least in part"
    UNCERTAIN = "uncertain"
    RETAINED = "retained"


@dataclass(frozen=True)
class Region:
    """A stretch of 5q and what lies there.

    Parameters
    ----------
    name : str
        What it is known for; the gene itself for a locus.
    first, last : str
        Its bands, without the arm.
    source : str
        Where it was mapped.
    """

    name: str
    first: str
    last: str
    source: str = "Boultwood 2010, Blood 116:5803-5811, table 1"

    @property
    def bands(self) -> str:
        """Its bands as written: 5q32-q33.1."""
        return f"5q{self.first}" + (f"-q{self.last}" if self.last != self.first else "")


HIGHER_RISK = Region("region of higher-risk disease", "31.2", "31.2", "Lai 2001, as in Boultwood 2010")
SYNDROME = Region("region of the 5q- syndrome", "32", "33.1", "Boultwood 2002, Blood 99:4638-4641")
LOCI = (
    Region("EGR1", "31.2", "31.2"),
    Region("CDC25C", "31.2", "31.2"),
    Region("CSNK1A1", "32", "32"),
    Region("MIR145", "32", "32"),
    Region("RPS14", "33.1", "33.1"),
    Region("MIR146A", "33.3", "33.3"),
)


@dataclass(frozen=True)
class RegionVerdict:
    """A region and whether it is lost."""

    region: str
    bands: str
    verdict: Verdict


@dataclass(frozen=True)
class DeletedRegion:
    """What one abnormality takes from the long arm of chromosome 5.

    Parameters
    ----------
    abnormality : str
        As written.
    how : str
        "deletion" for a del(5q); otherwise the kind of abnormality that implies a loss: "monosomy",
        "isochromosome", "derivative", "added material", "dicentric", "ring".
    terminal : bool or None
        Whether the end of the arm is lost, as it is with the whole arm; False is interstitial; None where the
        bands are not given.
    cells : int or None
        Cells that have it, at most.
    clonal : bool or None
        Whether they define a clone.
    certain : bool
        False where what is lost may still be there in another chromosome.
    higher_risk, syndrome : RegionVerdict
        The two commonly deleted regions.
    loci : tuple of RegionVerdict
        Single genes; that of EGR1 says whether the probe lies within.
    """

    abnormality: str
    how: str
    terminal: bool | None
    cells: int | None
    clonal: bool | None
    certain: bool
    higher_risk: RegionVerdict
    syndrome: RegionVerdict
    loci: tuple[RegionVerdict, ...]

    @property
    def is_deletion(self) -> bool:
        """Whether it is a del(5q), and not another loss of 5q: only that defines the disease."""
        return self.how == "deletion"

    @property
    def egr1(self) -> Verdict:
        """Whether the band of the EGR1 probe is lost."""
        return self.loci[0].verdict


def deleted_regions(karyotype: Karyotype, *, known: Sequence[ClonalChange] = ()) -> tuple[DeletedRegion, ...]:
    """List every loss of 5q with the regions that it takes.

    Parameters
    ----------
    karyotype : Karyotype
        As read.
    known : sequence of ClonalChange
        Of earlier karyotypes of the patient (OR41).

    References
    ----------
    Boultwood et al. (2002) Blood 99:4638-4641; Boultwood et al. (2010) Blood 116:5803-5811.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> (lost,) = deleted_regions(read_karyotype("46,XX,del(5)(q13q33)[18]/46,XX[2]"))
    >>> lost.egr1.value, lost.syndrome.verdict.value, lost.terminal
    ('deleted', 'deleted at least in part', False)
    """
    found = []
    for change in changes(karyotype, known=known):
        if change.item is None:
            continue
        beside = [item for place in change.clones for item in karyotype.clones[place].abnormalities]
        found += [_region(change, loss) for loss in arm_losses(change.item, beside, chromosome="5", arm="q")]
    return tuple(found)


def any_loss_of_5q(regions: Sequence[DeletedRegion]) -> bool | None:
    """Whether anything of 5q is lost in a clone, by whatever abnormality; None where it may be."""
    clonal = [region for region in regions if region.clonal is not False]
    return True if any(region.certain for region in clonal) else None if clonal else False


def verdict(region: Region, loss: ArmLoss) -> Verdict:
    """Compare a region with what is lost.

    Examples
    --------
    >>> lost = ArmLoss("deletion", (13000, 13999), (31000, 31999))
    >>> verdict(HIGHER_RISK, lost).value, verdict(SYNDROME, lost).value
    ('uncertain', 'retained')
    """
    low, high = stretch(region.first)[0], stretch(region.last)[1]
    if loss.far[1] < low or loss.near[0] > high:
        return Verdict.RETAINED
    if not loss.certain:
        return Verdict.UNCERTAIN
    if loss.near[1] < low and loss.far[0] > high:
        return Verdict.DELETED
    inside = max(low, loss.near[1] + 1) <= min(high, loss.far[0] - 1)
    return Verdict.PARTLY if inside else Verdict.UNCERTAIN


def _region(change: ClonalChange, loss: ArmLoss) -> DeletedRegion:
    def judged(region: Region) -> RegionVerdict:
        return RegionVerdict(region.name, region.bands, verdict(region, loss))

    return DeletedRegion(
        change.abnormality,
        loss.how,
        None if loss.near == ANYWHERE else loss.terminal,
        change.cells,
        change.clonal,
        loss.certain,
        judged(HIGHER_RISK),
        judged(SYNDROME),
        tuple(judged(region) for region in LOCI),
    )
