"""Variants of normal chromosomes: inversions around the centromere that healthy people carry."""

from __future__ import annotations

from remnant.cytogenetics.clones.bands import breakpoints
from remnant.cytogenetics.iscn.karyotype import Abnormality

# Chromosome, and the bands of both breaks.
VARIANTS = {
    "9": (("p11", "p12", "p13"), ("q11", "q12", "q13")),
    "2": (("p11",), ("q13",)),
    "10": (("p11", "p12"), ("q11", "q21")),
    "Y": (("p11",), ("q11", "q12")),
}


def is_variant(item: Abnormality) -> bool:
    """Whether it is an inversion that healthy people carry, such as inv(9)(p12q13)."""
    part = item.segments[0]
    if len(item.segments) > 1 or part.kind != "inv" or item.sign or len(part.chromosomes) != 1:
        return False
    near_p, near_q = VARIANTS.get(part.chromosomes[0], ((), ()))
    points = breakpoints(part.bands[0]) if part.bands else None
    if not points or {point.arm for point in points} != {"p", "q"}:
        return False
    allowed = {band: int(band[1:]) for band in (*near_p, *near_q)}
    return all(
        any(point.arm == band[0] and point.near // 1000 == at for band, at in allowed.items())
        for point in points
    )
