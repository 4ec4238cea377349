"""One abnormality over the visits of a patient: the same by its arms, though a band may differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from remnant.cytogenetics.clones.clonality import ClonalChange, changes
from remnant.cytogenetics.clones.matching import Match, is_marker, match
from remnant.cytogenetics.clones.variants import is_variant
from remnant.cytogenetics.iscn.karyotype import Abnormality, Karyotype


@dataclass
class Lineage:
    """The abnormalities of a patient, numbered as they appear over the visits.

    Parameters
    ----------
    names : list of str
        As each was first written.
    visits : list of dict
        For each karyotype, the change by the number of its abnormality. Variants of normal chromosomes
        are left out: they come and go with the reporter, not with the disease.
    """

    names: list[str] = field(default_factory=list)
    visits: list[dict[int, ClonalChange]] = field(default_factory=list)
    _firsts: list[Abnormality] = field(default_factory=list)

    @classmethod
    def of(cls, karyotypes: Sequence[Karyotype]) -> Lineage:
        """Follow abnormalities over karyotypes in time; one cell of a known clone is the clone (OR41)."""
        lineage = cls()
        for karyotype in karyotypes:
            known = [change for visit in lineage.visits for change in visit.values()]
            lineage._add(changes(karyotype, known=known))
        return lineage

    def clonal(self, visit: int) -> dict[int, ClonalChange]:
        """The changes of a visit that are clonal, or of which it is not known."""
        return {number: c for number, c in self.visits[visit].items() if c.clonal is not False}

    def _add(self, found: Sequence[ClonalChange]) -> None:
        here: dict[int, ClonalChange] = {}
        pairs = [(change, change.item) for change in found if change.item and not is_variant(change.item)]
        # The best fit first, so that del(5)(q13q33) does not take the place of another deletion of 5q.
        fits = sorted(
            (
                (-match(item, first), number, at)
                for at, (_, item) in enumerate(pairs)
                for number, first in enumerate(self._firsts)
                if match(item, first) >= Match.BAND_DIFFERS
            ),
        )
        placed: set[int] = set()
        for _, number, at in fits:
            if number not in here and at not in placed:
                here[number] = pairs[at][0]
                placed.add(at)
        for at, (change, item) in enumerate(pairs):
            if at not in placed:
                here[len(self.names)] = change
                self.names.append(change.abnormality)
                self._firsts.append(item)
        self.visits.append(here)


def spelling_note(before: ClonalChange, after: ClonalChange) -> str:
    """What to know of two reports that are taken to mean the same abnormality; empty for nothing."""
    if before.item is None or after.item is None:
        return ""
    if is_marker(before.item):
        return "whether it is the same marker is not known"
    found = match(before.item, after.item)
    if found is Match.BAND_DIFFERS:
        return f"reported as {before.abnormality} before: taken as the same, read at other bands"
    if found is Match.MAY_BE_SAME and before.abnormality != after.abnormality:
        return f"reported as {before.abnormality} before: taken as the same"
    return ""
