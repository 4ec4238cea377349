"""Gating-ML 2.0 to gates as records; one gate that cannot be read does not lose the others.

References
----------
Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690.
"""

from __future__ import annotations

from dataclasses import replace

from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.cut_notes import read_cut_notes
from remnant.cytometry.gatefiles.gatingml_axes import Axes
from remnant.cytometry.gatefiles.gatingml_shapes import Shapes
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import BrokenGate, Gate, GateTree
from remnant.cytometry.gates.order import gate_order, needs
from remnant.errors import Fault, GatingError, RemnantError, SettingError

MAXIMUM_GATES = 20_000  # each is a column of the membership and a row of the counts


def read_gating_ml(root: Element) -> GateTree:
    """Read the gates of a Gating-ML 2.0 document.

    Parameters
    ----------
    root : Element
        Its root.

    Returns
    -------
    GateTree
        What could be read; the rest stands in `broken`, with line and reason.

    Raises
    ------
    GatingError
        If ids repeat, a gate refers to one that is not there, gates descend from themselves or are
        beyond the limit: then it is not known which gate is meant, and every count could be another's.
    """
    return _Reader(Axes(root)).read(root)


class _Reader:
    """Reads the gates of one file; gathers what is broken and the line of each gate."""

    def __init__(self, axes: Axes):
        self.axes, self.shapes = axes, Shapes(axes)
        self.broken: list[BrokenGate] = []
        self.lines: dict[str, int] = {}
        self.sets: dict[str, list[str]] = {}  # quadrant gates, which hold no events themselves
        self.unknown: list[str] = []

    def read(self, root: Element) -> GateTree:
        gates: list[Gate] = []
        for element in root.children:
            if element.name.endswith("Gate"):
                gates += self.gates(element, len(gates))
            elif element.name == "custom_info":
                self.unknown += [note.sentence for note in read_cut_notes(element)]
            elif element.name not in ("transformation", "spectrumMatrix"):
                self.unknown.append(
                    f"<{element.name}> on line {element.line} is no part of Gating-ML and was not read"
                )
        self.check_references(gates, root.source)
        _check_circles(gates, self.lines, root.source)
        if not self.lines:
            self.unknown.append(f"{root.source} holds no gate")
        notes = (*self.shapes.notes, *self.axes.notes, *self.unknown)
        return GateTree(tuple(gates), self.axes.matrices, tuple(self.broken), notes)

    def gates(self, element: Element, place: int) -> list[Gate]:
        """Read one gate element, before which so many gates stand; quadrants give one gate each."""
        name = fields.identifier(element)
        quadrants = (
            [c for c in element.children if c.name == "Quadrant"] if element.name == "QuadrantGate" else []
        )
        ids = [fields.identifier(child) for child in quadrants]
        if element.name == "QuadrantGate":
            self.sets[name] = ids
        for one in (name, *ids):
            if one in self.lines:
                hint = f"it is also on line {self.lines[one]}"
                raise fields.fault(element, f"gate {one}: id", one, "an id of its own", hint)
            self.lines[one] = element.line
        if len(self.lines) > MAXIMUM_GATES:
            raise fields.fault(
                element, "gates", f"more than {MAXIMUM_GATES:,}", "fewer", "is this a gate file?"
            )
        parent = element.attributes.get("parent_id", "").strip() or None
        try:
            built = self.shapes.build(element, name, parent)
        except (GatingError, SettingError) as error:
            for one in ids or [name]:
                self.set_aside(one, name, element, error, place)
            return []
        known = {gate.id: number for number, gate in enumerate(built)}
        before = 0  # quadrants that were read, of those before this one
        for one in ids:
            before = known[one] + 1 if one in known else before
            if one in self.shapes.failed:
                self.set_aside(one, one, element, self.shapes.failed[one], place + before)
        return built

    def set_aside(self, gate: str, named: str, element: Element, error: RemnantError, place: int) -> None:
        """Keep the reason of a gate that could not be read, and its place in the file."""
        faults = [replace(fault, column=f"gate {named}: {fault.column}") for fault in error.faults]
        self.broken.append(BrokenGate(gate, element.line, str(GatingError(faults)), place))

    def check_references(self, gates: list[Gate], source: str) -> None:
        """Refuse a parent or operand that is nowhere in the file, or is a quadrant gate as a whole."""
        populations = self.lines.keys() - self.sets.keys()
        faults = []
        for gate in gates:
            for name in sorted(needs(gate) - populations):
                expected = ", ".join(self.sets.get(name) or sorted(populations))
                hint = "name one of its quadrants" if name in self.sets else "check it"
                where = f"gate {gate.id}"
                faults.append(
                    Fault(
                        source, self.lines[gate.id], where, f"a reference to {name}", _short(expected), hint
                    )
                )
        if faults:
            raise GatingError(faults)


def _short(text: str) -> str:
    """Name at most a few lines of gates."""
    return text if len(text) < 400 else f"{text[:400].rpartition(', ')[0]}, ..."


def _check_circles(gates: list[Gate], lines: dict[str, int], source: str) -> None:
    """Refuse gates that descend from themselves, with the line of the first of them."""
    try:
        gate_order(gates)
    except GatingError as error:
        place = error.faults[0]
        first = place.found.removeprefix("a circle: ").partition(" > ")[0]
        where = f"gate {first}: {place.column}"
        raise GatingError([replace(place, source=source, line=lines.get(first), column=where)]) from None
