"""Markers of a study on their way to endpoints."""

import polars as pl
import pytest

from remnant.analysis.associations import baseline_markers, responders
from remnant.errors import TableError
from remnant.response import histories
from remnant.study import read_study


def with_rows(study, rows):
    table = study["biomarkers"]
    fresh = pl.DataFrame(rows, schema=table.schema)
    return type(study)(
        study.root, study.config, {**study.tables, "biomarkers": fresh}, study.files, study.notes
    )


def of(study):
    return {item.patient_id: item for item in histories(study)}


def test_the_last_sample_before_treatment_is_taken(study_folder):
    study = read_study(study_folder)
    (marker,) = baseline_markers(study, of(study))
    assert marker.name == "miR-145"
    assert set(marker.values) == set(study.patients)
    rows = {row["line"]: row for row in study["biomarkers"].iter_rows(named=True)}
    days = dict(study["samples"].select("sample_id", "day").iter_rows())
    for patient, place in marker.sources.items():
        row = rows[place.line]
        assert row["value"] == marker.values[patient]
        assert days[row["sample_id"]] <= of(study)[patient].treatment.first_dose


def test_a_marker_in_two_units_is_refused_row_by_row(study_folder):
    study = read_study(study_folder)
    rows = study["biomarkers"].with_columns(
        unit=pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("copies")).otherwise("unit")
    )
    with pytest.raises(TableError) as refused:
        baseline_markers(with_rows(study, rows.to_dicts()), of(study))
    (fault,) = refused.value.faults
    assert (fault.source, fault.column, fault.found) == ("biomarkers.csv", "unit", "'copies'")
    assert fault.line == rows["line"][2]


def test_a_patient_without_the_marker_has_no_value(study_folder):
    study = read_study(study_folder)
    first = study.patients[0]
    mine = set(study.samples_of(first)["sample_id"])
    rows = [row for row in study["biomarkers"].to_dicts() if row["sample_id"] not in mine]
    (marker,) = baseline_markers(with_rows(study, rows), of(study))
    assert first not in marker.values


def test_a_marker_that_was_not_detected_is_no_value(study_folder):
    """The limit of detection that such a row holds is a bound, and no earlier value takes its place."""
    study = read_study(study_folder)
    rows = study["biomarkers"].with_columns(below_detection=pl.lit(True))
    (marker,) = baseline_markers(with_rows(study, rows.to_dicts()), of(study))
    assert marker.values == {}


def test_the_journey_asks_every_marker_for_both_endpoints(findings):
    asked = {(item.marker, item.endpoint) for item in findings.associations}
    assert asked == {("miR-145", "response"), ("miR-145", "duration of remission")}
    assert {item.kind for item in findings.incidence} == {item.kind for item in findings.time_to_event}


def test_response_is_told_only_where_a_call_could_be_made():
    assert responders({}) == {}
