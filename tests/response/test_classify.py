from __future__ import annotations

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.errors import SettingError
from remnant.response import (
    MetaphaseCount,
    Responses,
    classify,
    remission_at,
)
from remnant.study import Source, read_study

ORDER = ("CR", "PR", "marrow CR", "stable disease", "no response category", "failure", "disease progression")

haemoglobin = st.integers(50, 150).map(lambda x: x / 10)
platelets = st.integers(5, 300)
neutrophils = st.integers(10, 400).map(lambda x: x / 100)
counts = st.tuples(haemoglobin, platelets, neutrophils)
fractions = st.integers(0, 300).map(lambda x: x / 1000)
COLUMNS = ("haemoglobin_g_per_dl", "platelets_1e9_per_l", "neutrophils_1e9_per_l")


def _visit(study, patient="P1"):
    return next(call for call in classify(study).calls if call.sample_id == f"{patient}-now")


@settings(max_examples=60, deadline=None)
@given(
    base=counts, now=counts, base_blasts=fractions, blasts=fractions, line=st.integers(0, 2), data=st.data()
)
def test_a_worse_blood_count_never_improves_a_category(
    study_of, patient_rows, base, now, base_blasts, blasts, line, data
):
    lower = data.draw([haemoglobin, platelets, neutrophils][line].filter(lambda x: x <= now[line]))
    worse = tuple(lower if n == line else value for n, value in enumerate(now))
    common = {"base": base, "base_blasts": base_blasts, "blasts": blasts, "days": (28, 56, 84, 112)}
    calls = [_visit(study_of(patient_rows(now=values, **common))) for values in (now, worse)]
    if "not evaluable" not in (calls[0].category, calls[1].category):
        assert ORDER.index(calls[0].category) <= ORDER.index(calls[1].category)
    assert set(calls[1].improvement) <= set(calls[0].improvement)


@settings(max_examples=40, deadline=None)
@given(
    now=counts,
    blasts=fractions,
    missing=st.sampled_from([*COLUMNS, "blasts_fraction", "dysplasia"]),
    filled=st.data(),
)
def test_a_category_is_issued_only_if_no_missing_value_could_change_it(
    study_of, patient_rows, now, blasts, missing, filled
):
    """Leave one item out: a category that is given all the same must be the one for any value of it."""
    days = (56, 84, 112)
    rows = patient_rows(now=now, blasts=blasts, days=days, base_blasts=0.08)
    table = "marrows" if missing == "dysplasia" else "blood_counts"
    chosen = {
        COLUMNS[0]: haemoglobin,
        COLUMNS[1]: platelets,
        COLUMNS[2]: neutrophils,
        "blasts_fraction": st.sampled_from([0.0, 0.02]),
        "dysplasia": st.sampled_from(["none", "erythroid", "maturation arrest"]),
    }[missing]

    def with_value(value):
        after = [
            row | {missing: value} if row.get("day", 0) in days or row.get("sample_id") == "P1-now" else row
            for row in rows[table]
        ]
        return _visit(study_of(rows | {table: after})).category

    without = with_value(None)
    if without != "not evaluable":
        assert with_value(filled.draw(chosen)) == without


@settings(max_examples=25, deadline=None)
@given(now=counts, blasts=fractions, biomarker=st.floats(0, 10))
def test_a_row_that_says_nothing_of_response_changes_nothing(study_of, patient_rows, now, blasts, biomarker):
    rows = patient_rows(now=now, blasts=blasts)
    more = rows | {
        "biomarkers": [{"sample_id": "P1-now", "name": "miR-145", "value": biomarker, "unit": "relative"}],
        "mutations": [{"sample_id": "P1-now", "gene": "TP53", "alternate_reads": 3, "depth": 900}],
    }
    assert classify(study_of(more)) == classify(study_of(rows))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(counts, counts, fractions, fractions), min_size=2, max_size=4), st.data())
def test_neither_the_order_nor_the_company_of_patients_matters(study_of, patient_rows, people, data):
    patients = {
        f"P{n}": patient_rows(patient=f"P{n}", base=base, now=now, base_blasts=before, blasts=after)
        for n, (base, now, before, after) in enumerate(people)
    }
    order = data.draw(st.permutations(list(patients)))

    def together(names):
        rows = {name: [] for name in patients["P0"]}
        for patient in names:
            for name, table in patients[patient].items():
                rows[name] += table
        return {
            call.patient_id: (call.day, call.category, call.confirmed, call.improvement)
            for call in classify(study_of(rows)).calls
        }

    mixed = together(order)
    assert mixed == together(list(patients))
    for name in order:
        assert together([name]).get(name) == mixed.get(name)


@settings(max_examples=25, deadline=None)
@given(now=counts, blasts=fractions, shift=st.integers(-500, 500))
def test_only_days_since_the_first_dose_matter(study_of, patient_rows, now, blasts, shift):
    """Moving every date of a patient moves the days of the calls and nothing else."""
    rows = patient_rows(now=now, blasts=blasts, units=((-40, 4), (20, 1)))
    moved = {
        name: [
            {
                key: value + shift if key.endswith("day") and value is not None else value
                for key, value in row.items()
            }
            for row in table
        ]
        for name, table in rows.items()
    }
    ours, theirs = classify(study_of(rows)), classify(study_of(moved))
    assert [(call.day + shift, call.category, call.improvement) for call in ours.calls] == [
        (call.day, call.category, call.improvement) for call in theirs.calls
    ]
    assert [(one.achieved, one.days) for one in ours.independence] == [
        (one.achieved, one.days) for one in theirs.independence
    ]


def _metaphases():
    source = Source("karyotypes.csv", 2)
    return {
        "P1": (
            MetaphaseCount("P1-base", -7, 18, 20, (), source),
            MetaphaseCount("P1-now", 84, 0, 20, (), source),
        )
    }


def test_the_three_kinds_of_remission_stand_side_by_side(study_of, patient_rows):
    found = classify(study_of(patient_rows()), metaphases=_metaphases())
    visit = remission_at(found.remissions, "P1", 84)
    assert (visit.clinical, visit.transfusion_independent, visit.cytogenetic) == (True, True, True)
    apart = classify(study_of(patient_rows(now=(9.0, 90, 0.5))), metaphases=_metaphases())
    visit = remission_at(apart.remissions, "P1", 84)
    assert (visit.clinical, visit.cytogenetic) == (False, True)
    assert remission_at(found.remissions, "P1", 85) is None
    without = classify(study_of(patient_rows(log=None)))
    visit = remission_at(without.remissions, "P1", 84)
    assert (visit.clinical, visit.transfusion_independent, visit.cytogenetic) == (None, None, None)


def test_what_was_found_is_the_same_after_it_was_kept_as_json(study_of, patient_rows):
    found = classify(study_of(patient_rows(units=((-40, 4),))), metaphases=_metaphases())
    keeper = pydantic.TypeAdapter(Responses)
    assert keeper.validate_json(keeper.dump_json(found)) == found


def test_a_study_of_files_reads_as_one_in_memory(tmp_path, study_of, patient_rows, write_study):
    rows = patient_rows(units=((-40, 4),))
    folder = write_study(tmp_path / "study", rows)
    assert classify(read_study(folder)) == classify(study_of(rows))


def test_unknown_criteria_and_patients_are_named_together(study_of, patient_rows):
    with pytest.raises(SettingError) as refused:
        classify(study_of(patient_rows()), criteria="iwg2066", metaphases={"P9": ()})
    assert refused.value.faults[0].hint == "did you mean iwg2006?"
    assert "'P9'" in str(refused.value)


def test_a_patient_without_anything_has_no_call(study_of):
    found = classify(study_of({"patients": [{"patient_id": "P1"}]}))
    assert found.calls == ()
    assert [one.achieved for one in found.independence] == [None, None, None]
