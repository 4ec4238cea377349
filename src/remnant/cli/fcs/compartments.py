"""Count compartments by the automatic recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import EventsFile, pairs
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    from remnant.cytometry import GatedTube, Recipe


@mendable
def compartments(
    file: EventsFile,
    marker: Annotated[
        list[str] | None, typer.Option(help="Marker and its channel, as in CD34=APC-A; repeat it.")
    ] = None,
    compartment: Annotated[
        list[str] | None,
        typer.Option(help='Name and phenotype, as in "stem=CD34+ CD38-/low CD90+"; repeat it.'),
    ] = None,
    study: Annotated[
        Path | None, typer.Option(help="Take panel, compartments and recipe from this study.")
    ] = None,
    panel: Annotated[str | None, typer.Option(help="Which panel of the study.")] = None,
    fmo: Annotated[
        list[str] | None, typer.Option(help="Marker and the tube without it, as in CD38=fmo.fcs; repeat it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Keys the resamples behind density thresholds.")] = 20100909,
    as_json: Json = False,
) -> None:
    """Count compartments by the automatic recipe, with every step, threshold and reason.

    Example: remnant fcs compartments P1-d0.fcs --study my-study --panel hspc --fmo CD38=P1-d0-fmo38.fcs
    """
    import numpy as np

    from remnant.cytometry import gate_tube

    markers, wanted, recipe = _from_study(study, panel)
    markers |= pairs(marker, "--marker", "CD34=APC-A")
    wanted = pairs(compartment, "--compartment", "stem=CD34+ CD38-/low CD90+") or wanted
    if not markers:
        hint = "as in --marker CD34=APC-A, or --study STUDY --panel NAME"
        raise SettingError([Fault("command line", None, "--marker", "no marker", "marker=channel", hint)])
    controls = {name: Path(path) for name, path in pairs(fmo, "--fmo", "CD38=fmo.fcs").items()}
    absent = [str(path) for path in controls.values() if not path.is_file()]
    if absent:
        faults = [
            Fault("command line", None, "--fmo", path, "an FCS file", "check the path") for path in absent
        ]
        raise SettingError(faults)
    rng = np.random.default_rng(seed)
    tube = gate_tube(file, panel=markers, compartments=wanted, controls=controls, recipe=recipe, rng=rng)
    if as_json:
        print_json(tube)
    else:
        _show(tube)


def _show(tube: GatedTube) -> None:
    """Print steps, thresholds, counts and warnings."""
    steps = [(s.name, s.parent, s.events, s.evaluable, s.not_evaluable, s.rule) for s in tube.steps]
    header = ("step", "of", "events", "evaluable", "not evaluable", "rule")
    print_table(f"{tube.file}: {tube.events:,} events", header, steps)
    cuts = [
        (t.marker, round(t.value, 1), round(t.lower, 1), round(t.upper, 1), t.method) for t in tube.thresholds
    ]
    print_table("Thresholds, on the compensated scale", ("marker", "value", "lower", "upper", "method"), cuts)
    rows = [
        (p.population, p.phenotype, p.events, p.events_at_lower, p.events_at_upper, p.parent_events, p.reason)
        for p in tube.populations
    ]
    names = ("compartment", "phenotype", "events", "fewest", "most", "of nucleated", "not evaluable because")
    print_table(
        "Compartments", names, rows, note="Fewest and most: every threshold moved within its interval."
    )
    for warning in tube.warnings:
        say(f"Note: {warning}.")


def _from_study(study: Path | None, panel: str | None) -> tuple[dict[str, str], dict[str, str], Recipe]:
    """Take panel, compartments and recipe from a study, or the shipped defaults."""
    from remnant.cytometry import Recipe
    from remnant.study.config import DEFAULT_COMPARTMENTS

    if study is None:
        if panel is not None:
            raise SettingError(
                [Fault("command line", None, "--panel", panel, "a panel of --study", "add --study")]
            )
        shipped = {name: item.phenotype for name, item in DEFAULT_COMPARTMENTS.items() if item.phenotype}
        return {}, shipped, Recipe()
    from remnant.study import read_study

    config = read_study(study).config
    panels = config.panel
    if panel is None and len(panels) == 1:
        panel = next(iter(panels))
    if panel not in panels:
        known = ", ".join(panels) or "a panel, which this study does not have"
        found = panel or "no panel named"
        raise SettingError([Fault("command line", None, "--panel", found, known, "name one of these")])
    recipe = Recipe.of(config.gates, confidence=config.analysis.confidence)
    wanted = {name: item.phenotype for name, item in config.compartments.items() if item.phenotype}
    return dict(panels[panel]), wanted, recipe
