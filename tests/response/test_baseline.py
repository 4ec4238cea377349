from __future__ import annotations

from fractions import Fraction

import pytest

from remnant.response.record.baseline import baseline_of
from remnant.response.record.history import Line, histories


def _baseline(study, line=Line.HAEMOGLOBIN, window=56):
    history = next(iter(histories(study)))
    return baseline_of(history.lines[line], history.treatment.first_dose, window_days=window)


@pytest.mark.parametrize(
    ("before", "known"),
    [
        ((-20, -14), False),
        ((-21, -14), True),
        ((-14,), False),
        ((-57, -14), False),
        ((-56, -14), True),
        ((-14, 0), False),
    ],
)
def test_a_baseline_needs_two_values_seven_days_apart_in_the_window(study_of, patient_rows, before, known):
    assert (_baseline(study_of(patient_rows(before=before))).value is not None) is known


def test_the_window_of_2018_is_longer(study_of, patient_rows):
    study = study_of(patient_rows(before=(-112, -14), log=(-150, 400)))
    assert _baseline(study).value is None
    assert _baseline(study, window=112).value is not None


def test_the_baseline_is_an_exact_mean(study_of, patient_rows, blood_count):
    rows = patient_rows(before=())
    rows["blood_counts"] += [blood_count(-28, (8.1, 30, 0.4)), blood_count(-14, (8.2, 30, 0.4))]
    assert str(_baseline(study_of(rows)).value) == "163/20"


@pytest.mark.parametrize(("day", "free"), [(-42, False), (-43, True), (-28, False), (-14, True)])
def test_red_cells_in_the_14_days_before_a_value_spoil_it(study_of, patient_rows, day, free):
    # The unit of day -14 was given at the haemoglobin of that day's count: the count came first.
    rows = patient_rows(before=(-28, -14), units=((day, 2),), unit_haemoglobin=8.5)
    rows["transfusions"][0]["haemoglobin_before_g_per_dl"] = 8.5 if day == -14 else None
    assert (_baseline(study_of(rows)).value is not None) is free


def test_platelets_last_seven_days_and_spare_haemoglobin(study_of, patient_rows):
    rows = patient_rows()
    rows["transfusions"] = [{"patient_id": "P1", "day": -21, "product": "platelets", "units": 1}]
    study = study_of(rows)
    assert _baseline(study, Line.PLATELETS).value is None
    assert _baseline(study, Line.HAEMOGLOBIN).value is not None
    rows["transfusions"][0]["day"] = -22
    assert _baseline(study_of(rows), Line.PLATELETS).value is not None


def test_a_growth_factor_spoils_its_own_line(study_of, patient_rows):
    therapy = (
        {"drug": "lenalidomide", "start_day": 0},
        {"drug": "Filgrastim", "start_day": -30, "end_day": -25},
        {"drug": "epoetin alfa", "start_day": 20, "end_day": 60},
    )
    study = study_of(patient_rows(therapy=therapy))
    assert _baseline(study, Line.NEUTROPHILS).value is None
    assert _baseline(study, Line.HAEMOGLOBIN).value is not None


def test_without_a_log_there_is_no_haemoglobin_baseline_and_the_reason_names_the_days(study_of, patient_rows):
    found = _baseline(study_of(patient_rows(log=None)))
    assert found.value is None
    assert "no complete transfusion log over days -42 to -28" in found.reason
    assert found.at_most == Fraction(17, 2)
