"""Read what follows a karyotype: nuclei, metaphases under FISH, and arrays, each kept apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Tree

from remnant.cytogenetics.in_situ.arrays import ArrayResult, read_array
from remnant.cytogenetics.in_situ.grammar import leaves, parse, trees
from remnant.cytogenetics.in_situ.metaphases import MetaphasePattern, read_metaphases
from remnant.cytogenetics.in_situ.nuc_ish import build_nuc_ish
from remnant.cytogenetics.in_situ.signals import NucIsh
from remnant.cytogenetics.iscn.karyotype import Remark

MARK = re.compile(r"(?<!\w)(?:nuc[\s._-]{0,2}ish|ish|arr|rsa|s?seq|ogm|mlpa)(?![a-z])", re.I)
BEFORE = " \t.;,/"


@dataclass(frozen=True)
class InSitu:
    """In situ and array results of one report.

    Parameters
    ----------
    text : str
        As it was given.
    nuclei : NucIsh or None
        Interphase FISH; None where there is none.
    metaphases : tuple of MetaphasePattern
        Metaphase FISH. These cells are never added to nuclei.
    arrays : tuple of ArrayResult
        Arrays. They count copies in DNA, not cells.
    unread : tuple of str
        Results of a kind that is not read here: sequencing, optical mapping.
    remarks : tuple of Remark
        What the reader repaired or left unread.
    """

    text: str
    nuclei: NucIsh | None
    metaphases: tuple[MetaphasePattern, ...]
    arrays: tuple[ArrayResult, ...]
    unread: tuple[str, ...]
    remarks: tuple[Remark, ...]

    def __str__(self) -> str:
        """Write the results in the strict spelling: nuclei, metaphases, arrays."""
        written = [str(self.nuclei)] if self.nuclei else []
        if self.metaphases:
            written.append("ish " + "/".join(pattern.text for pattern in self.metaphases))
        return ".".join((*written, *(result.text for result in self.arrays), *self.unread))


def is_in_situ(text: str) -> bool:
    """Whether a text starts with an in situ or array result, so that it holds no karyotype.

    Examples
    --------
    >>> is_in_situ("nuc ish(EGR1x1)[3/20]"), is_in_situ("46,XX[20].nuc ish(EGR1x1)[3/20]")
    (True, False)
    """
    return MARK.match(text.lstrip(BEFORE)) is not None


def tail_of(text: str) -> int | None:
    """Return where an in situ or array result starts outside all brackets, from 0; None without one.

    Examples
    --------
    >>> tail_of("46,XX[20].nuc ish(EGR1x1)[3/20]"), tail_of("46,XX[20]")
    (10, None)
    """
    depth = place = 0
    for match in MARK.finditer(text):
        between = text[place : match.start()]
        depth += sum(between.count(letter) for letter in "([") - sum(between.count(letter) for letter in ")]")
        place = match.start()
        if depth == 0:
            return place
    return None


def read_in_situ(text: str, *, source: str = "in situ", line: int | None = None, start: int = 0) -> InSitu:
    """Read every in situ and array result of a report, the karyotype left out.

    Parameters
    ----------
    text : str
        For example "nuc ish(D5S23x2,EGR1x1)[150/200].ish del(5)(q31q31)(EGR1-)[12]"; `Karyotype.in_situ`.
    source : str
        File or field that it comes from, for the error.
    line : int, optional
        Line in it.
    start : int, default 0
        Where `text` starts in that line, for positions.

    Raises
    ------
    IscnError
        With the position of the first place that no result can have.

    Examples
    --------
    >>> found = read_in_situ("nuc ish(D5S23x2,EGR1x1)[150/200].arr 5q14q33(80000000_155000000)x1[0.6]")
    >>> found.nuclei.scored, found.arrays[0].findings[0].fraction
    (200, 0.6)
    """
    remarks: list[Remark] = []
    tree, place = parse(text, remarks, source=source, line=line, start=start)
    metaphases = [
        pattern for section in trees(tree, "ish") for pattern in read_metaphases(section, place, remarks)
    ]
    arrays = tuple(read_array(section, place, remarks) for section in trees(tree, "array"))
    unread = []
    for section in trees(tree, "other"):
        piece = place.of(*leaves(section))
        unread.append(piece.text.strip(" .;,/"))
        remarks.append(Remark(piece.position, piece.text, "a result of another kind: not read", True))
    nuclei = None
    if sections := trees(tree, "nuc_ish"):
        own: list[Remark] = []
        nuclei = build_nuc_ish(text, sections, place, own)
        remarks += nuclei.remarks
    assert all(isinstance(branch, Tree) for branch in tree.children)
    remarks.sort(key=lambda remark: remark.position)
    return InSitu(text, nuclei, tuple(metaphases), arrays, tuple(unread), tuple(remarks))
