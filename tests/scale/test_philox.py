"""Philox in compiled code: its published words, NumPy's words, and streams that meet nobody else's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from remnant.scale.philox import (
    STREAM_WORDS,
    open_stream,
    philox,
    seed_key,
    uniform,
    uniforms,
    uniforms_by_numpy,
)

FULL = 2**64 - 1
words = st.integers(0, FULL)
# Known answers of Philox4x64-10 published with Random123 (Salmon et al. 2011): counter, key, block.
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        (FULL,) * 4,
        (FULL,) * 2,
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]


def block(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(word) for word in philox(*(np.uint64(word) for word in (*counter, *key))))


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_the_published_known_answers_are_met(counter, key, expected):
    assert block(counter, key) == expected


@given(st.tuples(words, words, words, words), st.tuples(words, words))
def test_every_block_is_that_of_numpy(counter, key):
    number = sum(word << 64 * place for place, word in enumerate(counter))
    theirs = np.random.Philox(counter=(number - 1) % 2**256, key=key[1] << 64 | key[0])
    assert block(counter, key) == tuple(theirs.random_raw(4).tolist())


@given(words, st.lists(words, max_size=5), st.integers(0, 9), st.integers(0, 9), st.integers(0, 30))
def test_the_numbers_are_bit_by_bit_those_of_the_twin(key, patients, draw, purpose, count):
    ours = uniforms(key, np.array(patients, np.uint64), draw=draw, purpose=purpose, count=count)
    assert ours.shape == (len(patients), count)
    for row, patient in zip(ours, patients, strict=True):
        twin = uniforms_by_numpy(key, patient, draw=draw, purpose=purpose, count=count)
        assert row.tobytes() == twin.tobytes()


@settings(max_examples=25)
@given(words, words, st.integers(0, 40), st.integers(0, 40))
def test_a_stream_that_was_put_down_goes_on_where_it_stopped(key, patient, before, after):
    stream = np.empty(STREAM_WORDS, np.uint64)
    whole = uniforms(key, np.array([patient], np.uint64), draw=2, purpose=1, count=before + after)[0]
    for read, count in ((0, before), (before, after)):
        open_stream(stream, np.uint64(key), np.uint64(patient), np.uint64(2), np.uint64(1), np.uint64(read))
        assert [uniform(stream) for _ in range(count)] == whole[read : read + count].tolist()


def test_a_patient_draws_the_same_numbers_alone_and_in_any_order():
    patients = np.arange(100, dtype=np.uint64)
    together = uniforms(7, patients, purpose=0, count=6)
    assert np.array_equal(uniforms(7, patients[::-1].copy(), purpose=0, count=6)[::-1], together)
    assert np.array_equal(uniforms(7, patients[41:42], purpose=0, count=6), together[41:42])


def test_key_patient_draw_and_purpose_each_make_another_stream():
    def first(key, patient, draw, purpose):
        return uniforms(key, np.array([patient], np.uint64), draw=draw, purpose=purpose, count=1)[0, 0]

    drawn = {first(k, p, d, u) for k in (1, 2) for p in (1, 2) for d in (1, 2) for u in (1, 2)}
    assert len(drawn) == 16


def test_numbers_are_uniform_and_neighbouring_patients_independent():
    drawn = uniforms(seed_key(20260726, "uniformity"), np.arange(40_000, dtype=np.uint64), purpose=5, count=5)
    assert drawn.min() > 0
    assert drawn.max() < 1
    assert stats.kstest(drawn.ravel(), "uniform").pvalue > 1e-3
    z = np.sqrt(len(drawn)) * np.corrcoef(np.column_stack([drawn[:-1], drawn[1:]]).T)[np.triu_indices(10, 1)]
    assert np.abs(z).max() < 4


def test_the_extreme_words_stay_inside_the_open_interval():
    ends = (np.array([0, FULL], np.uint64) >> np.uint64(12)).astype(float)
    assert (ends[0] + 0.5) * 2.0**-52 > 0
    assert (ends[1] + 0.5) * 2.0**-52 < 1


def test_the_key_of_a_seed_tells_names_apart():
    keys = {seed_key(1), seed_key(2), seed_key(1, "a"), seed_key(1, "a", 3), seed_key(1, "a", "3")}
    assert len(keys) == 5
    assert all(0 <= key <= FULL for key in keys)
