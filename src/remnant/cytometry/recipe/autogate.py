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
from remnant.cytometry.recipe.bench import Bench, open_bench
from remnant.cytometry.recipe.drift import reference_medians
from remnant.cytometry.recipe.gallery import draw_gallery
from remnant.cytometry.recipe.low import compare_cuts, sweep
from remnant.cytometry.recipe.opening import Opening
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.tube import GatedTube


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
    path, panel, compartments, controls, isotypes, dead, baseline, spillover
        As in `remnant.cytometry.recipe.opening.Opening`.
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
    asked = Opening(
        path,
        panel,
        compartments,
        controls or {},
        isotypes or {},
        dead,
        baseline,
        spillover,
        recipe or Recipe(),
    )
    return gate_with_codes(asked, rng=rng)[0]


def gate_with_codes(asked: Opening, *, rng: np.random.Generator) -> tuple[GatedTube, GatedCodes]:
    """Count as `gate_tube` does, and keep the membership of every event."""
    return gate_opened(open_bench(asked, rng=rng))


def gate_opened(bench: Bench) -> tuple[GatedTube, GatedCodes]:
    """Count a tube that is open, by the cuts of its recipe; draw it, and sweep its cuts."""
    counted = bench.count()
    tube, cutter, journey, phenotypes = counted.tube, counted.cutter, counted.journey, bench.phenotypes
    walk, stained = journey.walk, bench.rack.stained
    members = bench.members(counted)
    views = draw_gallery(stained, walk, journey.region, cutter, phenotypes, members)
    enough = len(cutter.sheet.rows) >= bench.recipe.minimum_parent_events
    compared = [compare_cuts(name, rules, cutter) for name, rules in phenotypes.items() if enough]
    swept = [sweep(name, rules, cutter) for name, rules in phenotypes.items() if enough]
    gated = replace(
        tube,
        views=views,
        warnings=tuple(dict.fromkeys((*tube.warnings, *cutter.warnings()))),
        comparisons=tuple(item for item in compared if item is not None),
        sweeps=tuple(item for item in swept if item is not None),
        medians=reference_medians(cutter.sheet, cutter, journey.landmarks, journey.cd45, journey.side),
    )
    return gated, GatedCodes(stained.events, walk.codes, walk.gates, members)
