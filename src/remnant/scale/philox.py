"""Philox4x64-10 in compiled code: chance as a function of (key, counter), for millions of short streams.

Key: a hash of the seed, and the patient. Counter: (block, draw, purpose, 0); a block holds four words of 64
bits. Nothing is seeded again and nothing is shared, so a patient's numbers do not depend on who else is
drawn, in which order, or by how many threads. Ten rounds of two products of 64 by 64 bits: Salmon et al.
2011, SC11, doi:10.1145/2063384.2063405; the words are those of `numpy.random.Philox`.

A compiled stream is an array of ten words, as from `opened`: words read so far, seed key, patient, draw,
purpose, the four words of the block in hand, and the number of that block and one.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc,call-arg,var-annotated"
from __future__ import annotations

import math

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from remnant.scale.streams import hashed

Array = NDArray[np.float64]
Words = NDArray[np.uint64]

_FACTORS = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_WEYL = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_ROUNDS = 10
STREAM_WORDS = 10
READ, SEED, PATIENT, DRAW, PURPOSE, FIRST, BLOCK = 0, 1, 2, 3, 4, 5, 9

compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


def seed_key(seed: int, *names: str | int) -> int:
    """Return the first half of the key, 64 bits: what the study's seed and these names say.

    Examples
    --------
    >>> seed_key(1, "cohort") == seed_key(1, "cohort"), seed_key(1, "cohort") == seed_key(2, "cohort")
    (True, False)
    """
    return hashed(seed, *names, size=8)


@intrinsic
def _product(typing_context, a, b):  # noqa: ARG001 - numba asks for these names
    """Return the high and the low half of the product of two words."""
    signature = types.UniTuple(types.uint64, 2)(types.uint64, types.uint64)

    def build(context, builder, signature, arguments):
        wide = ir.IntType(128)
        whole = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        high = builder.trunc(builder.lshr(whole, ir.Constant(wide, 64)), ir.IntType(64))
        low = builder.trunc(whole, ir.IntType(64))
        return context.make_tuple(builder, signature.return_type, (high, low))

    return signature, build


@compiled
def philox(c0, c1, c2, c3, k0, k1):
    """Return the four words at a counter under a key; all are uint64."""
    for _ in range(_ROUNDS):
        high0, low0 = _product(_FACTORS[0], c0)
        high1, low1 = _product(_FACTORS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + _WEYL[0], k1 + _WEYL[1]
    return c0, c1, c2, c3


@numba.njit(error_model="numpy", forceinline=True)
def _open_unit(word):
    """Return a word as a number inside (0, 1): the middle of one of 2**52 equal pieces."""
    return (np.float64(np.int64(word >> np.uint64(12))) + 0.5) * 2.0**-52


@compiled
def open_stream(stream, seed_key, patient, draw, purpose, read):
    """Set a stream to go on after `read` words."""
    stream[READ], stream[SEED], stream[PATIENT] = read, seed_key, patient
    stream[DRAW], stream[PURPOSE], stream[BLOCK] = draw, purpose, np.uint64(0)


@numba.njit(nogil=True, error_model="numpy")
def uniform(stream):
    """Read the next number of a stream, in (0, 1)."""
    block, lane = stream[READ] >> np.uint64(2), stream[READ] & np.uint64(3)
    if stream[BLOCK] != block + np.uint64(1):
        words = philox(block, stream[DRAW], stream[PURPOSE], np.uint64(0), stream[SEED], stream[PATIENT])
        stream[FIRST], stream[FIRST + 1], stream[FIRST + 2], stream[FIRST + 3] = words
        stream[BLOCK] = block + np.uint64(1)
    stream[READ] += np.uint64(1)
    return _open_unit(stream[np.uint64(FIRST) + lane])


@numba.njit(nogil=True, error_model="numpy", forceinline=True)
def exponential(stream):
    """Read the next number of a stream as an exponential time of mean 1."""
    return -math.log(uniform(stream))


@compiled
def _fill(seed_key, patients, draw, purpose, out):
    count = out.shape[1]
    for n in range(out.shape[0]):
        for block in range((count + 3) // 4):
            words = philox(np.uint64(block), draw, purpose, np.uint64(0), seed_key, patients[n])
            for lane in range(min(4, count - 4 * block)):
                out[n, 4 * block + lane] = _open_unit(words[lane])


def uniforms(seed_key: int, patients: Words, *, draw: int = 0, purpose: int, count: int) -> Array:
    """Return the first `count` numbers of the stream of each patient.

    Parameters
    ----------
    seed_key : int
        As from `seed_key`.
    patients : ndarray of uint64, shape (n,)
        Numbers of the patients.
    draw : int, default 0
        Which repetition.
    purpose : int
        What the numbers are for.
    count : int
        How many, at least 0.

    Returns
    -------
    ndarray, shape (n, count)
        Uniform in (0, 1), never 0 or 1; a larger `count` begins with the same numbers.
    """
    assert count >= 0, f"a count is at least 0, not {count}"
    who = np.ascontiguousarray(patients, np.uint64)
    out = np.empty((len(who), count))
    _fill(np.uint64(seed_key), who, np.uint64(draw), np.uint64(purpose), out)
    return out


def uniforms_by_numpy(seed_key: int, patient: int, *, draw: int = 0, purpose: int, count: int) -> Array:
    """Return one row of `uniforms` by NumPy's generator: the twin that a reader checks."""
    before = (purpose << 128 | draw << 64) - 1  # NumPy counts before it draws
    generator = np.random.Philox(counter=before % 2**256, key=patient << 64 | seed_key)
    words = np.atleast_1d(generator.random_raw(count))
    return ((words >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52
