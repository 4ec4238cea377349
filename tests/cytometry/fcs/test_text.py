"""Keywords: paired as written, never shifted, whatever the delimiter and the values."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from fcs_by_hand import ROWS, sound, supplemented
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import read_fcs, read_spillover
from remnant.cytometry.fcs.text import parse_keywords
from remnant.errors import CompensationError, FcsError


@pytest.mark.parametrize("delimiter", [" ", "^", "+", "\\", "|", "\f", "!", "*", "\x1e", "\t", "\n", "x"])
def test_any_ascii_character_may_delimit(tmp_path, delimiter):
    file = read_fcs(sound(delimiter=delimiter).write(tmp_path / "t.fcs"))
    assert np.array_equal(file.matrix([1, 2, 3]), ROWS)


def test_a_doubled_delimiter_is_one_character_of_the_value(tmp_path):
    file = read_fcs(sound(keywords={"$P2S": "CD34//APC", "$FIL": "a//b//"}).write(tmp_path / "u.fcs"))
    assert (file.channels[1].stain, file.keywords["$FIL"], file.repairs) == ("CD34/APC", "a/b/", ())


def test_empty_values_never_shift_a_keyword(tmp_path):
    keywords = {"$P1S": "", "$P2S": "", "$P3S": "ticks"}
    file = read_fcs(sound(keywords=keywords).write(tmp_path / "v.fcs"))
    assert [c.stain for c in file.channels] == ["", "", "ticks"]
    assert [r.read_as for r in file.repairs] == ["empty values"]


def test_a_dollar_is_part_of_the_keyword_alone(tmp_path):
    file = read_fcs(sound(keywords={"$FIL": "one$.fcs", "FIL": "two"}).write(tmp_path / "w.fcs"))
    assert (file.keywords["$FIL"], file.keywords["FIL"]) == ("one$.fcs", "two")


def test_two_hundred_thousand_keywords_are_read(tmp_path):
    text = sound().render(0, 0) + b"".join(b"K%d/v/" % n for n in range(200_000))
    begin = 58 + len(text)
    head = sound(keywords={"$BEGINDATA": f"{begin:08d}", "$ENDDATA": f"{begin + 47:08d}"})
    text = head.render(0, 0) + text[len(sound().render(0, 0)) :]
    path = replace(head, text=text).write(tmp_path / "ac.fcs")
    assert read_fcs(path).keywords["K199999"] == "v"


def test_supplemental_text_is_merged_and_primary_text_wins(tmp_path):
    extra = b"/$P2S/other/SPILL/2,FSC-A,CD34,1,0,0,1/"
    file = read_fcs(supplemented(extra, keywords={"$P2S": "CD34 APC"}).write(tmp_path / "y.fcs"))
    assert file.channels[1].stain == "CD34 APC"
    assert [r.keyword for r in file.repairs] == ["$P2S"]
    assert read_spillover(file).detectors == ("FSC-A", "CD34")


def test_empty_values_and_doubled_delimiters_stand_side_by_side(tmp_path):
    keywords = {"$P1S": "", "$FIL": "c:////data//x.fcs", "NOTE": "//lab//", "$P3S": "ticks"}
    file = read_fcs(sound(keywords=keywords).write(tmp_path / "both.fcs"))
    found = [file.keywords[name] for name in ("$P1S", "$FIL", "NOTE", "$P3S")]
    assert found == ["", "c://data/x.fcs", "/lab/", "ticks"]


def test_a_matrix_that_cannot_be_used_names_its_fault(tmp_path):
    cases = {
        "2,CD34,FSC-A,1,1,1,1": "cannot be inverted",
        "2,CD34,FSC-A,1,0,0": "2 x 2 numbers",
        "2,CD34,CD33,1,0,0,1": "CD33",
        "2,CD34,FSC-A,1,zero,0,1": "row CD34, column FSC-A",
        "2,CD34,CD34,1,0,0,1": "twice",
    }
    for text, word in cases.items():
        file = read_fcs(sound(keywords={"$SPILLOVER": text}).write(tmp_path / "ad.fcs"))
        with pytest.raises(CompensationError, match=word):
            read_spillover(file)


KEYS = st.text("abcXYZ$019 _-", min_size=1, max_size=8).map(str.strip).filter(bool)
VALUES = st.text("ab1/|,. é", min_size=1, max_size=8)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=8), st.sampled_from("/|"))
def test_keywords_escaped_as_the_standard_says_are_read_back(pairs, mark):
    pairs = {key.upper(): value.strip(mark) or "x" for key, value in pairs.items()}
    parts = [part.replace(mark, mark * 2) for pair in pairs.items() for part in pair]
    raw = f"{mark}{mark.join(parts)}{mark}".encode()
    assert parse_keywords(raw, "a.fcs", "TEXT") == (pairs, [])


@given(st.dictionaries(KEYS, st.text("ab1,", max_size=4), min_size=1, max_size=8))
def test_an_empty_value_gives_no_keyword_the_value_of_its_neighbour(pairs):
    pairs = {key.upper(): value for key, value in pairs.items()}
    raw = ("/" + "/".join(part for pair in pairs.items() for part in pair) + "/").encode()
    try:
        assert parse_keywords(raw, "a.fcs", "TEXT")[0] == pairs
    except FcsError:
        assert raw.endswith(b"//")  # an empty value at the very end looks like an escaped delimiter


@pytest.mark.parametrize("keyword", ["$P2G", "$P2R", "$P2E", "$TIMESTEP", "$TOT", "$BYTEORD"])
@pytest.mark.parametrize("value", ["1" * 1_000_000 + "x", " " * 1_000_000 + "x", "1." * 500_000])
def test_a_value_of_a_million_characters_takes_no_longer_than_reading_it(tmp_path, keyword, value):
    keywords = {keyword: value}
    try:
        assert read_fcs(sound(keywords=keywords).write(tmp_path / "a.fcs")).repairs
    except FcsError as error:
        assert keyword in str(error)  # noqa: PT017


@pytest.mark.parametrize("tail", ["", "//end", "/$P1S/"])
def test_a_long_text_takes_no_more_than_twice_its_length(tmp_path, tail):
    path = sound(keywords={"$COM": "x" * 4_000_000 + tail}).write(tmp_path / "long.fcs")
    tracemalloc.start()
    try:
        read_fcs(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2.1 * path.stat().st_size + 1e6


@given(st.binary(max_size=60))
def test_bytes_without_sense_are_refused_or_pair(raw):
    try:
        keywords, _ = parse_keywords(b"/" + raw, "a.fcs", "TEXT")
    except FcsError:
        return
    assert len(keywords) <= raw.count(b"/") // 2 + 1
