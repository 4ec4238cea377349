"""What follows a response: relapse, loss, drug holds, death; and what happens between visits."""

from __future__ import annotations

import pytest

from remnant.response import classify, histories

REMISSION = (12.0, 200.0, 3.0)


def _rows(patient_rows, blood_count, later, *, units=(), marrow=None, therapy=None, base_blasts=0.03):
    """CR on day 84 from counts on 56, 84 and 112, then the counts of `later` by day."""
    kwargs = {} if therapy is None else {"therapy": therapy}
    rows = patient_rows(now=REMISSION, units=units, base_blasts=base_blasts, base=(8.5, 150, 2.0), **kwargs)
    rows["blood_counts"] += [blood_count(day, values) for day, values in later.items()]
    if marrow:
        day, blasts = marrow
        rows["samples"].append({"sample_id": "P1-late", "patient_id": "P1", "day": day, "material": "marrow"})
        rows["marrows"].append({"sample_id": "P1-late", "blasts_fraction": blasts, "dysplasia": "none"})
    return rows


def _relapses(study):
    return [call for call in classify(study).calls if call.category == "relapse"]


@pytest.mark.parametrize(
    ("later", "relapses"),
    [
        ({200: (10.6, 200, 3.0), 214: (10.6, 200, 3.0)}, False),
        ({200: (10.5, 200, 3.0), 214: (10.5, 200, 3.0)}, True),
        ({200: (12.0, 101, 3.0), 214: (12.0, 101, 3.0)}, False),
        ({200: (12.0, 99, 3.0), 214: (12.0, 99, 3.0)}, True),
        ({150: (12.0, 199, 3.0), 200: (12.0, 100, 3.0), 214: (12.0, 100, 3.0)}, False),
        ({200: (12.0, 200, 0.99), 214: (12.0, 200, 0.99)}, True),
        ({200: (12.0, 200, 1.0), 214: (12.0, 200, 1.0)}, False),
        ({150: (14.0, 420, 9.0), 200: (12.4, 205, 3.0), 214: (12.4, 205, 3.0)}, False),
        ({200: (10.0, 200, 3.0), 214: (12.0, 200, 3.0)}, False),
        ({200: (10.0, 200, 3.0), 206: (12.0, 200, 3.0), 207: (10.0, 200, 3.0)}, True),
    ],
    ids=[
        "Hb fall 1.4", "Hb fall 1.5", "PLT within the normal range", "PLT 50.5 %", "PLT 100 is not low",
        "ANC 67 % to 0.99", "ANC 1.0 is not low", "halved above the limits of a CR", "not repeated",
        "repeated 7 days on",
    ],
)  # fmt: skip
def test_relapse_by_counts_is_a_low_value_repeated(study_of, patient_rows, blood_count, later, relapses):
    study = study_of(_rows(patient_rows, blood_count, later))
    found = _relapses(study)
    assert bool(found) is relapses
    if found:
        assert found[0].day == 200
        assert found[0].sample_id is None  # a look at blood counts between visits


def test_a_last_low_count_is_a_relapse_to_be_confirmed(study_of, patient_rows, blood_count):
    found = _relapses(study_of(_rows(patient_rows, blood_count, {200: (10.0, 200, 3.0)})))
    assert [call.confirmed for call in found] == [False]


@pytest.mark.parametrize(
    ("base", "blasts", "relapses"),
    [
        (0.03, 0.049, False),
        (0.03, 0.05, False),
        (0.03, 0.051, True),
        (0.08, 0.079, False),
        (0.08, 0.08, True),
    ],
)
def test_blasts_are_back_at_the_pretreatment_level_from_five_percent_on(
    study_of, patient_rows, blood_count, base, blasts, relapses
):
    """Exactly 5 % is still a CR, and a patient in CR has not relapsed."""
    later = {186: REMISSION, 200: REMISSION, 214: REMISSION, 228: REMISSION}
    rows = _rows(patient_rows, blood_count, later, marrow=(200, blasts), base_blasts=base)
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id == "P1-late")
    assert (call.category == "relapse") is relapses


@pytest.mark.parametrize(
    ("units", "relapses"), [(((200, 3),), False), (((200, 2), (255, 2)), True), (((200, 2), (256, 2)), False)]
)
def test_transfusion_dependence_after_remission_is_relapse(
    study_of, patient_rows, blood_count, units, relapses
):
    study = study_of(_rows(patient_rows, blood_count, {}, units=units))
    found = _relapses(study)
    assert bool(found) is relapses
    if found:
        assert (found[0].day, found[0].confirmed) == (255, True)


HOLD = ({"drug": "lenalidomide", "start_day": 0, "end_day": 190}, {"drug": "lenalidomide", "start_day": 211})


@pytest.mark.parametrize(
    ("day", "later", "relapses"),
    [
        (200, {214: (12.0, 80, 3.0), 229: (12.0, 200, 3.0)}, False),
        (200, {214: (12.0, 80, 3.0)}, False),
        (200, {229: (12.0, 80, 3.0), 257: (12.0, 80, 3.0)}, True),
        (238, {266: (12.0, 200, 3.0)}, False),
        (239, {246: (12.0, 80, 3.0), 266: (12.0, 200, 3.0)}, True),
    ],
    ids=[
        "recovers",
        "no count 28 days on",
        "still low 28 days on",
        "28 days after the hold",
        "29 days after",
    ],
)
def test_a_fall_in_a_drug_hold_counts_only_if_repeated_28_days_on(
    study_of, patient_rows, blood_count, day, later, relapses
):
    rows = _rows(patient_rows, blood_count, {day: (12.0, 80, 3.0)} | later, therapy=HOLD)
    assert bool(_relapses(study_of(rows))) is relapses


def test_the_loss_of_an_improvement_is_reported_line_by_line(study_of, patient_rows, blood_count):
    rows = patient_rows(blasts=0.08, now=(10.5, 80, 1.2), days=(28, 56, 84, 112))
    rows["blood_counts"] += [blood_count(day, (8.9, 80, 1.2)) for day in (140, 154)]
    calls = classify(study_of(rows)).calls
    visit = next(call for call in calls if call.sample_id == "P1-now")
    assert (visit.improvement, visit.lost) == (("HI-E", "HI-P", "HI-N"), ())
    lost = next(call for call in calls if call.lost)
    assert (lost.day, lost.lost, lost.improvement) == (140, ("HI-E",), ("HI-P", "HI-N"))


def test_fewer_units_than_before_is_improvement_and_not_loss(study_of, patient_rows):
    """Ten units in 56 days become five: still dependence, yet better than before by four."""
    before = tuple((day, 2) for day in range(-55, -5, 10))
    on = tuple((day, 1) for day in range(0, 400, 12))
    calls = classify(study_of(patient_rows(blasts=0.08, now=(8.6, 30, 0.4), units=before + on))).calls
    visit = next(call for call in calls if call.sample_id == "P1-now")
    assert (visit.improvement, visit.lost) == (("HI-E",), ())


@pytest.mark.parametrize(("end", "failure"), [(None, True), (272, True), (271, False)])
def test_death_on_treatment_is_failure(study_of, patient_rows, end, failure):
    rows = patient_rows(therapy=({"drug": "lenalidomide", "start_day": 0, "end_day": end},))
    rows["patients"][0] |= {"last_contact_day": 300, "died": True}
    calls = classify(study_of(rows)).calls
    assert (calls[-1].category == "failure") is failure


def test_an_untreated_patient_is_not_evaluable_and_the_reason_is_said(study_of, patient_rows):
    rows = patient_rows()
    rows["patients"].append({"patient_id": "P2", "last_contact_day": 400})
    rows["samples"].append({"sample_id": "P2-now", "patient_id": "P2", "day": 84, "material": "marrow"})
    call = classify(study_of(rows)).calls[-1]
    assert (call.patient_id, call.category) == ("P2", "not evaluable")
    assert call.missing == ("not done: no course of treatment in therapy.csv",)


def test_without_a_therapy_table_the_anchor_is_the_first_dose_and_every_call_says_so(study_of, patient_rows):
    call = next(call for call in classify(study_of(patient_rows(therapy=()))).calls if call.sample_id)
    assert call.category == "CR"
    assert "day 0, the anchor, is taken as the first dose" in call.missing[0]


@pytest.mark.parametrize(
    ("therapy", "first"),
    [
        (({"drug": "epoetin", "start_day": -300}, {"drug": "lenalidomide", "start_day": 3}), 3),
        (
            (
                {"drug": "azacitidine", "start_day": -300, "end_day": -90},
                {"drug": "lenalidomide", "start_day": 0},
            ),
            0,
        ),
        (
            (
                {"drug": "lenalidomide", "start_day": 0, "end_day": 9},
                {"drug": "Lenalidomide", "start_day": 20},
            ),
            0,
        ),
        (({"drug": "lenalidomide", "start_day": -30},), -30),
        (({"drug": "darbepoetin", "start_day": 0},), 0),
        (
            (
                {"drug": "lenalidomide", "start_day": 0, "dose_mg": 0, "end_day": 6},
                {"drug": "lenalidomide", "start_day": 7},
            ),
            7,
        ),
    ],
)
def test_the_first_dose_is_that_of_the_treatment_and_not_of_support_or_the_past(
    study_of, patient_rows, therapy, first
):
    assert next(iter(histories(study_of(patient_rows(therapy=therapy))))).treatment.first_dose == first


def test_times_of_responses_are_censored_when_nothing_ends_them(study_of, patient_rows, blood_count):
    lasting = classify(study_of(_rows(patient_rows, blood_count, {}))).times
    cr = next(one for one in lasting if one.response == "CR")
    assert (cr.start_day, cr.days_to_response, cr.censored) == (84, 84, True)
    later = {200: (10.0, 200, 3.0), 214: (10.0, 200, 3.0)}
    ended = classify(study_of(_rows(patient_rows, blood_count, later))).times
    cr = next(one for one in ended if one.response == "CR")
    assert (cr.end_day, cr.duration_days, cr.censored) == (200, 116, False)


def test_two_marrows_of_a_day_that_disagree_are_not_evaluable(study_of, patient_rows):
    rows = patient_rows()
    rows["samples"].append({"sample_id": "P1-too", "patient_id": "P1", "day": 84, "material": "marrow"})
    rows["marrows"].append({"sample_id": "P1-too", "blasts_fraction": 0.12, "dysplasia": "none"})
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    assert call.category == "not evaluable"
    assert any("disagree on blasts" in text for text in call.missing)


def test_a_count_from_before_treatment_shows_no_progression(study_of, patient_rows, blood_count):
    """The best of the baseline was 12 and its last value 8.9: that is no fall on treatment."""
    rows = patient_rows(
        before=(-28,), base=(12.0, 30, 0.4), days=(28,), now=(11.5, 35, 0.5), blasts=0.08, day=5
    )
    rows["blood_counts"].append(blood_count(-8, (8.9, 30, 0.4)))
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    fall = next(rule for rule in call.rules if rule.rule == "progression: haemoglobin")
    assert fall.found == "not done: no haemoglobin within 14 days of day 5"


@pytest.mark.parametrize(("later", "relapses"), [(12.0, True), (8.0, True), (None, True)])
def test_a_transfused_count_does_not_refute_a_relapse(study_of, patient_rows, blood_count, later, relapses):
    """Haemoglobin falls to 8, units are given, and a week later it is 12: that is the donors' haemoglobin."""
    counts = {200: (8.0, 200, 3.0)} | ({} if later is None else {208: (later, 200, 3.0)})
    rows = _rows(patient_rows, blood_count, counts, units=((201, 2),))
    assert bool(_relapses(study_of(rows))) is relapses


def test_an_own_count_does_refute_it(study_of, patient_rows, blood_count):
    rows = _rows(patient_rows, blood_count, {200: (8.0, 200, 3.0), 208: (12.0, 200, 3.0)})
    assert not _relapses(study_of(rows))


@pytest.mark.parametrize(("units", "category"), [((), "marrow CR"), (((84, 2),), "marrow CR")])
def test_haemoglobin_too_low_in_spite_of_a_transfusion_is_too_low(
    study_of, patient_rows, blood_count, units, category
):
    """A free count of 12 a week earlier does not make a CR of a transfused count of 10 on the day."""
    rows = patient_rows(days=(49, 63, 77, 112), units=units)
    rows["blood_counts"].append(blood_count(84, (10.0, 150, 2.0)))
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    assert call.category == category


@pytest.mark.parametrize("units", [(), ((91, 1),)])
def test_a_unit_between_two_failures_makes_no_remission(study_of, patient_rows, blood_count, units):
    """Two weeks of good counts between two bad ones are no CR, and a transfusion in them makes none."""
    rows = patient_rows(days=(84, 98), units=units)
    rows["blood_counts"] += [blood_count(day, (12.0, 80, 2.0)) for day in (77, 105)]
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    assert call.category != "CR"


@pytest.mark.parametrize(
    ("before", "category"), [(0.0, "PR"), (0.01, "stable disease"), (None, "not evaluable")]
)
def test_blasts_of_the_blood_bar_a_pr_only_if_they_were_there_before(
    study_of, patient_rows, blood_count, before, category
):
    rows = patient_rows(blasts=0.06, base_blasts=0.15, days=(28, 56, 84, 112), before=())
    rows["blood_counts"] += [blood_count(day, (12.5, 300, 4.0), blasts=before) for day in (-28, -14)]
    for row in rows["blood_counts"]:
        if row["day"] == 84:
            row["blasts_fraction"] = 0.01
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    assert call.category == category


def test_a_platelet_count_is_not_the_haemoglobin_that_was_noted(study_of, patient_rows):
    """Platelets of 9 on the day of a platelet transfusion given at a haemoglobin of 9: no sign of order."""
    rows = patient_rows(base=(8.5, 9, 0.4))
    rows["transfusions"] = [
        {
            "patient_id": "P1",
            "day": -14,
            "product": "platelets",
            "units": 1,
            "haemoglobin_before_g_per_dl": 9.0,
        }
    ]
    line = next(iter(histories(study_of(rows)))).lines["platelets"]
    assert [bool(one.raised) for one in line if one.day < 0] == [False, True]


def test_a_line_not_known_before_that_fails_now_leaves_a_pr_open(study_of, patient_rows):
    """No count before treatment: platelets of 90 may be what they were, or a line that is not normal yet."""
    rows = patient_rows(blasts=0.06, base_blasts=0.15, before=(), now=(12.0, 90, 2.0))
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    verdicts = {rule.rule: rule.verdict for rule in call.rules if rule.rule.startswith("PR: ")}
    assert call.category == "not evaluable"
    assert verdicts["PR: blood counts"] == verdicts["PR: duration"] == "not evaluable"


def test_stable_disease_names_the_progression_before_it(study_of, patient_rows):
    rows = patient_rows(blasts=0.08, now=(9, 35, 0.5), units=((28, 2), (68, 2)))
    call = next(call for call in classify(study_of(rows)).calls if call.sample_id)
    rule = next(rule for rule in call.rules if rule.rule == "stable disease")
    assert (rule.verdict, call.category) == ("not met", "no response category")
    assert "shown on day 68" in rule.found


@pytest.mark.parametrize(
    ("words", "category"),
    [
        (("none", "erythroid"), "CR"),  # dysplasia persists in both readings of the day, and bars no CR
        (("none", "maturation arrest"), "not evaluable"),
        (("maturation arrest", "none"), "not evaluable"),
        (("maturation arrest", None), "marrow CR"),
        ((None, "none"), "CR"),
    ],
)
def test_two_marrows_of_a_day_speak_together(study_of, patient_rows, words, category):
    rows = patient_rows(dysplasia=words[0])
    rows["samples"].append({"sample_id": "P1-other", "patient_id": "P1", "day": 84, "material": "marrow"})
    rows["marrows"].append({"sample_id": "P1-other", "blasts_fraction": 0.03, "dysplasia": words[1]})
    call = next(call for call in classify(study_of(rows)).calls if call.day == 84)
    assert call.category == category
    if None not in words:
        assert all(word in next(r for r in call.rules if r.rule == "CR: maturation").found for word in words)


def test_the_day_of_death_has_one_call(study_of, patient_rows):
    rows = patient_rows(days=(56, 84), log=(-112, 84))
    rows["patients"][0] |= {"last_contact_day": 84, "died": True}
    calls = [call for call in classify(study_of(rows)).calls if call.day == 84]
    assert [(call.category, call.sample_id) for call in calls] == [("failure", "P1-now")]
    assert [rule.rule for rule in calls[0].fired] == ["failure: death"]
