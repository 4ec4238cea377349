"""The writer: what it writes is read back as given, and what could not be is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import ChannelSpec, read_fcs, read_spillover, write_fcs
from remnant.errors import SettingError


@given(
    arrays(
        np.float32, st.tuples(st.integers(0, 30), st.integers(1, 5)), elements=st.floats(-1e6, 1e6, width=32)
    ),
    st.text("ab/|\\!^~$ ", max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_bit_for_bit(tmp_path_factory, events, word):
    path = tmp_path_factory.mktemp("fcs") / "round.fcs"
    channels = [ChannelSpec(f"F{n}-A", f"m{word}{n}") for n in range(events.shape[1])]
    names = [c.name for c in channels]
    matrix = np.eye(len(names)) + 0.01
    write_fcs(path, events, channels, spillover=(names, matrix), keywords={"OPERATOR": word + "x"})
    file = read_fcs(path)
    assert np.array_equal(file.matrix(names), events.astype(float))
    assert [c.stain for c in file.channels] == [c.stain.strip() for c in channels]
    assert file.keywords["OPERATOR"] == word + "x"
    assert file.repairs == ()
    assert np.array_equal(np.array(read_spillover(file).rows), matrix)
    again = path.with_name("again.fcs")
    write_fcs(again, events, channels, spillover=(names, matrix), keywords={"OPERATOR": word + "x"})
    assert again.read_bytes() == path.read_bytes()


def test_the_writer_refuses_what_it_could_not_read_back(tmp_path):
    events = np.zeros((2, 2))
    with pytest.raises(SettingError, match="different names"):
        write_fcs(tmp_path / "a.fcs", events, [ChannelSpec("A"), ChannelSpec("A")])
    with pytest.raises(SettingError, match="one column per channel"):
        write_fcs(tmp_path / "a.fcs", events, [ChannelSpec("A")])
    with pytest.raises(SettingError, match=r"\$TOT"):
        write_fcs(tmp_path / "a.fcs", events, [ChannelSpec("A"), ChannelSpec("B")], keywords={"$tot": "3"})


@given(
    arrays(np.float64, st.tuples(st.integers(0, 20), st.just(2)), elements=st.floats(allow_infinity=False))
)
def test_doubles_are_read_back_to_the_last_bit_and_unmeasured_stays_unmeasured(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("fcs") / "double.fcs"
    write_fcs(path, events, [ChannelSpec("A"), ChannelSpec("B")], datatype="D")
    file = read_fcs(path)
    assert (file.channels[0].datatype, file.repairs) == ("D", ())
    assert np.array_equal(file.matrix(["A", "B"]), events, equal_nan=True)
    assert np.array_equal(file.plain(), events, equal_nan=True)


@st.composite
def counts(draw):
    """Integers that fit the width and range of their channels, as integers or as floats."""
    widths = draw(st.lists(st.sampled_from([8, 16, 32, 64]), min_size=1, max_size=4))
    ranges = [draw(st.integers(2, 1 << min(bits, 52))) for bits in widths]
    row = st.tuples(*(st.integers(0, (1 << (top - 1).bit_length()) - 1) for top in ranges))
    rows = draw(st.lists(row, max_size=6))
    return widths, ranges, np.array(rows, draw(st.sampled_from(["f8", "i8", "u8"]))).reshape(-1, len(widths))


@given(counts())
def test_integers_of_any_width_and_range_are_read_back(tmp_path_factory, drawn):
    widths, ranges, events = drawn
    path = tmp_path_factory.mktemp("fcs") / "integer.fcs"
    specs = [
        ChannelSpec(f"C{n}", "", top, bits) for n, (top, bits) in enumerate(zip(ranges, widths, strict=True))
    ]
    write_fcs(path, events, specs, datatype="I")
    file = read_fcs(path)
    assert np.array_equal(file.matrix([spec.name for spec in specs]), events.astype(float))
    assert [channel.bits for channel in file.channels] == widths
    assert file.repairs == ()


@pytest.mark.parametrize("value", [-1, 0.5, 1024, 1e300, np.nan, np.inf, -np.inf])
def test_what_an_integer_cannot_hold_is_refused_with_its_event(tmp_path, value):
    events = np.array([[3.0], [value]])
    with pytest.raises(SettingError, match=r"A, event 2: found .*; expected whole numbers from 0 to 1023"):
        write_fcs(tmp_path / "i.fcs", events, [ChannelSpec("A", "", 1024, 16)], datatype="I")
    assert not (tmp_path / "i.fcs").exists()


def test_what_single_precision_cannot_hold_is_refused_but_not_what_was_not_measured(tmp_path):
    with pytest.raises(SettingError, match="event 1: found 1e\\+300"):
        write_fcs(tmp_path / "f.fcs", np.array([[1e300]]), [ChannelSpec("A")])
    write_fcs(tmp_path / "f.fcs", np.array([[np.nan], [np.inf]]), [ChannelSpec("A")])
    assert np.isnan(read_fcs(tmp_path / "f.fcs").column("A")).all()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"datatype": "A"}, "F, D or I"),
        ({"datatype": "I", "channels": [ChannelSpec("A", "", 1024, 24)]}, "bits of A"),
        ({"datatype": "I", "channels": [ChannelSpec("A", "", 1024, 8)]}, "range of A"),
        ({"datatype": "I", "channels": [ChannelSpec("A", "", 1000.5)]}, "range of A"),
        ({"channels": [ChannelSpec("A", "", float("nan"))]}, "range of A"),
        ({"channels": [ChannelSpec("A", "", 1024, 64)]}, "bits of A"),
        ({"keywords": {"$beginData": "3"}}, r"\$BEGINDATA"),
        ({"keywords": {"OP": "a", "op": "b"}}, "once"),
        ({"keywords": {" ": "a"}}, "printable ASCII"),
        ({"keywords": {"OP": "\ud800"}}, "UTF-8"),
        ({"keywords": {"OP": "/|\\!^~\f\x1e\x1f\x1d\x1c"}}, "delimiter"),
        ({"spillover": (["A", "B"], np.eye(2))}, "spillover"),
    ],
)
def test_a_layout_that_no_reader_could_trust_is_not_written(tmp_path, changes, match):
    given = {"channels": [ChannelSpec("A")], **changes}
    with pytest.raises(SettingError, match=match):
        write_fcs(tmp_path / "x.fcs", np.zeros((1, 1)), **given)
    assert not (tmp_path / "x.fcs").exists()
