"""Streams of chance: keyed by the work, the same for ever, and independent of one another."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remnant.scale import stream

keys = st.lists(st.text(max_size=8) | st.integers(), max_size=4)
NAME = "20100909\n'P1'\n3\n'fish'"  # of the stream (20100909, "P1", 3, "fish"): its parts, a line each
KEY = int.from_bytes(hashlib.blake2b(NAME.encode(), digest_size=16).digest(), "little")


def philox(key: int, blocks: int) -> list[int]:
    """Philox4x64-10 from its paper: ten rounds of two 64-bit products over a counter.

    Salmon et al. 2011, SC11, doi:10.1145/2063384.2063405: multipliers and Weyl constants of Philox4x64. The
    counter is 1 for the first block, for NumPy counts before it draws.
    """
    mask = 2**64 - 1
    drawn = []
    for block in range(1, blocks + 1):
        c = [block, 0, 0, 0]
        k = [key & mask, key >> 64]
        for _ in range(10):
            low = 0xD2E7470EE14C6C93 * c[0]
            high = 0xCA5A826395121157 * c[2]
            c = [(high >> 64) ^ c[1] ^ k[0], high & mask, (low >> 64) ^ c[3] ^ k[1], low & mask]
            k = [(k[0] + 0x9E3779B97F4A7C15) & mask, (k[1] + 0xBB67AE8584CAA73B) & mask]
        drawn += c
    return drawn


def test_a_stream_is_philox_under_a_hash_of_its_name():
    """The whole recipe, written again from its documents: a change of it would change every old answer."""
    raw = stream(20100909, "P1", 3, "fish").bit_generator.random_raw(8)
    assert raw.tolist() == philox(KEY, 2)


def test_the_first_draws_are_pinned():
    """A double is the upper 53 bits of a draw, so these follow from the test above."""
    draws = stream(20100909, "P1", 3, "fish").random(3).tolist()
    assert draws == [0.18704936909911574, 0.8008502332672711, 0.9762249011937809]
    assert draws == [(raw >> 11) / 2**53 for raw in philox(KEY, 1)[:3]]


def test_the_same_work_draws_the_same_numbers():
    assert stream(1, "P1", 2).random(9).tolist() == stream(1, "P1", 2).random(9).tolist()
    assert stream(1, "P1", 2).random() == stream(1, np.str_("P1"), np.int64(2)).random()


@given(st.integers(0, 2**70), keys, st.integers(0, 2**70), keys)
def test_other_work_draws_other_numbers(seed, key, other_seed, other_key):
    same = (seed, key) == (other_seed, other_key)
    names = (seed, *key), (other_seed, *other_key)
    one, other = (stream(*name).bit_generator.random_raw(2).tolist() for name in names)
    assert (one == other) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [((1,), ("1",)), (("a", "bc"), ("ab", "c")), (("a\n'b'",), ("a", "b")), ((), ("",)), ((1, 2), (12,))],
)
def test_names_that_look_alike_are_different_streams(one, other):
    assert stream(1, *one).random() != stream(1, *other).random()


def test_neighbouring_streams_are_uniform_and_uncorrelated():
    draws = np.array([stream(7, f"P{patient}").random(64) for patient in range(400)])
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 1e-3
    neighbours = stats.pearsonr(draws[:-1].ravel(), draws[1:].ravel())
    # 25,536 pairs: under independence the coefficient has a standard error of 1 / 160.
    assert abs(neighbours.statistic) < 4 / np.sqrt(draws[1:].size)


def test_a_key_that_is_no_name_is_a_bug():
    with pytest.raises(TypeError):
        stream(1, 0.5)
    with pytest.raises(AssertionError):
        stream(-1)
