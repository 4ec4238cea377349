"""A tube that stays open while its cuts move: opened and walked once, counted as often as it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from remnant.cytometry.gates.membership import Codes
from remnant.cytometry.recipe.compartments import PARENT, Rules, count_compartment, member_codes
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.journey import Journey, Route
from remnant.cytometry.recipe.opening import Opening, Rack, known_markers, open_all, read_phenotypes
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.population import BothWays, PopulationCount, Threshold, written
from remnant.cytometry.recipe.recipe import Recipe, Whose
from remnant.cytometry.recipe.tube import GatedTube, GateStep
from remnant.cytometry.recipe.walk import scale_top
from remnant.errors import Fault, SettingError

MUCH_BACKGROUND = 0.1  # share of a rare gate from which expected background is worth a warning


@dataclass(frozen=True)
class Counted:
    """A tube counted at some cuts.

    Parameters
    ----------
    tube : GatedTube
        Steps, thresholds, populations and warnings; nothing drawn and nothing swept.
    journey : Journey
        The way to the cells that were cut.
    cutter : Cutter
        The cuts that count: the tube's own, or those of the first visit where the recipe says so.
    """

    tube: GatedTube
    journey: Journey
    cutter: Cutter


@dataclass(frozen=True)
class Bench:
    """One stained tube with its controls, opened.

    Parameters
    ----------
    rack : Rack
        The tubes.
    route : Route
        The way through them.
    compartments : mapping of str to str
        Name to phenotype.
    recipe : Recipe
        Every choice; the cuts of a review are set anew with each count.
    baseline : tuple of Threshold
        Thresholds of the patient's first visit.
    """

    rack: Rack = field(repr=False)
    route: Route = field(repr=False)
    compartments: Mapping[str, str]
    recipe: Recipe
    baseline: tuple[Threshold, ...] = ()

    @property
    def phenotypes(self) -> Mapping[str, Rules]:
        """The compartments, read."""
        return self.route.phenotypes

    @property
    def markers(self) -> tuple[str, ...]:
        """Markers whose cut decides a count, in the order of the gates."""
        named = [rule.marker for rules in self.phenotypes.values() for rule in rules]
        gates = [self.route.viability, self.route.cd45]
        return tuple(dict.fromkeys(marker for marker in [*gates, *named] if marker is not None))

    def count(self, reviewed: Mapping[str, float] | None = None) -> Counted:
        """Count every compartment with some cuts placed by a person, and the others as the recipe says.

        Parameters
        ----------
        reviewed : mapping of str to float, optional
            Marker to cut, on the compensated scale; those of the recipe by default, {} for none.

        Raises
        ------
        SettingError
            If a marker is not cut in this tube, or a cut is no finite number.
        """
        recipe = self.recipe
        if reviewed is not None:
            recipe = replace(recipe, reviewed=tuple(sorted(self.checked(reviewed).items())))
        elif recipe.reviewed:
            self.checked(dict(recipe.reviewed))
        journey = self.route.travel(recipe)
        cells = len(journey.cutter.sheet.rows)
        too_few = ""
        if cells < recipe.minimum_parent_events:
            too_few = f"{cells:,} nucleated cells; {recipe.minimum_parent_events:,} are needed"
        own, both = self._both_ways(journey.cutter, too_few)
        cutter, counts = own if recipe.thresholds == Whose.OWN or not self.baseline else both
        steps, more = _stem_step(cutter, journey)
        walk, rack = journey.walk, self.rack
        outside = self._outside(recipe)
        warnings = (*rack.warnings, *walk.warnings, *journey.warnings, *cutter.warnings(), *more, *outside)
        tube = GatedTube(
            rack.stained.name,
            rack.stained.events.size,
            cells if rack.stained.events.size else None,
            (*walk.steps, *journey.steps, *steps),
            (*walk.thresholds, *cutter.thresholds()),
            counts,
            (),
            tuple(dict.fromkeys(warnings)),
            rack.repairs,
            journey.doublets,
            both_ways=_pairs(own[1], both[1], recipe) if self.baseline else (),
        )
        return Counted(tube, journey, cutter)

    def members(self, counted: Counted) -> dict[str, Codes]:
        """Membership of every event in each compartment that could be evaluated."""
        codes = {
            count.population: member_codes(count, self.phenotypes[count.population], counted.cutter)
            for count in counted.tube.populations
        }
        return {name: code for name, code in codes.items() if code is not None}

    def checked(self, reviewed: Mapping[str, float]) -> dict[str, float]:
        """Return cuts by the markers of the panel, or refuse what this tube does not cut."""
        faults = []
        for marker, cut in reviewed.items():
            if not np.isfinite(cut):
                hint = "give it on the compensated scale of the channel"
                faults.append(Fault("gate review", None, marker, f"{cut}", "a finite number", hint))
            if marker.lower() not in {name.lower() for name in self.markers}:
                expected = ", ".join(self.markers) or "a marker"
                hint = "no gate of this tube cuts it"
                faults.append(Fault("gate review", None, "marker", marker, expected, hint))
        if faults:
            raise SettingError(faults)
        return known_markers(self.route.panel, reviewed, "gate review")

    def range_of(self, marker: str) -> tuple[float, float]:
        """Lowest and highest cut that the channel of a marker can mean, on the compensated scale."""
        top = scale_top(self.rack.stained.events, self.rack.stained.channels[marker].name)
        return -top, top

    def _outside(self, recipe: Recipe) -> list[str]:
        """Say which reviewed cuts lie where no event of their channel can."""
        said = []
        for marker, cut in recipe.reviewed:
            low, high = self.range_of(marker)
            if not low <= cut <= high:
                said.append(
                    f"{marker}: its reviewed cut {written(cut)} lies outside the scale of its channel"
                )
        return said

    def _both_ways(self, cutter: Cutter, too_few: str) -> tuple[Way, Way]:
        """Count every compartment by the tube's own thresholds, and by those of a first visit."""
        known = cutter.sheet.tube.channels
        given = {cut.marker: cut for cut in self.baseline if cut.marker in known and cut.source != "plan"}
        first = replace(cutter, given=given, _cuts={}, _other={}, _focus={}, _warnings={}, _references={})
        ways = []
        for each in (cutter, first) if self.baseline else (cutter,):
            counts = (
                count_compartment(name, self.compartments[name], rules, each, too_few)
                for name, rules in self.phenotypes.items()
            )
            ways.append((each, tuple(counts)))
        return ways[0], ways[-1]


Way = tuple[Cutter, tuple[PopulationCount, ...]]


def open_bench(asked: Opening, *, rng: np.random.Generator) -> Bench:
    """Open a tube with its controls; errors and chance as those of `gate_tube`."""
    phenotypes = read_phenotypes(asked.panel, asked.compartments)
    route = Route.of(open_all(asked), asked.panel, phenotypes, rng=rng)
    return Bench(route.rack, route, asked.compartments, asked.recipe, asked.baseline)


def _pairs(
    own: tuple[PopulationCount, ...], both: tuple[PopulationCount, ...], recipe: Recipe
) -> tuple[BothWays, ...]:
    return tuple(
        BothWays(first.population, first.events, second.events, str(recipe.thresholds))
        for first, second in zip(own, both, strict=True)
    )


def _stem_step(cutter: Cutter, journey: Journey) -> tuple[tuple[GateStep, ...], list[str]]:
    """The step to stem-marker positive cells, and whether an FMO lets in as many negative ones."""
    sheet, recipe = cutter.sheet, cutter.recipe
    cut = next((cut for cut in cutter.thresholds() if cut.marker == cutter.stem), None)
    if cut is None:
        return (), []
    known = sheet.count((), {}, region=True, known=(cutter.stem,))
    rule = MarkerRule(cutter.stem, Level.POSITIVE)
    inside, among = (
        sheet.count((rule,), {cutter.stem: cut.value}, region=True),
        sheet.count((), {}, region=True),
    )
    parent = PARENT if journey.region is None else journey.region.id
    words = f"{cutter.stem} at least {written(cut.value)}: {cut.method}"
    step = GateStep(f"{cutter.stem}+", parent, words, inside, known, among - known)
    expected = (1 - recipe.fmo_quantile) * among
    if cut.source != "FMO" or expected <= MUCH_BACKGROUND * inside:
        return (step,), []
    share = f"{100 * (1 - recipe.fmo_quantile):.2g} % of {among:,} cells of the {parent}"
    return (step,), [f"about {expected:,.0f} of {inside:,} {cutter.stem}+ events are background: {share}"]
