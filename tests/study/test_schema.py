"""A table's header, its cells, its bounds between columns and its key."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.errors import TableError
from remnant.study import LINE, TABLES, read_table
from remnant.study.column import Column, Kind

SCHEMAS = pytest.mark.parametrize("name", TABLES)
words = st.text(
    st.characters(categories=["L", "N"], include_characters=" -_.,;'\"()[]/"), min_size=1, max_size=12
)
names = words.map(str.strip).filter(lambda word: word and not word.startswith("#"))


def cells(column: Column) -> st.SearchStrategy[object]:
    """Draw values that a column may hold."""
    if column.choices:
        return st.sampled_from(column.choices)
    low, high = column.minimum, column.maximum
    if column.kind in (Kind.INTEGER, Kind.DAY):
        return st.integers(int(low if low is not None else 0), int(high if high is not None else 10**6))
    if column.kind is Kind.FRACTION:
        return st.floats(0, 1)
    if column.kind is Kind.NUMBER:
        least = low if low is not None else column.above
        return st.floats(
            least, high, exclude_min=low is None and least is not None, allow_nan=False, allow_infinity=False
        )
    if column.kind is Kind.FLAG:
        return st.booleans()
    if column.kind is Kind.DATE:
        return st.dates()
    return names


@st.composite
def tables(draw, name):
    """Draw rows that a table may have: a dict per row, None where nothing was measured."""
    schema = TABLES[name]
    rows = []
    for _ in range(draw(st.integers(1, 5))):
        row = {c.name: draw(cells(c) if c.required else st.none() | cells(c)) for c in schema.columns}
        for column in schema.columns * 2:  # a bound may itself be bounded by a later column
            bound = row.get(column.at_most or "")
            if bound is not None and row[column.name] is not None:
                row[column.name] = min(row[column.name], bound)
        rows.append(row)
    if schema.key:
        rows = list({tuple(row[key] for key in schema.key): row for row in rows}.values())
    return rows


def typed(value: object) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def text_of(header: list[str], rows: list[dict[str, object]]) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(header)
    writer.writerows([typed(row[name]) for name in header] for row in rows)
    return lines.getvalue()


def read(text: str, name: str) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return read_table(path, TABLES[name])


def faults(text: str, name: str):
    with pytest.raises(TableError) as caught:
        read(text, name)
    return caught.value.faults


@SCHEMAS
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_valid_rows_read_back_equal(name, data):
    rows = data.draw(tables(name))
    header = data.draw(st.permutations([column.name for column in TABLES[name].columns]))
    table = read(text_of(header, rows), name)
    assert table.drop(LINE).to_dicts() == rows
    assert table[LINE].to_list() == list(range(2, 2 + len(rows)))


@SCHEMAS
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_order_of_rows_changes_nothing_but_their_lines(name, data):
    rows = data.draw(tables(name))
    order = data.draw(st.permutations(range(len(rows))))
    header = [column.name for column in TABLES[name].columns]
    table = read(text_of(header, rows), name).drop(LINE)
    assert read(text_of(header, [rows[i] for i in order]), name).drop(LINE).equals(table[list(order)])


@SCHEMAS
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_broken_cell_is_named_with_its_file_line_and_column(name, data):
    rows = data.draw(tables(name))
    kinds = (Kind.TEXT, Kind.FILE)
    breakable = [c.name for c in TABLES[name].columns if c.choices or c.kind not in kinds]
    column, row = data.draw(st.sampled_from(breakable)), data.draw(st.integers(0, len(rows) - 1))
    rows[row][column] = "\u200bnonsense"
    found = faults(text_of([column.name for column in TABLES[name].columns], rows), name)
    assert [(f.source, f.line, f.column, f.found) for f in found] == [
        (f"{name}.csv", row + 2, column, repr("\u200bnonsense"))
    ]


@SCHEMAS
def test_a_column_that_is_needed_and_left_out_is_named(name):
    schema = TABLES[name]
    for column in schema.columns:
        header = [c.name for c in schema.columns if c is not column]
        row = {c.name: c.example or None for c in schema.columns}
        missing = [fault.column for fault in schema.check_header(header, f"{name}.csv", 1)]
        assert missing == ([column.name] if column.required else [])
        if column.required:
            assert faults(text_of(header, [row]), name)[0].found == "no such column"


@SCHEMAS
def test_an_empty_cell_that_is_needed_is_named(name):
    schema = TABLES[name]
    header = [column.name for column in schema.columns]
    row = {column.name: column.example or None for column in schema.columns}
    for column in schema.columns:
        if column.required:
            (fault,) = faults(text_of(header, [row | {column.name: None}]), name)
            assert (fault.line, fault.column, fault.found) == (2, column.name, "nothing")


@SCHEMAS
def test_a_count_above_its_bound_is_named(name):
    schema = TABLES[name]
    header = [column.name for column in schema.columns]
    for column in schema.columns:
        if column.at_most:
            row = {c.name: c.example or None for c in schema.columns} | {
                column.name: "11",
                column.at_most: "10",
            }
            places = [
                (fault.line, fault.column, fault.found) for fault in faults(text_of(header, [row]), name)
            ]
            assert (2, column.name, "11") in places


@SCHEMAS
def test_a_key_twice_names_the_first_row_that_has_it(name):
    schema = TABLES[name]
    header = [column.name for column in schema.columns]
    row = {column.name: column.example or None for column in schema.columns}
    if not schema.key:
        assert read(text_of(header, [row, row]), name).height == 2
        return
    (fault,) = faults(text_of(header, [row, row]), name)
    assert (fault.line, fault.column) == (3, schema.key[-1])
    assert "line 2 has it too" in fault.expected


def test_two_wrong_cells_are_not_also_called_a_repeat():
    text = "patient_id,day,haemoglobin_g_per_dl\nP1,x,9\nP1,y,9\n"
    assert [fault.found for fault in faults(text, "blood_counts")] == ["'x'", "'y'"]


def test_a_misspelt_column_is_suggested_from_both_sides():
    found = faults("patient_id,day,matreial,sample_id\nP1,0,marrow,S1\n", "samples")
    assert [(fault.column, fault.hint) for fault in found] == [
        ("matreial", "did you mean material?"),
        ("material", "rename matreial"),
    ]


def test_a_column_twice_is_refused():
    (fault,) = faults("patient_id,patient_id\nP1,P2\n", "patients")
    assert (fault.line, fault.column, fault.found) == (1, "patient_id", "the column twice")


def test_a_column_without_a_name_is_refused():
    (fault,) = faults("patient_id,\nP1,x\n", "patients")
    assert fault.column == "(no name)"


def test_a_column_may_not_be_called_as_the_line_numbers_are():
    (fault,) = faults("patient_id,line\nP1,7\n", "patients")
    assert (fault.column, fault.found) == ("line", "an unknown column")


def test_every_fault_of_a_table_is_said_at_once():
    found = faults("patient_id,birth_year,died\nP1,1850,maybe\n,x,no\nP1,1950,no\nP1,1950,no\n", "patients")
    assert [(fault.line, fault.column) for fault in found] == [
        (3, "patient_id"), (2, "birth_year"), (3, "birth_year"), (2, "died"), (5, "patient_id")
    ]  # fmt: skip


def test_a_column_may_be_given_for_the_whole_table(tmp_path):
    path = tmp_path / "plate.csv"
    path.write_text("cells_per_well,wells_tested,wells_positive\n100,24,6\n")
    given = {"sample_id": "S1", "compartment": "stem", "assay": "LTC-IC"}
    assert read_table(path, TABLES["dilution_plates"], given=given).select(*given).to_dicts() == [given]


def test_what_stands_in_the_file_is_not_overwritten(tmp_path):
    path = tmp_path / "plate.csv"
    path.write_text(
        "sample_id,compartment,assay,cells_per_well,wells_tested,wells_positive\nS2,x,y,100,24,6\n"
    )
    table = read_table(path, TABLES["dilution_plates"], given={"sample_id": "S1"})
    assert table["sample_id"].to_list() == ["S2"]
