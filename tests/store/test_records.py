from dataclasses import dataclass
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.errors import ResultsError
from remnant.store import from_json, to_json, to_table
from remnant.study import Estimate, Evidence, Source


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


@dataclass(frozen=True)
class Record:
    name: str
    kind: Kind
    count: int | None
    fraction: Estimate
    notes: tuple[str, ...]
    sources: tuple[Source, ...]


NUMBERS = st.floats(-1e9, 1e9)
ESTIMATES = st.one_of(
    st.builds(Estimate.not_done, st.text(min_size=1)),
    st.builds(Estimate.not_evaluable, st.text(min_size=1)),
    st.builds(Estimate.not_detected, NUMBERS, confidence=st.just(0.95)),
    st.builds(Estimate.detected, NUMBERS, NUMBERS, NUMBERS, confidence=st.just(0.95)),
)
SOURCES = st.builds(Source, st.text(min_size=1), st.none() | st.integers(1, 10**6))
RECORDS = st.builds(
    Record, st.text(), st.sampled_from(Kind), st.none() | st.integers(-(10**9), 10**9), ESTIMATES,
    st.lists(st.text()).map(tuple), st.lists(SOURCES).map(tuple),
)  # fmt: skip


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record):
    assert from_json(Record, to_json(record), source="x") == record


@given(RECORDS)
def test_equal_records_are_equal_bytes(record):
    again = from_json(Record, to_json(record), source="x")
    assert to_json(again) == to_json(record)


@given(st.lists(RECORDS, min_size=1))
def test_a_table_has_a_row_for_every_record_and_keeps_the_kind_of_knowledge(records):
    table = to_table(records)
    assert table.height == len(records)
    assert table["fraction_evidence"].to_list() == [record.fraction.evidence.value for record in records]
    for row, record in zip(table.iter_rows(named=True), records, strict=True):
        known = record.fraction.evidence is Evidence.DETECTED
        assert (row["fraction_value"] is not None) == known
        assert row["count"] == record.count


def test_places_are_written_as_a_person_looks_them_up():
    fraction = Estimate.not_done("x")
    table = to_table(
        [Record("a", Kind.ONE, 1, fraction, ("n", "m"), (Source("fish.csv", 7), Source("a.fcs")))]
    )
    assert table["sources"].item() == "fish.csv:7; a.fcs"
    assert table["notes"].item() == "n; m"


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"name": 1}'])
def test_what_is_no_record_is_refused_by_name(text):
    with pytest.raises(ResultsError, match=r"findings\.json") as refused:
        from_json(Record, text, source="findings.json")
    assert "Record" in refused.value.faults[0].expected
