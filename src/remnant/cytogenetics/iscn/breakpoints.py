"""Breakpoints: which belong to which chromosome, and whether they exist there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from remnant.cytogenetics.iscn.bands import BANDS, bands_of, is_band, is_subband
from remnant.cytogenetics.iscn.karyotype import Remark

NEED_BANDS = frozenset({"del", "t", "inv", "dup", "ins", "add", "trp", "qdp"})
BARE = "no breakpoints: the arm is not known"
NO_BAND = "not a band of chromosome"
LAST = 22  # autosomes
NUMBER = re.compile(r"([pq]?)\?*([0-9]+(?:\.[0-9]+)?)")


class Impossible(Exception):  # noqa: N818 - not an error yet
    """A rearrangement that contradicts itself, or the map, at `place` of its text (from 0)."""

    def __init__(self, place: int, found: str, expected: str, hint: str):
        super().__init__(place, found, expected, hint)
        self.place, self.found, self.expected, self.hint = place, found, expected, hint


def chromosome_name(text: str, place: int) -> str:
    """Name of a chromosome as records hold it: "5", "X", "?", "?17".

    Raises
    ------
    Impossible
        If there is no such chromosome.
    """
    name = text.strip("?*").upper()
    if name.isdigit() and not 1 <= int(name) <= LAST:
        raise Impossible(place, text, "a chromosome: 1 to 22, X or Y", "is a bracket or a semicolon missing?")
    return ("?" if "?" in text else "") + (str(int(name)) if name.isdigit() else name)


MOST_POINTS = {"del": 2, "inv": 2, "dup": 2, "trp": 2, "qdp": 2, "add": 1}  # on one chromosome


def share(kind: str, chromosomes: int, parts: Sequence[Sequence[str]], place: int) -> tuple[str, ...]:
    """Give each chromosome its breakpoints; `parts` are those that a semicolon keeps apart.

    One chromosome has them all; where the semicolons are missing, each of several has one. An unknown one
    is "?".

    Raises
    ------
    Impossible
        If there are more than the chromosomes can have.
    """
    if chromosomes == 1:
        found = ["".join(point for part in parts for point in part)]
    elif len(parts) == 1 and (
        len(parts[0]) == chromosomes or (kind == "ins" and len(parts[0]) > chromosomes)
    ):
        found = [*parts[0][: chromosomes - 1], "".join(parts[0][chromosomes - 1 :])]
    else:
        found = ["".join(part) for part in parts]
    crowded = kind == "t" and chromosomes > 1 and any(len(part) > 1 for part in parts) and len(parts) > 1
    if chromosomes == 1 and sum(map(len, parts)) > (most := MOST_POINTS.get(kind, 9)):
        hint = "leave out what is spare; a derivative with several changes is written der"
        raise Impossible(place, found[0], f"at most {most} breakpoint{'s' * (most > 1)} of one {kind}", hint)
    if kind == "t" and chromosomes == 1:
        raise Impossible(
            place, found[0], "two chromosomes or more of a translocation", "write t(9;22)(q34;q11.2)"
        )
    if len(found) > chromosomes or crowded:
        points = sum(map(len, parts))
        raise Impossible(
            place,
            ";".join("".join(part) for part in parts),
            f"as many breakpoints as chromosomes: {chromosomes}",
            f"{points} are written: leave out what is spare, or add the chromosome",
        )
    return tuple(band or "?" for band in found + [""] * (chromosomes - len(found)))


def check_bands(chromosomes: Iterable[str], bands: Iterable[str], place: int, remarks: list[Remark]) -> bool:
    """Whether every breakpoint lies on its chromosome, with a remark where it does not.

    A band of another chromosome is a slip in the band or in the chromosome: the abnormality is then not
    certain. A sub-band that the map does not show changes nothing.

    Raises
    ------
    Impossible
        If no chromosome has such a band.
    """
    good = True
    for chromosome, points in zip(chromosomes, bands, strict=False):
        name = chromosome.strip("?")
        for point in _points(points) if name + "p" in BANDS else ():
            arm = name + point[0]
            # One digit is a band cut short, or a region: too little to contradict.
            if len(point) > 2 and not is_band(name, point):
                last = f"the last band of {arm} is {point[0]}{max(bands_of(arm), key=int)}"
                if not any(is_band(other[:-1], point) for other in BANDS):
                    raise Impossible(place, point, f"a band of the {point[0]} arm of chromosome {name}", last)
                remarks.append(Remark(place + 1, point, f"{NO_BAND} {name}: {last}"))
                good = False
            elif not is_subband(name, point):
                words = f"{arm}{point[1:3]} is taken: the map shows no such part of it"
                remarks.append(Remark(place + 1, point, words))
    return good


def _points(text: str) -> Iterator[str]:
    """Every band of "q13~14q33?", each with its arm."""
    arm = ""
    for match in NUMBER.finditer(text):
        arm = match[1] or arm
        yield arm + match[2]
