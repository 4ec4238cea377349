"""Dates become days since each patient's anchor."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.errors import TableError
from remnant.study import read_study, read_table
from remnant.study.dates import anchors_of, days_since, parse_dates
from remnant.study.tables import BLOOD_COUNTS

dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(st.lists(st.tuples(dates, dates), min_size=1, max_size=5))
def test_days_are_those_of_the_calendar(pairs):
    names = [f"P{i}" for i in range(len(pairs))]
    text = [anchor.isoformat() for anchor, _ in pairs]
    anchors = anchors_of(pl.DataFrame({"patient_id": names, "anchor_date": text}))
    days, unanchored = days_since(pl.Series([when for _, when in pairs]), pl.Series(names), anchors)
    assert days.to_list() == [(when - anchor).days for anchor, when in pairs]
    assert not unanchored.any()


@given(dates)
def test_an_iso_date_is_read_back(when):
    assert parse_dates(pl.Series([when.isoformat()])).to_list() == [when]


def test_a_leap_day_counts(folder):
    text = "patient_id,date,haemoglobin_g_per_dl\nP1,2020-02-29,9\nP1,2020-03-01,9\n"
    counts = read_study(folder.write({"blood_counts.csv": text}).root)["blood_counts"]
    assert counts["day"].to_list() == [45, 46]


def test_dates_and_days_read_the_same(folder):
    day = read_study(folder.root)["samples"]
    anchor = date(2020, 1, 15)
    rows = [f"{s},P1,{anchor + timedelta(d)},marrow" for s, d in (("P1-d0", 0), ("P1-d90", 90))]
    folder.write({"samples.csv": "\n".join(["sample_id,patient_id,date,material", *rows])})
    assert read_study(folder.root)["samples"].equals(day)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("03/04/2020", "March or April"), ("44123", "spreadsheet"), ("2021-02-29", "year-month-day")],
)
def test_a_date_of_a_spreadsheet_is_refused_where_it_stands(folder, typed, hint):
    fault = folder.fault(blood_counts=f"patient_id,date,haemoglobin_g_per_dl\nP1,{typed},9\n")
    assert (fault.source, fault.line, fault.column, fault.found) == (
        "blood_counts.csv",
        2,
        "date",
        repr(typed),
    )
    assert hint in fault.hint


def test_a_date_without_its_patients_anchor_is_refused(folder):
    fault = folder.fault(blood_counts="patient_id,date,haemoglobin_g_per_dl\nP2,2020-03-01,9\n")
    assert (fault.line, fault.column) == (2, "date")
    assert "no anchor_date of P2" in fault.found


def test_a_wrong_anchor_is_one_fault_however_many_dates_hang_on_it(folder):
    folder.write({"patients.csv": "patient_id,anchor_date\nP1,15.01.2020\n"})
    folder.write({"samples.csv": "sample_id,patient_id,date,material\nS1,P1,2020-01-15,marrow\n"})
    fault = folder.fault(blood_counts="patient_id,date,haemoglobin_g_per_dl\nP1,2020-03-01,9\n")
    assert (fault.source, fault.line, fault.column) == ("patients.csv", 2, "anchor_date")


def test_a_date_a_century_away_is_a_slip_of_the_year(folder):
    fault = folder.fault(blood_counts="patient_id,date,haemoglobin_g_per_dl\nP1,2202-03-01,9\n")
    assert (fault.line, fault.column) == (2, "date")
    assert "check the year" in fault.hint


def test_a_missing_date_is_named_as_the_column_that_was_given(folder):
    fault = folder.fault(blood_counts="patient_id,date,haemoglobin_g_per_dl\nP1,,9\n")
    assert (fault.line, fault.column, fault.found) == (2, "date", "nothing")


@pytest.mark.parametrize("header", ["start_day,start_date,end_day", "start_day,end_date"])
def test_days_beside_dates_are_refused(folder, header):
    fault = folder.faults(
        therapy=f"patient_id,drug,{header}\nP1,lenalidomide,{','.join('0' for _ in header.split(','))}\n"
    )[0]
    assert fault.expected == "days or dates in one table"
    assert (fault.source, fault.line) == ("therapy.csv", 1)


def test_a_table_by_itself_knows_no_anchor(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("patient_id,date,haemoglobin_g_per_dl\nP1,2020-03-01,9\n")
    with pytest.raises(TableError, match="anchors"):
        read_table(path, BLOOD_COUNTS)
