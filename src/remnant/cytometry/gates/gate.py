"""Gates as records: where each is drawn, on which scale, under which parent. Nothing but data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remnant.cytometry.signal.compensate import SpilloverMatrix
from remnant.cytometry.signal.transform import Transform

UNCOMPENSATED = "uncompensated"
FROM_FILE = "FCS"


@dataclass(frozen=True)
class Axis:
    """One dimension of a gate.

    Parameters
    ----------
    channel : str
        `$PnN`, or the dye of a spectrum matrix.
    compensation : str
        `uncompensated`, `FCS` (the matrix in the file, if any) or the id of a matrix of the tree.
    transform : Transform, optional
        Scale of the gate; None for the scale of the file.
    bounds : tuple of two floats or None
        Values beyond them are set to them after the transform (Gating-ML `boundMin`, `boundMax`).
    denominator : str, optional
        Second channel of a ratio A (x - B) / (y - C), with `ratio` = (A, B, C).
    ratio : tuple of three floats
        Constants of the ratio.
    ratio_bounds : tuple of two floats or None
        Ratios beyond them are set to them before the transform.
    """

    channel: str
    compensation: str = FROM_FILE
    transform: Transform | None = None
    bounds: tuple[float | None, float | None] = (None, None)
    denominator: str | None = None
    ratio: tuple[float, float, float] = (1.0, 0.0, 0.0)
    ratio_bounds: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Interval:
    """One side of a rectangle: `minimum` belongs to the gate, `maximum` does not; None is open."""

    axis: Axis
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class RectangleGate:
    """Events within every interval; a range is a rectangle with one side."""

    id: str
    parent: str | None
    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class PolygonGate:
    """Events within a polygon, its edges and vertices included; even-odd where it crosses itself."""

    id: str
    parent: str | None
    x: Axis
    y: Axis
    vertices: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class EllipsoidGate:
    """Events with (x - mean)' C^-1 (x - mean) <= distance_squared."""

    id: str
    parent: str | None
    axes: tuple[Axis, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    distance_squared: float


@dataclass(frozen=True)
class BandGate:
    """Events near a line on logarithmic axes: |ln y - intercept - slope ln x| <= half_width.

    Singlets lie so in area and height of forward scatter; doublets have the area of two cells and
    the height of one.
    """

    id: str
    parent: str | None
    x: Axis
    y: Axis
    slope: float
    intercept: float
    half_width: float


class Operator(StrEnum):
    """How a Boolean gate joins its operands."""

    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True)
class Operand:
    """A gate that a Boolean gate refers to, or its complement."""

    gate: str
    complement: bool = False


@dataclass(frozen=True)
class BooleanGate:
    """Events by membership in other gates, in three-valued logic."""

    id: str
    parent: str | None
    operator: Operator
    operands: tuple[Operand, ...]


Gate = RectangleGate | PolygonGate | EllipsoidGate | BandGate | BooleanGate


@dataclass(frozen=True)
class BrokenGate:
    """A gate that could not be read; it and all that hangs on it are not evaluable.

    `place` is the number of gates of the tree that stand before it in the file.
    """

    id: str
    line: int
    reason: str
    place: int = 0


@dataclass(frozen=True)
class GateTree:
    """Gates in the order of their file, with the matrices that they name.

    Parameters
    ----------
    gates : tuple of Gate
        Parents and operands may stand after what needs them.
    matrices : tuple of (id, SpilloverMatrix)
        Spectrum matrices.
    broken : tuple of BrokenGate
        What could not be read, and why.
    notes : tuple of str
        What a reader should know, such as a gate without bounds.
    """

    gates: tuple[Gate, ...]
    matrices: tuple[tuple[str, SpilloverMatrix], ...] = ()
    broken: tuple[BrokenGate, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all gates in the order of their file, those that could not be read among them."""
        placed = [(place + 0.5, gate.id) for place, gate in enumerate(self.gates)]
        placed += [(float(gate.place), gate.id) for gate in self.broken]
        return tuple(name for _, name in sorted(placed, key=lambda pair: pair[0]))
