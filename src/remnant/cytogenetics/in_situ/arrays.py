"""Arrays: `arr[GRCh38] 5q14.1q33.3(80000000_155000000)x1[0.6]` says which region has how many copies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token, Tree

from remnant.cytogenetics.in_situ.grammar import Place, leaves, tokens, trees
from remnant.cytogenetics.in_situ.probes import read_amount
from remnant.cytogenetics.iscn.karyotype import Remark

CHROMOSOME = re.compile(r"(1[0-9]|2[0-2]|[1-9]|X|Y)(.*)", re.I)
COORDINATES = re.compile(r"([0-9][0-9, ]{0,14}) ?[_-] ?([0-9][0-9, ]{0,14})")


@dataclass(frozen=True)
class ArrayFinding:
    """Copies of one region.

    Parameters
    ----------
    text : str
        In the strict spelling.
    chromosome : str
        "1" to "22", "X", "Y"; or several, as "1-22", where the report speaks of whole chromosomes.
    bands : str
        From band to band, as "q14.1q33.3"; empty for a whole chromosome.
    start, end : int or None
        First and last base pair, where given.
    copies, copies_at_most : int or None
        Copies of the region; None where the report gives none.
    fraction : float or None
        Fraction of cells that carry it, in (0, 1], where the report gives it.
    words : tuple of str
        hmz (homozygous), mos (mosaic), dn and the like.
    """

    text: str
    chromosome: str
    bands: str
    start: int | None
    end: int | None
    copies: int | None
    copies_at_most: int | None
    fraction: float | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class ArrayResult:
    """An array result: DNA of all cells together, so never a count of cells."""

    text: str
    build: str
    findings: tuple[ArrayFinding, ...]


def read_array(section: Tree[Token], place: Place, remarks: list[Remark]) -> ArrayResult:
    """Turn one `arr` branch of the grammar into its findings.

    Raises
    ------
    IscnError
        If a region ends before it starts, or a fraction is not in (0, 1].
    """
    build = "".join(leaf.strip() for leaf in tokens(section, "BUILD"))
    findings = tuple(_finding(one, place, remarks) for one in trees(section, "place"))
    written = f"arr{f'[{build}]' if build else ''} " + ",".join(finding.text for finding in findings)
    return ArrayResult(written, build, findings)


def _finding(branch: Tree[Token], place: Place, remarks: list[Remark]) -> ArrayFinding:
    banded, span = tokens(branch, "BANDS"), tokens(branch, "SPAN")
    amount = read_amount(branch, place)
    start = end = None
    chromosome = bands = ""
    if banded:
        match = CHROMOSOME.fullmatch(banded[0].strip())
        assert match, "the grammar lets through a chromosome with its bands"
        chromosome, bands = match[1].upper(), match[2].lower()
    if span:
        found = COORDINATES.fullmatch(span[0].strip())
        if found and banded:
            start, end = (int(re.sub(r"[, ]", "", number)) for number in found.groups())
            if start > end:
                raise place.error(place.of(span[0]), "a region from its start to its end", "swap the two")
        elif not banded:
            chromosome = span[0].replace(" ", "").upper()
        else:
            piece = place.of(span[0])
            remarks.append(Remark(piece.position, piece.text, "no coordinates as start_end: not read", True))
    if amount is None:
        piece = place.of(*leaves(branch))
        remarks.append(Remark(piece.position, piece.text, "no number of copies", True))
    fraction = _fraction(branch, place)
    words = tuple(leaf.lower() for leaf in tokens(branch, "WORD"))
    region = f"{chromosome}{bands}" if banded else f"({chromosome})"
    region += f"({start}_{end})" if start is not None else f"({span[0].strip()})" if span and banded else ""
    low, high = (amount.low, amount.high) if amount else (None, None)
    number = "" if low is None else f"x{low}" + (f"~{high}" if high != low else "")
    written = region + number + "".join(f" {word}" for word in words)
    written += f"[{fraction:g}]" if fraction is not None else ""
    return ArrayFinding(written, chromosome, bands, start, end, low, high, fraction, words)


def _fraction(branch: Tree[Token], place: Place) -> float | None:
    if not (shares := trees(branch, "share")):
        return None
    (leaf,) = leaves(shares[0])
    value = float(leaf.rstrip("% ")) / (100 if leaf.type == "PERCENT" else 1)
    if not 0 < value <= 1:
        raise place.error(place.of(leaf), "a fraction of cells above 0 and up to 1", "write 60 % as 0.6")
    return value
