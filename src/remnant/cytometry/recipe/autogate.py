"""Automatic gating of one tube: cells, singlets, viable, nucleated, CD34+, compartments.

Every threshold says how it was found and how far it could move; a compartment whose threshold
cannot be found is not evaluable, with the reason, and never gets a gate made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import numpy as np

from remnant.cytometry.fcs.channels import VIABILITY, find_scatter, marker_named, resolve_panel
from remnant.cytometry.fcs.file import EventFile, read_fcs
from remnant.cytometry.fcs.plausible import describe_scale, find_implausible
from remnant.cytometry.gates.events import TubeEvents, open_tube
from remnant.cytometry.gates.gate import FROM_FILE, Gate
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, Codes
from remnant.cytometry.recipe.cells import (
    Walk,
    propose_cells,
    propose_nucleated,
    propose_singlets,
    propose_viable,
    start,
)
from remnant.cytometry.recipe.compartments import count_compartment
from remnant.cytometry.recipe.cuts import Cutter, Tube
from remnant.cytometry.recipe.gallery import draw_gallery
from remnant.cytometry.recipe.phenotype import MarkerRule, parse_phenotype
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.tube import GatedTube, GateStep
from remnant.cytometry.signal.compensate import WORST_CONDITION
from remnant.errors import Fault, FcsError, SettingError

PARENT = "nucleated"
MUCH_BACKGROUND = 0.1  # share of a rare gate from which expected background is worth a warning
T = TypeVar("T")


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
    members : dict of str to ndarray
        Codes of every compartment that is evaluable.
    """

    events: TubeEvents
    nucleated: Codes
    gates: tuple[Gate, ...]
    members: dict[str, Codes]


def gate_tube(
    path: Path,
    *,
    panel: Mapping[str, str],
    compartments: Mapping[str, str],
    controls: Mapping[str, Path] | None = None,
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
    recipe : Recipe, optional
        Choices; the defaults otherwise.
    rng : Generator
        Source of the resamples behind the interval of a density threshold.

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
        path, panel=panel, compartments=compartments, controls=controls, recipe=recipe, rng=rng
    )[0]


def gate_with_codes(
    path: Path,
    *,
    panel: Mapping[str, str],
    compartments: Mapping[str, str],
    controls: Mapping[str, Path] | None = None,
    recipe: Recipe | None = None,
    rng: np.random.Generator,
) -> tuple[GatedTube, GatedCodes]:
    """Count as `gate_tube` does, and keep the membership of every event."""
    recipe = recipe or Recipe()
    phenotypes = _read_phenotypes(panel, compartments)
    tube, warnings = _open(read_fcs(Path(path)), panel, recipe)
    tubes = {}
    for marker, control in _known(panel, controls or {}, "control").items():
        opened, more = _open(read_fcs(Path(control)), panel, recipe)
        tubes[marker] = opened
        warnings += more
    if not tube.events.size:
        warnings.append("the file has no events")
    walk, cutter = _walk(tube, tubes, panel, phenotypes, recipe, rng)
    cells = int(np.sum(walk.codes == IN))
    too_few = ""
    if cells < recipe.minimum_parent_events:
        too_few = f"{cells:,} nucleated cells; {recipe.minimum_parent_events:,} are needed"
    counted = [
        count_compartment(name, compartments[name], rules, walk.codes, tube, cutter, too_few)
        for name, rules in phenotypes.items()
    ]
    populations = tuple(population for population, _ in counted)
    members = {population.population: codes for population, codes in counted if codes is not None}
    views = draw_gallery(tube, walk, cutter, phenotypes, members)
    steps = walk.steps
    if (stem := cutter.stem_codes()) is not None:
        inside, unknown = int(np.sum(stem == IN)), int(np.sum((walk.codes == IN) & (stem == NOT_EVALUABLE)))
        rule = f"{cutter.stem} at least {cutter.stem_cut().value:,.0f}: {cutter.stem_cut().method}"
        steps += (GateStep(f"{cutter.stem}+", PARENT, rule, inside, cells - unknown, unknown),)
        warnings += _background(cutter, cells, inside, recipe)
    repairs = tuple(r for opened in (tube, *tubes.values()) for r in opened.events.file.repairs)
    found = tuple(dict.fromkeys((*warnings, *walk.warnings, *cutter.warnings())))
    thresholds = (*walk.thresholds, *cutter.thresholds())
    denominator = cells if tube.events.size else None
    gated = GatedTube(
        Path(path).name, tube.events.size, denominator, steps, thresholds, populations, views, found, repairs
    )
    return gated, GatedCodes(tube.events, walk.codes, walk.gates, members)


def _background(cutter: Cutter, cells: int, inside: int, recipe: Recipe) -> list[str]:
    """Warn where the quantile of the FMO lets in as many negative cells as would count for a rare gate."""
    expected = (1 - recipe.fmo_quantile) * cells
    if cutter.stem_cut().weaker or expected <= MUCH_BACKGROUND * inside:
        return []
    share = f"{100 * (1 - recipe.fmo_quantile):.2g} % of {cells:,} nucleated cells"
    return [f"about {expected:,.0f} of {inside:,} {cutter.stem}+ events are background: {share}"]


def _walk(
    tube: Tube,
    tubes: Mapping[str, Tube],
    panel: Mapping[str, str],
    phenotypes: Mapping[str, tuple[MarkerRule, ...]],
    recipe: Recipe,
    rng: np.random.Generator,
) -> tuple[Walk, Cutter]:
    """Walk from all events to nucleated cells, and make ready to cut markers there."""
    events = tube.events
    scatter = find_scatter(events.file)
    # A stream of chance for each step: whether one step is taken cannot move the cut of another.
    first, second, third, *more = (np.random.default_rng(int(seed)) for seed in rng.integers(2**63, size=5))
    walk = start(events)
    walk = walk.step("cells", events, lambda _: propose_cells(events, scatter, recipe, rng=first))
    walk = walk.step("singlets", events, lambda codes: propose_singlets(events, scatter, codes, recipe))
    viability = marker_named(panel, *VIABILITY)
    if viability is not None:
        channel = tube.channels[viability].name
        walk = walk.step(
            "viable",
            events,
            lambda codes: propose_viable(events, viability, channel, codes, recipe, rng=second),
        )
    cutter = Cutter(tube, tubes, phenotypes, recipe, walk.gates, walk.codes, more[0])
    if (marker := marker_named(panel, "CD45")) is not None:
        channel = tube.channels[marker].name
        stem = (cutter.stem, cutter.cut_stem()) if cutter.stem in tube.channels else None
        walk = walk.step(
            PARENT,
            events,
            lambda codes: propose_nucleated(events, marker, channel, codes, stem, recipe, rng=third),
        )
        cutter = Cutter(tube, tubes, phenotypes, recipe, walk.gates, walk.codes, more[1])
    return replace(walk, name=PARENT), cutter


def _open(file: EventFile, panel: Mapping[str, str], recipe: Recipe) -> tuple[Tube, list[str]]:
    """Resolve the panel of a tube, refuse implausible values and say what is odd."""
    channels = resolve_panel(file, panel)
    names = tuple(channel.name for channel in channels.values())
    if file.path.name not in recipe.accepted_files and (odd := find_implausible(file, names)):
        hint = "export it again; if it is right, name it under accepted_files"
        raise FcsError(
            [Fault(file.path.name, None, "DATA", finding, "plausible values", hint) for finding in odd]
        )
    warnings = [f"{file.path.name}: {text}" for name in names if (text := describe_scale(file, name))]
    events: TubeEvents = open_tube(file)
    matrix = events.matrices.get(FROM_FILE)
    if matrix is None:
        warnings.append(f"{file.path.name}: no spillover matrix, so values are used as stored")
    elif matrix.condition > WORST_CONDITION:
        warnings.append(f"{file.path.name}: spillover matrix is ill-conditioned ({matrix.condition:.0f})")
    if file.repairs:
        warnings.append(f"{file.path.name}: read with {len(file.repairs)} repairs of its header")
    return Tube(file.path.name, events, channels), warnings


def _read_phenotypes(
    panel: Mapping[str, str], compartments: Mapping[str, str]
) -> dict[str, tuple[MarkerRule, ...]]:
    """Read every phenotype, its markers spelt as in the panel."""
    faults: list[Fault] = []
    read: dict[str, tuple[MarkerRule, ...]] = {}
    for name, text in compartments.items():
        try:
            rules = parse_phenotype(text)
            known = _known(panel, {rule.marker: rule for rule in rules}, f"compartment {name}")
            read[name] = tuple(replace(rule, marker=marker) for marker, rule in known.items())
        except SettingError as error:
            faults += error.faults
    if faults:
        raise SettingError(faults)
    return read


def _known(panel: Mapping[str, str], given: Mapping[str, T], where: str) -> dict[str, T]:
    """Key `given` by the markers of the panel, in any case."""
    spelt = {marker.lower(): marker for marker in panel}
    faults = []
    for marker in given:
        if marker.lower() not in spelt:
            near = get_close_matches(marker.lower(), spelt, 1)
            hint = f"did you mean {spelt[near[0]]}?" if near else "add it to the panel"
            faults.append(Fault("panel", None, where, marker, ", ".join(panel) or "a marker", hint))
    if faults:
        raise SettingError(faults)
    return {spelt[marker.lower()]: value for marker, value in given.items()}
