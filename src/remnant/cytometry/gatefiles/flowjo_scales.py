"""Parameters of one sample of a FlowJo workspace: their axes, and the scales on which they are drawn.

FlowJo writes the corners of rectangles and polygons as values of the file, draws them on the scale
of each parameter, and writes ellipses in the 256 channels of its plot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import number
from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.flowjo_matrix import read_spillover_matrix
from remnant.cytometry.gatefiles.gatingml_axes import PARAMETERS, build_transform
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import UNCOMPENSATED, Axis
from remnant.cytometry.signal.biexponential import Biexponential, FloorLog
from remnant.cytometry.signal.transform import Transform

SCALES = ("linear", "log", "biex", "fasinh", "logicle", "hyperlog")


@dataclass(frozen=True)
class PlotScale:
    """How one parameter is drawn.

    Parameters
    ----------
    transform : Transform or None
        From values to shares of the plot; None where it is linear.
    low, high : float
        Ends of a linear scale.
    bounds : tuple of two floats or None
        Where FlowJo piles up what lies beyond its scale.
    """

    transform: Transform | None
    low: float = 0.0
    high: float = 1.0
    bounds: tuple[float | None, float | None] = (None, None)


class Parameters:
    """Parameters of one sample: to axes, and to the scales on which they are drawn.

    Parameters
    ----------
    sample : Element
        The `Sample` of the workspace.
    tube : EventFile, optional
        Says which channel is Time, and how long its ticks are; else the workspace does.

    Raises
    ------
    GatingError, CompensationError
        If its matrix cannot be used.
    """

    def __init__(self, sample: Element, tube: EventFile | None = None):
        self.notes: dict[str, None] = {}
        self._time, self._tick = _read_time(sample) if tube is None else _time_of(tube)
        self._names = {} if tube is None else _names_with_slash(tube)
        self._written = read_spillover_matrix(sample)
        self.spillover = self._written and self._written.renamed(self._names)
        self._scales: dict[str, Element] = {}
        for transformations in (c for c in sample.children if c.name == "Transformations"):
            for scale in transformations.children:
                for parameter in (c for c in scale.children if c.name == "parameter"):
                    self._scales[parameter.attributes.get("name", "")] = scale

    def axis(self, dimension: Element) -> tuple[Axis, str]:
        """Return the axis of a dimension, on the values of the file, and the name of its parameter."""
        source = fields.child(dimension, "fcs-dimension")
        name = fields.attribute(source, "name")
        channel = self._written.stripped(name) if self._written else None
        if self._written is None or channel is None:
            return Axis(self._names.get(name, name), UNCOMPENSATED), name
        return Axis(self._names.get(channel, channel), self._written.name), name

    def unit(self, axis: Axis, parameter: str) -> float:
        """Return what turns a value of the workspace into a value of the file; 1 but for Time.

        FlowJo stretches Time until it fits the clock of the run, and writes seconds per tick as the
        gain of its scale. The file has ticks of `$TIMESTEP`.
        """
        if axis.channel != self._time:
            return 1.0
        element = self._scales.get(parameter)
        gain = fields.optional(element, "gain") if element is not None else None
        if gain is None or gain == 1 or gain <= 0:
            self.notes[
                f"{parameter} is gated in seconds by $TIMESTEP: the workspace does not say FlowJo's"
            ] = None
            return 1.0
        self.notes[f"{parameter} is gated as FlowJo scales it, {gain:g} s per tick"] = None
        return (self._tick or 1.0) / gain

    def scale(self, axis: Axis, parameter: str, at: Element) -> PlotScale:
        """Return how a parameter is drawn.

        Raises
        ------
        GatingError
            If the workspace does not say, or the scale is one that is not published.
        """
        element = self._scales.get(parameter) or self._scales.get(axis.channel)
        if element is None:
            raise fields.fault(
                at, "fcs-dimension name", parameter, "a parameter with a scale", "save it again"
            )
        found, unit = _read_scale(element), self.unit(axis, parameter)
        return replace(found, low=found.low * unit, high=found.high * unit)


def _names_with_slash(tube: EventFile) -> dict[str, str]:
    """FlowJo writes `_` for `/` in the names of channels: map such names to those of the file."""
    own = [channel.name for channel in tube.channels]
    changed = [name.replace("/", "_") for name in own]
    return {new: old for new, old in zip(changed, own, strict=True) if changed.count(new) == 1 and new != old}


def _time_of(tube: EventFile) -> tuple[str | None, float | None]:
    return next((channel.name for channel in tube.channels if channel.is_time), None), tube.timestep


def _read_time(sample: Element) -> tuple[str | None, float | None]:
    """Without a tube: the channel that is called Time, and `$TIMESTEP` among the keywords."""
    keywords = [k for c in sample.children if c.name == "Keywords" for k in c.children]
    values = {k.attributes.get("name", ""): k.attributes.get("value", "") for k in keywords}
    names = [value for key, value in values.items() if re.fullmatch(r"\$P\d+N", key)]
    return next((name for name in names if name.casefold() == "time"), "Time"), number(
        values.get("$TIMESTEP", "")
    )


def _read_scale(element: Element) -> PlotScale:
    match element.name:
        case "linear":
            low, high = fields.number(element, "minRange"), fields.number(element, "maxRange")
            if not low < high:
                raise fields.fault(element, "linear minRange", low, f"below maxRange, {high:g}", "swapped?")
            return PlotScale(None, low, high)
        case "log":
            return PlotScale(FloorLog(fields.number(element, "offset"), fields.number(element, "decades")))
        case "biex":
            length = fields.number(element, "length")
            if length not in (256, 4096):
                raise fields.fault(
                    element, "biex length", f"{length:g}", "256", "save the scale again in FlowJo"
                )
            settings = (fields.number(element, name) for name in ("maxRange", "pos", "neg", "width"))
            return PlotScale(Biexponential(*settings), bounds=(0.0, 1.0))
    if element.name in PARAMETERS and element.name in SCALES:
        return PlotScale(build_transform(element))
    hint = "its formula is not published: set the parameter to another scale in FlowJo and save"
    raise fields.fault(element, "scale", f"<{element.name}>", ", ".join(SCALES), hint)
