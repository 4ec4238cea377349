"""What the values of a file come to, and whether a cytometer can have measured them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from fcs_by_hand import Broken, floats, integers, sound
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.fcs import rows
from remnant.cytometry.fcs.plausible import describe_scale, find_implausible, find_oddities
from remnant.cytometry.fcs.summary import summarise


def test_data_four_bytes_late_is_implausible(tmp_path):
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(1e4, 1e3, 500), rng.normal(0, 50, 500), np.arange(500)])
    late = Broken(data=floats(rows), shift_begin=4, shift_end=4, tail=b"1234")
    file = read_fcs(late.write(tmp_path / "k.fcs"))
    assert any("Time" in finding for finding in find_implausible(file, ("CD34",)))
    right = read_fcs(Broken(data=floats(rows)).write(tmp_path / "l.fcs"))
    assert find_implausible(right, ("CD34",)) == ()


def odd(file):
    return find_oddities(file, summarise(file))


@given(
    arrays(np.float32, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(width=32)),
    st.integers(1, 70),
)
@settings(max_examples=40)
def test_a_summary_is_that_of_the_whole_column_whatever_the_block(tmp_path_factory, events, block):
    path = Broken(data=floats(events)).write(tmp_path_factory.mktemp("fcs") / "s.fcs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "BLOCK_ROWS", block)
        patch.setattr(rows, "BLOCK_BYTES", 1)
        found = summarise(read_fcs(path))
    for summary, column in zip(found, events.astype(float).T, strict=True):
        finite = column[np.isfinite(column)]
        assert summary.measured == len(finite)
        assert summary.above_range == np.count_nonzero(finite > 1024)
        if len(finite):
            assert (summary.minimum, summary.maximum) == (finite.min(), finite.max())
            assert summary.mean == pytest.approx(finite.mean(), rel=1e-12, abs=1e-12 * np.abs(finite).max())
        else:
            assert (summary.minimum, summary.maximum, summary.mean) == (None, None, None)
    assert found[2].backward == np.count_nonzero(events[1:, 2] < events[:-1, 2])


def test_a_long_file_is_summed_up_and_judged_in_little_memory(tmp_path):
    path = tmp_path / "long.fcs"
    write_fcs(path, np.zeros((400_000, 12), np.float32), [ChannelSpec(f"C{n}") for n in range(12)])
    assert path.stat().st_size > 19e6
    tracemalloc.start()
    try:
        file = read_fcs(path)
        summaries = summarise(file)
        assert find_implausible(file, ("C3",)) == ()
        assert describe_scale(file, "C3") is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert {summary.measured for summary in summaries} == {400_000}
    assert peak < 4e6


def test_what_is_odd_but_readable_is_said(tmp_path):
    twice = read_fcs(sound(names=("FL7-A", "FL7-A", "Time")).write(tmp_path / "a.fcs"))
    assert odd(twice) == ("$PnN FL7-A names channels 1, 2: ask by number",)
    stains = read_fcs(sound(keywords={"$P1S": "CD34", "$P2S": "cd34"}).write(tmp_path / "b.fcs"))
    assert odd(stains) == ("$PnS CD34 names channels 1, 2: ask by number",)
    high = read_fcs(sound(ranges=("300", "1024", "1024")).write(tmp_path / "c.fcs"))
    assert odd(high) == ("FSC-A is above its $PnR of 300 at 1 events",)
    missing = read_fcs(sound(data=floats([[np.nan, 1, 2]])).write(tmp_path / "d.fcs"))
    assert odd(missing) == ("FSC-A is not finite, so not evaluable, at 1 events",)
    assert odd(read_fcs(sound().write(tmp_path / "e.fcs"))) == ()


def test_integers_above_their_range_or_beyond_a_double_are_said(tmp_path):
    above = integers([[1000, 999, 5]], (16,) * 3, ("1000",) * 3)
    assert odd(read_fcs(above.write(tmp_path / "a.fcs"))) == ("FSC-A is above its $PnR of 1000 at 1 events",)
    beyond = integers([[2**60 + 1, 1, 1]], (64,) * 3, (str(2**61),) * 3)
    assert "rounded to the nearest double" in odd(read_fcs(beyond.write(tmp_path / "b.fcs")))[0]


def test_bits_that_a_range_does_not_allow_are_left_out_and_said(tmp_path):
    dirty = integers([[0x8000 | 5, 1, 2], [7, 0xFC00, 2]], (16, 16, 24), ("1000", "65536", "1024"))
    file = read_fcs(dirty.write(tmp_path / "a.fcs"))
    assert file.raw(1).tolist() == [5, 7]
    assert [summary.masked for summary in summarise(file)] == [1, 0, 0]
    assert odd(file) == ("FSC-A has bits beyond its $PnR at 1 events: left out",)


def test_values_that_were_transformed_before_are_said(tmp_path):
    write_fcs(tmp_path / "t.fcs", np.array([[0.5, 900], [4.5, 2]]), [ChannelSpec("A"), ChannelSpec("Comp-B")])
    file = read_fcs(tmp_path / "t.fcs")
    assert "transformed already" in describe_scale(file, "A")
    assert "compensated already" in describe_scale(file, "Comp-B")
