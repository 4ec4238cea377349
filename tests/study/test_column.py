"""Cells become values, or are refused; nothing is guessed."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.study.column import ABSENT_WORDS, Column, Kind
from remnant.study.tables import TABLES

COLUMNS = [(name, column) for name, schema in TABLES.items() for column in schema.columns]

GOOD = {
    Kind.IDENTIFIER: [("P-1", "P-1"), ("Ö 12/3", "Ö 12/3")],
    Kind.TEXT: [("anything, at all", "anything, at all")],
    Kind.FILE: [("fcs/P1.fcs", "fcs/P1.fcs")],
    Kind.INTEGER: [("12", 12), ("12.0", 12), ("1.2e1", 12), ("-3", -3)],
    Kind.NUMBER: [("12", 12.0), ("2.1e7", 2.1e7), ("-0.5", -0.5)],
    Kind.FRACTION: [("0", 0.0), ("1", 1.0), ("0.05", 0.05)],
    Kind.FLAG: [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("n", False)],
    Kind.DAY: [("0", 0), ("-21", -21), ("7.0", 7)],
    Kind.DATE: [("2024-02-29", date(2024, 2, 29)), ("2024-03-31 00:00:00", date(2024, 3, 31))],
}
BAD = {
    Kind.IDENTIFIER: ["a\nb", "a\u200bb", "x" * 201],
    Kind.INTEGER: ["x", "1.5", "1e300", "NaN", "1 000", "12 cells"],
    Kind.NUMBER: ["x", "1,5", "inf", "-inf", "nan", "<0.1"],
    Kind.FRACTION: ["-0.01", "1.01", "5 %", "5%", "0,05", "nan"],
    Kind.FLAG: ["maybe", "2", "ja"],
    Kind.DAY: ["2024-03-31", "0.5", "day 3", "inf"],
    Kind.DATE: [
        "03/04/2020",
        "44123",
        "2023-02-29",
        "20240331",
        "2024-W13-7",
        "2024-03-31 14:05",
        "24-03-31",
    ],
}


def read(column, *cells):
    values, wrong = column.read(pl.Series(list(cells), dtype=pl.String))
    return values.to_list(), wrong.to_list()


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_cell_is_neither_a_value_nor_wrong(kind):
    assert read(Column("x", kind, "X."), None) == ([None], [False])


@pytest.mark.parametrize(
    ("kind", "typed", "value"), [(k, *pair) for k, pairs in GOOD.items() for pair in pairs]
)
def test_a_good_cell_is_read(kind, typed, value):
    assert read(Column("x", kind, "X."), typed) == ([value], [False])


@pytest.mark.parametrize(("kind", "typed"), [(kind, typed) for kind, cells in BAD.items() for typed in cells])
def test_a_bad_cell_is_refused_and_gives_no_value(kind, typed):
    column = Column("day" if kind is Kind.DAY else "x", kind, "X.")
    assert read(column, typed) == ([None], [True])
    assert column.expected
    assert column.advice(typed)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda item: getattr(item, "name", item))
def test_the_example_of_every_column_passes_and_nonsense_does_not(table, column):
    if column.example:
        values, wrong = read(column, column.example)
        assert wrong == [False]
        assert values != [None]
    if column.choices or column.kind not in (Kind.TEXT, Kind.FILE):
        assert read(column, "\u200bnonsense") == ([None], [True])


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda item: getattr(item, "name", item))
def test_the_bounds_of_every_column_hold(table, column):
    step = 1 if column.kind in (Kind.INTEGER, Kind.DAY) else 0.001
    if column.minimum is not None:
        assert read(column, repr(column.minimum), repr(column.minimum - step))[1] == [False, True]
    if column.maximum is not None:
        assert read(column, repr(column.maximum), repr(column.maximum + step))[1] == [False, True]
    if column.above is not None:
        assert read(column, repr(column.above), repr(column.above + step))[1] == [True, False]
    assert column.meaning.endswith(".")


def test_an_open_bound_is_open():
    column = Column("dose", Kind.NUMBER, "Dose.", above=0)
    assert read(column, "0", "1e-9") == ([None, 1e-9], [True, False])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_to_its_last_digit(number):
    assert read(Column("x", Kind.NUMBER, "X."), repr(number)) == ([number], [False])


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_whole_number_is_read_exactly(number):
    assert read(Column("x", Kind.INTEGER, "X."), str(number)) == ([number], [False])


@given(st.text())
def test_no_text_makes_a_cell_crash(typed):
    for kind in Kind:
        column = Column("day", kind, "X.", maximum=36525 if kind in (Kind.INTEGER, Kind.DAY) else None)
        values, wrong = read(column, typed)
        assert (values == [None]) == wrong[0]
        assert column.advice(typed)


@pytest.mark.parametrize("word", sorted(ABSENT_WORDS))
def test_a_word_for_nothing_is_not_taken_for_a_number(word):
    column = Column("x", Kind.NUMBER, "X.")
    assert read(column, word)[1] == [True]
    assert "empty" in column.advice(word)


@pytest.mark.parametrize(
    ("kind", "typed", "hint"),
    [
        (Kind.NUMBER, "1,5", "decimal point"),
        (Kind.FRACTION, "5 %", "0.05"),
        (Kind.DAY, "44123", "spreadsheet"),
        (Kind.DAY, "2024-03-31", "start_date"),
        (Kind.DAY, "0.5", "whole"),
        (Kind.DATE, "44123", "spreadsheet"),
        (Kind.DATE, "44123.5", "spreadsheet"),
        (Kind.DATE, "03/04/2020", "March or April"),
        (Kind.DATE, "2024-03-31 14:05", "time of day"),
    ],
)
def test_the_hint_names_the_usual_slip(kind, typed, hint):
    assert hint in Column("start_day", kind, "Start.", maximum=36525).advice(typed)


def test_a_choice_in_capitals_is_shown_as_it_must_be_written():
    column = Column("material", Kind.TEXT, "Material.", choices=("marrow", "blood"))
    assert read(column, "Marrow")[1] == [True]
    assert column.advice("Marrow") == "write it as marrow"
    assert column.expected == "marrow or blood"


def test_the_meaning_of_a_slide_says_that_none_scored_is_a_result():
    assert "0" in TABLES["fish"].column("nuclei_scored").meaning
    assert "hybridisation failed" in TABLES["fish"].column("nuclei_scored").meaning
