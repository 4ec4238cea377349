"""IWG 2006 on courses that Hypothesis draws: what must hold for every patient."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from remnant.response import EVENTS, NO_CATEGORY, NOT_EVALUABLE, Verdict, classify, histories
from remnant.response.iwg2006 import classify_patient
from remnant.response.rules.trace import every, some

haemoglobin = st.sampled_from([6.7, 8.2, 8.5, 9.0, 9.949, 9.95, 10.2, 10.9, 11.0, 12.0, 12.5, 14.0])
platelets = st.sampled_from([0, 10, 19, 20, 21, 38, 49, 50, 51, 99, 100, 120, 200, 300])
neutrophils = st.sampled_from([0.0, 0.4, 0.5, 0.51, 0.99, 1.0, 1.01, 1.5, 2.0, 3.0])
good = st.sampled_from([(11.0, 100, 1.0), (12.0, 150, 2.0), (13.0, 250, 3.0)])
counts = st.one_of(st.tuples(haemoglobin, platelets, neutrophils), good)
blasts = st.sampled_from([0.0, 0.02, 0.03, 0.048, 0.05, 0.051, 0.08, 0.1, 0.15, 0.2, 0.201, 0.3, 0.31, 0.45])
gaps = st.sampled_from([7, 14, 14, 28, 29])
phases = st.lists(st.tuples(st.integers(1, 5), gaps, counts, st.sampled_from([0.0, 0.0, 0.01])), max_size=6)
units = st.lists(st.tuples(st.integers(-60, 300), st.integers(1, 4)), max_size=6, unique_by=lambda x: x[0])
marrow_days = st.lists(st.integers(1, 300), min_size=1, max_size=5, unique=True)
therapies = st.sampled_from(
    [
        ({"drug": "lenalidomide", "start_day": 0},),
        ({"drug": "lenalidomide", "start_day": 0, "end_day": 90}, {"drug": "lenalidomide", "start_day": 111}),
        (
            {"drug": "lenalidomide", "start_day": 0},
            {"drug": "filgrastim", "start_day": 60, "end_day": 65},
            {"drug": "epoetin", "start_day": -20, "end_day": -15},
        ),
        (),
    ]
)
logs = st.sampled_from([(-112, 400), (-112, 400), (-112, 100), (-56, 400), (0, 400), None])


@st.composite
def courses(draw, patient="P1", *, log=logs, therapy=therapies):
    """Rows of one patient: values that stay for a while, then change; units, a log and marrows."""
    days, spans = [], draw(phases)
    day = 0
    for number, gap, values, blood in spans:
        for _ in range(number):
            day += gap
            days.append((day, values, blood))
    before = draw(st.lists(counts, min_size=2, max_size=2))
    days = [(-28, before[0], 0.0), (-14, before[1], 0.0), *days]
    missing = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=3))
    blood_counts = []
    for n, (when, values, blood) in enumerate(days):
        cells = [*values, blood]
        for row, column in missing:
            if row == n:
                cells[column] = None
        names = ("haemoglobin_g_per_dl", "platelets_1e9_per_l", "neutrophils_1e9_per_l", "blasts_fraction")
        blood_counts.append({"day": when} | dict(zip(names, cells, strict=True)))
    covered = draw(log)
    noted = draw(st.sampled_from([7.5, 9.0, 9.1, None, 8.5]))
    marrows = [(-7, draw(blasts)), *((when, draw(blasts)) for when in draw(marrow_days))]
    dysplasia = draw(st.sampled_from(["none", "none", "erythroid", "maturation arrest", None]))
    rows = {
        "patients": [{"last_contact_day": 400, "died": draw(st.booleans())}],
        "samples": [
            {"sample_id": f"{patient}-{when}", "day": when, "material": "marrow"} for when, _ in marrows
        ],
        "therapy": [dict(course) for course in draw(therapy)],
        "blood_counts": blood_counts,
        "transfusions": [
            {"day": when, "product": "red_cells", "units": many, "haemoglobin_before_g_per_dl": noted}
            for when, many in draw(units)
        ],
        "transfusion_log": [] if covered is None else [{"start_day": covered[0], "end_day": covered[1]}],
    }
    rows = {name: [row | {"patient_id": patient} for row in table] for name, table in rows.items()}
    rows["marrows"] = [
        {"sample_id": f"{patient}-{when}", "blasts_fraction": found, "dysplasia": dysplasia}
        for when, found in marrows
    ]
    return {
        name: [row | {"line": n + 2} for n, row in enumerate(table)] for name, table in rows.items() if table
    }


def _verdict(call, prefix, how):
    found = [rule.verdict for rule in call.rules if rule.rule.split(":")[0] == prefix]
    return how(found) if found else Verdict.NOT_MET


def _category(call):
    """The category that the rules of a call make, read from their verdicts alone."""
    complete = _verdict(call, "CR", every)
    if complete is Verdict.MET:
        return "CR"
    steps = [
        ("relapse", _verdict(call, "relapse", some)),
        ("disease progression", _verdict(call, "progression", some)),
        ("failure", _verdict(call, "failure", some)),
        ("CR", _open(complete, call, "CR")),
        ("PR", _open(_verdict(call, "PR", every), call, "PR")),
        ("marrow CR", _open(_verdict(call, "marrow CR", every), call, "marrow CR")),
        ("stable disease", _verdict(call, "stable disease", every)),
    ]
    for name, verdict in steps:
        if verdict is not Verdict.NOT_MET:
            return name if verdict is Verdict.MET else NOT_EVALUABLE
    return NO_CATEGORY


def _open(verdict, call, prefix):
    """A duration that is not known leaves a response unconfirmed, not open."""
    own = [rule for rule in call.rules if rule.rule.split(":")[0] == prefix]
    if verdict is Verdict.NOT_EVALUABLE:
        return every(rule.verdict for rule in own if not rule.rule.endswith(": duration"))
    return verdict


@settings.get_profile("costly")
@given(rows=courses())
def test_the_rules_that_a_call_shows_are_those_that_made_it(study_of, rows):
    """Categories are decided in arrays and explained in words: neither may know more than the other."""
    for call in classify(study_of(rows)).calls:
        if call.rules[0].rule == "failure: death":
            continue
        complete = _open(_verdict(call, "CR", every), call, "CR")
        assert call.category == ("CR" if complete is Verdict.MET else _category(call))
        for name in ("HI-E", "HI-P", "HI-N"):
            own = {rule.rule: rule.verdict for rule in call.rules if rule.rule.split(":")[0] == name}
            line = {"HI-E": "haemoglobin", "HI-P": "platelets", "HI-N": "neutrophils"}[name]
            met = every([own[f"{name}: baseline"], own[f"{name}: {line}"]]) is Verdict.MET
            met |= own.get("HI-E: units") is Verdict.MET
            assert (name in call.improvement) == (met and name not in call.lost)
            gone = some(rule.verdict for rule in call.rules if rule.rule.startswith(f"loss of {name}"))
            if gone is not Verdict.NOT_EVALUABLE:
                assert (name in call.lost) == (gone is Verdict.MET)


@settings.get_profile("costly")
@given(rows=courses())
def test_a_history_by_itself_is_judged_as_in_its_study(study_of, rows):
    """Tables become arrays column by column, records one by one: both must be the same arrays."""
    history = next(iter(histories(study_of(rows))))
    alone = replace(history)
    assert alone.cohort is not history.cohort
    assert classify_patient(alone) == classify_patient(history)


@settings.get_profile("costly")
@given(rows=courses(), data=st.data())
def test_the_order_of_rows_changes_nothing(study_of, rows, data):
    mixed = {name: data.draw(st.permutations(table)) for name, table in rows.items()}
    ours, theirs = classify(study_of(rows)), classify(study_of(mixed))
    assert ours.calls == theirs.calls
    assert [(one.achieved, one.days) for one in ours.independence] == [
        (one.achieved, one.days) for one in theirs.independence
    ]


@settings.get_profile("costly")
@given(rows=courses(), other=courses(patient="P2"), digits=st.sampled_from([1 / 3, 1e-13, 2e-7]))
def test_the_digits_of_another_patient_change_nothing(study_of, rows, other, digits):
    """A long decimal makes every whole number of the study larger, and no answer different."""
    for row in other["blood_counts"]:
        row["haemoglobin_g_per_dl"] = 8.5 + digits
    both = {
        name: [*rows.get(name, []), *({**row, "line": row["line"] + 500} for row in other.get(name, []))]
        for name in rows | other
    }
    assume(bool(rows.get("therapy")) == bool(both.get("therapy")))
    together = classify(study_of(both)).calls
    assert [call for call in together if call.patient_id == "P1"] == list(classify(study_of(rows)).calls)


@settings.get_profile("costly")
@given(
    rows=courses(log=st.just((-112, 400)), therapy=st.just(({"drug": "x", "start_day": 0},))), data=st.data()
)
def test_more_transfusions_never_make_a_response(study_of, rows, data):
    """A unit more on treatment: no remission or improvement of a look that had none before.

    Looks with an event are left out, for relapse and progression are falls from the best: what was
    transfused is no level to fall from, and who was never independent cannot become dependent anew.
    """
    taken = {row["day"] for row in rows.get("transfusions", [])}
    day = data.draw(st.integers(0, 300).filter(lambda when: when not in taken))
    more = {"patient_id": "P1", "day": day, "product": "red_cells", "units": 2, "line": 900}
    after = rows | {"transfusions": [*rows.get("transfusions", []), more]}
    fewer = {call.day: call for call in classify(study_of(rows)).calls if call.sample_id}
    for call in classify(study_of(after)).calls:
        before = fewer.get(call.day)
        if call.sample_id is None or before is None or before.category in (*EVENTS, NOT_EVALUABLE):
            continue
        if call.category in ("CR", "PR", "marrow CR"):
            order = ("CR", "PR", "marrow CR")
            assert before.category in order[: order.index(call.category) + 1]
        for name in call.improvement:
            open_ = any(text.startswith(f"{name}: ") for text in before.missing)
            assert name in (*before.improvement, *before.lost) or open_


@settings.get_profile("costly")
@given(rows=courses(), data=st.data())
def test_raising_a_line_throughout_treatment_never_takes_a_complete_remission(study_of, rows, data):
    """Raise one line of every count on treatment alike: a remission stays one.

    Not so for a single count in a course: a higher best is a deeper fall later, as the criteria say.
    """
    column = data.draw(
        st.sampled_from(["haemoglobin_g_per_dl", "platelets_1e9_per_l", "neutrophils_1e9_per_l"])
    )
    higher = [
        row | {column: row[column] + 1} if row["day"] > 0 and row[column] is not None else row
        for row in rows["blood_counts"]
    ]
    ours = {call.day: call for call in classify(study_of(rows)).calls if call.sample_id}
    theirs = {call.day: call for call in classify(study_of(rows | {"blood_counts": higher})).calls}
    for day, call in ours.items():
        if call.category == "CR":
            assert theirs[day].category == "CR"


def test_a_call_copies_and_compares_as_the_whole_record_it_stands_for(study_of, patient_rows):
    import copy
    import pickle

    call = classify(study_of(patient_rows())).calls[0]
    again = pickle.loads(pickle.dumps(call))
    assert "rules" not in vars(classify(study_of(patient_rows())).calls[0])
    assert copy.deepcopy(call) == again == replace(call) == call
    assert {field.name for field in fields(call)} == set(vars(again))
    with pytest.raises(AttributeError):
        call.rule  # noqa: B018
