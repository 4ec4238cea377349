from __future__ import annotations

import pytest

from remnant.response import classify, histories
from remnant.response.progression import progressions
from remnant.response.transformation import transformations


def _found(study, definition="WHO"):
    history = next(iter(histories(study)))
    return next(one for one in transformations(history) if one.definition == definition)


@pytest.mark.parametrize(
    ("blasts", "who", "fab"),
    [
        (0.19, False, False),
        (0.199, False, False),
        (0.20, True, False),
        (0.30, True, False),
        (0.301, True, True),
    ],
)
def test_who_counts_from_20_percent_and_iwg_2006_above_30(study_of, patient_rows, blasts, who, fab):
    study = study_of(patient_rows(blasts=blasts, base_blasts=0.08))
    assert (_found(study).transformed, _found(study, "FAB").transformed) == (who, fab)


def test_the_day_is_censored_to_the_time_since_the_last_marrow_below(study_of, patient_rows):
    rows = patient_rows(blasts=0.08)
    rows["samples"].append({"sample_id": "P1-late", "patient_id": "P1", "day": 200, "material": "marrow"})
    rows["marrows"].append({"sample_id": "P1-late", "blasts_fraction": 0.25})
    found = _found(study_of(rows))
    assert (found.clear_day, found.day, found.blasts_percent, found.found_in) == (84, 200, 25.0, "marrow")
    assert [row.line for row in found.sources] == [4, 3]


def test_blasts_of_the_blood_transform_but_their_absence_clears_nothing(study_of, patient_rows, blood_count):
    rows = patient_rows(blasts=0.08, days=(56, 84))
    rows["blood_counts"].append(blood_count(150, (9.0, 50, 0.5), blasts=0.22))
    found = _found(study_of(rows))
    assert (found.transformed, found.day, found.clear_day, found.found_in) == (True, 150, 84, "blood")


@pytest.mark.parametrize(("base", "now"), [(0.22, 0.25), (0.22, 0.03)])
def test_leukaemia_before_treatment_is_no_transformation(study_of, patient_rows, base, now):
    found = _found(study_of(patient_rows(base_blasts=base, blasts=now)))
    assert found.transformed is None
    assert "before treatment" in found.reason


def test_without_a_marrow_after_the_first_dose_nobody_knows(study_of, patient_rows):
    found = _found(study_of(patient_rows(blasts=None)))
    assert (found.transformed, found.clear_day) == (None, -7)
    assert found.reason.startswith("not done")


def test_two_marrows_of_a_day_that_disagree_show_nothing(study_of, patient_rows):
    rows = patient_rows(blasts=0.25)
    rows["samples"].append({"sample_id": "P1-too", "patient_id": "P1", "day": 84, "material": "marrow"})
    rows["marrows"].append({"sample_id": "P1-too", "blasts_fraction": 0.12})
    assert _found(study_of(rows)).transformed is None


def test_an_untreated_patient_has_no_first_dose_to_count_from(study_of, patient_rows):
    rows = patient_rows()
    rows["patients"].append({"patient_id": "P2"})
    found = [one for history in histories(study_of(rows)) for one in transformations(history)][2:]
    assert [one.transformed for one in found] == [None, None]


def test_progression_is_an_event_with_its_rules_and_the_call_before(study_of, patient_rows):
    rows = patient_rows(blasts=0.08, now=(9, 35, 0.5))
    rows["samples"].append({"sample_id": "P1-late", "patient_id": "P1", "day": 110, "material": "marrow"})
    rows["marrows"].append({"sample_id": "P1-late", "blasts_fraction": 0.15})
    found = progressions(classify(study_of(rows)).calls)
    assert [(one.event, one.day, one.clear_day, one.confirmed) for one in found] == [
        ("disease progression", 110, 84, True)
    ]
    assert [rule.rule for rule in found[0].rules] == ["progression: marrow blasts"]
