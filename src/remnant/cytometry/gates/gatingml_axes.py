"""The axes of Gating-ML gates: a channel with the scale, ratio and spillover matrix that it refers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from remnant.cytometry.gates import gatingml_fields as fields
from remnant.cytometry.gates.gate import UNCOMPENSATED, Axis
from remnant.cytometry.gates.xml_reader import Element
from remnant.cytometry.signal.compensate import SpilloverMatrix, check_spillover
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle, Transform
from remnant.errors import CompensationError, GatingError, SettingError

T = TypeVar("T")


@dataclass(frozen=True)
class _Scale:
    """A named transform: a scale with its bounds, or a ratio of two channels."""

    transform: Transform | None
    bounds: tuple[float | None, float | None]
    ratio: tuple[str, str, tuple[float, float, float]] | None = None


class Axes:
    """Builds axes from the scales and matrices of one file.

    Parameters
    ----------
    root : Element
        The file. A scale or matrix that cannot be read fails only the axes that refer to it.

    Raises
    ------
    GatingError
        If a scale or matrix has no id.
    """

    def __init__(self, root: Element):
        self._scales: dict[str, _Scale | GatingError] = {}
        self._matrices: dict[str, SpilloverMatrix | GatingError] = {}
        for element in root.children:
            if element.name == "transformation":
                self._scales[fields.attribute(element, "id")] = _attempt(_read_scale, element)
            elif element.name == "spectrumMatrix":
                self._matrices[fields.attribute(element, "id")] = _attempt(_read_matrix, element)

    @property
    def matrices(self) -> tuple[tuple[str, SpilloverMatrix], ...]:
        """The matrices that could be read, by id."""
        return tuple((key, m) for key, m in self._matrices.items() if isinstance(m, SpilloverMatrix))

    def read(self, element: Element) -> Axis:
        """Read the axis of a dimension or divider, or raise a `GatingError` that says what it lacks."""
        compensation = fields.attribute(element, "compensation-ref")
        transform = element.attributes.get("transformation-ref")
        self._check_compensation(element, compensation)
        scale = _Scale(None, (None, None)) if transform is None else self._scale(element, transform)
        source = next((c for c in element.children if c.name in ("fcs-dimension", "new-dimension")), None)
        if source is None:
            raise fields.fault(element, element.name, "no channel", "<fcs-dimension>", "add it")
        if source.name == "fcs-dimension":
            return Axis(fields.attribute(source, "name"), compensation, scale.transform, scale.bounds)
        key = fields.attribute(source, "transformation-ref")
        ratio = self._scales.get(key)
        if not isinstance(ratio, _Scale) or ratio.ratio is None:
            raise fields.fault(source, "transformation-ref", key, "the id of an fratio", "check the id")
        top, bottom, constants = ratio.ratio
        bounds = ratio.bounds if transform is None else scale.bounds
        return Axis(top, compensation, scale.transform, bounds, bottom, constants)

    def _check_compensation(self, element: Element, name: str) -> None:
        if name in (UNCOMPENSATED, "FCS"):
            return
        matrix = self._matrices.get(name)
        if matrix is None:
            known = ", ".join([UNCOMPENSATED, "FCS", *self._matrices])
            raise fields.fault(element, "compensation-ref", name, known, "check the id")
        if isinstance(matrix, GatingError):
            raise matrix

    def _scale(self, element: Element, name: str) -> _Scale:
        scale = self._scales.get(name)
        if scale is None:
            known = ", ".join(self._scales) or "a transformation"
            raise fields.fault(element, "transformation-ref", name, known, "check the id")
        if isinstance(scale, GatingError):
            raise scale
        return scale


def _attempt(build: Callable[[Element], T], element: Element) -> T | GatingError:
    """Build something that gates refer to; the gates that use it then tell why it failed."""
    try:
        return build(element)
    except GatingError as error:
        return error
    except (SettingError, CompensationError) as error:
        faults = [replace(fault, source=element.source, line=element.line) for fault in error.faults]
        return GatingError(faults)


_PARAMETERS = {"flin": "TA", "flog": "TM", "fasinh": "TMA", "logicle": "TWMA", "hyperlog": "TWMA"}


def _build_transform(form: str, t: float, w: float, m: float, a: float) -> Transform:
    """Build the transform of a Gating-ML element from its parameters."""
    match form:
        case "flin":
            return Linear(t, a)
        case "flog":
            return Log(t, m)
        case "fasinh":
            return Asinh(t, m, a)
        case "logicle":
            return Logicle(t, w, m, a)
    return Hyperlog(t, w, m, a)


def _read_scale(element: Element) -> _Scale:
    bounds = (fields.optional(element, "boundMin"), fields.optional(element, "boundMax"))
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        raise fields.fault(element, "boundMin", bounds[0], f"at most boundMax, {bounds[1]:g}", "swapped?")
    for form in element.children:
        if form.name == "fratio":
            return _Scale(None, bounds, _read_ratio(form))
        if form.name in _PARAMETERS:
            t, w, m, a = (
                fields.number(form, letter) if letter in _PARAMETERS[form.name] else 0.0
                for letter in ("T", "W", "M", "A")
            )
            return _Scale(_build_transform(form.name, t, w, m, a), bounds)
    found = ", ".join(f"<{form.name}>" for form in element.children) or "nothing"
    expected = "flin, flog, fasinh, logicle, hyperlog or fratio"
    raise fields.fault(element, "transformation", found, expected, "this transform is not supported")


def _read_ratio(form: Element) -> tuple[str, str, tuple[float, float, float]]:
    names = fields.channels(form)
    if len(names) != 2:
        found = f"{len(names)} channels"
        raise fields.fault(form, "fratio", found, "2 channels", "name the numerator first")
    constants = fields.number(form, "A"), fields.number(form, "B"), fields.number(form, "C")
    return names[0], names[1], constants


def _read_matrix(element: Element) -> SpilloverMatrix:
    dyes = fields.channels(fields.child(element, "fluorochromes"))
    detectors = fields.channels(fields.child(element, "detectors"))
    rows = tuple(
        tuple(fields.number(value, "value") for value in row.children if value.name == "coefficient")
        for row in element.children
        if row.name == "spectrum"
    )
    matrix = SpilloverMatrix(dyes, detectors, rows)
    return check_spillover(matrix, element.source, f"spectrumMatrix {fields.attribute(element, 'id')}")
