"""Who runs the programs of gates: compiled kernels, or their twins in NumPy; the answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.gates import twins
from remnant.cytometry.gates.membership import Codes
from remnant.cytometry.gates.program import (
    EllipsoidProgram,
    IntervalProgram,
    PlainPolygonProgram,
    PolygonProgram,
    Program,
)

Stored = NDArray[np.floating]
COMPILED_EVENTS = 1_000_000  # loading compiled kernels takes half a second: a smaller tube is done before


@dataclass(frozen=True, eq=False)
class Judged:
    """What a kernel says of some rows.

    Parameters
    ----------
    kept : ndarray of int
        Rows that are not out, in order.
    odd : int
        How many of them are not evaluable or undecided; the others are in.
    """

    kept: NDArray[np.intp]
    odd: int


Judge = Callable[[Stored, NDArray[np.intp], Codes], Judged]


@dataclass(frozen=True)
class Engine:
    """One set of kernels.

    Parameters
    ----------
    name : str
        `numba` or `numpy`.
    kernels : module
        With `judge_intervals`, `judge_plain_polygon`, `judge_polygon` and `judge_ellipsoid`.
    block_events : int
        Events in a block that keep it at work in the cache, and few enough calls.
    """

    name: str
    kernels: ModuleType
    block_events: int

    def bind(self, program: Program) -> Judge:
        """Return the function that judges rows by a program.

        Returns
        -------
        callable
            Of a block, rows of it, and codes to write to at these rows.
        """
        kernel, arguments = getattr(self.kernels, _KERNELS[type(program)]), _arguments(program)

        def judge(stored: Stored, rows: NDArray[np.intp], codes: Codes) -> Judged:
            kept, totals = np.empty(len(rows), dtype=np.int64), np.zeros(2, dtype=np.int64)
            kernel(stored, rows, *arguments, codes, kept, totals)
            keep, odd = totals.tolist()
            return Judged(kept[:keep], odd)

        return judge


_KERNELS = {
    IntervalProgram: "judge_intervals",
    PlainPolygonProgram: "judge_plain_polygon",
    PolygonProgram: "judge_polygon",
    EllipsoidProgram: "judge_ellipsoid",
}


def _arguments(program: Program) -> tuple[Any, ...]:
    """List the arrays of a program in the order in which kernels take them."""
    if isinstance(program, PlainPolygonProgram):
        columns = np.uint64(program.x_column), np.uint64(program.y_column)
        return (*columns, *_cells(program), program.slack)
    mixture = [getattr(program.mixture, field.name) for field in fields(program.mixture)]
    if isinstance(program, IntervalProgram):
        return (*mixture, program.cuts)
    scale = [getattr(program.scale, field.name) for field in fields(program.scale)]
    if isinstance(program, PolygonProgram):
        return (*mixture, *scale, *_cells(program), program.shared)
    return (*mixture, *scale, program.mean, program.precision, program.limit)


def _cells(program: PlainPolygonProgram | PolygonProgram) -> tuple[Any, ...]:
    raster = program.raster
    return raster.codes, raster.origin, raster.per_cell, program.reach, program.vertices


NUMPY = Engine("numpy", twins, 1 << 14)


@cache
def compiled() -> Engine:
    """Load the compiled kernels, or the twins where numba is not to be had or has no place to keep them."""
    try:
        from remnant.cytometry.gates import kernels
    except (ImportError, RuntimeError):
        return NUMPY
    return Engine("numba", kernels, 1 << 16)


def engine_for(events: int) -> Engine:
    """Choose by the size of a tube; once compiled kernels are loaded they serve every tube."""
    return compiled() if events >= COMPILED_EVENTS or compiled.cache_info().currsize else NUMPY
