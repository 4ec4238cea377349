"""Cells per µL of a population: counting beads, acquired volume, or an analyser's white count."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say
from remnant.errors import Fault, GatingError, SettingError

if TYPE_CHECKING:
    from remnant.cytometry import EventFile, GateCount
    from remnant.cytometry.rare.absolute import AbsoluteCount
    from remnant.cytometry.rare.beads import BeadGate

_CELLS = ("--cells or --file with --gates and --gate", "the population that was counted")


@mendable
def absolute(
    file: Annotated[
        Path | None, typer.Option(help="FCS file, for gates, beads or volume.", exists=True, dir_okay=False)
    ] = None,
    gates: Annotated[
        Path | None, typer.Option(help="Gates as Gating-ML 2.0.", exists=True, dir_okay=False)
    ] = None,
    gate: Annotated[str | None, typer.Option(help="Gate of the population.")] = None,
    bead_gate: Annotated[str | None, typer.Option(help="Gate of the beads.")] = None,
    bead_channel: Annotated[
        list[str] | None, typer.Option(help="Bright channel of the beads; give two to find them.")
    ] = None,
    cells: Annotated[
        int | None, typer.Option(min=0, help="Events of the population, if counted elsewhere.")
    ] = None,
    beads: Annotated[int | None, typer.Option(min=0, help="Bead events, if counted elsewhere.")] = None,
    lot_beads_per_ul: Annotated[float | None, typer.Option(help="Concentration of the bead lot.")] = None,
    lot_uncertainty: Annotated[float, typer.Option(help="Relative uncertainty of the lot, as 0.05.")] = 0.0,
    bead_volume_ul: Annotated[float | None, typer.Option(help="Bead suspension added, µL.")] = None,
    sample_volume_ul: Annotated[float | None, typer.Option(help="Sample added, µL.")] = None,
    volume_ul: Annotated[
        float | None, typer.Option(help="Volume acquired, µL; $VOL of --file by default.")
    ] = None,
    white_cells_per_ul: Annotated[float | None, typer.Option(help="An analyser's white count.")] = None,
    parent: Annotated[
        int | None, typer.Option(min=0, help="White cells of the tube, for --white-cells-per-ul.")
    ] = None,
    uncertainty: Annotated[float, typer.Option(help="Relative uncertainty of volume or white count.")] = 0.0,
    dilution: Annotated[float, typer.Option(help="Volumes of diluted sample per volume of sample.")] = 1.0,
    confidence: Annotated[float, typer.Option(min=0.51, max=0.9999, help="Coverage of limits.")] = 0.95,
    as_json: Json = False,
) -> None:
    """Count cells per µL with exact limits; not detected becomes an upper bound.

    Example: remnant fcs absolute --cells 42 --beads 21000 --lot-beads-per-ul 1000 --lot-uncertainty 0.05
    --bead-volume-ul 50 --sample-volume-ul 100
    """
    from remnant.cytometry import read_fcs
    from remnant.cytometry.rare.absolute import acquired_volume_ul, dual_platform, from_volume

    opened = read_fcs(file) if file is not None else None
    counts = _gated(opened, gates, [name for name in (gate, bead_gate) if name])
    counted = counts.get(gate or "")
    if cells is None and counted is not None:
        cells, parent = counted.events, counted.evaluable if parent is None else parent
    if cells is None:
        raise _missing(*_CELLS)
    found = None
    by_beads = beads is not None or bead_gate or bead_channel or lot_beads_per_ul is not None
    if white_cells_per_ul is not None:
        if by_beads or volume_ul is not None:
            raise _missing("one of beads, volume and white count", "one way to a concentration")
        if parent is None:
            raise _missing("--parent", "white cells of the tube")
        answer = dual_platform(
            cells,
            parent,
            white_cells_per_ul=white_cells_per_ul,
            uncertainty=uncertainty,
            confidence=confidence,
        )
    elif by_beads:
        beads, doublets, found = _beads(opened, counts.get(bead_gate or ""), bead_channel, beads)
        pipetted = (lot_beads_per_ul, lot_uncertainty, bead_volume_ul, sample_volume_ul, dilution)
        answer = _against_beads(cells, beads, doublets, *pipetted, confidence)
    else:
        if volume_ul is None:
            if opened is None:
                raise _missing("--beads, --volume-ul or --white-cells-per-ul", "a way to a concentration")
            volume_ul = acquired_volume_ul(opened)
        answer = from_volume(
            cells, volume_ul, dilution=dilution, uncertainty=uncertainty, confidence=confidence
        )
    if as_json:
        print_json({"cells": cells, "beads": found, "count": answer})
    else:
        _show(cells, answer, found)


def _gated(opened: EventFile | None, gates: Path | None, names: list[str]) -> dict[str, GateCount]:
    """Count the named gates; refuse one that is absent or cannot be placed."""
    from remnant.cytometry import evaluate, read_gates

    if not names:
        return {}
    if opened is None or gates is None:
        raise _missing("--file and --gates", "gates need a file and a place to be read from")
    tree = read_gates(gates)
    counts = {count.gate: count for count in evaluate(tree, opened)[0]}
    faults = [
        Fault(gates.name, None, name, counts[name].reason if name in counts else "no such gate",
              ", ".join(counts), "name a gate that can be placed")
        for name in names
        if name not in counts or counts[name].reason
    ]  # fmt: skip
    if faults:
        raise GatingError(faults)
    return counts


def _beads(
    opened: EventFile | None, gated: GateCount | None, channels: list[str] | None, given: int | None
) -> tuple[int, int, BeadGate | None]:
    """Return beads, doublets and how they were found."""
    from remnant.cytometry.rare.beads import find_beads

    if given is not None:
        return given, 0, None
    if gated is not None:
        return gated.events, 0, None
    if opened is None or len(channels or ()) != 2:
        raise _missing(
            "--beads, --bead-gate or two of --bead-channel with --file", "the beads that were counted"
        )
    assert channels is not None
    found = find_beads(opened, channels[0], channels[1])
    return found.singlets, found.doublets, found


def _against_beads(
    cells: int,
    beads: int,
    doublets: int,
    per_ul: float | None,
    lot_uncertainty: float,
    bead_volume: float | None,
    sample_volume: float | None,
    dilution: float,
    confidence: float,
) -> AbsoluteCount:
    from remnant.cytometry.rare.absolute import BeadLot, from_beads

    needed = {
        "--lot-beads-per-ul": per_ul,
        "--bead-volume-ul": bead_volume,
        "--sample-volume-ul": sample_volume,
    }
    if missing := [name for name, value in needed.items() if value is None]:
        raise _missing(", ".join(missing), "beads count nothing without their lot and volumes")
    assert per_ul is not None
    assert bead_volume is not None
    assert sample_volume is not None
    return from_beads(
        cells,
        beads,
        lot=BeadLot(per_ul, lot_uncertainty),
        bead_volume_ul=bead_volume,
        sample_volume_ul=sample_volume,
        dilution=dilution,
        doublets=doublets,
        confidence=confidence,
    )


def _missing(expected: str, hint: str) -> SettingError:
    return SettingError([Fault("command line", None, "options", "nothing", expected, hint)])


def _show(cells: int, answer: AbsoluteCount, found: BeadGate | None) -> None:
    if found is not None:
        say(
            f"Beads: {found.singlets:,} single and {found.doublets:,} double "
            f"({100 * found.doublet_share:.1f} %) in {found.channels[0]} and {found.channels[1]}."
        )
    result, plain = answer.cells_per_ul, answer.counting_only
    if result.value is None:
        say(f"Not detected: fewer than {result.upper:.3g} cells per µL; {answer.platform}.")
    else:
        say(
            f"{result.value:.3g} cells per µL ({result.lower:.3g} to {result.upper:.3g}) "
            f"from {cells:,} events; {answer.platform}."
        )
        if answer.uncertainty:
            say(f"By counting alone {plain.lower:.3g} to {plain.upper:.3g}.")
    for note in answer.notes:
        say(f"Note: {note}.")
