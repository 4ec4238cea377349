"""What a karyotype says: clones, their abnormalities, and the cells that carry them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What an abnormality does to the set of chromosomes; clonality asks more of a loss."""

    GAIN = "gain"
    LOSS = "loss"
    STRUCTURAL = "structural"


@dataclass(frozen=True)
class Remark:
    """Something that the reader repaired, could not read, or found to disagree.

    Parameters
    ----------
    position : int
        Place in the text, from 1.
    found : str
        What stands there.
    reading : str
        How it was taken, in words.
    unread : bool
        Whether its meaning was lost: then counts of abnormalities are lower bounds.
    """

    position: int
    found: str
    reading: str
    unread: bool = False


@dataclass(frozen=True)
class Segment:
    """One rearrangement inside an abnormality: `t(7;10)(q22;p13)` of a derivative.

    Parameters
    ----------
    kind : str
        As published: del, t, inv, add; empty for a whole chromosome gained or lost.
    chromosomes : tuple of str
        "1" to "22", "X", "Y", or "?"; a doubtful one as "?17". Of a marker, its number.
    bands : tuple of str
        Breakpoints of each chromosome, as "q13q33"; "?" for an unknown one; empty where the report gives
        none.
    manner : str
        Words before the kind: psu of a psu dic, der of a der dic.
    detail : str
        The bands from end to end, where the report writes them out: "pter->q13::q33->qter".
    """

    kind: str
    chromosomes: tuple[str, ...]
    bands: tuple[str, ...] = ()
    manner: str = ""
    detail: str = ""

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms that each chromosome is broken in: "q", "p", "pq", or "" where unknown."""
        return tuple("".join(arm for arm in "pq" if arm in band) for band in self.bands)


@dataclass(frozen=True)
class Abnormality:
    """One abnormality of a clone.

    Parameters
    ----------
    text : str
        In the strict spelling.
    sign : str
        "+", "-" or empty.
    segments : tuple of Segment
        Its parts; one for most.
    change : Change
        Gain, loss or structural.
    copies : int
        How many times the clone has it; the fewest of a range.
    uncertain : bool
        Whether the report marks it with a question mark, or leaves out its breakpoints.
    constitutional : bool
        Whether it is the patient's own, not the disease's.
    cells : int or None
        Of a composite clone, the cells that show this one, where the report says so.
    copies_at_most : int or None
        The most of a range, as 3 of +1~3mar; None for one number.
    origin : str
        dn, mat, pat or inh, where the report says whence it came.
    """

    text: str
    sign: str
    segments: tuple[Segment, ...]
    change: Change
    copies: int = 1
    uncertain: bool = False
    constitutional: bool = False
    cells: int | None = None
    copies_at_most: int | None = None
    origin: str = ""

    @property
    def key(self) -> str:
        """What must agree for two reports to mean the same: kinds, chromosomes and arms, not bands."""
        parts = [f"{s.kind}({';'.join(s.chromosomes)})({';'.join(s.arms)})" for s in self.segments]
        return self.sign + "".join(parts)


@dataclass(frozen=True)
class Clone:
    """Cells that share a karyotype.

    Parameters
    ----------
    text : str
        In the strict spelling.
    number_low, number_high : int or None
        Chromosomes; two numbers for a range, None for cells described in words.
    sex : str
        Sex chromosomes as written, in upper case; empty where inherited.
    abnormalities : tuple of Abnormality
        All of them, the inherited ones first.
    inherits : str
        idem, sl, sdl, sdl1, or empty.
    cells : int or None
        Cells counted; None where the report gives no number.
    composite : bool
        Whether its cells differ (cp): not each cell then has each abnormality.
    nonclonal : bool
        Whether the report calls these cells non-clonal, in words.
    donor : bool
        Whether it stands behind a double slash: cells of the donor of a transplant.
    incomplete : bool
        Whether the report calls its list of abnormalities incomplete (inc).
    whole : bool
        Whether every abnormality that is written was read, in the clones that it inherits from too.
    ploidy : int or None
        Sets of chromosomes that gains and losses are counted from, where the report says so: 4 of <4n>.
    doubled : int
        How many times it has what it inherits: 2 of idemx2.
    """

    text: str
    number_low: int | None
    number_high: int | None
    sex: str
    abnormalities: tuple[Abnormality, ...]
    inherits: str
    cells: int | None
    composite: bool
    nonclonal: bool
    donor: bool
    incomplete: bool = False
    ploidy: int | None = None
    doubled: int = 1
    whole: bool = True

    @property
    def normal(self) -> bool:
        """Whether nothing acquired was seen in it."""
        known = self.whole and not self.nonclonal
        return known and all(a.constitutional for a in self.abnormalities)


@dataclass(frozen=True)
class Karyotype:
    """A karyotype as reported.

    Parameters
    ----------
    text : str
        As it was given.
    clones : tuple of Clone
        In the order of the report.
    in_situ : str
        What follows from an in situ or array result, unread here; empty for none.
    remarks : tuple of Remark
        Everything that a reader of the result must know about the reading.
    """

    text: str
    clones: tuple[Clone, ...]
    in_situ: str
    remarks: tuple[Remark, ...]

    @property
    def cells(self) -> int | None:
        """Cells counted over all clones; None where one of them has no number."""
        counts = [clone.cells for clone in self.clones]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def complete(self) -> bool:
        """Whether every part of the text was read."""
        return not any(remark.unread for remark in self.remarks)

    def __str__(self) -> str:
        """Write the karyotype in the strict spelling."""
        own = "/".join(clone.text for clone in self.clones if not clone.donor)
        donor = "/".join(clone.text for clone in self.clones if clone.donor)
        return f"{own}//{donor}" if donor else own

    @property
    def sex(self) -> str | None:
        """The patient's sex by the sex chromosomes: "female", "male", or None where they do not tell.

        A Y in any of the patient's own cells tells a male; two X in cells without an acquired change, or
        lost and rearranged ones that make up two X, tell a female. A single X may have lost either.
        """
        own = [clone for clone in self.clones if not clone.donor]
        letters = [clone.sex + "".join(_sex_chromosomes(clone)) for clone in own]
        if any("Y" in found for found in letters):
            return "male"
        return "female" if any(found.count("X") >= 2 for found in letters) else None


def _sex_chromosomes(clone: Clone) -> list[str]:
    """Sex chromosomes that a clone has besides the letters, rearranged, or had and lost; not gained ones."""
    parts = (a.segments[0] for a in clone.abnormalities if a.sign != "+")
    return [name for part in parts for name in part.chromosomes if name in ("X", "Y")]


@dataclass(frozen=True)
class CellCount:
    """Cells with an abnormality, among the cells scored.

    Parameters
    ----------
    abnormal, scored : int or None
        None where the report gives no cell numbers.
    uncertain : bool
        Whether the count is not sure: a composite clone, missing breakpoints, a part not read.
    """

    abnormal: int | None
    scored: int | None
    uncertain: bool = False
