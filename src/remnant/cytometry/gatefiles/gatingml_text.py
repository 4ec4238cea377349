"""Records to the text of Gating-ML 2.0: matrices, then scales and ratios, then gates in their order.

References
----------
Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from remnant.cytometry.gatefiles.cut_notes import REMNANT, REVIEW, CutNote
from remnant.cytometry.gatefiles.gatingml_axes import PARAMETERS
from remnant.cytometry.gatefiles.xml_reader import GATING_ML
from remnant.cytometry.gates.gate import (
    Axis,
    BooleanGate,
    EllipsoidGate,
    Gate,
    GateTree,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.translate import axes_of
from remnant.cytometry.signal.compensate import SpilloverMatrix
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle, Transform
from remnant.errors import Fault, GatingError

_ILLEGAL = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_FORMS = {Linear: "flin", Log: "flog", Asinh: "fasinh", Logicle: "logicle", Hyperlog: "hyperlog"}
_LETTERS = {"T": "top", "W": "width", "M": "decades", "A": "negative"}

Value = str | float | None
Bounds = tuple[float | None, float | None]
Ratio = tuple[str, str, tuple[float, float, float]]
Scales = Mapping[tuple[Transform | Ratio, Bounds], str]


@dataclass(frozen=True)
class _Node:
    """One element to be written; an attribute that is None is left out."""

    name: str
    attributes: Mapping[str, Value] = field(default_factory=dict)
    children: tuple[_Node, ...] = ()


def gating_ml_text(tree: GateTree, source: str, *, reviews: Iterable[CutNote] = ()) -> str:
    """Write gates that have a form in Gating-ML as its text.

    Parameters
    ----------
    tree : GateTree
        Without bands, broken gates and scales of FlowJo's own.
    source : str
        Name of the file, for errors.
    reviews : iterable of CutNote
        Who placed which cut and why: custom information, which other programs pass over.

    Raises
    ------
    GatingError
        If a name holds a character that XML cannot.
    """
    scales = _name_scales(tree.gates)
    said = tuple(
        _Node(f"remnant:{REVIEW}", {f"remnant:{key}": value for key, value in vars(item).items()})
        for item in reviews
    )
    nodes = (
        *((_Node("data-type:custom_info", {"xmlns:remnant": REMNANT}, said),) if said else ()),
        *(_matrix(name, matrix) for name, matrix in tree.matrices),
        *(_scale(form, bounds, name) for (form, bounds), name in scales.items()),
        *(_gate(gate, scales) for gate in tree.gates),
    )
    prefixes = {"gating": "gating", "transforms": "transformations", "data-type": "datatypes"}
    spaces = {f"xmlns:{prefix}": GATING_ML + name for prefix, name in prefixes.items()}
    lines = _render(_Node("gating:Gating-ML", spaces, nodes), source, "")
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', *lines, ""))


def _render(node: _Node, source: str, indent: str) -> Iterator[str]:
    start = " ".join((node.name, *_written(node, source)))
    if not node.children:
        yield f"{indent}<{start} />"
        return
    yield f"{indent}<{start}>"
    for child in node.children:
        yield from _render(child, source, indent + "  ")
    yield f"{indent}</{node.name}>"


def _written(node: _Node, source: str) -> Iterator[str]:
    for key, value in node.attributes.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else repr(float(value))
        if _ILLEGAL.search(text):
            expected = "characters that XML can hold"
            raise GatingError([Fault(source, None, f"{node.name} {key}", ascii(text), expected, "rename it")])
        yield f"{key}={quoteattr(text)}"


def _name_scales(gates: Iterable[Gate]) -> Scales:
    """Name every scale and ratio once, in the order in which gates need them."""
    names: dict[tuple[Transform | Ratio, Bounds], str] = {}
    for axis in (axis for gate in gates for axis in axes_of(gate)):
        if (ratio := _ratio(axis)) is not None:
            names.setdefault((ratio, axis.ratio_bounds), f"ratio_{len(names) + 1}")
        if axis.transform is not None:
            names.setdefault((axis.transform, axis.bounds), f"scale_{len(names) + 1}")
    return names


def _ratio(axis: Axis) -> Ratio | None:
    return None if axis.denominator is None else (axis.channel, axis.denominator, axis.ratio)


def _channels(names: Iterable[str]) -> tuple[_Node, ...]:
    return tuple(_Node("data-type:fcs-dimension", {"data-type:name": name}) for name in names)


def _matrix(name: str, matrix: SpilloverMatrix) -> _Node:
    rows = (
        _Node("transforms:spectrum", {}, _values("transforms:coefficient", row, "transforms:value"))
        for row in matrix.rows
    )
    dyes = _Node("transforms:fluorochromes", {}, _channels(matrix.dyes))
    detectors = _Node("transforms:detectors", {}, _channels(matrix.detectors))
    return _Node("transforms:spectrumMatrix", {"transforms:id": name}, (dyes, detectors, *rows))


def _values(name: str, values: Iterable[float], key: str = "data-type:value") -> tuple[_Node, ...]:
    return tuple(_Node(name, {key: float(value)}) for value in values)


def _scale(form: Transform | Ratio, bounds: Bounds, name: str) -> _Node:
    low, high = bounds
    attributes: dict[str, Value] = {
        "transforms:id": name,
        "transforms:boundMin": low,
        "transforms:boundMax": high,
    }
    if isinstance(form, tuple):
        constants = {f"transforms:{key}": value for key, value in zip("ABC", form[2], strict=True)}
        inside = _Node("transforms:fratio", constants, _channels(form[:2]))
    else:
        element = _FORMS[type(form)]
        inside = _Node(
            f"transforms:{element}",
            {f"transforms:{letter}": getattr(form, _LETTERS[letter]) for letter in PARAMETERS[element]},
        )
    return _Node("transforms:transformation", attributes, (inside,))


def _dimension(axis: Axis, scales: Scales, low: float | None = None, high: float | None = None) -> _Node:
    ratio = _ratio(axis)
    (source,) = _channels([axis.channel])
    if ratio is not None:
        source = _Node(
            "data-type:new-dimension", {"data-type:transformation-ref": scales[ratio, axis.ratio_bounds]}
        )
    attributes: dict[str, Value] = {
        "gating:compensation-ref": axis.compensation,
        "gating:transformation-ref": scales[axis.transform, axis.bounds] if axis.transform else None,
        "gating:min": low,
        "gating:max": high,
    }
    return _Node("gating:dimension", attributes, (source,))


def _gate(gate: Gate, scales: Scales) -> _Node:
    axes = tuple(_dimension(axis, scales) for axis in axes_of(gate))
    inside: tuple[_Node, ...] = ()
    if isinstance(gate, RectangleGate):
        axes = tuple(_dimension(side.axis, scales, side.minimum, side.maximum) for side in gate.intervals)
    elif isinstance(gate, PolygonGate):
        inside = tuple(
            _Node("gating:vertex", {}, _values("gating:coordinate", corner)) for corner in gate.vertices
        )
    elif isinstance(gate, EllipsoidGate):
        rows = tuple(_Node("gating:row", {}, _values("gating:entry", row)) for row in gate.covariance)
        inside = (
            _Node("gating:mean", {}, _values("gating:coordinate", gate.mean)),
            _Node("gating:covarianceMatrix", {}, rows),
            _Node("gating:distanceSquare", {"data-type:value": gate.distance_squared}),
        )
    elif isinstance(gate, BooleanGate):
        references = tuple(
            _Node(
                "gating:gateReference",
                {"gating:ref": o.gate, "gating:use-as-complement": "true" if o.complement else None},
            )
            for o in gate.operands
        )
        inside = (_Node(f"gating:{gate.operator}", {}, references),)
    attributes: dict[str, Value] = {"gating:id": gate.id, "gating:parent_id": gate.parent}
    return _Node(f"gating:{type(gate).__name__}", attributes, (*axes, *inside))
