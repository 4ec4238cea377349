"""Tell which cells of a compartment rest and which divide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import DataSet, EventsFile, pairs
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    import numpy as np

    from remnant.cytometry.cycle import CompartmentCycle, CyclePlan, CycleStain, PhaseFraction, TubeCycle


@mendable
def cycle(
    file: EventsFile,
    dna: Annotated[str, typer.Option(help="Channel of the DNA dye, as in DAPI-A.")],
    ki67: Annotated[
        str | None, typer.Option("--ki67", "--pyronin", help="Channel of Ki-67, or of pyronin Y.")
    ] = None,
    ki67_fmo: Annotated[
        Path | None, typer.Option("--ki67-fmo", help="Tube without it.", exists=True, dir_okay=False)
    ] = None,
    ki67_isotype: Annotated[
        Path | None,
        typer.Option("--ki67-isotype", help="Isotype tube, if no FMO.", exists=True, dir_okay=False),
    ] = None,
    ki67_cut: Annotated[
        float | None, typer.Option("--ki67-cut", help="Cut that the lab has fixed, compensated scale.")
    ] = None,
    gates: Annotated[
        Path | None, typer.Option(help="Gates as Gating-ML 2.0.", exists=True, dir_okay=False)
    ] = None,
    gate: Annotated[list[str] | None, typer.Option(help="Id of a compartment's gate; repeat it.")] = None,
    parent: Annotated[
        str | None, typer.Option(help="Id of the gate of all viable singlets, which lends the 2n peak.")
    ] = None,
    marker: Annotated[
        list[str] | None,
        typer.Option(help="Instead of gates: marker and channel, as in CD34=PE-A; repeat it."),
    ] = None,
    compartment: Annotated[
        list[str] | None, typer.Option(help='Name and phenotype, as in "stem=CD34+ CD38-/low"; repeat it.')
    ] = None,
    fmo: Annotated[
        list[str] | None, typer.Option(help="Marker and the tube without it, as in CD38=fmo.fcs; repeat it.")
    ] = None,
    pulse: Annotated[
        str | None, typer.Option("--dna-pulse", help="Height or width of DNA; its namesake by default.")
    ] = None,
    minimum_events: Annotated[int, typer.Option(min=1, help="Events that a compartment needs.")] = 50,
    maximum_cv: Annotated[float, typer.Option(help="CV of the 2n peak that can still be judged.")] = 0.08,
    seed: Annotated[int, typer.Option(min=0, help="Keys the resamples behind density cuts.")] = 20100909,
    dataset: DataSet = None,
    as_json: Json = False,
) -> None:
    """Tell G0, G1 and S/G2/M of each compartment.

    With intervals that carry counting and classification; exit 1 if the 2n peak cannot be used.

    Example: remnant fcs cycle P1.fcs --dna DAPI-A --ki67 APC-A --ki67-fmo fmo.fcs --gates g.xml --gate stem
    """
    import numpy as np

    from remnant.cytometry import read_gates
    from remnant.cytometry.cycle import CyclePlan, PeakRefusal, cycle_by_gates

    plan = CyclePlan(minimum_compartment_events=minimum_events, maximum_cv=maximum_cv, fixed_cut=ki67_cut)
    stain = _stain(dna, ki67, ki67_fmo, ki67_isotype, ki67_cut, pulse)
    _check(gates, gate, parent, marker, compartment, fmo, dataset)
    rng = np.random.default_rng(seed)
    if gates is not None:
        tree = read_gates(gates)
        tube = cycle_by_gates(
            file, tree, gate or (), stain, parent=parent, dataset=dataset, plan=plan, rng=rng
        )
    else:
        tube = _by_recipe(file, stain, marker, compartment, fmo, plan, rng)
    if as_json:
        print_json(tube)
    else:
        _show(tube)
    if isinstance(tube.peak, PeakRefusal):
        raise typer.Exit(1)


def _by_recipe(
    file: Path,
    stain: CycleStain,
    marker: list[str] | None,
    compartment: list[str] | None,
    fmo: list[str] | None,
    plan: CyclePlan,
    rng: np.random.Generator,
) -> TubeCycle:
    from remnant.cytometry.cycle import cycle_by_recipe
    from remnant.study.config import DEFAULT_COMPARTMENTS

    shipped = {name: item.phenotype for name, item in DEFAULT_COMPARTMENTS.items() if item.phenotype}
    wanted = pairs(compartment, "--compartment", "stem=CD34+ CD38-/low") or shipped
    controls = {name: Path(path) for name, path in pairs(fmo, "--fmo", "CD38=fmo.fcs").items()}
    _refuse("--fmo", [str(path) for path in controls.values() if not path.is_file()], "an FCS file")
    panel = pairs(marker, "--marker", "CD34=PE-A")
    return cycle_by_recipe(
        file, stain, panel=panel, compartments=wanted, controls=controls, plan=plan, rng=rng
    )


def _stain(
    dna: str,
    ki67: str | None,
    fmo: Path | None,
    isotype: Path | None,
    cut: float | None,
    pulse: str | None,
) -> CycleStain:
    """Say what was stained; a marker is cut in one way only."""
    from remnant.cytometry.cycle import ControlKind, CycleStain

    ways = {"--ki67-fmo": fmo, "--ki67-isotype": isotype, "--ki67-cut": cut}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        _refuse(given[1], [f"{given[1]} beside {given[0]}"], "one of them")
    if given and ki67 is None:
        _refuse("--ki67", [f"{given[0]} without --ki67"], "the channel too")
    control = None
    if fmo is not None:
        control = ControlKind.FMO, fmo
    elif isotype is not None:
        control = ControlKind.ISOTYPE, isotype
    return CycleStain(dna, ki67, control, pulse)


def _check(
    gates: Path | None,
    gate: list[str] | None,
    parent: str | None,
    marker: list[str] | None,
    compartment: list[str] | None,
    fmo: list[str] | None,
    dataset: int | None,
) -> None:
    """Refuse a mixture of gates and recipe."""
    if (gates is None) == (not marker):
        found = "neither" if gates is None else "both"
        _refuse("--gates", [found], "--gates with --gate, or --marker with --compartment")
    if gates is not None:
        spare = {"--compartment": compartment, "--fmo": fmo}
        _refuse("--gates", [name for name, value in spare.items() if value], "gates alone")
        if not gate:
            _refuse("--gate", ["no gate"], "the id of a compartment's gate")
    else:
        alone = {"--gate": gate, "--parent": parent, "--dataset": dataset}
        _refuse("--marker", [name for name, value in alone.items() if value], "markers alone")


def _refuse(option: str, found: list[str], expected: str) -> None:
    """Raise one fault for each thing that should not be there."""
    if found:
        hint = "see remnant fcs cycle --help"
        raise SettingError([Fault("command line", None, option, text, expected, hint) for text in found])


def _show(tube: TubeCycle) -> None:
    """Print the peak, the phases, the cuts and what must be known of them."""
    from remnant.cytometry.cycle import PeakRefusal

    say(f"{tube.file}: DNA on {tube.dna}, {tube.parent_events:,} events of {tube.parent}.")
    if isinstance(tube.peak, PeakRefusal):
        say(f"Not evaluable: {tube.peak.reason}.")
    elif tube.model is not None:
        place, cv = f"{tube.model.peak:,.0f}", f"{100 * tube.model.cv:.1f} %"
        say(f"2n peak at {place}, CV {cv}; G2/M at {tube.model.ratio:.2f} times it.")
    if tube.pulse is not None:
        say(f"Singlets: {tube.pulse.rule}; {tube.pulse.removed:,} events left out.")
    header = ("compartment", "phase", "events", "fraction", "interval", "all three", "by windows")
    note = "Events are expected under the mixture; all three: limits that hold for the phases together."
    print_table("Phases", header, [row for c in tube.compartments for row in _phase_rows(c)], note=note)
    left = [
        (c.compartment, c.events, c.evaluable, c.not_evaluable, c.doublets, c.below_2n, c.above_4n)
        for c in tube.compartments
    ]
    names = ("compartment", "events", "from 2n to 4n", "not evaluable", "doublets", "below 2n", "above 4n")
    print_table("Events", names, left)
    steps = [
        (c.compartment, s.where, round(s.cut, 1), _percent(s.g0), _percent(s.g1), _percent(s.s_g2m))
        for c in tube.compartments
        for s in c.sensitivity
    ]
    if steps:
        print_table("With the cut elsewhere", ("compartment", "cut", "at", "G0", "G1", "S/G2/M"), steps)
    for c in tube.compartments:
        if (cut := c.threshold) is not None:
            say(f"{c.compartment}: {cut.marker} cut at {cut.value:,.1f}, {cut.method}, in {cut.parent}.")
        for warning in c.warnings:
            say(f"Note: {c.compartment}: {warning}.")
    for warning in tube.warnings:
        say(f"Note: {warning}.")


def _phase_rows(found: CompartmentCycle) -> list[tuple[object, ...]]:
    """One row for each phase; one that is not known says why."""
    windows = found.windows or (None,) * len(found.phases)
    return [
        (
            found.compartment,
            phase.phase.value,
            None if phase.events is None else round(phase.events, 1),
            *_fraction(phase),
            "" if window is None else _fraction(window)[0],
        )
        for phase, window in zip(found.phases, windows, strict=True)
    ]


def _fraction(phase: PhaseFraction) -> tuple[str, str, str]:
    estimate = phase.alone
    if not estimate.known:
        return f"{estimate.evidence.value}: {estimate.reason}", "", ""
    upper = _percent(estimate.upper or 0.0)
    together = f"{_percent(phase.lower_together or 0.0)} to {_percent(phase.upper_together or 0.0)}"
    if estimate.value is None:
        return "not detected", f"below {upper}", together
    return _percent(estimate.value), f"{_percent(estimate.lower or 0.0)} to {upper}", together


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"
