"""Rows of DATA: every width, order, mask and type of value."""

from __future__ import annotations

import numpy as np
import pytest
from fcs_by_hand import integers, sound, values
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import read_fcs


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("widths", [(8, 16, 24), (32, 64, 40), (16, 16, 16), (24, 24, 24), (64, 8, 48)])
def test_integers_of_any_width_and_order_are_right(tmp_path, order, widths):
    rows = [[200, 201, 7], [3, 100, 255], [255, 0, 1]]
    text = "1,2,3,4" if order == "little" else "4,3,2,1"
    broken = integers(rows, widths, ("256",) * 3, order, text)
    assert values(broken.write(tmp_path / "p.fcs")).tolist() == rows


@st.composite
def stored(draw):
    """Integers of random widths, ranges and order, whatever their high bits."""
    widths = draw(st.lists(st.sampled_from(range(8, 65, 8)), min_size=1, max_size=5))
    ranges = [draw(st.integers(2, 1 << min(bits, 53))) for bits in widths]
    row = st.tuples(*(st.integers(0, (1 << bits) - 1) for bits in widths))
    return widths, ranges, draw(st.lists(row, max_size=6)), draw(st.sampled_from(["little", "big"]))


@given(stored())
def test_only_the_bits_below_the_next_power_of_two_of_the_range_count(tmp_path_factory, drawn):
    widths, ranges, rows, order = drawn
    text = "1,2,3,4" if order == "little" else "4,3,2,1"
    names = [f"F{n}" for n in range(len(widths))]
    broken = integers(rows, widths, [str(top) for top in ranges], order, text, names=names)
    file = read_fcs(broken.write(tmp_path_factory.mktemp("fcs") / "i.fcs"))
    found = [[int(value) for value in row] for row in file.matrix(range(1, len(widths) + 1))]
    assert found == [
        [value % (1 << (top - 1).bit_length()) for value, top in zip(row, ranges, strict=True)]
        for row in rows
    ]


def test_channels_keep_what_the_standard_calls_optional(tmp_path):
    keywords = {"$P2S": "CD34 APC", "$P2V": "450", "$P2D": "Logarithmic,4,0.1", "$BTIM": "10:20:30.40"}
    file = read_fcs(sound(keywords=keywords).write(tmp_path / "k.fcs"))
    assert file.channels[1].label == "CD34 (CD34 APC)"
    assert {key: file.keywords[key] for key in keywords} == keywords


def test_the_mask_of_a_channel_is_stated(tmp_path):
    broken = integers([[1, 2, 3]], (16,) * 3, ("1000", "1024", "65536"))
    assert [c.mask for c in read_fcs(broken.write(tmp_path / "m.fcs")).channels] == [1023, 1023, None]
    assert np.array_equal(values(tmp_path / "m.fcs"), [[1, 2, 3]])
