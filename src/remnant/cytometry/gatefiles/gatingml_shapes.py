"""Each gate element of Gating-ML 2.0 to its record.

References
----------
Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.gatingml_axes import Axes
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import (
    Axis,
    BooleanGate,
    EllipsoidGate,
    Gate,
    Interval,
    Operand,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.errors import GatingError

MAXIMUM_VERTICES = 400_000  # of one polygon; one drawn by hand has a few dozen
MAXIMUM_DIMENSIONS = 256  # of one gate; a spectral cytometer has fewer than 100 detectors
DIMENSION = ("compensation-ref", "transformation-ref")
SOURCES = ("fcs-dimension", "new-dimension")


class Shapes:
    """Builds the gates of one file, and notes what a reader of the counts should know.

    Parameters
    ----------
    axes : Axes
        Scales and matrices of the file.
    """

    def __init__(self, axes: Axes):
        self.axes = axes
        self.notes: list[str] = []
        self.failed: dict[str, GatingError] = {}  # quadrants, beside which the others stand

    def build(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        """Build the gate of one element, or the gates of its quadrants.

        Raises
        ------
        GatingError
            With the line of what is missing, misspelt or impossible.
        """
        if len([c for c in element.children if c.name == "dimension"]) > MAXIMUM_DIMENSIONS:
            raise fields.fault(element, "dimension", "too many", f"{MAXIMUM_DIMENSIONS} at most", "check it")
        fields.no_slips(element, ("id", "parent_id"))
        if element.attributes.get("eventsInside", "1").strip() != "1":
            hint = "Gating-ML has no such gate: use the complement in a Boolean gate"
            raise fields.fault(element, "eventsInside", element.attributes["eventsInside"], "1", hint)
        match element.name:
            case "RectangleGate":
                return [self._rectangle(element, name, parent)]
            case "PolygonGate":
                return [self._polygon(element, name, parent)]
            case "EllipsoidGate":
                return [self._ellipsoid(element, name, parent)]
            case "QuadrantGate":
                return self._quadrants(element, name, parent)
            case "BooleanGate":
                return [self._boolean(element, name, parent)]
        expected = "a rectangle, polygon, ellipsoid, quadrant or Boolean gate"
        raise fields.fault(element, "gate", f"<{element.name}>", expected, "not supported")

    def _note(self, element: Element, name: str, text: str) -> None:
        self.notes.append(f"gate {name} (line {element.line}) {text}")

    def _rectangle(self, element: Element, name: str, parent: str | None) -> Gate:
        fields.known(element, ("dimension",))
        intervals = []
        for dimension in fields.dimensions(element):
            fields.known(dimension, SOURCES, (*DIMENSION, "min", "max"))
            low, high = fields.optional(dimension, "min"), fields.optional(dimension, "max")
            if low is not None and high is not None and low > high:
                raise fields.fault(dimension, "min", low, f"at most max, {high:g}", "swapped?")
            if low is None and high is None:
                self._note(dimension, name, "has a dimension without bounds")
            if low is not None and low == high:
                self._note(dimension, name, "has equal min and max: max is outside, so it holds no event")
            intervals.append(Interval(self.axes.read(dimension), low, high))
        return RectangleGate(name, parent, tuple(intervals))

    def _plain_axes(self, element: Element, wanted: int | None = None) -> tuple[Axis, ...]:
        """Axes of a gate that has no bounds on them."""
        dimensions = fields.dimensions(element, wanted)
        for dimension in dimensions:
            fields.known(dimension, SOURCES, DIMENSION)
        return tuple(self.axes.read(dimension) for dimension in dimensions)

    def _polygon(self, element: Element, name: str, parent: str | None) -> Gate:
        fields.known(element, ("dimension", "vertex"))
        axes = self._plain_axes(element, 2)
        corners = [child for child in element.children if child.name == "vertex"]
        if not 3 <= len(corners) <= MAXIMUM_VERTICES:
            expected = "3 or more" if len(corners) < 3 else f"{MAXIMUM_VERTICES:,} at most"
            raise fields.fault(element, "vertex", f"{len(corners)} vertices", expected, "check the gate")
        vertices = fields.points(corners)
        return PolygonGate(name, parent, axes[0], axes[1], tuple(vertices))

    def _ellipsoid(self, element: Element, name: str, parent: str | None) -> Gate:
        fields.known(element, ("dimension", "mean", "covarianceMatrix", "distanceSquare"))
        axes = self._plain_axes(element)
        mean = fields.numbers(fields.child(element, "mean"), len(axes))
        covariance = fields.child(element, "covarianceMatrix")
        fields.known(covariance, ("row",))
        rows = [fields.numbers(row, len(axes), "covarianceMatrix row") for row in covariance.children]
        if len(rows) != len(axes):
            found, expected = f"{len(rows)} rows", f"{len(axes)} rows of {len(axes)}"
            raise fields.fault(covariance, "covarianceMatrix", found, expected, "a row is missing")
        self._check_covariance(covariance, name, np.array(rows))
        limit = fields.child(element, "distanceSquare")
        distance = fields.number(limit, "value")
        if distance < 0:
            raise fields.fault(limit, "distanceSquare value", distance, "0 or more", "check the gate")
        return EllipsoidGate(name, parent, axes, mean, tuple(rows), distance)

    def _check_covariance(
        self, element: Element, name: str, matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    ) -> None:
        if np.linalg.matrix_rank(matrix) < len(matrix):
            expected = "a matrix that can be inverted"
            raise fields.fault(element, "covarianceMatrix", "a singular one", expected, "compute it again")
        if not np.allclose(matrix, matrix.T) or np.linalg.eigvals(matrix).real.min() <= 0:
            text = "has a matrix that is no covariance, used as written: its gate is not an ellipsoid"
            self._note(element, name, text)

    def _quadrants(self, element: Element, name: str, parent: str | None) -> list[Gate]:
        """Turn the dividers into rectangles: a quadrant is the cell in which its positions lie."""
        fields.known(element, ("divider", "Quadrant"))
        dividers: dict[str, tuple[Axis, list[float]]] = {}
        for divider in (child for child in element.children if child.name == "divider"):
            fields.known(divider, (*SOURCES, "value"), ("id", *DIMENSION))
            key = fields.identifier(divider)
            cuts = sorted({fields.text_number(child) for child in divider.children if child.name == "value"})
            if key in dividers:
                raise fields.fault(divider, "divider id", f"{key} twice", "an id of its own", "check it")
            if not cuts:
                raise fields.fault(divider, "divider", "no <value>", "one or more", "add where it divides")
            dividers[key] = (self.axes.read(divider), cuts)
        quadrants = [child for child in element.children if child.name == "Quadrant"]
        if not quadrants or not dividers:
            raise fields.fault(element, f"gate {name}", "no quadrant", "dividers and quadrants", "add them")
        gates: list[Gate] = []
        for quadrant in quadrants:
            key = fields.identifier(quadrant)
            try:
                gates.append(RectangleGate(key, parent, _cell(quadrant, dividers)))
            except GatingError as error:
                self.failed[key] = error
        return gates

    def _boolean(self, element: Element, name: str, parent: str | None) -> Gate:
        fields.known(element, tuple(Operator))
        forms = [child for child in element.children if child.name in tuple(Operator)]
        if len(forms) != 1:
            raise fields.fault(element, "operator", f"{len(forms)}", "one of and, or, not", "check it")
        form, operator = forms[0], Operator(forms[0].name)
        fields.known(form, ("gateReference",))
        references = [child for child in form.children if child.name == "gateReference"]
        for reference in references:
            fields.known(reference, (), ("ref", "use-as-complement"))
        operands = [
            Operand(fields.identifier(r, "ref"), fields.truth(r, "use-as-complement")) for r in references
        ]
        if not operands or (operator is Operator.NOT and len(operands) != 1):
            expected = "1 gate" if operator is Operator.NOT else "2 gates or more"
            raise fields.fault(form, form.name, f"{len(operands)} gates", expected, "check the references")
        if operator is not Operator.NOT and len(operands) == 1:
            self._note(form, name, f"joins one gate only by {operator}: it is that gate")
        return BooleanGate(name, parent, operator, tuple(operands))


def _cell(quadrant: Element, dividers: dict[str, tuple[Axis, list[float]]]) -> tuple[Interval, ...]:
    """Return the intervals in which the positions of a quadrant lie; a cut belongs to what is above it."""
    fields.known(quadrant, ("position",), ("id",))
    intervals: dict[str, Interval] = {}
    for position in (child for child in quadrant.children if child.name == "position"):
        fields.known(position, (), ("divider_ref", "location"))
        reference = fields.identifier(position, "divider_ref")
        if reference not in dividers:
            raise fields.fault(position, "divider_ref", reference, ", ".join(dividers), "check the id")
        if reference in intervals:
            raise fields.fault(
                position, "divider_ref", f"{reference} twice", "each divider once", "remove one"
            )
        axis, cuts = dividers[reference]
        place = fields.number(position, "location")
        low, high = next(
            (low, high)
            for low, high in pairwise([None, *cuts, None])
            if (low is None or place >= low) and (high is None or place < high)
        )
        intervals[reference] = Interval(axis, low, high)
    if not intervals:
        raise fields.fault(quadrant, "Quadrant", "no <position>", "one or more", "say where it lies")
    return tuple(intervals.values())
