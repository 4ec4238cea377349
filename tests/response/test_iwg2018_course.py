"""What becomes of an improvement by IWG 2018: loss, its repetition, holds; and twins that must agree."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.response import Verdict, classify, histories
from remnant.response.iwg2018.rise import rise_of
from remnant.response.iwg2018.rising import risings
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN

MEANING = {MET: Verdict.MET, OPEN: Verdict.NOT_EVALUABLE, NOT_MET: Verdict.NOT_MET}
RISEN, FALLEN = (11.0, 200, 3.0), (9.0, 200, 3.0)


def _rows(patient_rows, blood_count, values, *, therapy=None, units=(), day=None, base=(8.5, 200, 3.0)):
    """A patient with haemoglobin on the days of `values`, a marrow on `day`."""
    courses = therapy or ({"drug": "lenalidomide", "start_day": 0},)
    rows = patient_rows(
        base=base, days=(), day=day or max(values), log=(-130, 400), therapy=courses, units=units
    )
    rows["blood_counts"] += [blood_count(when, (value, 200, 3.0)) for when, value in values.items()]
    return rows


def _calls(study_of, rows):
    return {call.day: call for call in classify(study_of(rows), criteria="iwg2018").calls}


UP = dict.fromkeys((28, 56, 84), 11.0)


def test_a_fall_that_is_repeated_is_a_loss(study_of, patient_rows, blood_count):
    calls = _calls(study_of, _rows(patient_rows, blood_count, UP | {112: 9.4, 119: 9.4}, day=112))
    assert (calls[112].improvement, calls[112].lost, calls[112].category) == (
        (),
        ("HI-E",),
        "no response category",
    )
    assert any(rule.rule == "loss of HI-E: haemoglobin" for rule in calls[112].rules)


@pytest.mark.parametrize(
    ("after", "category"),
    [
        ({118: 9.4}, "not evaluable"),  # six days later is the same look
        ({119: 9.6}, "HI"),  # a fall of 1.4 does not repeat it; 10.0 and more is still the improvement
        ({}, "not evaluable"),
    ],
)
def test_a_fall_that_is_not_repeated_is_none(study_of, patient_rows, blood_count, after, category):
    values = {28: 11.0, 56: 11.0, 84: 11.0, 105: 10.0, 112: 9.5} | after
    rows = _rows(patient_rows, blood_count, values, day=112, base=(8.0, 200, 3.0))
    call = _calls(study_of, rows)[112]
    assert (call.category, call.lost) == (category, ())


def test_dependence_is_a_loss_while_haemoglobin_is_high(study_of, patient_rows, blood_count):
    values = UP | {112: 11.0, 140: 11.0}
    for units, lost in (((113, 3),), ()), (((113, 4),), ("HI-E",)):
        calls = _calls(study_of, _rows(patient_rows, blood_count, values, units=units, day=140))
        assert calls[140].lost == lost


def test_at_low_burden_four_units_in_eight_weeks_are_a_loss(study_of, patient_rows, blood_count):
    before = ((-100, 2), (-30, 2))
    values = dict.fromkeys(range(28, 200, 28), 8.5)
    calls = _calls(
        study_of, _rows(patient_rows, blood_count, values, units=(*before, (100, 2), (130, 2)), day=130)
    )
    assert calls[28].improvement == ("HI-E",)
    assert (calls[130].improvement, calls[130].lost) == ((), ("HI-E",))


HOLD = (
    {"drug": "lenalidomide", "start_day": 0, "end_day": 99, "dose_mg": 10.0},
    {"drug": "lenalidomide", "start_day": 128, "end_day": None, "dose_mg": 10.0},
)
DURING = UP | {112: 9.0, 119: 9.0}


def _held(dose):
    return HOLD[0], HOLD[1] | {"dose_mg": dose}


@pytest.mark.parametrize("dose", [5.0, 10.0, None])
def test_a_loss_in_a_hold_that_the_same_or_a_lower_dose_restores_does_not_count(
    study_of, patient_rows, blood_count, dose
):
    values = DURING | {140: 9.5, 168: 11.0, 196: 11.0}
    calls = _calls(study_of, _rows(patient_rows, blood_count, values, therapy=_held(dose), day=112))
    assert (calls[112].category, calls[112].improvement, calls[112].lost) == ("HI", ("HI-E",), ())
    assert "loss during a dose hold, restored: not counted" in calls[112].remarks


def test_a_loss_that_only_a_higher_dose_restores_counts(study_of, patient_rows, blood_count):
    values = DURING | {140: 9.0, 168: 11.0, 196: 11.0}
    calls = _calls(study_of, _rows(patient_rows, blood_count, values, therapy=_held(15.0), day=112))
    assert calls[112].lost == ("HI-E",)


def test_a_loss_in_a_hold_waits_for_eight_weeks_of_treatment(study_of, patient_rows, blood_count):
    """The hold ends on day 127: by day 183 the improvement is back, or lost."""
    waiting = _calls(
        study_of, _rows(patient_rows, blood_count, DURING | {140: 9.0, 168: 9.0}, therapy=HOLD, day=112)
    )
    assert (waiting[112].category, waiting[112].lost) == ("not evaluable", ())
    assert any("not restored yet" in one for one in waiting[112].missing)
    gone = DURING | {140: 9.0, 168: 9.0, 183: 9.0}
    lost = _calls(study_of, _rows(patient_rows, blood_count, gone, therapy=HOLD, day=112))
    assert lost[112].lost == ("HI-E",)


def test_a_patient_without_treatment_has_nothing_to_respond_to(study_of, patient_rows):
    rows = patient_rows()
    rows["therapy"] = []
    rows["therapy"].append({"patient_id": "P2", "drug": "lenalidomide", "start_day": 0})
    rows["patients"].append({"patient_id": "P2"})
    for criteria in ("iwg2018", "iwg2023"):
        calls = classify(study_of(rows), criteria=criteria).calls
        assert {call.category for call in calls} == {"not evaluable"}
        assert {call.missing for call in calls} == {("not done: no course of treatment in therapy.csv",)}


def test_the_record_of_one_patient_says_what_the_arrays_of_all_say(study_of, patient_rows):
    """Every count of random patients, judged once by fractions and once by whole numbers."""
    rng = np.random.default_rng(5)
    rows = {}
    for n in range(60):
        days = sorted({int(day) for day in rng.integers(-112, 250, size=20)})
        one = patient_rows(patient=f"P{n}", before=(), days=(), log=(-130, int(rng.integers(60, 300))))
        for day in days:
            up = day >= 30
            one["blood_counts"].append(
                {
                    "patient_id": f"P{n}",
                    "day": day,
                    "haemoglobin_g_per_dl": round(float(rng.uniform(7, 8) + 2 * up), 1),
                    "platelets_1e9_per_l": int(rng.integers(10, 40) + 40 * up),
                    "neutrophils_1e9_per_l": round(float(rng.uniform(0.2, 0.6) + 0.7 * up), 2),
                }
            )
        one["transfusions"] += [
            {"patient_id": f"P{n}", "day": int(day), "product": product, "units": 1}
            for day in rng.integers(-112, 250, size=3)
            for product in ("red_cells", "platelets")
        ]
        for name, table in one.items():
            rows.setdefault(name, []).extend(table)
    compared = 0
    for history in histories(study_of(rows)):
        for line, table in history.cohort.once(risings).items():
            rise = rise_of(history, line, 0)
            part = slice(table.starts[history.place], table.starts[history.place + 1])
            assert table.days[part] == [one.day for one in rise.counts]
            values = [value / table.scale for value in table.values[part]]
            assert values == pytest.approx([float(one.value) for one in rise.counts])
            verdicts = [MEANING[verdict] for verdict in table.verdicts[part]]
            assert verdicts == [rise.held[one.day].verdict for one in rise.counts]
            spans = zip(table.first[part], table.last[part], rise.counts, verdicts, strict=True)
            for first, last, one, verdict in spans:
                if verdict is Verdict.MET:
                    compared += 1
                    assert (first, last) == (rise.held[one.day].first, rise.held[one.day].last)
    assert compared > 100
