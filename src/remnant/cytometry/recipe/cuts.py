"""Which way each marker of a tube is cut, and inside which parent; each marker is cut once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import FROM_FILE, Axis, Gate, Interval, RectangleGate
from remnant.cytometry.gates.membership import IN, Codes
from remnant.cytometry.recipe.cells import finite, follow, scale_top
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.recipe import LowRule, Recipe
from remnant.cytometry.recipe.threshold import (
    Reference,
    Refusal,
    cut_as_fixed,
    cut_at_share,
    cut_at_valley,
    cut_below_progenitors,
    cut_on_control,
)
from remnant.cytometry.recipe.tube import Threshold

SHIFTED = 0.25  # Kolmogorov-Smirnov distance from which an FMO does not look like its stained tube
_LEAST_COMPARED = 100
_EVERY = 16  # events skipped in the first look at two samples


@dataclass(frozen=True)
class Tube:
    """A file with its panel resolved."""

    name: str
    events: TubeEvents
    channels: Mapping[str, Channel]


@dataclass(frozen=True)
class Cutter:
    """Cuts the markers of one tube.

    Parameters
    ----------
    tube : Tube
        The stained tube.
    controls : mapping of str to Tube
        Marker to its FMO.
    phenotypes : mapping of str to tuple of MarkerRule
        Compartments that are asked for.
    recipe : Recipe
        Choices.
    gates : tuple of Gate
        The way to nucleated cells, to be followed in the controls.
    nucleated : ndarray of int8, shape (events,)
        Codes of nucleated cells of the stained tube.
    rng : Generator
        For density thresholds.
    """

    tube: Tube
    controls: Mapping[str, Tube]
    phenotypes: Mapping[str, tuple[MarkerRule, ...]]
    recipe: Recipe
    gates: tuple[Gate, ...]
    nucleated: Codes
    rng: np.random.Generator
    _rngs: dict[str, np.random.Generator] = field(default_factory=dict, repr=False)
    _cuts: dict[str, Threshold | Refusal] = field(default_factory=dict, repr=False)
    _warnings: list[str] = field(default_factory=list, repr=False)

    @property
    def stem(self) -> str:
        """Stem marker, as the panel spells it."""
        wanted = self.recipe.stem_marker
        return next((marker for marker in self.tube.channels if marker.lower() == wanted.lower()), wanted)

    def cut(self, marker: str) -> Threshold | Refusal:
        """Cut a marker, once; every compartment that names it shares the cut."""
        if marker not in self._cuts:
            self._cuts[marker] = self._find(marker)
        return self._cuts[marker]

    def _stream(self, marker: str) -> np.random.Generator:
        """Stream of chance of one marker, whatever was cut before it."""
        if not self._rngs:
            seeds = self.rng.integers(2**63, size=len(self.tube.channels))
            streams = (np.random.default_rng(int(seed)) for seed in seeds)
            self._rngs.update(zip(self.tube.channels, streams, strict=True))
        return self._rngs[marker]

    def cut_stem(self) -> Threshold | Refusal:
        """Cut the stem marker on the nucleated cells."""
        return self.cut(self.stem)

    def thresholds(self) -> tuple[Threshold, ...]:
        """Return the cuts made so far."""
        return tuple(cut for cut in self._cuts.values() if isinstance(cut, Threshold))

    def warnings(self) -> tuple[str, ...]:
        """What was noticed while cutting."""
        weak = [f"{t.marker} is cut at the {t.method}" for t in self.thresholds() if t.weaker]
        return (*self._warnings, *weak)

    def stem_codes(self) -> Codes | None:
        """Codes of stem-marker positive cells; None where that marker is not asked for or not cut."""
        cut = self._cuts.get(self.stem)
        return self._positive(self.tube, self.nucleated, cut) if isinstance(cut, Threshold) else None

    def stem_cut(self) -> Threshold:
        """Return the cut of the stem marker; only where `stem_codes` has an answer."""
        cut = self._cuts[self.stem]
        assert isinstance(cut, Threshold)
        return cut

    def _positive(self, tube: Tube, within: Codes, cut: Threshold) -> Codes:
        gate = RectangleGate(cut.marker, None, (Interval(Axis(cut.channel), cut.value),))
        return place(gate, tube.events, within, {})

    def _inside_stem(self, marker: str) -> bool:
        """Whether every compartment that names the marker lies inside stem-marker positive cells."""
        if marker == self.stem:
            return False
        naming = [rules for rules in self.phenotypes.values() if marker in {rule.marker for rule in rules}]
        inside = MarkerRule(self.stem, Level.POSITIVE)
        return bool(naming) and all(inside in rules for rules in naming)

    def _reference(self, marker: str, tube: Tube, nucleated: Codes, where: str) -> Reference | Refusal:
        """Gather the events inside the parent of `marker` in one tube."""
        channel = tube.channels[marker].name
        codes, parent = nucleated, "nucleated cells"
        if self._inside_stem(marker):
            stem = self.cut_stem()
            if isinstance(stem, Refusal):
                return stem
            codes, parent = self._positive(tube, nucleated, stem), f"{self.stem}+ cells"
        values = finite(tube.events.column(channel, FROM_FILE)[codes == IN])
        return Reference(marker, channel, parent + where, values, scale_top(tube.events, channel))

    def _find(self, marker: str) -> Threshold | Refusal:
        levels = {rule.level for rules in self.phenotypes.values() for rule in rules if rule.marker == marker}
        if (fixed := self.recipe.fixed_cut(marker)) is not None:
            reference = self._reference(marker, self.tube, self.nucleated, "")
            return reference if isinstance(reference, Refusal) else cut_as_fixed(reference, fixed)
        rule = self.recipe.cd38_rule if Level.NEGATIVE_OR_LOW in levels else None
        if rule is LowRule.FMO and marker not in self.controls:
            return Refusal(f"{marker} has no FMO, which the plan asks for")
        if marker in self.controls and rule in (None, LowRule.AUTOMATIC, LowRule.FMO):
            return self._cut_on_control(marker)
        reference = self._reference(marker, self.tube, self.nucleated, "")
        if isinstance(reference, Refusal):
            return reference
        if rule is None:
            return cut_at_valley(reference, self.recipe, rng=self._stream(marker))
        if rule is LowRule.PROGENITOR:
            return cut_below_progenitors(reference, self.recipe, rng=self._stream(marker))
        return cut_at_share(reference, self.recipe)

    def _cut_on_control(self, marker: str) -> Threshold | Refusal:
        control = self.controls[marker]
        nucleated = follow(self.gates, control.events)
        reference = self._reference(marker, control, nucleated, f" of {control.name}")
        if isinstance(reference, Refusal):
            return reference
        self._compare(marker, control, nucleated)
        return cut_on_control(reference, self.recipe)

    def _compare(self, marker: str, control: Tube, nucleated: Codes) -> None:
        """Warn where an FMO differs from its stained tube on a channel that both stain."""
        cells = ((self.tube, self.nucleated == IN), (control, nucleated == IN))
        for other in self.tube.channels:
            if other == marker:
                continue
            first, second = (
                np.sort(finite(tube.events.column(tube.channels[other].name, FROM_FILE)[inside]))
                for tube, inside in cells
            )
            if min(len(first), len(second)) < _LEAST_COMPARED or _surely_near(first, second):
                continue
            distance = _distance(first, second)
            if distance > SHIFTED:
                found = f"{control.name} and {self.tube.name} differ on {other} (KS distance {distance:.2f})"
                self._warnings.append(f"{found}: the threshold of {marker} is doubtful")


def _surely_near(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether every n-th event alone shows that two sorted samples are not `SHIFTED`.

    The distance is a metric, and every n-th of N sorted events lies within n / N of them all; so the
    triangle inequality bounds the whole distance, and most pairs need no more.
    """
    slack = _EVERY / len(first) + _EVERY / len(second)
    return _distance(first[::_EVERY], second[::_EVERY]) + slack <= SHIFTED


def _distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Kolmogorov-Smirnov distance: the widest gap between the cumulative distributions of sorted samples."""
    # The gap is widest at an event of `first` (from above) or just before one (from below).
    rank, size = np.arange(len(first)), len(first)
    above = (rank + 1) / size - np.searchsorted(second, first, side="right") / len(second)
    below = np.searchsorted(second, first, side="left") / len(second) - rank / size
    return float(max(above.max(), below.max()))
