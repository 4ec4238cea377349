"""Phenotypes as labs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import Level, MarkerRule, parse_phenotype
from remnant.errors import SettingError

MARKERS = ["CD34", "CD38", "CD90", "CD45RA", "HLA-DR", "Ki-67", "Lin", "c-Kit", "CD49f"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CD34+ CD38-/low CD90+", ["CD34+", "CD38-/low", "CD90+"]),
        ("CD34+CD38-CD90+", ["CD34+", "CD38-", "CD90+"]),
        ("CD34+, CD38−/lo", ["CD34+", "CD38-/low"]),
        ("CD34 positive; CD38 neg", ["CD34+", "CD38-"]),
        ("Lin- HLA-DR- Ki-67+", ["Lin-", "HLA-DR-", "Ki-67+"]),
        ("CD34bright CD38dim", ["CD34high", "CD38low"]),
        ("CD34++ CD45low", ["CD34high", "CD45low"]),
        ("", []),
    ],
)
def test_the_ways_of_writing_a_phenotype_are_understood(text, expected):
    assert [str(rule) for rule in parse_phenotype(text)] == expected


@given(st.dictionaries(st.sampled_from(MARKERS), st.sampled_from(list(Level))))
def test_what_is_written_is_read_back(pairs):
    rules = tuple(MarkerRule(marker, level) for marker, level in pairs.items())
    assert parse_phenotype(" ".join(map(str, rules))) == rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CD34+ CD38", ["character 7", "CD38+ or CD38-"]),
        ("+CD34", ["character 1"]),
        ("CD34+ CD34-", ["CD34 more than once"]),
        ("CD34+ cd34+", ["more than once"]),
        ("CD34*", ["character 1", "CD34*"]),
    ],
)
def test_what_cannot_be_read_is_placed_and_answered(text, words):
    with pytest.raises(SettingError) as caught:
        parse_phenotype(text)
    for word in words:
        assert word in str(caught.value)
