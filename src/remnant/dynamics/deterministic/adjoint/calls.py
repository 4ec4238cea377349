"""Both directions for many patients, as foreign functions of XLA: what is kept compiled between runs."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import numba
import numpy as np
from numba import types

from remnant.dynamics.deterministic.adjoint import back, course, filters, frames, law, renewal, step, work
from remnant.dynamics.deterministic.adjoint.course import backwards, forwards
from remnant.dynamics.deterministic.adjoint.frames import (
    ARGUMENTS,
    RESULTS,
    blocks,
    matrices,
    results,
    to_execute,
    vectors,
)

REAL, WHOLE = np.float64, np.int32
_MODULES = back, course, filters, frames, law, renewal, step, work


@cache
def follow():
    """Return the way forwards, compiled when it is first asked for."""
    sources = _number_of_sources()

    @_kept
    def forth(frame):
        """Rates, effects, initial, months, doses, kinds, visits, order to states, error and every state."""
        if sources == 0 or not to_execute(frame):
            return 0
        rates, effects = matrices(frame, ARGUMENTS, 0, REAL), blocks(frame, ARGUMENTS, 1, REAL)
        initial, months = matrices(frame, ARGUMENTS, 2, REAL), vectors(frame, ARGUMENTS, 3, REAL)
        doses, kinds = matrices(frame, ARGUMENTS, 4, REAL), vectors(frame, ARGUMENTS, 5, WHOLE)
        visits, order = vectors(frame, ARGUMENTS, 6, WHOLE), vectors(frame, ARGUMENTS, 7, WHOLE)
        states, error = blocks(frame, RESULTS, 0, REAL), vectors(frame, RESULTS, 1, REAL)
        all_kept = results(frame) > 2
        scratch = np.empty((1, 1 + kinds.shape[1], initial.shape[2], 3))
        every = blocks(frame, RESULTS, 2, REAL) if all_kept else scratch
        for i in range(len(rates)):
            whole = every[i if all_kept else 0]
            given = rates, effects, initial, months, doses, kinds, visits
            forwards(i, *given, order[i, 0], states, error, whole)
        return 0

    return forth


@cache
def pull_back():
    """Return the way back, compiled when it is first asked for: not all need a gradient."""
    sources = _number_of_sources()

    @_kept
    def back_again(frame):
        """The same without initial, every state and cotangents of states, to those of the first three."""
        if sources == 0 or not to_execute(frame):
            return 0
        rates, effects = matrices(frame, ARGUMENTS, 0, REAL), blocks(frame, ARGUMENTS, 1, REAL)
        months, doses = vectors(frame, ARGUMENTS, 2, REAL), matrices(frame, ARGUMENTS, 3, REAL)
        kinds, visits = vectors(frame, ARGUMENTS, 4, WHOLE), vectors(frame, ARGUMENTS, 5, WHOLE)
        order, every = vectors(frame, ARGUMENTS, 6, WHOLE), blocks(frame, ARGUMENTS, 7, REAL)
        pull, to_rates = blocks(frame, ARGUMENTS, 8, REAL), matrices(frame, RESULTS, 0, REAL)
        to_effects, to_initial = blocks(frame, RESULTS, 1, REAL), matrices(frame, RESULTS, 2, REAL)
        for i in range(len(rates)):
            given = rates, effects, months, doses, kinds, visits
            backwards(i, *given, order[i, 0], every, pull, to_rates, to_effects, to_initial)
        return 0

    return back_again


def _kept(work):
    """Compile, and keep the machine code on the disk."""
    return numba.cfunc(types.int64(types.int64), cache=True, error_model="numpy")(work)


@cache
def _number_of_sources() -> int:
    """Return a number that differs where the bytes of any source of the compiled code do.

    Numba looks at the file of the outermost function alone, and at what that encloses: this number.
    """
    read = b"".join(Path(str(file)).read_bytes() for file in (*(m.__file__ for m in _MODULES), __file__))
    return int.from_bytes(sha256(read).digest()[:7], "big") + 1
