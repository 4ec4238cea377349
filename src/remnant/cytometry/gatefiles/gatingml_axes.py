"""The axes of Gating-ML gates: a channel with the scale, ratio and spillover matrix that it refers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.gatingml_matrix import read_matrix
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import FROM_FILE, UNCOMPENSATED, Axis
from remnant.cytometry.signal.compensate import SpilloverMatrix
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle, Transform
from remnant.errors import CompensationError, GatingError, SettingError

T = TypeVar("T")
Bounds = tuple[float | None, float | None]
OPEN: Bounds = (None, None)


@dataclass(frozen=True)
class _Scale:
    """A named transform: a scale with its bounds, or a ratio of two channels."""

    transform: Transform | None
    bounds: Bounds
    ratio: tuple[str, str, tuple[float, float, float]] | None = None


class Axes:
    """Builds axes from the scales and matrices of one file.

    Parameters
    ----------
    root : Element
        The file. A scale or matrix that cannot be read fails only the axes that refer to it.
    """

    def __init__(self, root: Element):
        self.notes: list[str] = []
        self._scales: dict[str, _Scale | GatingError] = {}
        self._matrices: dict[str, SpilloverMatrix | GatingError] = {}
        for element in root.children:
            if element.name == "transformation":
                self._add(self._scales, element, _read_scale)
            elif element.name == "spectrumMatrix":
                self._add(self._matrices, element, read_matrix)

    def _add(
        self, known: dict[str, T | GatingError], element: Element, build: Callable[[Element], T]
    ) -> None:
        name = element.attributes.get("id", "").strip()
        if not name:
            self.notes.append(f"{element.name} on line {element.line} has no id: no gate can use it")
        elif name in known:
            hint = "which of them is meant?"
            known[name] = fields.fault(
                element, f"{element.name} id", f"{name} twice", "an id of its own", hint
            )
        else:
            known[name] = _attempt(build, element)

    @property
    def matrices(self) -> tuple[tuple[str, SpilloverMatrix], ...]:
        """The matrices that could be read, by id."""
        return tuple((key, m) for key, m in self._matrices.items() if isinstance(m, SpilloverMatrix))

    def read(self, element: Element) -> Axis:
        """Read the axis of a dimension or divider, or raise a `GatingError` that says what it lacks."""
        compensation = fields.identifier(element, "compensation-ref")
        matrix = self._matrix(element, compensation)
        scale = self._scale(element)
        sources = [c for c in element.children if c.name in ("fcs-dimension", "new-dimension")]
        if len(sources) != 1:
            found = f"{len(sources)} channels"
            raise fields.fault(
                element, element.name, found, "one <fcs-dimension> or <new-dimension>", "check it"
            )
        source = sources[0]
        if source.name == "fcs-dimension":
            fields.known(source, (), ("name",))
            channel = self._dye(source, fields.attribute(source, "name"), matrix)
            return Axis(channel, compensation, scale.transform, scale.bounds)
        fields.known(source, (), ("transformation-ref",))
        key = fields.identifier(source, "transformation-ref")
        ratio = self._named(source, key)
        if ratio.ratio is None:
            raise fields.fault(source, "transformation-ref", key, "the id of an fratio", "check the id")
        top, bottom = (self._dye(source, name, matrix) for name in ratio.ratio[:2])
        return Axis(top, compensation, scale.transform, scale.bounds, bottom, ratio.ratio[2], ratio.bounds)

    def _matrix(self, element: Element, name: str) -> SpilloverMatrix | None:
        if name in (UNCOMPENSATED, FROM_FILE):
            return None
        matrix = self._matrices.get(name)
        if matrix is None:
            known = ", ".join([UNCOMPENSATED, FROM_FILE, *self._matrices])
            raise fields.fault(element, "compensation-ref", name, known, "check the id")
        if isinstance(matrix, GatingError):
            raise matrix
        return matrix

    def _dye(self, element: Element, name: str, matrix: SpilloverMatrix | None) -> str:
        """Name what a matrix gives: a dye; a channel that takes no part stays as stored.

        Some programs name the detector. In a square matrix its dye is the one in the same place.
        """
        if matrix is None or name in matrix.dyes or name not in matrix.detectors:
            return name
        dyes = ", ".join(matrix.dyes)
        if len(matrix.dyes) != len(matrix.detectors):
            raise fields.fault(
                element, "fcs-dimension name", name, dyes, "a dye of the matrix, not a detector"
            )
        dye = matrix.dyes[matrix.detectors.index(name)]
        self.notes.append(f"line {element.line} names the detector {name}: its dye {dye} is gated")
        return dye

    def _scale(self, element: Element) -> _Scale:
        if "transformation-ref" not in element.attributes:
            return _Scale(None, OPEN)
        name = fields.identifier(element, "transformation-ref")
        scale = self._named(element, name)
        if scale.ratio is not None:
            hint = "a ratio goes into a <new-dimension>"
            raise fields.fault(element, "transformation-ref", f"{name}, an fratio", "a scale", hint)
        return scale

    def _named(self, element: Element, name: str) -> _Scale:
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


PARAMETERS = {"flin": "TA", "flog": "TM", "fasinh": "TMA", "logicle": "TWMA", "hyperlog": "TWMA"}


def build_transform(form: Element) -> Transform:
    """Build a transform from its element and the parameters T, W, M and A."""
    values = {letter: fields.number(form, letter) for letter in PARAMETERS[form.name]}
    match form.name:
        case "flin":
            return Linear(values["T"], values["A"])
        case "flog":
            return Log(values["T"], values["M"])
        case "fasinh":
            return Asinh(values["T"], values["M"], values["A"])
        case "logicle":
            return Logicle(values["T"], values["W"], values["M"], values["A"])
    return Hyperlog(values["T"], values["W"], values["M"], values["A"])


def _read_scale(element: Element) -> _Scale:
    fields.known(element, (*PARAMETERS, "fratio"))
    fields.no_slips(element, ("id", "boundMin", "boundMax"))
    bounds = (fields.optional(element, "boundMin"), fields.optional(element, "boundMax"))
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        raise fields.fault(element, "boundMin", bounds[0], f"at most boundMax, {bounds[1]:g}", "swapped?")
    forms = [form for form in element.children if form.name in (*PARAMETERS, "fratio")]
    if len(forms) != 1:
        expected = "one of flin, flog, fasinh, logicle, hyperlog or fratio"
        raise fields.fault(element, "transformation", f"{len(forms)} of them", expected, "check it")
    form = forms[0]
    if form.name == "fratio":
        return _Scale(None, bounds, _read_ratio(form))
    fields.known(form, ())
    return _Scale(build_transform(form), bounds)


def _read_ratio(form: Element) -> tuple[str, str, tuple[float, float, float]]:
    fields.known(form, ("fcs-dimension",))
    names = [fields.attribute(dimension, "name") for dimension in fields.dimensions_of(form)]
    if len(names) != 2:
        found = f"{len(names)} channels"
        raise fields.fault(form, "fratio", found, "2 channels", "name the numerator first")
    constants = fields.number(form, "A"), fields.number(form, "B"), fields.number(form, "C")
    return names[0], names[1], constants
