"""By which name of the published tables an abnormality goes: del(5q), -7, i(17q), t(3q)."""

from __future__ import annotations

import re

from remnant.cytogenetics.clones.implied import is_implied
from remnant.cytogenetics.iscn.karyotype import Abnormality, Segment

OTHER = "other"
NONE = ""  # no acquired abnormality at all
ISOCHROMOSOMES = frozenset({"i", "idic", "ider"})


def names_of(abnormality: Abnormality) -> tuple[str, ...]:
    """Names that an abnormality may go by, the likeliest first; one where the report leaves no doubt.

    Parameters
    ----------
    abnormality : Abnormality
        As read.

    Returns
    -------
    tuple of str
        "other" for what the tables of the IPSS-R do not name. A deletion whose arm is not given may be of
        either arm; with a question mark before it, it may be another abnormality.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> clone = read_karyotype("46,XY,del(5)(q13q33),t(3;8)(q26;q24)[9]").clones[0]
    >>> [names_of(abnormality) for abnormality in clone.abnormalities]
    [('del(5q)',), ('t(3q)',)]
    """
    if abnormality.sign and not abnormality.segments[0].kind:
        (name,) = abnormality.segments[0].chromosomes or ("?",)
        if is_implied(abnormality):
            return ("-Y", "-X", NONE) if name == "?" else (f"-{name}", NONE)
        return _doubtful(f"{abnormality.sign}{name}", abnormality)
    if abnormality.sign:
        return (OTHER,)
    parts = [part for part in abnormality.segments if part.kind != "der" or part.bands]
    if len(parts) == 1 and parts[0].kind == "del":
        return _deletion(parts[0], abnormality)
    if len(parts) == 1 and parts[0].kind in ISOCHROMOSOMES and parts[0].chromosomes == ("17",):
        return _doubtful("i(17q)", abnormality) if _isochromosome_17q(parts[0]) else (OTHER,)
    if any(_breaks_3q(part) for part in parts):
        name = "inv(3)" if parts[0].kind == "inv" else "t(3q)"
        return _doubtful(name, abnormality)
    if (
        len(parts) == 1
        and parts[0].kind in {"inv", "t"}
        and "3" in parts[0].chromosomes
        and not parts[0].bands
    ):
        return ("inv(3)", OTHER) if parts[0].kind == "inv" else (OTHER, "t(3q)")
    return (OTHER,)


def _doubtful(name: str, abnormality: Abnormality) -> tuple[str, ...]:
    """A question mark before the abnormality or its chromosome, not at a band, leaves open what it is."""
    before = re.match(r"[+-]?\?", abnormality.text) is not None
    questioned = before or any("?" in chromosome for chromosome in abnormality.segments[0].chromosomes)
    return (name.replace("?", ""), OTHER) if questioned else (name,)


def _deletion(part: Segment, abnormality: Abnormality) -> tuple[str, ...]:
    if len(part.chromosomes) != 1:
        return (OTHER,)
    (chromosome,) = part.chromosomes
    arms = "".join(part.arms)
    if arms in ("p", "q"):
        return _doubtful(f"del({chromosome}{arms})", abnormality)
    name = chromosome.strip("?")
    if name == "Y" and not arms:  # the whole of it, in the words of many reports
        return ("-Y", "del(Yq)", "del(Yp)")
    return (f"del({name}q)", f"del({name}p)") if not arms else (OTHER,)


def _isochromosome_17q(part: Segment) -> bool:
    """i(17)(q10), and the isodicentric ones whose break lies in the short arm."""
    bands = "".join(part.bands)
    return bands.startswith("q") if part.kind == "i" else bands.startswith("p1")


def _breaks_3q(part: Segment) -> bool:
    """Whether an inversion or a translocation breaks the long arm of a chromosome 3."""
    if part.kind not in {"inv", "t"} or len(part.bands) != len(part.chromosomes):
        return False
    return any(
        chromosome == "3" and "q" in band
        for chromosome, band in zip(part.chromosomes, part.bands, strict=True)
    )
