"""A gate as arrays for a kernel: which columns with which weights, which cuts, which table, which cells.

A program says in, out or not evaluable only where its arithmetic is sure, and `UNDECIDED` elsewhere; those
few events go to the exact judgement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gates.raster import Raster

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]
Places = NDArray[np.uint64]
Bools = NDArray[np.bool_]
FEW_VERTICES = 64  # a polygon with more of them leaves its edges to the exact judgement


@dataclass(frozen=True, eq=False)
class Mixture:
    """The channels behind each axis of a gate: a span of neighbouring columns with their weights.

    Parameters
    ----------
    starts : ndarray of int, shape (axes + 1,)
        Where the weights of each axis begin.
    firsts : ndarray of int, shape (axes,)
        First column of each span.
    weights : ndarray, shape (weights,)
        What each column of a span counts; 0 for one that takes no part.
    positive : ndarray of bool, shape (axes,)
        Whether only values above 0 can be judged.
    gaps : ndarray of bool, shape (axes,)
        Whether a column that takes no part lies in the span: if it is not a number, neither is the sum,
        and only the exact judgement can tell.
    rounding : ndarray, shape (axes,)
        By how much of the sum of its terms a value may be off; 0 where it is one stored value.
    """

    starts: Places
    firsts: Places
    weights: Floats
    positive: Bools
    gaps: Bools
    rounding: Floats


@dataclass(frozen=True, eq=False)
class Scale:
    """How each axis of a gate turns a value into a place on its scale.

    Parameters
    ----------
    straight : ndarray, shape (axes, 2)
        y = a + b x, for an axis without a table.
    tables : ndarray, shape (rows, 4)
        Tables of `Lookup`, one after the other.
    where : ndarray of int, shape (axes, 3)
        First row, pieces on a side (0: straight), and number of the lowest piece.
    bounds : ndarray, shape (axes, 2)
        Values beyond them are set to them.
    slack : ndarray, shape (axes,)
        How far from its true place an event may be put.
    largest : ndarray, shape (axes,)
        By how much a value may be off before it could be put further away than that.
    """

    straight: Floats
    tables: Floats
    where: Wholes
    bounds: Floats
    slack: Floats
    largest: Floats


@dataclass(frozen=True, eq=False)
class IntervalProgram:
    """A rectangle: for each axis `lo_out`, `lo_in`, `hi_in`, `hi_out` on the scale of the file."""

    mixture: Mixture
    cuts: Floats


@dataclass(frozen=True, eq=False)
class PolygonProgram:
    """A polygon: `reach` is the span of its box on the scale of the file, by axis.

    `shared` says that both axes mix the same channels, stored as float32, and are defined for every value:
    then either both are numbers or none is.
    """

    mixture: Mixture
    scale: Scale
    raster: Raster
    reach: Floats
    vertices: Floats
    shared: bool


@dataclass(frozen=True, eq=False)
class EllipsoidProgram:
    """An ellipsoid: (y - mean)' P (y - mean) <= limit."""

    mixture: Mixture
    scale: Scale
    mean: Floats
    precision: Floats
    limit: float


@dataclass(frozen=True, eq=False)
class PlainPolygonProgram:
    """A polygon on two channels as they are stored."""

    x_column: int
    y_column: int
    raster: Raster
    reach: Floats
    vertices: Floats
    slack: Floats


Program = IntervalProgram | PlainPolygonProgram | PolygonProgram | EllipsoidProgram
