"""Count compartments by the automatic recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import EventsFile, Spillover, pairs
from remnant.cli.fcs.compartment_tables import show_compartments, show_low, show_thresholds
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
    isotype: Annotated[
        list[str] | None,
        typer.Option(help="Marker and its isotype tube, as in CD38=iso.fcs; a tube may stand for several."),
    ] = None,
    dead: Annotated[
        Path | None, typer.Option(help="Dead-cell control of the viability dye.", exists=True, dir_okay=False)
    ] = None,
    spillover: Spillover = None,
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
    tube = gate_tube(
        file,
        panel=markers,
        compartments=wanted,
        controls=_files(fmo, "--fmo", "CD38=fmo.fcs"),
        isotypes=_files(isotype, "--isotype", "CD38=iso.fcs"),
        dead=dead,
        spillover=spillover,
        recipe=recipe,
        rng=np.random.default_rng(seed),
    )
    if as_json:
        print_json(tube)
    else:
        _show(tube)


def _files(given: list[str] | None, option: str, example: str) -> dict[str, Path]:
    """Read repeated MARKER=FILE options; every file must be there."""
    files = {name: Path(path) for name, path in pairs(given, option, example).items()}
    absent = [str(path) for path in files.values() if not path.is_file()]
    if absent:
        raise SettingError(
            [Fault("command line", None, option, path, "an FCS file", "check the path") for path in absent]
        )
    return files


def _show(tube: GatedTube) -> None:
    """Print steps, thresholds, counts and warnings."""
    steps = [(s.name, s.parent, s.events, s.evaluable, s.not_evaluable, s.rule) for s in tube.steps]
    header = ("step", "of", "events", "evaluable", "not evaluable", "rule")
    print_table(f"{tube.file}: {tube.events:,} events", header, steps)
    if tube.doublets is not None:
        say(f"Doublets removed: {100 * tube.doublets:.1f} % of cells.")
    show_thresholds(tube)
    show_compartments(tube)
    show_low(tube)
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
