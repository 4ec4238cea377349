"""Boundary vectors of IWG 2006: each limit from both sides, and exactly on it.

Two readers of the table would have to agree on each line: what changes, and the category or improvement.
"""
# ruff: noqa: E501  # a vector is a line, so that two readers can compare them

from __future__ import annotations

import pytest

from remnant.response import NO_CATEGORY, NOT_EVALUABLE, classify

# Baseline unless said: marrow blasts 8 %, Hb 8.5, PLT 30, ANC 0.4; visit on day 84, counts on 56, 84, 112.
CATEGORY = [
    # CR: marrow blasts <= 5 %
    ("CR at blasts 4.9 %", {"blasts": 0.049, "base_blasts": 0.10}, "CR"),
    ("CR at blasts 5.0 %", {"blasts": 0.05, "base_blasts": 0.10}, "CR"),
    ("PR at blasts 5.1 % from 11 %", {"blasts": 0.051, "base_blasts": 0.11}, "PR"),
    ("PR needs half: 5.5 % from 11 %", {"blasts": 0.055, "base_blasts": 0.11}, "PR"),
    ("no PR at 5.6 % from 11 %", {"blasts": 0.056, "base_blasts": 0.11}, "stable disease"),
    ("CR needs no fall of blasts", {"blasts": 0.03, "base_blasts": 0.03}, "CR"),
    # CR: haemoglobin >= 11
    ("no CR at Hb 10.0", {"now": (10.0, 150, 2.0)}, "marrow CR"),
    ("no CR at Hb 10.9", {"now": (10.9, 150, 2.0)}, "marrow CR"),
    ("CR at Hb 11.0", {"now": (11.0, 150, 2.0)}, "CR"),
    # CR: platelets >= 100
    ("no CR at PLT 99", {"now": (12.0, 99, 2.0)}, "marrow CR"),
    ("CR at PLT 100", {"now": (12.0, 100, 2.0)}, "CR"),
    # CR: neutrophils >= 1.0
    ("no CR at ANC 0.79", {"now": (12.0, 150, 0.79)}, "marrow CR"),
    ("no CR at ANC 0.99", {"now": (12.0, 150, 0.99)}, "marrow CR"),
    ("CR at ANC 1.00", {"now": (12.0, 150, 1.00)}, "CR"),
    # CR: blood blasts 0 %, maturation reported
    ("no CR with a blast in the blood", {"blood_blasts": 0.01}, "marrow CR"),
    ("blood blasts not counted", {"blood_blasts": None}, NOT_EVALUABLE),
    ("maturation not reported", {"dysplasia": None}, NOT_EVALUABLE),
    ("persistent dysplasia is recorded", {"dysplasia": "megakaryocytic"}, "CR"),
    ("maturation arrest", {"dysplasia": "maturation arrest"}, "marrow CR"),
    # Missing items
    ("no haemoglobin", {"now": (None, 150, 2.0)}, NOT_EVALUABLE),
    ("no platelets", {"now": (12.0, None, 2.0)}, NOT_EVALUABLE),
    ("no neutrophils", {"now": (12.0, 150, None)}, NOT_EVALUABLE),
    ("no neutrophils, CR excluded by platelets", {"now": (12.0, 90, None)}, "marrow CR"),
    ("no transfusion log", {"log": None}, NOT_EVALUABLE),
    ("no marrow before, CR nevertheless", {"base_blasts": None}, "CR"),
    ("no marrow before, no CR", {"base_blasts": None, "now": (10.0, 150, 2.0)}, NOT_EVALUABLE),
    ("no marrow now", {"blasts": None}, NOT_EVALUABLE),
    # Marrow CR: <= 5 %, halved, base > 5 %
    ("marrow CR at exactly half", {"blasts": 0.05, "base_blasts": 0.10, "now": (10, 90, 0.5)}, "marrow CR"),
    ("not halved: 5 from 9.9 %", {"blasts": 0.05, "base_blasts": 0.099, "now": (10, 90, 0.5)}, "stable disease"),
    ("base 5.0 %: no marrow CR", {"blasts": 0.02, "base_blasts": 0.05, "now": (10, 90, 0.5)}, "stable disease"),
    ("base 5.1 %: marrow CR", {"blasts": 0.02, "base_blasts": 0.051, "now": (10, 90, 0.5)}, "marrow CR"),
    # PR: only lines that were abnormal before
    (
        "PR ignores a line normal before",
        {"base": (12.5, 30, 0.4), "now": (10.8, 150, 2.0), "blasts": 0.06, "base_blasts": 0.15},
        "PR",
    ),
    ("PR needs a line abnormal before", {"now": (10.8, 150, 2.0), "blasts": 0.06, "base_blasts": 0.15}, "stable disease"),
    (
        "PR by the marrow alone",
        {"base": (12.5, 300, 4.0), "now": (12.5, 90, 0.9), "blasts": 0.06, "base_blasts": 0.15},
        "PR",
    ),
    # Progression by blasts, in half-open bands of the base
    ("base 4.9 to 7.3: not yet half as much again", {"blasts": 0.073, "base_blasts": 0.049}, "failure"),
    ("base 4.8 to 7.2", {"blasts": 0.072, "base_blasts": 0.048}, "disease progression"),
    ("base 3 to 5.0: not above 5", {"blasts": 0.05, "base_blasts": 0.03, "now": (9, 90, 0.5)}, "stable disease"),
    ("base 3 to 5.1", {"blasts": 0.051, "base_blasts": 0.03}, "disease progression"),
    ("base 0 to 5.1", {"blasts": 0.051, "base_blasts": 0.0}, "disease progression"),
    ("base 0 to 5.0", {"blasts": 0.05, "base_blasts": 0.0, "now": (9, 90, 0.5)}, "stable disease"),
    ("base 5 to 10.0: not above 10", {"blasts": 0.10, "base_blasts": 0.05}, "failure"),
    ("base 5 to 10.1", {"blasts": 0.101, "base_blasts": 0.05}, "disease progression"),
    ("base 10 to 15: band to 20", {"blasts": 0.15, "base_blasts": 0.10}, "stable disease"),
    ("base 10 to 20.0", {"blasts": 0.20, "base_blasts": 0.10}, "stable disease"),
    ("base 10 to 20.1", {"blasts": 0.201, "base_blasts": 0.10}, "disease progression"),
    ("base 9.9 to 14.9", {"blasts": 0.149, "base_blasts": 0.099}, "disease progression"),
    ("base 20 to 30.0", {"blasts": 0.30, "base_blasts": 0.20}, "failure"),
    ("base 20 to 30.1", {"blasts": 0.301, "base_blasts": 0.20}, "disease progression"),
    ("base 30 to 44.9", {"blasts": 0.449, "base_blasts": 0.30}, "failure"),
    ("base 30 to 45", {"blasts": 0.45, "base_blasts": 0.30}, "disease progression"),
    ("base 31: not evaluable by blasts", {"blasts": 0.40, "base_blasts": 0.31}, NOT_EVALUABLE),
    # Stable disease: more than 56 days
    ("day 56", {"day": 56, "now": (9, 35, 0.5), "blasts": 0.08}, NO_CATEGORY),
    ("day 57", {"day": 57, "now": (9, 35, 0.5), "blasts": 0.08}, "stable disease"),
    # Progression by haemoglobin: a fall of 2 from the best
    ("Hb fall 1.9 from baseline", {"base": (9.9, 30, 0.4), "now": (8.0, 35, 0.5), "blasts": 0.08}, "stable disease"),
    ("Hb fall 2.0 from baseline", {"base": (10.0, 30, 0.4), "now": (8.0, 35, 0.5), "blasts": 0.08}, "disease progression"),
    # Transfusion dependence: 4 units in 56 days, new
    ("3 units in 56 d", {"now": (9, 35, 0.5), "blasts": 0.08, "units": ((60, 3),)}, "stable disease"),
    ("4 units in 56 d", {"now": (9, 35, 0.5), "blasts": 0.08, "units": ((60, 4),)}, "disease progression"),
    ("4 units, as before", {"now": (9, 35, 0.5), "blasts": 0.08, "units": ((-50, 4), (30, 1), (60, 4))}, "stable disease"),
    ("4 units over 56 d", {"now": (9, 35, 0.5), "blasts": 0.08, "units": ((29, 2), (67, 2))}, "disease progression"),
    ("4 units over 57 d", {"now": (9, 35, 0.5), "blasts": 0.08, "units": ((28, 2), (68, 2))}, "no response category"),
    # A transfused haemoglobin can fail CR but not pass it
    ("Hb 11.5, red cells 14 d before", {"now": (11.5, 150, 2.0), "days": (84,), "units": ((70, 1),)}, NOT_EVALUABLE),
    ("Hb 11.5, red cells 15 d before", {"now": (11.5, 150, 2.0), "days": (84,), "units": ((69, 1),)}, "CR"),
    ("Hb 10.5 in spite of red cells", {"now": (10.5, 150, 2.0), "days": (84,), "units": ((70, 1),)}, NOT_EVALUABLE),
]  # fmt: skip

# Improvement: held from day 28 to 84 unless said.
HELD = (28, 56, 84)
IMPROVEMENT = [
    ("Hb 6.7 to 8.1: rise 1.4", {"base": (6.7, 200, 3.0), "now": (8.1, 200, 3.0)}, ()),
    ("Hb 6.7 to 8.2: rise 1.5", {"base": (6.7, 200, 3.0), "now": (8.2, 200, 3.0)}, ("HI-E",)),
    ("Hb 8.7 to 10.1: rise 1.4", {"base": (8.7, 200, 3.0), "now": (10.1, 200, 3.0)}, ()),
    ("Hb 8.7 to 10.2: rise 1.5", {"base": (8.7, 200, 3.0), "now": (10.2, 200, 3.0)}, ("HI-E",)),
    ("Hb gate at 10.9", {"base": (10.9, 200, 3.0), "now": (13, 200, 3.0)}, ("HI-E",)),
    ("Hb gate at 11.0", {"base": (11.0, 200, 3.0), "now": (13, 200, 3.0)}, ()),
    ("PLT gate at 99", {"base": (12, 99, 3.0), "now": (12, 129, 3.0)}, ("HI-P",)),
    ("PLT gate at 100", {"base": (12, 100, 3.0), "now": (12, 200, 3.0)}, ()),
    ("PLT 21 to 50: rise 29", {"base": (12, 21, 3.0), "now": (12, 50, 3.0)}, ()),
    ("PLT 21 to 51", {"base": (12, 21, 3.0), "now": (12, 51, 3.0)}, ("HI-P",)),
    ("PLT 20 to 49", {"base": (12, 20, 3.0), "now": (12, 49, 3.0)}, ()),
    ("PLT 20 to 50", {"base": (12, 20, 3.0), "now": (12, 50, 3.0)}, ("HI-P",)),
    ("PLT 19 to 37: not doubled", {"base": (12, 19, 3.0), "now": (12, 37, 3.0)}, ()),
    ("PLT 19 to 38: doubled", {"base": (12, 19, 3.0), "now": (12, 38, 3.0)}, ("HI-P",)),
    ("PLT 10 to 20: not above 20", {"base": (12, 10, 3.0), "now": (12, 20, 3.0)}, ()),
    ("PLT 10 to 21", {"base": (12, 10, 3.0), "now": (12, 21, 3.0)}, ("HI-P",)),
    ("ANC 0.6 to 1.1: rise exactly 0.5", {"base": (12, 200, 0.6), "now": (12, 200, 1.1)}, ()),
    ("ANC 0.6 to 1.2", {"base": (12, 200, 0.6), "now": (12, 200, 1.2)}, ("HI-N",)),
    ("ANC 0.5 to 1.00: ratio 2, rise 0.5", {"base": (12, 200, 0.5), "now": (12, 200, 1.0)}, ()),
    ("ANC 0.5 to 1.01: rise 0.51", {"base": (12, 200, 0.5), "now": (12, 200, 1.01)}, ("HI-N",)),
    ("ANC 0.8 to 1.59: ratio below 2", {"base": (12, 200, 0.8), "now": (12, 200, 1.59)}, ()),
    ("ANC 0.8 to 1.60: ratio 2", {"base": (12, 200, 0.8), "now": (12, 200, 1.6)}, ("HI-N",)),
    ("ANC gate at 0.99", {"base": (12, 200, 0.99), "now": (12, 200, 2.0)}, ("HI-N",)),
    ("ANC gate at 1.00", {"base": (12, 200, 1.0), "now": (12, 200, 3.0)}, ()),
    ("ANC from 0", {"base": (12, 200, 0.0), "now": (12, 200, 0.51)}, ("HI-N",)),
    ("held 55 d", {"days": (29, 57, 84)}, ()),
    ("held 56 d", {"days": (28, 56, 84)}, ("HI-E", "HI-P", "HI-N")),
    ("gap of 29 d", {"days": (27, 56, 84)}, ()),
    ("units down 3", {"now": (8.6, 30, 0.4), "units": ((-40, 4), (84, 1))}, ()),
    ("units down 4", {"now": (8.6, 30, 0.4), "units": ((-40, 4),)}, ("HI-E",)),
    ("units down 4 of 5", {"now": (8.6, 30, 0.4), "units": ((-40, 5), (0, 1), (56, 1), (112, 1))}, ("HI-E",)),
    ("3 units before, none now", {"now": (8.6, 30, 0.4), "units": ((-40, 3),)}, ()),
    ("units given at Hb 9.0", {"now": (8.6, 30, 0.4), "units": ((-40, 4),), "unit_haemoglobin": 9.0}, ("HI-E",)),
    ("units given at Hb 9.1", {"now": (8.6, 30, 0.4), "units": ((-40, 4),), "unit_haemoglobin": 9.1}, ()),
    ("units given at an unknown Hb", {"now": (8.6, 30, 0.4), "units": ((-40, 4),), "unit_haemoglobin": None}, ()),
    ("units without a log", {"now": (8.6, 30, 0.4), "units": ((-40, 4),), "log": None}, ()),
]  # fmt: skip

# Vignettes V1 to V3b: baseline and assessment as published, the 2006 column and the lines if kept 8 weeks.
VIGNETTES = [
    ("V1", (8.5, 30, 0.4), 0.08, (10.2, 110, 1.9), 0.03, "marrow CR", ("HI-E", "HI-P", "HI-N")),
    ("V2", (7.5, 105, 0.3), 0.09, (10.4, 120, 0.5), 0.02, "marrow CR", ("HI-E",)),
    ("V3a", (8.0, 25, 0.2), 0.07, (10.2, 30, 0.3), 0.03, "marrow CR", ("HI-E",)),
    ("V3b", (9.0, 25, 0.4), 0.10, (9.2, 55, 0.8), 0.03, "marrow CR", ("HI-P",)),
]


def _call(study):
    return next(call for call in classify(study).calls if call.sample_id == "P1-now")


@pytest.mark.parametrize(
    ("change", "expected"), [case[1:] for case in CATEGORY], ids=[case[0] for case in CATEGORY]
)
def test_the_category_turns_exactly_at_its_limit(study_of, patient_rows, change, expected):
    assert _call(study_of(patient_rows(**change))).category == expected


@pytest.mark.parametrize(
    ("change", "expected"), [case[1:] for case in IMPROVEMENT], ids=[case[0] for case in IMPROVEMENT]
)
def test_improvement_turns_exactly_at_its_limit(study_of, patient_rows, change, expected):
    call = _call(study_of(patient_rows(**{"days": HELD, "blasts": 0.08} | change)))
    assert call.improvement == expected


@pytest.mark.parametrize("vignette", VIGNETTES, ids=[case[0] for case in VIGNETTES])
def test_the_published_vignettes_have_their_2006_category(study_of, patient_rows, vignette):
    _, base, base_blasts, now, blasts, category, improvement = vignette
    days = (28, 56, 84, 112)
    rows = patient_rows(base=base, base_blasts=base_blasts, now=now, blasts=blasts, days=days)
    call = _call(study_of(rows))
    assert (call.category, call.improvement) == (category, improvement)


def test_there_are_sixty_vectors_at_least():
    assert len(CATEGORY) + len(IMPROVEMENT) >= 60


@pytest.mark.parametrize(("days", "confirmed"), [((84, 111), False), ((84, 112), True), ((84,), False)])
def test_a_complete_remission_is_confirmed_by_28_days(study_of, patient_rows, days, confirmed):
    call = _call(study_of(patient_rows(days=days)))
    assert (call.category, call.confirmed) == ("CR", confirmed)


def test_a_complete_remission_that_counts_contradict_within_four_weeks_is_none(
    study_of, patient_rows, blood_count
):
    rows = patient_rows(days=(84,))
    rows["blood_counts"] += [blood_count(70, (9.0, 90, 0.5)), blood_count(98, (9.0, 90, 0.5))]
    assert _call(study_of(rows)).category == "marrow CR"


def test_a_transfusion_between_two_counts_does_not_let_them_confirm(study_of, patient_rows):
    rows = patient_rows(days=(84, 112))
    rows["transfusions"] = [{"patient_id": "P1", "day": 90, "product": "platelets", "units": 1}]
    call = _call(study_of(rows))
    assert (call.category, call.confirmed) == ("CR", False)


def test_every_rule_says_what_was_found_the_limit_and_the_table(study_of, patient_rows):
    call = _call(study_of(patient_rows()))
    assert all(rule.found and rule.limit and "Cheson 2006" in rule.source for rule in call.rules)
    haemoglobin = next(rule for rule in call.fired if rule.rule == "CR: haemoglobin")
    assert haemoglobin.found == "12 g/dL on day 84"
    assert haemoglobin.limit == ">= 11 g/dL"
    assert [str(row) for row in haemoglobin.rows] == ["blood_counts.csv:5"]


def test_not_done_and_not_evaluable_are_told_apart(study_of, patient_rows):
    absent = _call(study_of(patient_rows(now=(12.0, None, 2.0))))
    assert any(text.startswith("CR: platelets: not done") for text in absent.missing)
    raised = _call(study_of(patient_rows(log=None)))
    rule = next(rule for rule in raised.rules if rule.rule == "CR: haemoglobin")
    assert rule.verdict == "not evaluable"
    assert "no complete transfusion log" in rule.found
