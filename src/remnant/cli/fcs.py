"""Look into FCS files, place gates on them, and count compartments by the automatic recipe."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from remnant.cytometry import GateCount, GatedTube, Recipe

fcs = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Look into FCS files, gate them, count compartments.",
)

EventsFile = Annotated[Path, typer.Argument(metavar="FILE", help="An FCS file.", exists=True, dir_okay=False)]
DataSet = Annotated[int | None, typer.Option("--dataset", help="Which data set, if the file holds several.")]


@fcs.command()
@mendable
def info(file: EventsFile, dataset: DataSet = None, as_json: Json = False) -> None:
    """Show what an FCS file holds: channels, events, spillover matrix and what was repaired to read it.

    Example: remnant fcs info P1-d0.fcs
    """
    from remnant.cytometry import read_fcs, read_spillover
    from remnant.cytometry.quality import find_implausible

    opened = read_fcs(file, dataset=dataset)
    matrix = read_spillover(opened)
    findings = find_implausible(opened, tuple(channel.number for channel in opened.channels))
    if as_json:
        print_json(
            {
                "file": file.name,
                "version": opened.version,
                "events": opened.events,
                "channels": opened.channels,
                "seconds_per_tick": opened.timestep,
                "spillover": matrix,
                "repairs": opened.repairs,
                "findings": findings,
                "keywords": dict(opened.keywords),
            }
        )
        return
    rows = [(c.number, c.name, c.stain, c.range, c.gain, c.datatype + str(c.bits)) for c in opened.channels]
    header = ("number", "channel", "stain", "range", "gain", "stored as")
    print_table(f"{file.name}: {opened.version}, {opened.events:,} events", header, rows)
    if matrix is None:
        say("No spillover matrix.")
    else:
        say(f"Spillover matrix over {', '.join(matrix.detectors)}; condition number {matrix.condition:.1f}.")
    for repair in opened.repairs:
        say(f"Repaired {repair.keyword}: {repair.found} read as {repair.read_as}; {repair.reason}.")
    for finding in findings:
        say(f"Implausible: {finding}.")


@fcs.command()
@mendable
def gate(
    file: EventsFile,
    gates: Annotated[Path, typer.Option(help="Gates as Gating-ML 2.0.", exists=True, dir_okay=False)],
    membership: Annotated[
        Path | None, typer.Option(help="Write one line per event and one 0/1 column per gate.")
    ] = None,
    dataset: DataSet = None,
    as_json: Json = False,
) -> None:
    """Count the events in every gate of a Gating-ML file; exit 1 if a gate could not be read or placed.

    Example: remnant fcs gate P1-d0.fcs --gates gates.xml --membership membership.csv
    """
    from remnant.cytometry import evaluate, read_fcs, read_gates

    tree = read_gates(gates)
    opened = read_fcs(file, dataset=dataset)
    counts, codes = evaluate(tree, opened)
    if membership is not None:
        _write_membership(membership, opened.events, counts, codes)
    if as_json:
        print_json({"file": file.name, "events": opened.events, "gates": counts, "notes": tree.notes})
    else:
        rows = [(c.gate, c.parent, c.events, c.evaluable, c.not_evaluable, c.reason) for c in counts]
        header = ("gate", "parent", "events", "evaluable", "not evaluable", "")
        print_table(f"{file.name}: {opened.events:,} events", header, rows)
        for note in tree.notes:
            say(f"Note: {note}.")
    if any(count.reason for count in counts):
        raise typer.Exit(1)


@fcs.command()
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
    markers |= _pairs(marker, "--marker", "CD34=APC-A")
    wanted = _pairs(compartment, "--compartment", "stem=CD34+ CD38-/low CD90+") or wanted
    if not markers:
        hint = "as in --marker CD34=APC-A, or --study STUDY --panel NAME"
        raise SettingError([Fault("command line", None, "--marker", "no marker", "marker=channel", hint)])
    controls = {name: Path(path) for name, path in _pairs(fmo, "--fmo", "CD38=fmo.fcs").items()}
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


def _pairs(given: Iterable[str] | None, option: str, example: str) -> dict[str, str]:
    """Read repeated NAME=VALUE options."""
    pairs: dict[str, str] = {}
    faults = []
    for text in given or ():
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value) or name in pairs:
            faults.append(
                Fault("command line", None, option, text, "NAME=VALUE, each name once", f"as in {example}")
            )
        pairs[name] = value
    if faults:
        raise SettingError(faults)
    return pairs


def _write_membership(
    path: Path, events: int, counts: Iterable[GateCount], codes: dict[str, NDArray[np.int8]]
) -> None:
    """Write 1 for in, 0 for out and nothing for not evaluable, gates in the order of their file."""
    import numpy as np
    import polars as pl

    from remnant.cytometry import IN, NOT_EVALUABLE

    unknown = np.full(events, NOT_EVALUABLE, dtype=np.int8)
    columns = {}
    for count in counts:
        code = pl.Series(codes.get(count.gate, unknown))
        columns[count.gate] = pl.select(
            pl.when(code == NOT_EVALUABLE).then(None).otherwise((code == IN).cast(pl.Int8))
        ).to_series()
    pl.DataFrame(columns).write_csv(path)
