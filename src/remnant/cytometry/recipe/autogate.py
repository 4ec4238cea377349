"""Automatic gating of one tube: cells, singlets, viable, nucleated, progenitor region, CD34+, compartments.

Every threshold says how it was found and how far it could move; a compartment whose threshold
cannot be found is not evaluable, with the reason, and never gets a gate made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.gate import Gate
from remnant.cytometry.gates.membership import Codes
from remnant.cytometry.recipe.compartments import PARENT, count_compartment
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.drift import reference_medians
from remnant.cytometry.recipe.gallery import draw_gallery
from remnant.cytometry.recipe.journey import Journey, travel
from remnant.cytometry.recipe.low import compare_cuts, sweep
from remnant.cytometry.recipe.opening import open_all, read_phenotypes
from remnant.cytometry.recipe.phenotype import MarkerRule
from remnant.cytometry.recipe.population import BothWays, PopulationCount, Threshold, written
from remnant.cytometry.recipe.recipe import Recipe, Whose
from remnant.cytometry.recipe.tube import GatedTube, GateStep

MUCH_BACKGROUND = 0.1  # share of a rare gate from which expected background is worth a warning


@dataclass(frozen=True)
class GatedCodes:
    """Events of a gated tube with their membership, for what is measured inside a compartment.

    Parameters
    ----------
    events : TubeEvents
        The stained tube.
    nucleated : ndarray of int8, shape (events,)
        Codes of viable nucleated single cells.
    gates : tuple of Gate
        The way there, to be followed in a control.
    members : mapping of str to ndarray
        Codes of every compartment that is evaluable.
    """

    events: TubeEvents
    nucleated: Codes
    gates: tuple[Gate, ...]
    members: Mapping[str, Codes]


def gate_tube(
    path: Path,
    *,
    panel: Mapping[str, str],
    compartments: Mapping[str, str],
    controls: Mapping[str, Path] | None = None,
    isotypes: Mapping[str, Path] | None = None,
    dead: Path | None = None,
    baseline: tuple[Threshold, ...] = (),
    spillover: Path | None = None,
    recipe: Recipe | None = None,
    rng: np.random.Generator,
) -> GatedTube:
    """Count the compartments of one stained tube.

    Parameters
    ----------
    path : Path
        FCS file of the stained tube.
    panel : mapping of str to str
        Marker to channel (`$PnN` or `$PnS`); may name `viability` and `CD45`.
    compartments : mapping of str to str
        Name to phenotype, such as `CD34+ CD38-/low CD90+`; empty for all nucleated cells.
    controls : mapping of str to Path, optional
        Marker to the FMO tube that leaves it out.
    isotypes : mapping of str to Path, optional
        Marker to the isotype tube; one tube may stand for several. Taken where there is no FMO.
    dead : Path, optional
        Dead-cell control: killed cells stained with the viability dye.
    baseline : tuple of Threshold
        Thresholds of the patient's first visit: the compartments are counted by them too, and by them alone
        where the recipe says `baseline`.
    spillover : Path, optional
        CSV matrix by which every tube is compensated, instead of its own.
    recipe : Recipe, optional
        Choices; the defaults otherwise.
    rng : Generator
        Source of the resamples behind the interval of a threshold.

    Returns
    -------
    GatedTube

    Raises
    ------
    FcsError
        If a file is damaged, or its values are implausible and the recipe does not accept it.
    ChannelError
        If a channel of the panel is absent or ambiguous.
    CompensationError
        If a spillover matrix cannot be used.
    SettingError
        If a phenotype cannot be read or names a marker outside the panel.
    """
    return gate_with_codes(
        path,
        panel=panel,
        compartments=compartments,
        controls=controls,
        isotypes=isotypes,
        dead=dead,
        baseline=baseline,
        spillover=spillover,
        recipe=recipe,
        rng=rng,
    )[0]


def gate_with_codes(
    path: Path,
    *,
    panel: Mapping[str, str],
    compartments: Mapping[str, str],
    controls: Mapping[str, Path] | None = None,
    isotypes: Mapping[str, Path] | None = None,
    dead: Path | None = None,
    baseline: tuple[Threshold, ...] = (),
    spillover: Path | None = None,
    recipe: Recipe | None = None,
    rng: np.random.Generator,
) -> tuple[GatedTube, GatedCodes]:
    """Count as `gate_tube` does, and keep the membership of every event."""
    recipe = recipe or Recipe()
    phenotypes = read_phenotypes(panel, compartments)
    rack = open_all(path, panel, controls or {}, isotypes or {}, dead, recipe, spillover)
    journey = travel(rack, panel, phenotypes, recipe, rng=rng)
    walk, cutter = journey.walk, journey.cutter
    cells = len(cutter.sheet.rows)
    too_few = ""
    if cells < recipe.minimum_parent_events:
        too_few = f"{cells:,} nucleated cells; {recipe.minimum_parent_events:,} are needed"
    own, both = _both_ways(cutter, compartments, phenotypes, baseline, too_few)
    used = own if recipe.thresholds == Whose.OWN or not baseline else both
    cutter = used[0]
    members = {name: codes for name, (_, codes) in used[1].items() if codes is not None}
    views = draw_gallery(rack.stained, walk, journey.region, cutter, phenotypes, members)
    compared = [] if too_few else [compare_cuts(name, rules, cutter) for name, rules in phenotypes.items()]
    swept = [] if too_few else [sweep(name, rules, cutter) for name, rules in phenotypes.items()]
    medians = reference_medians(cutter.sheet, cutter, journey.landmarks, journey.cd45, journey.side)
    size = rack.stained.events.size
    steps, more = _stem_step(cutter, journey)
    warnings = (*rack.warnings, *walk.warnings, *journey.warnings, *cutter.warnings(), *more)
    gated = GatedTube(
        Path(path).name,
        size,
        cells if size else None,
        (*walk.steps, *journey.steps, *steps),
        (*walk.thresholds, *cutter.thresholds()),
        tuple(count for count, _ in used[1].values()),
        views,
        tuple(dict.fromkeys(warnings)),
        rack.repairs,
        journey.doublets,
        tuple(item for item in compared if item is not None),
        tuple(item for item in swept if item is not None),
        medians,
        _pairs(own[1], both[1], recipe) if baseline else (),
    )
    return gated, GatedCodes(rack.stained.events, walk.codes, walk.gates, members)


Way = tuple[Cutter, dict[str, tuple[PopulationCount, Codes | None]]]


def _both_ways(
    cutter: Cutter,
    compartments: Mapping[str, str],
    phenotypes: Mapping[str, tuple[MarkerRule, ...]],
    baseline: tuple[Threshold, ...],
    too_few: str,
) -> tuple[Way, Way]:
    """Count every compartment by the tube's own thresholds, and by those of a first visit."""
    known = cutter.sheet.tube.channels
    given = {cut.marker: cut for cut in baseline if cut.marker in known and cut.source != "plan"}
    ways = []
    for each in (cutter, replace(cutter, given=given, _cuts={}, _other={}, _focus={}, _warnings=[])):
        counted = {
            name: count_compartment(name, compartments[name], rules, each, too_few)
            for name, rules in phenotypes.items()
        }
        ways.append((each, counted))
        if not baseline:
            break
    return ways[0], ways[-1]


def _pairs(
    own: Mapping[str, tuple[PopulationCount, object]],
    both: Mapping[str, tuple[PopulationCount, object]],
    recipe: Recipe,
) -> tuple[BothWays, ...]:
    return tuple(
        BothWays(name, own[name][0].events, both[name][0].events, str(recipe.thresholds)) for name in own
    )


def _stem_step(cutter: Cutter, journey: Journey) -> tuple[tuple[GateStep, ...], list[str]]:
    """The step to stem-marker positive cells, and whether an FMO lets in as many negative ones."""
    sheet, recipe = cutter.sheet, cutter.recipe
    positive = cutter.positive(sheet)
    if positive is None:
        return (), []
    cut = next(cut for cut in cutter.thresholds() if cut.marker == cutter.stem)
    known = int(np.count_nonzero(sheet.region & sheet.known((cutter.stem,))))
    inside, among = int(np.count_nonzero(positive)), int(np.count_nonzero(sheet.region))
    parent = PARENT if journey.region is None else journey.region.id
    rule = f"{cutter.stem} at least {written(cut.value)}: {cut.method}"
    step = GateStep(f"{cutter.stem}+", parent, rule, inside, known, among - known)
    expected = (1 - recipe.fmo_quantile) * among
    if cut.source != "FMO" or expected <= MUCH_BACKGROUND * inside:
        return (step,), []
    share = f"{100 * (1 - recipe.fmo_quantile):.2g} % of {among:,} cells of the {parent}"
    return (step,), [f"about {expected:,.0f} of {inside:,} {cutter.stem}+ events are background: {share}"]
