"""Boundary vectors of IWG 2018: each limit from both sides, and exactly on it.

Two readers of the table would have to agree on each line: what changes, and the improvement on the day of the visit.
"""
# ruff: noqa: E501  # a vector is a line, so that two readers can compare them

from __future__ import annotations

import pytest

from remnant.response import (
    NO_CATEGORY,
    NOT_EVALUABLE,
    Iwg2018Options,
    Iwg2023Options,
    classify,
)

E, P, N = ("HI-E",), ("HI-P",), ("HI-N",)
FLAT = {"base": (8.5, 200, 3.0), "now": (8.5, 200, 3.0)}  # haemoglobin alone could improve
HELD = (28, 56, 84)

# Units before treatment, and the class that they make; no unit after.
CLASS = [
    ("0 units", (), "NTD"),
    ("1 unit", ((-30, 1),), "unclassified (1-2 units)"),
    ("2 units", ((-90, 1), (-30, 1)), "unclassified (1-2 units)"),
    ("3 units in 2 episodes", ((-90, 1), (-30, 2)), "LTB"),
    ("3 units in 1 episode, on one day", ((-30, 3),), "unclassified (1 episode)"),
    ("3 units in 1 episode, on days in a row", ((-31, 1), (-30, 1), (-29, 1)), "unclassified (1 episode)"),
    ("3 units, a day between", ((-31, 1), (-29, 2)), "LTB"),
    ("6 units, 3 in any 56 days", ((-100, 3), (-44, 3)), "LTB"),
    ("6 units, 6 in 56 days", ((-99, 3), (-44, 3)), "unclassified (4+ in 8 weeks)"),
    ("4 units in 56 days", ((-60, 2), (-30, 2)), "unclassified (4+ in 8 weeks)"),
    ("4 units on one day", ((-30, 4),), "unclassified (4+ in 8 weeks)"),
    ("7 units can never be LTB", ((-112, 3), (-56, 1), (-1, 3)), "unclassified (4+ in 8 weeks)"),
    ("8 units", ((-112, 4), (-1, 4)), "HTB"),
    ("a unit on day -112 counts", ((-112, 3), (-1, 1)), "LTB"),
    ("a unit on day -113 does not", ((-113, 3), (-1, 1)), "unclassified (1-2 units)"),
    ("a unit on day 0 belongs to treatment", ((-30, 1), (0, 2)), "unclassified (1-2 units)"),
]

# NTD: baseline haemoglobin 8.5, visit on day 84.
NTD = [
    ("rise 1.4 from 6.7", {"base": (6.7, 200, 3.0), "now": (8.1, 200, 3.0)}, ()),
    ("rise 1.5 from 6.7", {"base": (6.7, 200, 3.0), "now": (8.2, 200, 3.0)}, E),
    ("rise 1.4 from 8.7", {"base": (8.7, 200, 3.0), "now": (10.1, 200, 3.0)}, ()),
    ("rise 1.5 from 8.7", {"base": (8.7, 200, 3.0), "now": (10.2, 200, 3.0)}, E),
    ("gate: 10.9", {"base": (10.9, 200, 3.0), "now": (12.4, 200, 3.0)}, E),
    ("gate: 11.0", {"base": (11.0, 200, 3.0), "now": (13.0, 200, 3.0)}, ()),
    ("55 days", {"days": (29, 56, 84), "now": (12, 200, 3.0)}, None),
    ("56 days", {"days": (28, 56, 84), "now": (12, 200, 3.0)}, E),
    ("a gap of 28 days", {"days": (28, 56, 84), "now": (12, 200, 3.0)}, E),
    ("a gap of 29 days", {"days": (27, 56, 84), "now": (12, 200, 3.0)}, None),
    ("baseline values 6 days apart", {"before": (-20, -14), "now": (12, 200, 3.0)}, None),
    ("baseline values 7 days apart", {"before": (-21, -14), "now": (12, 200, 3.0)}, E),
    ("baseline on day -112", {"before": (-112, -14), "now": (12, 200, 3.0), "log": (-126, 400)}, E),
    ("baseline on day -113", {"before": (-113, -14), "now": (12, 200, 3.0), "log": (-130, 400)}, None),
    ("no baseline", {"before": (), "now": (12, 200, 3.0)}, None),
    ("no counts", {"now": (None, 200, 3.0)}, None),
    ("no log", {"now": (12, 200, 3.0), "log": None}, None),
    ("log one day short, improved in any class", {"now": (12, 200, 3.0), "log": (-111, 400)}, E),
    ("red cells 14 days before a value", {"now": (12, 200, 3.0), "units": ((42, 1),)}, None),
    ("red cells 15 days before a value", {"now": (12, 200, 3.0), "units": ((41, 1),)}, E),
]  # fmt: skip

# LTB: four units before, haemoglobin flat.
LOW = ((-100, 2), (-30, 2))
FREE = [
    ("free from day 0", {}, E),
    ("55 free days", {"units": (*LOW, (27, 1), (83, 1), (90, 1))}, ()),
    ("56 free days", {"units": (*LOW, (27, 1), (84, 1)), "day": 80}, E),
    ("55 free days to the day before", {"units": (*LOW, (28, 1), (84, 1)), "day": 80}, ()),
    ("a unit on the day of the visit", {"units": (*LOW, (84, 1))}, ()),
    ("56 free days to the last contact", {"units": (*LOW, (344, 1)), "day": 360}, E),
    ("55 free days to a unit", {"units": (*LOW, (300, 1), (344, 1), (400, 1)), "day": 360}, ()),
    ("55 days to the last contact", {"units": (*LOW, (345, 1)), "day": 360}, None),
    ("no log on treatment", {"log": (-130, -1)}, None),
    ("the log ends before the visit", {"log": (-130, 83)}, None),
    ("the log ends after 56 free days", {"log": (-130, 83), "day": 83}, E),
]


def _call(study_of, patient_rows, options=None, **choices):
    choices = {"log": (-130, 400), "days": HELD} | choices
    study = study_of(patient_rows(**choices))
    found = classify(study, criteria="iwg2018", options=options or Iwg2023Options())
    return next(call for call in found.calls if call.sample_id == "P1-now")


@pytest.mark.parametrize(("units", "named"), [row[1:] for row in CLASS], ids=[row[0] for row in CLASS])
def test_the_class_of_burden_at_its_limits(study_of, patient_rows, units, named):
    call = _call(study_of, patient_rows, units=units)
    assert call.burden_class == named
    assert ("tested as LTB" in call.remarks) == named.startswith("unclassified")


@pytest.mark.parametrize(
    ("units", "named"),
    [
        (((-90, 1), (-30, 1)), "unclassified (1-2 units)"),
        (((-30, 4),), "LTB"),
        (((-30, 7),), "LTB"),
        (((-30, 8),), "HTB"),
    ],
)
def test_by_the_total_alone_the_distribution_of_units_does_not_matter(study_of, patient_rows, units, named):
    options = Iwg2023Options(improvement=Iwg2018Options(total_only=True))
    assert _call(study_of, patient_rows, options, units=units).burden_class == named


@pytest.mark.parametrize(("changes", "improved"), [row[1:] for row in NTD], ids=[row[0] for row in NTD])
def test_without_transfusions_haemoglobin_decides(study_of, patient_rows, changes, improved):
    call = _call(study_of, patient_rows, **({"base": (8.5, 200, 3.0)} | changes))
    _agrees(call, improved)


@pytest.mark.parametrize(("changes", "improved"), [row[1:] for row in FREE], ids=[row[0] for row in FREE])
def test_at_low_burden_days_without_red_cells_decide(study_of, patient_rows, changes, improved):
    call = _call(study_of, patient_rows, **({"units": LOW} | FLAT | changes))
    assert call.burden_class == "LTB"
    _agrees(call, improved)


def _agrees(call, improved):
    """None: not evaluable."""
    expected = NOT_EVALUABLE if improved is None else "HI" if improved else NO_CATEGORY
    assert (call.category, call.improvement) == (expected, improved or ())
    assert (call.category == NOT_EVALUABLE) == bool(call.missing)


HIGH = ((-100, 4), (-30, 4))
MINOR = [
    ("half of 8 units in 112 days", ((10, 1), (50, 1), (90, 1), (100, 1)), ("HI-E minor",)),
    ("5 of 8 units", ((10, 1), (50, 1), (90, 1), (100, 2), (115, 1), (140, 5), (160, 5)), ()),
    ("free for 56 days within", ((10, 2), (20, 2), (30, 9), (87, 9), (100, 9), (130, 9)), ("HI-E major",)),
    ("free for 55 days within", ((10, 2), (20, 2), (30, 9), (86, 9), (100, 9), (130, 9)), ()),
]


@pytest.mark.parametrize(("units", "improved"), [row[1:] for row in MINOR], ids=[row[0] for row in MINOR])
def test_at_high_burden_half_the_units_are_a_minor_response(study_of, patient_rows, units, improved):
    call = _call(study_of, patient_rows, **FLAT, units=(*HIGH, *units), day=60)
    assert call.burden_class == "HTB"
    _agrees(call, improved)


LINES = [
    ("PLT gate at 99", {"base": (12, 99, 3.0), "now": (12, 129, 3.0)}, P),
    ("PLT gate at 100", {"base": (12, 100, 3.0), "now": (12, 200, 3.0)}, ()),
    ("PLT 21 to 50", {"base": (12, 21, 3.0), "now": (12, 50, 3.0)}, ()),
    ("PLT 21 to 51", {"base": (12, 21, 3.0), "now": (12, 51, 3.0)}, P),
    ("PLT 20 to 49", {"base": (12, 20, 3.0), "now": (12, 49, 3.0)}, ()),
    ("PLT 20 to 50", {"base": (12, 20, 3.0), "now": (12, 50, 3.0)}, P),
    ("PLT 19 to 37", {"base": (12, 19, 3.0), "now": (12, 37, 3.0)}, ()),
    ("PLT 19 to 38", {"base": (12, 19, 3.0), "now": (12, 38, 3.0)}, P),
    ("PLT 10 to 20", {"base": (12, 10, 3.0), "now": (12, 20, 3.0)}, ()),
    ("PLT 10 to 21", {"base": (12, 10, 3.0), "now": (12, 21, 3.0)}, P),
    ("ANC gate at 0.99", {"base": (12, 200, 0.99), "now": (12, 200, 1.98)}, N),
    ("ANC gate at 1.00", {"base": (12, 200, 1.0), "now": (12, 200, 3.0)}, ()),
    ("ANC ratio 1.99", {"base": (12, 200, 0.80), "now": (12, 200, 1.59)}, ()),
    ("ANC ratio 2.00", {"base": (12, 200, 0.80), "now": (12, 200, 1.60)}, N),
    ("ANC rise 0.50", {"base": (12, 200, 0.50), "now": (12, 200, 1.00)}, ()),
    ("ANC rise 0.51", {"base": (12, 200, 0.50), "now": (12, 200, 1.01)}, N),
    ("ANC 0.6 to 1.1 in binary floats", {"base": (12, 200, 0.6), "now": (12, 200, 1.1)}, ()),
]


@pytest.mark.parametrize(("changes", "improved"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_platelets_and_neutrophils_improve_as_in_2006(study_of, patient_rows, changes, improved):
    call = _call(study_of, patient_rows, **changes)
    assert call.improvement == improved
    assert call.category == ("HI" if improved else NO_CATEGORY)


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"base": (12, 100, 3.0), "now": (12, 130, 3.0)}, "rise from platelets above 100"),
        ({"base": (12, 200, 1.0), "now": (12, 200, 2.0)}, "rise from neutrophils above 1.0"),
    ],
)
def test_a_rise_from_a_normal_count_is_reported_and_is_no_improvement(
    study_of, patient_rows, changes, remark
):
    call = _call(study_of, patient_rows, **changes)
    assert (call.category, call.improvement) == (NO_CATEGORY, ())
    assert remark in call.remarks


def test_the_haemoglobin_gate_can_be_switched_off(study_of, patient_rows):
    changes = {"base": (11.5, 200, 3.0), "now": (13.0, 200, 3.0)}
    gated = _call(study_of, patient_rows, **changes)
    assert gated.category == NO_CATEGORY
    assert "NTD gate: haemoglobin below 11 kept from 2006" in gated.remarks
    options = Iwg2023Options(improvement=Iwg2018Options(haemoglobin_gate=False))
    free = _call(study_of, patient_rows, options, **changes)
    assert (free.category, free.improvement, free.remarks) == ("HI", E, ())


def test_the_baseline_is_the_lowest_mean_of_two(study_of, patient_rows, blood_count):
    rows = patient_rows(before=(), base=(0, 0, 0), now=(9.5, 200, 3.0), days=HELD, log=(-130, 400))
    values = ((-60, 9.4), (-50, 8.2), (-40, 7.8), (-30, 9.9))
    rows["blood_counts"] += [blood_count(day, (value, 200, 3.0)) for day, value in values]
    found = classify(study_of(rows), criteria="iwg2018")
    # (8.2 + 7.8) / 2 = 8.0, and 9.5 is exactly 1.5 above.
    assert next(call for call in found.calls if call.sample_id == "P1-now").improvement == E


@pytest.mark.parametrize(
    ("days", "meaningful", "late"),
    [
        ((28, 56, 84, 112, 139), False, False),
        ((28, 56, 84, 112, 140), True, False),
        ((112, 140, 168), False, False),
        ((113, 141, 169), False, True),
    ],
)
def test_sixteen_weeks_are_meaningful_and_eight_by_day_168_are_in_time(
    study_of, patient_rows, days, meaningful, late
):
    call = _call(study_of, patient_rows, base=(8.5, 200, 3.0), now=(12, 200, 3.0), days=days, day=days[-1])
    assert call.improvement == E
    assert ("clinically meaningful" in call.remarks, "late response" in call.remarks) == (meaningful, late)


@pytest.mark.parametrize(
    ("units", "meaningful", "late"),
    [
        (((150, 1),), True, False),
        (((20, 1), (133, 1)), True, False),
        (((20, 1), (132, 1)), False, False),
        (((40, 1), (80, 1), (112, 1)), True, False),
        (((40, 1), (80, 1), (113, 1)), True, True),
    ],
)
def test_days_without_red_cells_have_the_same_two_windows(study_of, patient_rows, units, meaningful, late):
    call = _call(study_of, patient_rows, **FLAT, units=(*LOW, *units), day=125)
    assert call.improvement == E
    assert ("clinically meaningful" in call.remarks, "late response" in call.remarks) == (meaningful, late)


POLICY = [
    ("no unit on treatment", {}, False),
    ("haemoglobin not noted", {"unit_haemoglobin": None}, True),
    ("haemoglobin fell below the trigger", {"now": (7.4, 200, 3.0)}, True),
    ("haemoglobin at the trigger", {"now": (7.5, 200, 3.0)}, False),
]


@pytest.mark.parametrize(("changes", "flagged"), [row[1:] for row in POLICY], ids=[row[0] for row in POLICY])
def test_a_policy_that_is_not_shown_constant_is_flagged(study_of, patient_rows, changes, flagged):
    call = _call(study_of, patient_rows, **({"units": LOW} | FLAT | changes))
    assert call.improvement == E
    assert ("policy not shown constant" in call.remarks) == flagged
