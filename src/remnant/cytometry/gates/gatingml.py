"""Gating-ML 2.0 to gates as records; one gate that cannot be read does not lose the others.

References
----------
Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from remnant.cytometry.gates import gatingml_fields as fields
from remnant.cytometry.gates.gate import (
    Axis,
    BooleanGate,
    BrokenGate,
    EllipsoidGate,
    Gate,
    GateTree,
    Interval,
    Operand,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.gatingml_axes import Axes
from remnant.cytometry.gates.order import gate_order, needs
from remnant.cytometry.gates.xml_reader import MAXIMUM_BYTES, Element, read_xml
from remnant.errors import Fault, GatingError


def read_gates(path: Path) -> GateTree:
    """Read a Gating-ML 2.0 file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    GateTree
        What could be read; the rest stands in `broken`, with line and reason.

    Raises
    ------
    GatingError
        If the file is not XML, declares a DOCTYPE, is beyond the limits, repeats an id, refers to a
        gate that is not there, or has gates that descend from themselves.
    """
    path = Path(path)
    if (size := path.stat().st_size) > MAXIMUM_BYTES:
        hint = "is this a gate file?"
        raise GatingError(
            [Fault(path.name, None, "size", f"{size:,} bytes", f"{MAXIMUM_BYTES:,} at most", hint)]
        )
    root = read_xml(path.read_bytes(), path.name)
    if root.name != "Gating-ML":
        hint = "export the gates as Gating-ML 2.0"
        raise GatingError([Fault(path.name, root.line, "", f"<{root.name}>", "<Gating-ML>", hint)])
    return _Reader(Axes(root)).read(root)


class _Reader:
    """Reads the gates of one file; gathers what is broken or worth a note, and the line of each gate."""

    def __init__(self, axes: Axes):
        self.axes = axes
        self.broken: list[BrokenGate] = []
        self.notes: list[str] = []
        self.lines: dict[str, int] = {}

    def read(self, root: Element) -> GateTree:
        gates: list[Gate] = []
        for element in root.children:
            if element.name.endswith("Gate"):
                gates += self.gates(element)
        self.check_references(gates, root.source)
        gate_order(gates)
        return GateTree(tuple(gates), self.axes.matrices, tuple(self.broken), tuple(self.notes))

    def gates(self, element: Element) -> list[Gate]:
        """Read one gate element, a quadrant gate giving one gate per quadrant."""
        builders: dict[str, Callable[[Element, str, str | None], list[Gate]]] = {
            "RectangleGate": self.rectangle,
            "PolygonGate": self.polygon,
            "EllipsoidGate": self.ellipsoid,
            "QuadrantGate": self.quadrants,
            "BooleanGate": self.boolean,
        }
        name = fields.attribute(element, "id")
        ids = [name]
        if element.name == "QuadrantGate":
            ids += [fields.attribute(child, "id") for child in element.children if child.name == "Quadrant"]
        for one in ids:
            if one in self.lines:
                hint = f"it is also on line {self.lines[one]}"
                raise fields.fault(element, "id", one, "an id of its own", hint)
            self.lines[one] = element.line
        try:
            if element.name not in builders:
                raise fields.fault(
                    element, f"gate {name}", f"<{element.name}>", " or ".join(builders), "not supported"
                )
            return builders[element.name](element, name, element.attributes.get("parent_id"))
        except GatingError as error:
            faults = [replace(f, column=f"gate {name}: {f.column}") for f in error.faults]
            self.broken += [BrokenGate(one, element.line, str(GatingError(faults))) for one in ids]
            return []

    def rectangle(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        intervals = []
        for dimension in fields.dimensions(element):
            low, high = fields.optional(dimension, "min"), fields.optional(dimension, "max")
            if low is not None and high is not None and low > high:
                raise fields.fault(dimension, "min", low, f"at most max, {high:g}", "swapped?")
            if low is None and high is None:
                self.notes.append(f"gate {name} (line {dimension.line}) has a dimension without bounds")
            intervals.append(Interval(self.axes.read(dimension), low, high))
        return [RectangleGate(name, parent, tuple(intervals))]

    def polygon(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        axes = [self.axes.read(dimension) for dimension in fields.dimensions(element, 2)]
        vertices = [fields.coordinates(v, 2) for v in element.children if v.name == "vertex"]
        if len(vertices) < 3:
            raise fields.fault(element, "vertex", f"{len(vertices)} vertices", "3 or more", "add the others")
        return [PolygonGate(name, parent, axes[0], axes[1], tuple((v[0], v[1]) for v in vertices))]

    def ellipsoid(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        axes = tuple(self.axes.read(dimension) for dimension in fields.dimensions(element))
        mean = fields.coordinates(fields.child(element, "mean"), len(axes))
        rows = [
            tuple(fields.number(entry, "value") for entry in row.children if entry.name == "entry")
            for row in fields.child(element, "covarianceMatrix").children
            if row.name == "row"
        ]
        if len(rows) != len(axes) or any(len(row) != len(axes) for row in rows):
            expected = f"{len(axes)} rows of {len(axes)}"
            raise fields.fault(
                element, "covarianceMatrix", f"{len(rows)} rows", expected, "an entry is missing"
            )
        matrix = np.array(rows)
        if np.linalg.matrix_rank(matrix) < len(axes):
            expected = "a matrix that can be inverted"
            raise fields.fault(element, "covarianceMatrix", "a singular one", expected, "compute it again")
        if not np.allclose(matrix, matrix.T) or np.linalg.eigvals(matrix).real.min() <= 0:
            text = "has a matrix that is no covariance, used as written: its gate is not an ellipsoid"
            self.notes.append(f"gate {name} (line {element.line}) {text}")
        distance = fields.number(fields.child(element, "distanceSquare"), "value")
        return [EllipsoidGate(name, parent, axes, mean, tuple(rows), distance)]

    def quadrants(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        """Turn the dividers into rectangles: a quadrant is the cell in which its positions lie."""
        dividers: dict[str, tuple[Axis, list[float]]] = {}
        for divider in (child for child in element.children if child.name == "divider"):
            cuts = sorted(fields.text_number(child) for child in divider.children if child.name == "value")
            dividers[fields.attribute(divider, "id")] = (self.axes.read(divider), cuts)
        gates: list[Gate] = []
        for quadrant in (child for child in element.children if child.name == "Quadrant"):
            intervals = []
            for position in (child for child in quadrant.children if child.name == "position"):
                reference = fields.attribute(position, "divider_ref")
                if reference not in dividers:
                    raise fields.fault(
                        position, "divider_ref", reference, ", ".join(dividers), "check the id"
                    )
                axis, cuts = dividers[reference]
                place = fields.number(position, "location")
                edges = [None, *cuts, None]
                low, high = next(
                    (low, high)
                    for low, high in pairwise(edges)
                    if (low is None or place >= low) and (high is None or place < high)
                )
                intervals.append(Interval(axis, low, high))
            gates.append(RectangleGate(fields.attribute(quadrant, "id"), parent, tuple(intervals)))
        if not gates or not dividers:
            raise fields.fault(element, f"gate {name}", "no quadrant", "dividers and quadrants", "add them")
        return gates

    def boolean(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        for form in element.children:
            if form.name not in tuple(Operator):
                continue
            operator = Operator(form.name)
            operands = []
            for reference in (child for child in form.children if child.name == "gateReference"):
                complement = reference.attributes.get("use-as-complement", "false").strip().lower()
                operands.append(Operand(fields.attribute(reference, "ref"), complement in ("true", "1")))
            if (len(operands) != 1) if operator is Operator.NOT else (len(operands) < 2):
                expected = "1 gate" if operator is Operator.NOT else "2 gates or more"
                raise fields.fault(
                    form, form.name, f"{len(operands)} gates", expected, "check the references"
                )
            return [BooleanGate(name, parent, operator, tuple(operands))]
        raise fields.fault(element, f"gate {name}", "no operator", "and, or, not", "add it")

    def check_references(self, gates: list[Gate], source: str) -> None:
        """Refuse a parent or operand that is nowhere in the file."""
        known = ", ".join(sorted(self.lines))
        faults = [
            Fault(
                source,
                self.lines[gate.id],
                f"gate {gate.id}",
                f"a reference to {name}",
                known,
                "check it",
            )
            for gate in gates
            for name in sorted(needs(gate) - self.lines.keys())
        ]
        if faults:
            raise GatingError(faults)
