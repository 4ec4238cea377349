"""The last value of each item before the first dose, with the row that it was read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from remnant.analysis.karyotypes import KaryotypeResult
from remnant.analysis.variants import Variants, variants_of
from remnant.cytogenetics.clones.diagnostic_facts import CytogeneticFacts, cytogenetic_facts
from remnant.response.record.history import UNIT, Count, Line, Marrow
from remnant.response.rules.thresholds import show
from remnant.study.estimate import Source


@dataclass(frozen=True)
class BaselineValue:
    """One value before the first dose.

    Parameters
    ----------
    item : str
        What was measured.
    value : str
        As a reader would write it.
    day : int
    source : Source
        Its row.
    remark : str
        What may have changed it, such as a transfusion.
    """

    item: str
    value: str
    day: int
    source: Source
    remark: str = ""


@dataclass
class Baseline:
    """Takes the last values up to a day, and keeps where each was read.

    Parameters
    ----------
    until : int
        The day of the first dose: what was drawn that day was drawn before it.
    values : list of BaselineValue
        Filled as values are taken.
    """

    until: int
    values: list[BaselineValue] = field(default_factory=list)

    def count(self, line: Line, counts: Sequence[Count]) -> float | None:
        """Take a blood count, in the unit of its line."""
        return self._last(line.value, counts, UNIT[line])

    def blood_blasts(self, counts: Sequence[Count]) -> float | None:
        """Take the blasts of the blood, in per cent."""
        return self._last("blood blasts", counts, "%")

    def marrow(self, marrows: Sequence[Marrow]) -> Marrow | None:
        """Take the last marrow whose blasts are not in doubt."""
        sound = [one for one in marrows if one.day <= self.until and not one.doubt]
        if not sound:
            return None
        last = sound[-1]
        value = f"{show(last.blasts_percent)} %"
        self.values.append(BaselineValue("marrow blasts", value, last.day, last.sources[0]))
        return last

    def chromosomes(self, karyotypes: Sequence[KaryotypeResult]) -> CytogeneticFacts:
        """Take the last karyotype that there is; a failed culture says nothing."""
        read = [one for one in karyotypes if one.day <= self.until and one.ipss_r and one.complexity]
        if not read:
            return CytogeneticFacts()
        last = max(read, key=lambda one: one.day)
        assert last.ipss_r is not None
        assert last.complexity is not None
        remark = last.ipss_r.reason
        self.values.append(BaselineValue("karyotype", last.iscn, last.day, last.source, remark))
        return cytogenetic_facts(last.changes, last.complexity, last.ipss_r)

    def variants(
        self, specimens: Sequence[tuple[int, str]], rows: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> Variants:
        """Take the variants of the last sample that has any."""
        tested = [(day, sample) for day, sample in specimens if day <= self.until and sample in rows]
        if not tested:
            return Variants({})
        day, sample = max(tested, key=lambda one: one[0])
        found = variants_of(rows[sample])
        mutated = ", ".join(gene for gene, is_so in found.mutated.items() if is_so)
        text = f"{len(found.mutated)} genes, mutated: {mutated or 'none'}"
        self.values.append(BaselineValue("variants", text, day, found.sources[0]))
        return found

    def _last(self, item: str, counts: Sequence[Count], unit: str) -> float | None:
        known = [one for one in counts if one.day <= self.until]
        if not known:
            return None
        last = known[-1]
        value = BaselineValue(item, f"{show(last.value)} {unit}", last.day, last.source, last.raised)
        self.values.append(value)
        return float(last.value)
