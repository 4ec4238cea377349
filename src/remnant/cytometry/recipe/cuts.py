"""Which way each marker of a tube is cut, and inside which parent; each marker is cut once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from remnant.cytometry.recipe.fitness import doubts
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.recipe import LowRule, Recipe
from remnant.cytometry.recipe.sheet import Control, Mask, Sheet
from remnant.cytometry.recipe.threshold import (
    REVIEW,
    Reference,
    Refusal,
    cut_as_fixed,
    cut_at_share,
    cut_at_valley,
    cut_below_progenitors,
    cut_on_control,
    intervals_agree,
)
from remnant.cytometry.recipe.walk import finite

_DENSITY, _CONTROL, _PROGENITORS = range(3)  # streams of chance of one marker


@dataclass(frozen=True)
class Cutter:
    """Cuts the markers of one tube.

    Parameters
    ----------
    sheet : Sheet
        Nucleated cells of the stained tube.
    controls : mapping of str to Control
        Marker to the tube that leaves it out.
    phenotypes : mapping of str to tuple of MarkerRule
        Compartments that are asked for.
    recipe : Recipe
        Choices.
    seeds : mapping of str to int
        Key of the chance of each marker, whatever is cut before it.
    given : mapping of str to Threshold
        Cuts of the patient's first visit, which then go before every rule.
    """

    sheet: Sheet
    controls: Mapping[str, Control]
    phenotypes: Mapping[str, tuple[MarkerRule, ...]]
    recipe: Recipe
    seeds: Mapping[str, int]
    given: Mapping[str, Threshold] = field(default_factory=dict)
    _cuts: dict[str, Threshold | Refusal] = field(default_factory=dict, repr=False)
    _focus: dict[str, Cutter] = field(default_factory=dict, repr=False)
    _other: dict[tuple[str, int], Threshold | Refusal] = field(default_factory=dict, repr=False)
    _warnings: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _doubts: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _references: dict[tuple[str, int], Reference | Refusal] = field(default_factory=dict, repr=False)

    @property
    def stem(self) -> str:
        """Stem marker, as the panel spells it."""
        wanted = self.recipe.stem_marker
        known = self.sheet.tube.channels
        return next((marker for marker in known if marker.lower() == wanted.lower()), wanted)

    def cut(self, marker: str) -> Threshold | Refusal:
        """Cut a marker, once; every compartment that names it shares the cut."""
        if marker not in self._cuts:
            self._cuts[marker] = self._find(marker)
        return self._cuts[marker]

    def in_region(self, sheet: Sheet, controls: Mapping[str, Control]) -> Cutter:
        """Return a cutter that looks for stem-marker positive cells in a region only; their cut stays."""
        return replace(self, sheet=sheet, controls=controls, _focus={}, _references={})

    def moved(self, recipe: Recipe) -> Cutter:
        """Return a cutter by another recipe that differs in placed cuts only; what they leave alone stays."""
        same = {
            marker
            for marker in self.sheet.tube.channels
            if self.recipe.fixed_cut(marker) == recipe.fixed_cut(marker)
            and self.recipe.is_reviewed(marker) == recipe.is_reviewed(marker)
        }
        held = self.stem in same or self.stem not in self.sheet.tube.channels

        def kept(marker: str) -> bool:
            return held or marker == self.stem or not self.inside_stem(marker)

        return replace(
            self,
            recipe=recipe,
            _cuts={marker: cut for marker, cut in self._cuts.items() if marker in same and kept(marker)},
            _focus=dict(self._focus) if held else {},
            _other={key: cut for key, cut in self._other.items() if kept(key[0])},
            _warnings={m: said for m, said in self._warnings.items() if m in same and kept(m)},
            _references={key: found for key, found in self._references.items() if kept(key[0])},
        )

    def thresholds(self) -> tuple[Threshold, ...]:
        """Return the cuts made so far: of the stem marker, then as the compartments name them."""
        named = [rule.marker for rules in self.phenotypes.values() for rule in rules]
        made = (self._cuts.get(marker) for marker in dict.fromkeys((self.stem, *named)))
        return tuple(cut for cut in made if isinstance(cut, Threshold))

    def warnings(self) -> tuple[str, ...]:
        """What was noticed while cutting."""
        weak = [
            f"{t.marker} is cut at the {t.method}"
            for t in self.thresholds()
            if t.weaker and t.source != REVIEW
        ]
        apart = [
            f"{t.marker}: the exact and the resampled interval of its cut differ"
            for t in self.thresholds()
            if not intervals_agree(t)
        ]
        doubtful = (text for texts in self._warnings.values() for text in texts)
        return (*doubtful, *weak, *apart)

    def positive(self, sheet: Sheet) -> Mask | None:
        """Stem-marker positive cells of a tube; None where that marker is not asked for or not cut."""
        cut = self._cuts.get(self.stem)
        if not isinstance(cut, Threshold):
            return None
        rule = MarkerRule(self.stem, Level.POSITIVE)
        return sheet.passing((rule,), {self.stem: cut.value}, region=True)

    def focused(self) -> Cutter:
        """Return a cutter with only the cells that the loose end of the stem marker's cut lets in.

        Counts inside stem-marker positive cells are the same there, and looked for among a hundredth of the
        cells. Where the stem marker has a control of its own the cells below its cut are needed too.
        """
        cut, control = self.cut(self.stem), self.controls.get(self.stem)
        if isinstance(cut, Refusal) or control is not None:
            return self
        if self.stem not in self._focus:
            rule, loose = MarkerRule(self.stem, Level.POSITIVE), {self.stem: cut.lower}
            sheets = {id(item.sheet): item.sheet for item in self.controls.values()}
            sheets[id(self.sheet)] = self.sheet
            few = {
                key: sheet.only(sheet.passing((rule,), loose, region=True)) for key, sheet in sheets.items()
            }
            controls = {
                marker: replace(item, sheet=few[id(item.sheet)]) for marker, item in self.controls.items()
            }
            # Its own empty dictionary: one that held itself would keep the events of the tube in memory.
            self._focus[self.stem] = replace(self, sheet=few[id(self.sheet)], controls=controls, _focus={})
        return self._focus[self.stem]

    def inside_stem(self, marker: str) -> bool:
        """Whether every compartment that names the marker lies inside stem-marker positive cells."""
        if marker == self.stem:
            return False
        naming = [rules for rules in self.phenotypes.values() if marker in {rule.marker for rule in rules}]
        inside = MarkerRule(self.stem, Level.POSITIVE)
        return bool(naming) and all(inside in rules for rules in naming)

    def on_control(self, marker: str) -> Threshold | Refusal:
        """Cut a marker on its control, whatever the plan's rule is."""
        return self._once(marker, _CONTROL)

    def below_progenitors(self, marker: str) -> Threshold | Refusal:
        """Cut a marker below the stem-marker positive cells that carry it, whatever the plan's rule is."""
        return self._once(marker, _PROGENITORS)

    def reference(self, marker: str, control: Control | None = None) -> Reference | Refusal:
        """Gather the events inside the parent of `marker`, once: of the stained tube, or of a control."""
        key = marker, 0 if control is None else id(control.sheet)
        if key not in self._references:
            self._references[key] = self._gather(marker, control)
        return self._references[key]

    def _gather(self, marker: str, control: Control | None) -> Reference | Refusal:
        sheet = self.sheet if control is None else control.sheet
        where = "" if control is None else f" of {sheet.tube.name}"
        inside, parent = np.ones(len(sheet.rows), dtype=bool), "nucleated cells"
        if self.inside_stem(marker) and (control is None or self.stem not in control.leaves):
            stem = self.cut(self.stem)
            if isinstance(stem, Refusal):
                return stem
            found = self.positive(sheet)
            assert found is not None, "the stem marker has just been cut"
            inside, parent = found, f"{self.stem}+ cells"
        channel = self.sheet.tube.channels[marker].name
        return Reference(
            marker, channel, parent + where, finite(sheet.values(marker)[inside]), sheet.top(marker)
        )

    def _stream(self, marker: str, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seeds[marker], purpose])

    def _once(self, marker: str, way: int) -> Threshold | Refusal:
        if (marker, way) not in self._other:
            find = self._on_control if way == _CONTROL else self._below_progenitors
            self._other[marker, way] = find(marker)
        return self._other[marker, way]

    def _find(self, marker: str) -> Threshold | Refusal:
        if marker in self.given and not self.recipe.is_reviewed(marker):
            first = self.given[marker]
            method = f"as at the first visit: {first.method.removeprefix('as at the first visit: ')}"
            return replace(first, method=method, source="first visit", channel=self._channel(marker))
        levels = {rule.level for rules in self.phenotypes.values() for rule in rules if rule.marker == marker}
        if (fixed := self.recipe.fixed_cut(marker)) is not None:
            reference = self.reference(marker)
            if isinstance(reference, Refusal):
                return reference
            return cut_as_fixed(reference, fixed, reviewed=self.recipe.is_reviewed(marker))
        rule = self.recipe.cd38_rule if Level.NEGATIVE_OR_LOW in levels else None
        control = self.controls.get(marker)
        if rule == LowRule.FMO and (control is None or control.kind != "FMO"):
            return Refusal(f"{marker} has no FMO, which the plan asks for")
        if control is not None and rule in (None, LowRule.AUTOMATIC, LowRule.FMO):
            return self.on_control(marker)
        if rule == LowRule.PROGENITOR:
            return self.below_progenitors(marker)
        reference = self.reference(marker)
        if isinstance(reference, Refusal):
            return reference
        if rule is not None:
            return cut_at_share(reference, self.recipe)
        return self._at_valley(reference, levels)

    def _channel(self, marker: str) -> str:
        return self.sheet.tube.channels[marker].name

    def _at_valley(self, reference: Reference, levels: set[Level]) -> Threshold | Refusal:
        """Cut at a valley inside the parent; of what must be absent the carriers may all lie outside it."""
        marker = reference.marker
        found = cut_at_valley(reference, self.recipe, rng=self._stream(marker, _DENSITY))
        if isinstance(found, Threshold) or levels != {Level.NEGATIVE} or not self.inside_stem(marker):
            return found
        values = finite(self.sheet.values(marker))
        everywhere = replace(reference, parent="nucleated cells", values=values)
        wider = cut_at_valley(everywhere, self.recipe, rng=self._stream(marker, _DENSITY))
        return found if isinstance(wider, Refusal) else wider

    def _on_control(self, marker: str) -> Threshold | Refusal:
        control = self.controls.get(marker)
        if control is None:
            return Refusal(f"{marker} has no control")
        reference = self.reference(marker, control)
        if isinstance(reference, Refusal):
            return reference
        if marker not in self._doubts:
            doubt = (f"{text}: the threshold of {marker} is doubtful" for text in doubts(self.sheet, control))
            self._doubts[marker] = tuple(doubt)
        self._warnings[marker] = self._doubts[marker]
        stream = self._stream(marker, _CONTROL)
        return cut_on_control(reference, self.recipe, kind=control.kind, rng=stream)

    def _below_progenitors(self, marker: str) -> Threshold | Refusal:
        reference = self.reference(marker)
        if isinstance(reference, Refusal):
            return reference
        return cut_below_progenitors(reference, self.recipe, rng=self._stream(marker, _PROGENITORS))
