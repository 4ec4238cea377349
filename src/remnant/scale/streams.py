"""Streams of chance keyed by what they are for, never by who does the work.

A stream is Philox, a counter-based generator (Salmon et al. 2011, SC11, doi:10.1145/2063384.2063405), whose
128-bit key is a hash of the seed and the names of the work. So the same patient draws the same numbers on
one core or on many, in any order, and whether or not others are drawn beside it.
"""

from __future__ import annotations

import hashlib
import operator

import numpy as np


def stream(seed: int, *keys: str | int) -> np.random.Generator:
    """Return the generator for one piece of work.

    Parameters
    ----------
    seed : int
        Seed of the study, at least 0.
    *keys : str or int
        What the draws are for, such as a patient, a visit and an assay.

    Returns
    -------
    numpy.random.Generator
        Independent of every stream with another seed or other keys.

    Examples
    --------
    >>> bool(stream(1, "P1", "fish").random() == stream(1, "P1", "fish").random())
    True
    >>> bool(stream(1, "P1", "fish").random() == stream(1, "P2", "fish").random())
    False
    """
    return np.random.Generator(np.random.Philox(key=hashed(seed, *keys, size=16)))


def hashed(seed: int, *keys: str | int, size: int) -> int:
    """Return the key of a piece of work: a hash of `size` bytes of the seed and the names."""
    assert seed >= 0, f"a seed is at least 0, not {seed}"
    # repr keeps 1 and "1" apart, and a separator that repr escapes keeps ("a", "bc") from ("ab", "c").
    name = "\n".join(_written(part) for part in (seed, *keys))
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=size).digest(), "little")


def _written(part: str | int) -> str:
    """Write a key so that 3 is 3 whether it is Python's or NumPy's; a key that is a float is a bug."""
    return repr(str(part)) if isinstance(part, str) else repr(operator.index(part))
