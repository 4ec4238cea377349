"""What-ifs: what is asked is read strictly, written as a scenario, and answered as the command answers it."""

from math import sqrt
from time import sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cohort.scenario.file import parse_scenario
from remnant.cohort.scenario.planned import plain_therapy
from remnant.cohort.scenario.text import scenario_text
from remnant.errors import SettingError
from remnant.report.charts import Album
from remnant.report.what_if import compared as shown
from remnant.service.what_if.asked import rows_of
from remnant.service.what_if.hands import QUEUE, Hands, answered
from remnant.service.what_if.question import (
    DAYS,
    OTHERS,
    Calendar,
    Given,
    Question,
    Terms,
    fields_of,
    presets_of,
    read_question,
    scenario_of,
)

PRESET = "del5q-lenalidomide"
DRUGS = (Terms("lenalidomide", "lenalidomide 10 mg, days 1 to 21 of 28", 10.0, 21, 28),)


@st.composite
def given_drugs(draw):
    """How the drug may be given."""
    cycle = draw(st.integers(1, 84))
    start = draw(st.integers(0, DAYS))
    return Given(
        "lenalidomide",
        draw(st.sampled_from([0.0, 2.5, 5.0, 10.0, 20.0])),
        start,
        draw(st.none() | st.integers(start, DAYS)),
        draw(st.integers(1, cycle)),
        cycle,
        draw(st.integers(1, 24)),
        draw(st.integers(0, 24)),
    )


@given(st.lists(given_drugs(), min_size=1, max_size=OTHERS))
def test_a_question_is_the_same_after_it_was_an_address(drugs):
    question = Question(tuple(Calendar(f"calendar {n}", (one,)) for n, one in enumerate(drugs)))
    assert read_question(fields_of(question), DRUGS) == question


@given(given_drugs())
def test_a_calendar_is_a_scenario_that_reads_back_and_gives_the_drug_on_the_same_days(given_drug):
    scenario = scenario_of(Calendar("asked", (given_drug,)), PRESET)
    assert parse_scenario(scenario_text(scenario)) == scenario
    therapy = plain_therapy(scenario, DAYS)
    doses = therapy.aligned(("lenalidomide",)).calendars[0]
    last = DAYS if given_drug.stop_day is None else given_drug.stop_day
    for day in (0, given_drug.start_day, last, given_drug.start_day - 1):
        if day < given_drug.start_day or day > last:
            assert doses.dose(float(day)) == 0
    if given_drug.start_day <= last:
        assert doses.dose(float(given_drug.start_day)) == pytest.approx(given_drug.dose_mg / 10)
    assert doses.dose(float(last + 1)) == 0 or given_drug.stop_day is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("c1.lenalidomide.dose", "-1"),
        ("c1.lenalidomide.dose", "20.5"),
        ("c1.lenalidomide.dose", "nan"),
        ("c1.lenalidomide.dose", "ten"),
        ("c1.lenalidomide.start", "1.5"),
        ("c1.lenalidomide.start", "99999"),
        ("c1.lenalidomide.stop", "-3"),
        ("c1.lenalidomide.on", "29"),
        ("c1.lenalidomide.cycle", "0"),
        ("c1.lenalidomide.rest", "25"),
        ("c1", "as planned"),
        ("c1", "x" * 61),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(field, text):
    with pytest.raises(SettingError) as error:
        read_question({"c1": "asked", field: text}, DRUGS)
    assert [fault.column for fault in error.value.faults] == [field]


def test_everything_that_is_wrong_is_said_at_once():
    wrong = {"c1": "same", "c2": "same", "c1.lenalidomide.dose": "x", "c2.lenalidomide.start": "y"}
    with pytest.raises(SettingError) as error:
        read_question(wrong, DRUGS)
    assert {fault.column for fault in error.value.faults} == {
        "c1",
        "c2",
        "c1.lenalidomide.dose",
        "c2.lenalidomide.start",
    }


def test_every_preset_can_be_asked():
    for preset in presets_of(DRUGS):
        assert read_question(fields_of(Question((preset,))), DRUGS).calendars == (preset,)


@pytest.mark.parametrize("usable", [True, False])
def test_the_answer_names_every_calendar_and_marks_a_fit_that_must_not_be_used(made, usable):
    fit = made.made_fit(1, fit=usable, scenario="stop now")
    album = Album()
    found = shown(fit, fit.patients[0], album, anchor="first dose", group="g")
    assert bool(found.warning) is not usable
    assert {row[0].text for table in found.chances for row in table.rows} >= {"as planned", "stop now"}
    assert list(album.specs) == ["g"]
    assert ("title" in album.specs["g"]["fans"]) is not usable
    assert {row.may_be_used for row in rows_of(fit)} == {usable}
    changes = [
        r for r in rows_of(fit) if r.calendar == "stop now" and r.years == 2.0 and r.relapse != "clinical"
    ]
    assert all(row.difference is not None and row.lower <= row.difference for row in changes)


def test_the_same_question_is_worked_on_once_and_too_many_are_refused():
    hands = Hands()
    first = hands.ask(("a",), sleep, 3.0)
    assert hands.ask(("a",), sleep, 3.0) is first
    assert answered(first, 0.01) is None
    assert not first.done()
    for number in range(QUEUE - 1):
        hands.ask((str(number),), sqrt, 4.0)
    with pytest.raises(SettingError, match="too many"):
        hands.ask(("more",), sqrt, 4.0)
    assert answered(hands.ask(("0",), sqrt, 4.0), 60) == 2.0
    with pytest.raises(ValueError, match="math domain"):
        answered(hands.ask(("b",), sqrt, -1.0), 60)
    hands.close()


@pytest.mark.slow
def test_a_what_if_is_what_the_command_forecasts_in_the_same_draws(study_folder, tmp_path, monkeypatch):
    from remnant.analysis.fit_looks import observed
    from remnant.analysis.fits import load_draws, manifest_of, save_fit
    from remnant.inference.fitting.choices import Choices
    from remnant.inference.fitting.fit import fit_study, forecast_study
    from remnant.service.what_if import draws as what_if_draws
    from remnant.study import read_study

    study = read_study(study_folder)
    choices = Choices("fast", seed=7)
    fitted = fit_study(study, choices)
    save_fit(fitted, observed(study), manifest_of(study, choices), tmp_path / "fit")
    patient = fitted.fit.patients[0]
    scenario = scenario_of(presets_of(DRUGS)[0], fitted.fit.preset)
    calendars = {scenario.title: plain_therapy(scenario, DAYS)}
    theirs = forecast_study(study, fitted.fit, load_draws(tmp_path / "fit"), choices, scenarios=calendars)
    monkeypatch.setattr(what_if_draws, "FOLLOWED", 1000)
    mine = what_if_draws.compared(study_folder, tmp_path / "fit", patient, (scenario,))
    same = [one for one in theirs.what_ifs if one.patient_id == patient]
    assert [(w.kind, w.years, w.difference) for w in mine.what_ifs] == [
        (w.kind, w.years, w.difference) for w in same if w.years in what_if_draws.SHOWN
    ]
    chances = {
        (r.scenario, r.kind, c.years): c.probability
        for r in theirs.relapses
        if r.patient_id == patient
        for c in r.chances
    }
    for forecast in mine.relapses:
        for chance in forecast.chances:
            assert chance.probability == chances[forecast.scenario, forecast.kind, chance.years]
    monkeypatch.setattr(what_if_draws, "FOLLOWED", 300)
    what_if_draws.desk.cache_clear()
    fewer = what_if_draws.compared(study_folder, tmp_path / "fit", patient, (scenario,))
    for forecast in fewer.relapses:
        for chance in forecast.chances:
            there = chances[forecast.scenario, forecast.kind, chance.years]
            assert abs(chance.probability - there) < 6 * max(chance.standard_error, 0.01)
