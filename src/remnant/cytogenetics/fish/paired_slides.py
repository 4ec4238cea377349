"""Slides of two compartments, paired within each patient and visit; who is left out, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.cytogenetics.fish.slides import Slides


@dataclass(frozen=True)
class SlidePair:
    """Both compartments of one patient at one visit.

    Parameters
    ----------
    patient : str
        Whose.
    visit : str or None
        None where the table names none.
    stem, progenitor : Slides
        All slides of each compartment.
    """

    patient: str
    visit: str | None
    stem: Slides
    progenitor: Slides

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Abnormal and scored nuclei of the stem, then of the progenitor compartment."""
        return self.stem.abnormal, self.stem.scored, self.progenitor.abnormal, self.progenitor.scored


@dataclass(frozen=True)
class LeftOut:
    """A patient, at one visit, of whom nothing can be compared.

    Parameters
    ----------
    patient : str
        Who.
    visit : str or None
        When.
    reason : str
        Which compartment is missing, or has no nuclei.
    """

    patient: str
    visit: str | None
    reason: str


@dataclass(frozen=True)
class Pairing:
    """Pairs of one probe.

    Parameters
    ----------
    pairs : tuple of SlidePair
        With nuclei in both compartments, in the order of the table.
    left_out : tuple of LeftOut
        The others.
    ignored : tuple of str
        Compartments that are neither of the two.
    """

    pairs: tuple[SlidePair, ...]
    left_out: tuple[LeftOut, ...]
    ignored: tuple[str, ...]


def pair_slides(
    slides: Sequence[Slides],
    people: Mapping[str, tuple[str, str | None]],
    *,
    stem: str,
    progenitor: str,
) -> Pairing:
    """Pair the two compartments of each sample.

    Parameters
    ----------
    slides : sequence of Slides
        Of one probe.
    people : Mapping of str to (str, str or None)
        Patient and visit of each sample.
    stem, progenitor : str
        Names of the two compartments.
    """
    place = {(item.sample_id, item.compartment): item for item in slides}
    pairs, left_out = [], []
    for sample in dict.fromkeys(item.sample_id for item in slides):
        patient, visit = people[sample]
        first, second = place.get((sample, stem)), place.get((sample, progenitor))
        missing = [name for name, item in ((stem, first), (progenitor, second)) if item is None]
        empty = [item.compartment for item in (first, second) if item is not None and item.scored == 0]
        if first is not None and second is not None and not empty:
            pairs.append(SlidePair(patient, visit, first, second))
            continue
        reasons = [f"no {' and no '.join(missing)} in the table"] if missing else []
        reasons += [f"no nuclei scored in {' and '.join(empty)}"] if empty else []
        left_out.append(LeftOut(patient, visit, "; ".join(reasons)))
    others = dict.fromkeys(item.compartment for item in slides)
    ignored = tuple(name for name in others if name not in (stem, progenitor))
    return Pairing(tuple(pairs), tuple(left_out), ignored)
