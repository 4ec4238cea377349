from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytogenetics.clones.bands import TELOMERE, breakpoints, stretch

ORDER = [
    "11.1",
    "11.2",
    "12",
    "13.1",
    "13.3",
    "14",
    "15",
    "21",
    "22",
    "23.3",
    "31.1",
    "31.3",
    "32",
    "33.1",
    "34",
    "35.3",
]


def test_bands_of_the_long_arm_of_5_run_from_the_centromere_to_the_telomere():
    ends = [stretch(band) for band in ORDER]
    assert all(first[1] < second[0] for first, second in pairwise(ends))


@pytest.mark.parametrize(
    ("band", "parts"), [("31", ("31.1", "31.2", "31.3")), ("3", ("31", "32", "33.1", "34", "35"))]
)
def test_a_band_holds_its_sub_bands(band, parts):
    low, high = stretch(band)
    assert all(low <= stretch(part)[0] <= stretch(part)[1] <= high for part in parts)


@pytest.mark.parametrize(
    ("text", "ends", "certain"),
    [
        ("q13q33", [(13000, 13999), (33000, 33999)], [True, True]),
        ("q31.2", [(31200, 31299)], [True]),
        ("q13~14q33", [(13000, 14999), (33000, 33999)], [False, True]),
        ("q13-14", [(13000, 14999)], [False]),
        ("q33~q34", [(33000, 34999)], [False]),
        ("q1?3q33", [(10000, 19999), (33000, 33999)], [False, True]),
        ("?q13q33", [(0, TELOMERE), (33000, 33999)], [False, True]),
        ("q13?q33", [(0, TELOMERE), (33000, 33999)], [False, True]),
        ("q", [(0, TELOMERE)], [False]),
        ("q?", [(0, TELOMERE)], [False]),
        ("qter", [(TELOMERE, TELOMERE)], [True]),
        ("", [], []),
    ],
)
def test_breakpoints_are_stretches(text, ends, certain):
    found = breakpoints(text)
    assert [(point.near, point.far) for point in found] == ends
    assert [point.certain for point in found] == certain


@pytest.mark.parametrize("text", ["somewhere", "q13 to q33", "p~q13", "q13~p11"])
def test_what_is_no_band_is_not_guessed(text):
    assert breakpoints(text) is None


@given(st.sampled_from(ORDER), st.sampled_from(ORDER))
def test_the_order_of_bands_is_that_of_their_digits(first, second):
    assert (stretch(first) < stretch(second)) == (ORDER.index(first) < ORDER.index(second))
