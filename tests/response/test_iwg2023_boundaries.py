"""Boundary vectors of IWG 2023: each limit from both sides, and exactly on it, and the published vignettes."""
# ruff: noqa: E501  # a vector is a line, so that two readers can compare them

from __future__ import annotations

from dataclasses import replace

import pytest

from remnant.response import (
    NO_CATEGORY,
    NOT_EVALUABLE,
    Iwg2023Options,
    MetaphaseCount,
    classify,
    classify_all,
)
from remnant.study import Source

DAYS = (28, 56, 84)
NONE = (9.0, 40, 0.4)  # no line reaches anything

# Vignettes of the paper: baseline, assessment, 2023, 2006, lines if kept for 8 weeks.
VIGNETTES = [
    ("V1", (8.5, 30, 0.4), 0.08, (10.2, 110, 1.9), 0.03, "CR", "marrow CR", ("HI-E", "HI-P", "HI-N")),
    ("V2", (7.5, 105, 0.3), 0.09, (10.4, 120, 0.5), 0.02, "CRbi", "marrow CR", ("HI-E",)),
    ("V3a", (8.0, 25, 0.2), 0.07, (10.2, 30, 0.3), 0.03, "CRuni", "marrow CR", ("HI-E",)),
    ("V3b", (9.0, 25, 0.4), 0.10, (9.2, 55, 0.8), 0.03, "CRh", "marrow CR", ("HI-P",)),
]

# Baseline: marrow blasts 8 %, Hb 8.5, PLT 30, ANC 0.4; marrow of day 84: 3 %.
CATEGORY = [
    ("blasts 4.9 %", {"blasts": 0.049}, "CR"),
    ("blasts 5.0 % are PR if halved", {"blasts": 0.05, "base_blasts": 0.10}, "PR"),
    ("blasts 5.1 % are PR if halved", {"blasts": 0.051, "base_blasts": 0.11}, "PR"),
    ("5.0 % from 9.9 % is not half", {"blasts": 0.05, "base_blasts": 0.099}, "HI"),
    ("Hb 9.9", {"now": (9.9, 150, 2.0)}, "CRbi"),
    ("Hb 10.0", {"now": (10.0, 150, 2.0)}, "CR"),
    ("PLT 99", {"now": (12, 99, 2.0)}, "CRbi"),
    ("PLT 100", {"now": (12, 100, 2.0)}, "CR"),
    ("ANC 0.99", {"now": (12, 150, 0.99)}, "CRbi"),
    ("ANC 1.00", {"now": (12, 150, 1.0)}, "CR"),
    ("only Hb", {"now": (10.0, 99, 0.99)}, "CRuni"),
    ("only PLT", {"now": (9.9, 100, 0.99)}, "CRuni"),
    ("only ANC", {"now": (9.9, 99, 1.0)}, "CRuni"),
    ("CRh at PLT 50 and ANC 0.5", {"now": (9.0, 50, 0.5)}, "CRh"),
    ("PLT 49", {"now": (9.0, 49, 0.5)}, NO_CATEGORY),
    ("ANC 0.49", {"now": (9.0, 50, 0.49)}, NO_CATEGORY),
    ("CRL wins over CRh", {"now": (10.0, 50, 0.5)}, "CRuni"),
    ("a blast in the blood", {"blood_blasts": 0.01, "now": (9.0, 50, 0.5)}, NO_CATEGORY),
    ("a blast in the blood leaves HI", {"blood_blasts": 0.01}, "HI"),
    ("no line, no CRh", {"now": NONE}, NO_CATEGORY),
    ("PR needs all three lines", {"blasts": 0.05, "base_blasts": 0.10, "now": (12, 99, 2.0)}, "HI"),
    ("PR needs a blood without blasts", {"blasts": 0.05, "base_blasts": 0.1, "blood_blasts": 0.01}, "HI"),
    ("base 4.9 %: not CR", {"base_blasts": 0.049, "now": (9.9, 150, 2.0)}, "HI"),
    ("base 5.0 %: CR", {"base_blasts": 0.05}, "CR"),
    ("base 4.9 %: no CRh", {"base_blasts": 0.049, "now": (9.0, 50, 0.5)}, NO_CATEGORY),
    ("base 4.9 %, CR counts, no karyotype", {"base_blasts": 0.049}, NOT_EVALUABLE),
    ("no marrow before", {"base_blasts": None}, NOT_EVALUABLE),
    ("no marrow before, no line", {"base_blasts": None, "now": NONE}, NO_CATEGORY),
    ("no marrow now", {"blasts": None}, NOT_EVALUABLE),
    ("no marrow now, no line", {"blasts": None, "now": NONE}, NO_CATEGORY),
    ("no haemoglobin: CR or CRbi", {"now": (None, 150, 2.0)}, NOT_EVALUABLE),
    ("no platelets, and neutrophils 0.4", {"now": (9.0, None, 0.4)}, NOT_EVALUABLE),
    ("no blood blasts", {"blood_blasts": None}, NOT_EVALUABLE),
    ("no blood blasts, no line", {"blood_blasts": None, "now": NONE}, NO_CATEGORY),
    ("no log: Hb and PLT may be raised", {"log": None}, NOT_EVALUABLE),
    ("red cells 14 d before", {"days": (84,), "units": ((70, 1),)}, NOT_EVALUABLE),
    ("red cells 15 d before", {"days": (84,), "units": ((69, 1),)}, "CR"),
    (
        "red cells, and Hb below 10 all the same",
        {"days": (84,), "units": ((70, 1),), "now": (9.9, 150, 2.0)},
        "CRbi",
    ),
    ("dysplasia may persist", {"dysplasia": "megakaryocytic"}, "CR"),
    ("maturation need not be reported", {"dysplasia": None}, "CR"),
]


def _visit(study_of, patient_rows, criteria="iwg2023", options=None, metaphases=None, **changes):
    study = study_of(patient_rows(**({"log": (-130, 400), "days": DAYS} | changes)))
    counts = {} if metaphases is None else {"P1": metaphases}
    found = classify(study, criteria=criteria, metaphases=counts, options=options or Iwg2023Options())
    return next(call for call in found.calls if call.sample_id == "P1-now")


@pytest.mark.parametrize("vignette", VIGNETTES, ids=[row[0] for row in VIGNETTES])
def test_the_published_vignettes_come_out(study_of, patient_rows, vignette):
    _, base, base_blasts, now, blasts, by_2023, by_2006, lines = vignette
    rows = patient_rows(
        base=base, now=now, base_blasts=base_blasts, blasts=blasts, log=(-130, 400), days=(28, 56, 84, 112)
    )
    calls = {
        one.criteria: next(call for call in one.calls if call.sample_id == "P1-now")
        for one in classify_all(study_of(rows))
    }
    assert calls["iwg2023"].category == by_2023
    assert calls["iwg2006"].category == by_2006
    assert [one.improvement for one in calls.values()] == [lines] * 3


@pytest.mark.parametrize(
    ("changes", "category"), [row[1:] for row in CATEGORY], ids=[row[0] for row in CATEGORY]
)
def test_the_category_at_its_limits(study_of, patient_rows, changes, category):
    call = _visit(study_of, patient_rows, **changes)
    assert call.category == category
    assert (call.category == NOT_EVALUABLE) == bool(call.missing)


def _metaphases(before, now):
    source = Source("karyotypes.csv", 2)
    return (
        MetaphaseCount("P1-base", -7, *before, (), source),
        MetaphaseCount("P1-now", 84, *now, (), source),
    )


CLEARANCE = [
    ("none of 20", (18, 20), (0, 20), "CR equivalent"),
    ("none of 19: not evaluable", (18, 20), (0, 19), NOT_EVALUABLE),
    ("one of 20: the clone is there", (18, 20), (1, 20), "HI"),
    ("one of 19: the clone is there", (18, 20), (1, 19), "HI"),
    ("a culture that failed", (18, 20), (0, 0), NOT_EVALUABLE),
    ("a normal karyotype before", (0, 20), (0, 20), NOT_EVALUABLE),
]


@pytest.mark.parametrize(
    ("before", "now", "category"), [row[1:] for row in CLEARANCE], ids=[row[0] for row in CLEARANCE]
)
def test_cr_equivalent_needs_complete_cytogenetic_clearance(study_of, patient_rows, before, now, category):
    call = _visit(study_of, patient_rows, base_blasts=0.03, metaphases=_metaphases(before, now))
    assert call.category == category


def test_a_new_change_bars_clearance_however_few_the_metaphases(study_of, patient_rows):
    before, now = _metaphases((18, 20), (0, 19))
    call = _visit(
        study_of, patient_rows, base_blasts=0.03, metaphases=(before, replace(now, new_abnormalities=("+8",)))
    )
    assert call.category == "HI"


def test_clearance_plays_no_part_from_five_per_cent_blasts(study_of, patient_rows):
    call = _visit(study_of, patient_rows, base_blasts=0.05, metaphases=_metaphases((18, 20), (9, 20)))
    assert call.category == "CR"


def test_the_lead_time_can_be_28_days(study_of, patient_rows):
    changes = {"days": (84,), "units": ((60, 1),)}
    assert _visit(study_of, patient_rows, **changes).category == "CR"
    longer = _visit(study_of, patient_rows, options=Iwg2023Options(lead_days=28), **changes)
    assert longer.category == NOT_EVALUABLE
    assert "red cells on day 60, within 28 days" in " ".join(longer.missing)


@pytest.mark.parametrize(("day", "category"), [(69, "CR"), (70, NOT_EVALUABLE)])
def test_platelets_have_the_same_lead_time(study_of, patient_rows, day, category):
    """In a baseline seven days are enough; the lead time of 2023 is the same for every line."""
    rows = patient_rows(days=(84,), log=(-130, 400))
    rows["transfusions"] = [{"patient_id": "P1", "day": day, "product": "platelets", "units": 1}]
    found = classify(study_of(rows), criteria="iwg2023")
    assert next(call for call in found.calls if call.sample_id == "P1-now").category == category


@pytest.mark.parametrize(
    ("base", "blasts", "risen"),
    [
        (0.03, 0.05, False), (0.03, 0.051, True), (0.0, 0.051, True), (0.05, 0.10, False),
        (0.05, 0.101, True), (0.10, 0.20, False), (0.10, 0.201, True), (0.20, 0.30, False),
        (0.20, 0.301, True), (0.31, 0.60, False),
    ],
)  # fmt: skip
def test_progression_is_not_issued_and_the_blast_rules_of_2006_are_offered(
    study_of, patient_rows, base, blasts, risen
):
    call = _visit(study_of, patient_rows, base_blasts=base, blasts=blasts, now=NONE)
    assert call.category == NO_CATEGORY
    assert ("disease progression by the blast rules of IWG 2006" in call.remarks) == risen
    rule = next(rule for rule in call.rules if rule.rule.startswith("IWG 2006, not issued"))
    assert rule.source.startswith("Cheson 2006")


def test_a_remission_names_the_rules_that_made_it(study_of, patient_rows):
    call = _visit(study_of, patient_rows)
    fired = {rule.rule for rule in call.fired}
    assert {"CR: marrow blasts", "CR: haemoglobin", "CR: together"} <= fired
    assert all(rule.source and rule.limit for rule in call.rules)
