"""Gates as Gating-ML 2.0, read back and compared before a byte is written.

References
----------
Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from remnant.cytometry.gatefiles.cut_notes import CutNote
from remnant.cytometry.gatefiles.gatingml import read_gating_ml
from remnant.cytometry.gatefiles.gatingml_text import gating_ml_text
from remnant.cytometry.gatefiles.xml_reader import read_xml
from remnant.cytometry.gates.gate import FROM_FILE, UNCOMPENSATED, BandGate, GateTree
from remnant.cytometry.gates.order import gate_order, needs
from remnant.cytometry.gates.translate import axes_of
from remnant.cytometry.signal.biexponential import Biexponential, FloorLog
from remnant.errors import Fault, GatingError


def write_gates(tree: GateTree, path: Path, *, reviews: Sequence[CutNote] = ()) -> None:
    """Write gates as Gating-ML 2.0, whose reading gives the same records; as `gates_text`, into a file."""
    path.write_text(gates_text(tree, path.name, reviews=reviews), encoding="utf-8", newline="\n")


def gates_text(tree: GateTree, name: str, *, reviews: Sequence[CutNote] = ()) -> str:
    """Return gates as Gating-ML 2.0, read back and compared.

    Quadrants are written as the rectangles that they are.

    Parameters
    ----------
    tree : GateTree
        Every gate read and with a form in Gating-ML; see `leave_out`.
    name : str
        What faults call the file.
    reviews : sequence of CutNote
        Who placed which cut, and why.

    Raises
    ------
    GatingError
        For every gate that Gating-ML cannot hold, or that would come back another; nothing is written.
    """
    faults = [
        Fault(name, None, f"gate {gate}", why, "a gate of Gating-ML", "leave it out or redraw it")
        for gate, why in without_form(tree).items()
    ]
    if faults:
        raise GatingError(faults)
    text = gating_ml_text(tree, name, reviews=reviews)
    back = read_gating_ml(read_xml(text.encode(), name))
    if (back.gates, back.matrices, back.broken) != (tree.gates, tree.matrices, ()):
        broken = "; ".join(gate.reason for gate in back.broken)
        odd = [ours.id for ours, theirs in zip(tree.gates, back.gates, strict=False) if ours != theirs]
        found = broken or f"gate {odd[0] if odd else 'or matrix'} that would come back another"
        hint = "an id or channel with space at its ends, or a detector named for its dye?"
        raise GatingError([Fault(name, None, "gates", found, "gates that come back the same", hint)])
    return text


def without_form(tree: GateTree) -> dict[str, str]:
    """Return the gates that Gating-ML cannot hold, and why."""
    matrices = {name for name, _ in tree.matrices} | {UNCOMPENSATED, FROM_FILE}
    found = {gate.id: "a gate that could not be read" for gate in tree.broken}
    for gate in tree.gates:
        if isinstance(gate, BandGate):
            found[gate.id] = "a band on logarithmic axes"
        for axis in axes_of(gate):
            if isinstance(axis.transform, Biexponential | FloorLog):
                found[gate.id] = "a shape drawn on a scale of FlowJo's own"
            elif axis.transform is None and axis.bounds != (None, None):
                found[gate.id] = "bounds without a scale"
            elif axis.compensation not in matrices:
                found[gate.id] = f"the matrix {axis.compensation}, which is not there"
    return found


def leave_out(tree: GateTree) -> tuple[GateTree, dict[str, str]]:
    """Leave out what Gating-ML cannot hold, and all that hangs on it.

    Returns
    -------
    tree : GateTree
        The rest.
    left : dict of str to str
        What was left out, and why.
    """
    left = without_form(tree)
    for gate in gate_order(tree.gates):
        if gate.id not in left and (hangs := needs(gate) & left.keys()):
            left[gate.id] = f"it hangs on {min(hangs)}"
    kept = tuple(gate for gate in tree.gates if gate.id not in left)
    return replace(tree, gates=kept, broken=()), left
