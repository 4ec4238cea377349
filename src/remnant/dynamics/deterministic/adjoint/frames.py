"""The call frame of XLA's foreign functions, read and made: compiled code called with no Python between.

A frame is a C structure of 22 words of 8 bytes (`xla/ffi/api/c_api.h`, folder `jax.ffi.include_dir()`): size,
extension, interface, context, stage; then size, extension, count, types and places of the arguments; the same
of the results and of the attributes; last a future. The place of an argument leads to a buffer: size,
extension, type, data, rank, dimensions.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc,call-arg,attr-defined"
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from remnant.dynamics.deterministic.adjoint.law import inlined

WORDS = 22
_EXTENSION, _INTERFACE, _STAGE = 1, 2, 4
ARGUMENTS, RESULTS = 5, 10
_COUNT, _PLACES = 2, 4  # in the five words of arguments, of results or of attributes
_DATA, _RANK, _DIMENSIONS = 3, 4, 5  # in a buffer
_EXECUTE = 3
_METADATA = 1


@intrinsic
def _pointer(typing_context, address, kind):  # noqa: ARG001 - numba asks for these names
    """Read an address as a pointer to numbers of a kind."""
    wanted = types.CPointer(kind.dtype)

    def code(context, builder, signature, arguments):  # noqa: ARG001
        return builder.inttoptr(arguments[0], context.get_value_type(wanted))

    return wanted(types.int64, kind), code


@inlined
def words(address, count):
    """Return `count` words of 8 bytes at an address."""
    return numba.carray(_pointer(address, np.int64), count)


@inlined
def to_execute(address):
    """Whether a frame asks for the work; XLA may ask for the version of the interface first."""
    frame = words(address, WORDS)
    if frame[_EXTENSION] != 0:
        extension = words(frame[_EXTENSION], 4)
        if extension[1] & 0xFFFFFFFF == _METADATA:
            # The version that calls is the one that is spoken: what is read here stands in all of them.
            words(extension[3], 4)[3] = words(frame[_INTERFACE], 5)[4]
            return False
    return frame[_STAGE] & 0xFFFFFFFF == _EXECUTE


@inlined
def results(address):
    """Count the results."""
    return words(address, WORDS)[RESULTS + _COUNT]


@inlined
def _buffer(address, group, number):
    return words(words(words(address, WORDS)[group + _PLACES], number + 1)[number], 6)


@inlined
def _many(buffer, own):
    """How many patients: the product of all dimensions before a patient's own."""
    many = 1
    for i in range(buffer[_RANK] - own):
        many *= words(buffer[_DIMENSIONS], i + 1)[i]
    return many


@inlined
def _from_last(buffer, i):
    return words(buffer[_DIMENSIONS], buffer[_RANK])[buffer[_RANK] - i]


@inlined
def vectors(address, group, number, kind):
    """Return an argument or result as an array (patients, a)."""
    b = _buffer(address, group, number)
    return numba.carray(_pointer(b[_DATA], kind), (_many(b, 1), _from_last(b, 1)))


@inlined
def matrices(address, group, number, kind):
    """Return an argument or result as an array (patients, a, b)."""
    b = _buffer(address, group, number)
    return numba.carray(_pointer(b[_DATA], kind), (_many(b, 2), _from_last(b, 2), _from_last(b, 1)))


@inlined
def blocks(address, group, number, kind):
    """Return an argument or result as an array (patients, a, b, c)."""
    b = _buffer(address, group, number)
    shape = _many(b, 3), _from_last(b, 3), _from_last(b, 2), _from_last(b, 1)
    return numba.carray(_pointer(b[_DATA], kind), shape)


def call(work: Any, arguments: Sequence[NDArray[Any]], answers: Sequence[NDArray[Any]]) -> None:
    """Call compiled work with a frame made here; other Python threads run meanwhile.

    Parameters
    ----------
    work : numba C function
        As registered with XLA.
    arguments, answers : sequence of contiguous ndarray
        With all axes that XLA would show; the answers are filled.
    """
    held: list[NDArray[np.int64]] = []

    def held_at(numbers: Sequence[int]) -> int:
        held.append(np.array(numbers, dtype=np.int64))
        return int(held[-1].ctypes.data)

    def places(arrays: Sequence[NDArray[Any]]) -> int:
        assert all(array.flags.c_contiguous for array in arrays)
        return held_at([held_at([48, 0, 0, x.ctypes.data, x.ndim, held_at(x.shape)]) for x in arrays])

    frame = [8 * WORDS, 0, 0, 0, _EXECUTE]
    for arrays in (arguments, answers, ()):
        frame += [40, 0, len(arrays), 0, places(arrays)]
    work.ctypes(held_at([*frame, 0, 0]))
