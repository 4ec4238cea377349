"""Quality of an acquisition over time, and what the proposed cut would do to a rare gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import DataSet, EventsFile
from remnant.errors import Fault, GatingError, SettingError

if TYPE_CHECKING:
    from remnant.cytometry import EventFile
    from remnant.cytometry.acquisition.cut import CutEffect
    from remnant.cytometry.acquisition.quality import TubeQuality


@mendable
def quality(
    file: EventsFile,
    gates: Annotated[
        Path | None, typer.Option(help="Gates as Gating-ML 2.0.", exists=True, dir_okay=False)
    ] = None,
    gate: Annotated[
        list[str] | None, typer.Option(help="Rare gate to count with and without the cut; repeat it.")
    ] = None,
    false_alarm: Annotated[float, typer.Option(help="Chance that an unchanged tube gets any cut.")] = 0.01,
    least_shift: Annotated[
        float, typer.Option(help="Shift of a median that matters, in robust standard deviations.")
    ] = 0.2,
    dataset: DataSet = None,
    as_json: Json = False,
) -> None:
    """Find clogs, jumps and drifts, and propose a cut that is not applied.

    Example: remnant fcs quality P1-d0.fcs --gates gates.xml --gate stem
    """
    from remnant.cytometry import read_fcs
    from remnant.cytometry.acquisition.findings import QualityRule
    from remnant.cytometry.acquisition.quality import check_acquisition

    if bool(gates) != bool(gate):
        hint = "name the file of gates and the gate"
        raise SettingError([Fault("command line", None, "--gates, --gate", "one of them", "both", hint)])
    opened = read_fcs(file, dataset=dataset)
    rule = QualityRule(false_alarm=false_alarm, least_shift=least_shift)
    found = check_acquisition(opened, rule=rule)
    effects = _effects(opened, gates, gate or [], found) if gates is not None else []
    if as_json:
        print_json({"rule": rule, "quality": found, "gates": effects})
    else:
        _show(found, effects)


def _effects(opened: EventFile, gates: Path, names: list[str], found: TubeQuality) -> list[CutEffect]:
    """Count every named gate with and without the cut; refuse one that cannot be placed."""
    from remnant.cytometry import evaluate, read_gates
    from remnant.cytometry.acquisition.cut import effect_of_cut

    counts, codes = evaluate(read_gates(gates), opened)
    reasons = {count.gate: count.reason for count in counts}
    faults = [
        Fault(
            gates.name, None, name, reasons.get(name, "no such gate"), ", ".join(codes), "name another gate"
        )
        for name in names
        if name not in codes
    ]
    if faults:
        raise GatingError(faults)
    return [effect_of_cut(name, codes[name], found.cut) for name in names]


def _show(found: TubeQuality, effects: list[CutEffect]) -> None:
    rows = [
        (finding.trouble, finding.channel, finding.text, "; ".join(map(str, finding.ranges)) or "whole tube")
        for finding in found.findings
    ]
    title = f"{found.file}: {found.events:,} events in {found.bins} bins of time"
    if rows:
        print_table(title, ("trouble", "channel", "what", "events"), rows)
    else:
        say(f"{title}: nothing found.")
    if found.cut:
        where = "; ".join(map(str, found.cut))
        say(f"Proposed cut, not applied: {found.cut_events:,} events ({where}).")
    elif found.bins:
        say("No cut proposed.")
    for effect in effects:
        say(effect.sentence)
    for note in found.notes:
        say(f"Note: {note}.")
