"""Show the gates of a file, and write them as Gating-ML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fcs.arguments import Sample

if TYPE_CHECKING:
    from remnant.cytometry.gates.gate import Axis, Gate


@mendable
def gates(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="GATES", help="Gating-ML 2.0 or a FlowJo workspace.", exists=True, dir_okay=False
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Write the gates as Gating-ML 2.0.")] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave out gates that Gating-ML cannot hold, and say which.")
    ] = False,
    sample: Sample = None,
    as_json: Json = False,
) -> None:
    """Show the gates of a file and what could not be read of them; write them as Gating-ML 2.0.

    Exit 1 if a gate could not be read or written.

    Example: remnant fcs gates tubes.wsp --sample P1-d0.fcs --out gates.xml
    """
    from remnant.cytometry.gatefiles.read import read_gates
    from remnant.cytometry.gatefiles.write import leave_out as without_those
    from remnant.cytometry.gatefiles.write import write_gates

    tree = read_gates(file, sample=sample)
    left: dict[str, str] = {}
    if out is not None:
        kept, left = without_those(tree) if leave_out else (tree, {})
        write_gates(kept, out)
    rows = [(gate.id, gate.parent or "all events", _kind(gate), _drawn_on(gate)) for gate in tree.gates]
    if as_json:
        listed = [dict(zip(("gate", "parent", "kind", "drawn_on"), row, strict=True)) for row in rows]
        print_json(
            {"file": file.name, "gates": listed, "broken": tree.broken, "notes": tree.notes, "left_out": left}
        )
    else:
        print_table(f"{file.name}: {len(rows):,} gates", ("gate", "parent", "kind", "drawn on"), rows)
        for broken in tree.broken:
            say(f"Not read: {broken.reason}.")
        for name, why in left.items():
            say(f"Left out: gate {name}, {why}.")
        for note in tree.notes:
            say(f"Note: {note}.")
        if out is not None:
            say(f"Wrote {len(rows) - len(left.keys() - {b.id for b in tree.broken}):,} gates to {out}.")
    if tree.broken or left:
        raise typer.Exit(1)


def _kind(gate: Gate) -> str:
    return type(gate).__name__.removesuffix("Gate").lower()


def _drawn_on(gate: Gate) -> str:
    """Axes with their scales, or the gates that a Boolean gate joins."""
    from remnant.cytometry.gates.gate import BooleanGate
    from remnant.cytometry.gates.translate import axes_of

    if isinstance(gate, BooleanGate):
        operands = [f"{'not ' if o.complement else ''}{o.gate}" for o in gate.operands]
        return f"not {operands[0]}" if gate.operator == "not" else f" {gate.operator} ".join(operands)
    return ", ".join(_axis(axis) for axis in axes_of(gate))


def _axis(axis: Axis) -> str:
    name = axis.channel if axis.denominator is None else f"{axis.channel} / {axis.denominator}"
    scale = "" if axis.transform is None else f" {type(axis.transform).__name__.lower()}"
    return f"{name}{scale} ({axis.compensation})"
