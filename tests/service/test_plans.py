"""The planner's questions: what a form takes is what the command takes, and the answer is the same."""

from __future__ import annotations

import inspect
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cli.plan import events, nuclei, patients, visits, wells
from remnant.errors import SettingError
from remnant.planning.decision import MOST_HELD, points
from remnant.planning.recurrence import HORIZON
from remnant.service.plans.answers import answer_plan, draw_plan
from remnant.service.plans.bounds import LOOKS, SCHEDULES, SIMULATED, WEIGHED, bound_patients, bound_visits
from remnant.service.plans.patients import read_patients
from remnant.service.plans.questions import QUESTIONS
from remnant.service.plans.typed import Typed
from remnant.service.plans.visits import read_visits

COMMANDS = {command.__name__: command for command in (nuclei, events, wells, visits, patients)}
NO_QUESTION = {"figure", "as_json", "engine"}  # how the answer is written, and who works it out
ASKED = {
    "nuclei": ({"clone": "5%", "control": "2/200 1/200 4/200", "most": "300"}, ["--most", "300"]),
    "events": ({"frequency": "1e-5", "target": "2e-6", "lod": "30"}, ["--target", "2e-6", "--lod", "30"]),
    "wells": ({"frequency": "1/300", "between": "1/2000 1/50"}, ["--between", "1/2000", "1/50"]),
    "visits": (
        {"every": "60", "nuclei": "50", "patients": "20"},
        ["--every", "60", "--nuclei", "50", "--patients", "20"],
    ),
    "patients": ({"most": "5", "trials": "20"}, ["--most", "5", "--trials", "20"]),
}  # fmt: skip
FIRST = {
    "nuclei": ["--clone", "5%", "--control", "2/200", "--control", "1/200", "--control", "4/200"],
    "events": ["--frequency", "1e-5"],
    "wells": ["--frequency", "1/300"],
}


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_form_takes_what_the_command_takes_with_the_same_defaults_and_words(key):
    options = {
        ("wells" if name == "number" else name): parameter
        for name, parameter in inspect.signature(COMMANDS[key]).parameters.items()
        if name not in NO_QUESTION
    }
    asks = {ask.name: ask for ask in QUESTIONS[key].asks}
    elsewhere = {"nuclei": {"controls"}, "patients": {"decision"}}.get(key, set())  # a file; minutes of work
    assert set(options) - elsewhere == set(asks)
    for name, ask in asks.items():
        default = options[name].default
        assert ask.default == ("" if default in (None, False, inspect.Parameter.empty) else str(default))


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_form_and_the_command_give_one_answer(key):
    given, words = ASKED[key]
    ran = CliRunner().invoke(app, ["plan", key, *FIRST.get(key, []), *words, "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    found = answer_plan(key, given)
    assert found.sentence == told["sentence"]
    assert list(found.assumed) == told["plan"]["assumed"]
    assert found.tables


def test_a_figure_is_drawn_without_a_browser_and_said_in_words():
    drawing, words = draw_plan("events", {"frequency": "1e-5"})
    assert drawing.startswith("<svg")
    assert "cells" in words
    assert answer_plan("events", {"frequency": " 1e-5 ", "cv": ""}) is answer_plan(
        "events", {"frequency": "1e-5"}
    )


@pytest.mark.parametrize(
    ("key", "given", "columns"),
    [
        ("nuclei", {}, {"--clone"}),
        ("nuclei", {"clone": "5", "control": "2/x", "method": "magic"}, {"--clone", "--control", "--method"}),
        ("nuclei", {"clone": "5%", "clon": "5%"}, {"--clon"}),
        ("events", {"frequency": "1e-5", "detect": "perhaps"}, {"--detect"}),
        ("events", {"frequency": "0,001", "cv": "nan"}, {"--frequency", "--cv"}),
        ("wells", {"frequency": "1/300", "between": "1/20"}, {"--between"}),
        ("wells", {"frequency": "1/300", "doses": "x" * 3000}, {"--doses"}),
        ("wells", {"frequency": "1/300", "seed": "-1"}, {"--seed"}),
        ("visits", {"patients": str(SIMULATED + 1)}, {"--patients"}),
        ("visits", {"every": ",".join(map(str, range(1, 40)))}, {"--every"}),
        ("patients", {"trials": "1e6", "progenitor": "0"}, {"--progenitor", "--trials"}),
        ("patients", {"most": "400"}, {"--most"}),
        ("patients", {"nuclei_stem": "2000", "nuclei_progenitor": "5000", "visits": "20"}, {"--nuclei-stem"}),
        ("nuclei", {"clone": "5%", "most": "9999"}, {"--most"}),
        ("visits", {"patients": "1000"}, {"--patients"}),
    ],
)  # fmt: skip
def test_nonsense_is_refused_at_every_field_at_once(key, given, columns):
    with pytest.raises(SettingError) as refused:
        answer_plan(key, given)
    assert {fault.column for fault in refused.value.faults} == columns


NUMBERS = st.integers(1, 500).map(str)


@given(
    st.lists(st.integers(1, 3650).map(str), min_size=1, max_size=12).map(",".join),
    st.lists(st.integers(5, 500).map(str), min_size=1, max_size=8).map(",".join),
    st.integers(1, 3650).map(str),
    st.integers(20, 100_000).map(str),
)
@settings(max_examples=200, deadline=None)
def test_a_page_simulates_no_more_visits_than_it_can_wait_for(every, nuclei, doubling, patients):
    typed = Typed()
    question, _ = read_visits(typed, every=every, nuclei=nuclei, doubling=doubling, patients=patients)
    growth = question.course.growth_days(question.course.doubling_days)
    each = sum(min(growth / days, HORIZON) + 1 for days in question.intervals) * len(question.readings)
    schedules = len(question.intervals) * len(question.readings)
    if question.patients > min(SIMULATED, int(LOOKS / each)) or schedules > SCHEDULES:
        with pytest.raises(SettingError) as refused:
            bound_visits(typed, question)
        assert {fault.column for fault in refused.value.faults} <= {"--patients", "--every"}
    else:
        bound_visits(typed, question)
        assert question.patients * each <= LOOKS


@given(NUMBERS, st.integers(1, 5000).map(str), st.integers(1, 20).map(str), st.integers(20, 2000).map(str))
@settings(max_examples=200, deadline=None)
def test_a_page_weighs_no_more_slides_than_it_can_wait_for(stem, progenitor, visits, trials):
    typed = Typed()
    question, _ = read_patients(
        typed, nuclei_stem=stem, nuclei_progenitor=progenitor, visits=visits, trials=trials
    )
    grid, stems = points(question.assay), question.assay.stem_nuclei + 1
    pairs = min(2 * question.trials * question.most, stems * (question.assay.progenitor_nuclei + 1))
    if question.trials > SIMULATED or stems * grid > MOST_HELD or pairs * grid > WEIGHED:
        with pytest.raises(SettingError) as refused:
            bound_patients(typed, question)
        assert {fault.column for fault in refused.value.faults} <= {"--trials", "--nuclei-stem"}
    else:
        bound_patients(typed, question)
        assert not typed.faults


def test_what_a_form_begins_with_is_never_refused_for_its_work():
    for read, bound in ((read_visits, bound_visits), (read_patients, bound_patients)):
        typed = Typed()
        bound(typed, read(typed)[0])
        assert not typed.faults
