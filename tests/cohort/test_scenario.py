"""Reading a scenario: what it means, and what is said of one that means nothing."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from remnant.cohort.looks import Looks
from remnant.cohort.planned import cautions, plain_therapy
from remnant.cohort.scenario import Scenario
from remnant.cohort.scenario_file import parse_scenario, read_scenario
from remnant.cohort.scenario_preset import preset_of
from remnant.cohort.scenario_text import scenario_text
from remnant.cohort.shipped import NAMES, shipped, shipped_text, template_text
from remnant.errors import Fault, SettingError

COURSE = '[[therapy]]\ndrug = "lenalidomide"\nstart_day = 0\n'


def faults(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a scenario."""
    with pytest.raises(SettingError) as error:
        parse_scenario(text, "mine.toml")
    return error.value.faults


def only(text: str) -> Fault:
    """Return the one thing that is wrong with a scenario."""
    found = faults(text)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_reads_back_as_it_was_written(name, tmp_path):
    scenario = shipped(name)
    assert parse_scenario(scenario_text(scenario)) == scenario
    (tmp_path / "mine.toml").write_text(template_text(name), encoding="utf-8")
    assert read_scenario(tmp_path / "mine.toml") == scenario


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_says_what_it_is(name):
    assert shipped_text(name).startswith("# ")
    assert shipped(name).title != "Untitled scenario"
    assert "invented" in shipped_text(name) or not shipped(name).drug


def test_every_key_stands_in_the_comments_of_a_template():
    text = template_text("label")
    for key in (
        "start_month",
        "clone_back",
        "quiescent_kill",
        "metaphases",
        "platelets_hold_late",
        "for_days",
    ):
        assert f"#   {key}: " in text
    assert "None" not in text


def test_an_untreated_course_is_a_scenario():
    assert parse_scenario('title = "Nothing"').drugs == ()
    assert plain_therapy(Scenario(), 100).drugs == ()


def test_what_a_course_leaves_out_is_as_the_label_has_it():
    calendar = plain_therapy(parse_scenario(COURSE), 60).calendars[0]
    assert calendar.dose([0, 20, 21, 27, 28]).tolist() == [1, 1, 0, 0, 1]


def test_months_are_of_equal_length_and_the_next_course_may_start_where_one_ends():
    text = '[[therapy]]\ndrug = "lenalidomide"\nstart_month = 0\nend_month = 6\ndose_mg = 10\n'
    text += '[[therapy]]\ndrug = "lenalidomide"\nstart_month = 6\ndose_mg = 5\n'
    calendar = plain_therapy(parse_scenario(text), 400).calendars[0]
    assert calendar.dose([182, 183]).tolist() == [1.0, 0.5]


def test_two_drugs_may_overlap():
    text = COURSE + '[[therapy]]\ndrug = "mine"\nstart_day = 0\n[drug.mine]\nfull_dose_mg = 5\n'
    assert parse_scenario(text).drugs == ("lenalidomide", "mine")


def test_parameters_of_the_scenario_replace_priors_of_the_preset():
    text = (
        COURSE + "[drug.mine]\nfull_dose_mg = 5\nsensitivity = { median = 0.5, spread = 1 }\n[parameters]\n"
    )
    text += (
        'division = 0.2\nstart.fraction = { median = 0.7, spread = 0.5 }\n"lenalidomide.active_kill" = 1\n'
    )
    text += "mine.quiescent_kill = { median = 0.3, spread = 0.1 }\n"
    priors = dict(preset_of(parse_scenario(text)).priors())
    assert priors["division"].quantile([0.1, 0.9]).tolist() == [0.2, 0.2]
    assert priors["start.fraction"].quantile(0.5) == pytest.approx(0.7)
    assert priors["lenalidomide.active_kill"].quantile(0.9) == 1
    assert np.log(priors["mine.quiescent_kill"].quantile(0.841344746)) == pytest.approx(np.log(0.3) + 0.1)
    assert priors["mine.sensitivity"].support == (0, 1)
    assert priors["mine.sensitivity"].quantile(0.5) == pytest.approx(0.5)


BAD = {
    # what is written: line, key, what the answer must say
    'titel = "x"': (1, "titel", "title?"),
    "every_days = 7": (1, "every_days", "[looks]"),
    'preset = "del5q"': (1, "preset", "del5q-lenalidomide"),
    "years = -1": (1, "years", "greater than 0"),
    "title = 3": (1, "title", "string"),
    'therapy = "lenalidomide"': (1, "therapy", "[[therapy]]"),
    'drug = "lenalidomide"': (1, "drug", "[drug.NAME]"),
    "[[therapy]]\nstart_day = 0": (1, "therapy.1.drug", "add the key"),
    '[[therapy]]\ndrug = "lenalidomide"': (1, "therapy.1.start_day", "say when"),
    '[[therapy]]\ndrug = "lenalidomid"\nstart_day = 0': (2, "therapy.1.drug", "did you mean lenalidomide?"),
    COURSE + "dose_mg = -5": (4, "therapy.1.dose_mg", "greater than 0"),
    COURSE + "dose_mg = nan": (4, "therapy.1.dose_mg", "finite"),
    COURSE + "dose_mg = 10000": (4, "therapy.1.dose_mg", "full doses"),
    COURSE + 'dose_mg = "10"': (4, "therapy.1.dose_mg", "number"),
    COURSE + "days_on = 0": (4, "therapy.1.days_on", "1"),
    COURSE + "days_on = 30": (4, "therapy.1.days_on", "cycle"),
    COURSE + "cycle_days = 14": (4, "therapy.1.cycle_days", "21 days on"),
    COURSE + "end_day = -1": (4, "therapy.1.end_day", "greater than or equal to 0"),
    '[[therapy]]\ndrug = "lenalidomide"\nstart_day = 9\nend_day = 8': (4, "therapy.1.end_day", "swapped"),
    COURSE + "start_month = 1": (3, "therapy.1.start_day", "one of the two"),
    "years = 1\n" + COURSE.replace("= 0", "= 400"): (4, "therapy.1.start_day", "end of 1 years"),
    COURSE + COURSE.replace("= 0", "= 100"): (6, "therapy.2.start_day", "has no end"),
    COURSE + "[drug.lenalidomide]\nfull_dose_mg = 1": (4, "drug.lenalidomide", "another name"),
    '[drug."a.b"]\nfull_dose_mg = 1': (1, "drug.a.b", "without a dot"),
    "[drug.a]\nquiescent_kill = 1": (1, "drug.a.full_dose_mg", "add the key"),
    "[drug.a]\nfull_dose_mg = 1\nquiescent_kil = 1": (3, "drug.a.quiescent_kil", "quiescent_kill?"),
    "[drug.a]\nfull_dose_mg = 1\nquiescent_kill = -1": (3, "drug.a.quiescent_kill", "from 0"),
    "[drug.a]\nfull_dose_mg = 1\nsensitivity = 2": (3, "drug.a.sensitivity", "from 0 to 1"),
    "[drug.a]\nfull_dose_mg = 1\nactivation = { median = 1, sd = 2 }": (3, "drug.a.activation.sd", "spread"),
    "[parameters]\ndivison = 1": (2, "parameters.divison", "did you mean division?"),
    "[parameters]\ndivision = 0": (2, "parameters.division", "above 0"),
    "[parameters]\nstart.fraction = 1.5": (2, "parameters.start.fraction", "to 1"),
    "[parameters]\ndivision = { median = 0.1, spread = -1 }": (2, "parameters.division.spread", "equal to 0"),
    "[looks]\nevery_days = 0": (2, "looks.every_days", "1"),
    "[looks]\nevery_day = 3": (2, "looks.every_day", "every_days?"),
    "[toxicity]": (1, "toxicity.drug", "lenalidomide, which no course"),
    COURSE + "[toxicity]\nplatelets_resume = 40": (4, "toxicity", "platelets_hold"),
    "not toml": (1, "", "TOML"),
}  # fmt: skip

RULE = COURSE + '[[rule]]\ndrug = "lenalidomide"\n'
BAD_RULES = {
    'when = { from_day = 1 }\nthen = "stopp"': (7, "rule.1.then", "did you mean stop?"),
    'when = { neutrophil_below = 1 }\nthen = "stop"': (
        6, "rule.1.when.neutrophil_below", "neutrophils_below?",
    ),
    'when = { neutrophils_below = 0 }\nthen = "stop"': (6, "rule.1.when.neutrophils_below", "greater than 0"),
    'when = { stem_fraction_below = 2 }\nthen = "stop"': (
        6, "rule.1.when.stem_fraction_below", "less than 1",
    ),
    'when = { stem_fraction_below = 0.1 }\nthen = "stop"': (
        6, "rule.1.when.stem_fraction_below", "stem_every_days in [looks]",
    ),
    'when = { clone_back = true }\nthen = "stop"\n[looks]\nmarrow_every_days = 0': (
        6, "rule.1.when.clone_back", "marrow_every_days in [looks]",
    ),
    'when = {}\nthen = "stop"': (6, "rule.1.when", "what must be seen"),
    'then = "stop"': (4, "rule.1.when", "add the key"),
    'when = { from_day = 9, before_day = 9 }\nthen = "stop"': (6, "rule.1.when.from_day", "swapped"),
    'when = { from_day = 1 }\nthen = "hold"': (7, "rule.1.then", "for good it is a stop"),
    'when = { from_day = 1 }\nthen = "hold"\ndays = 3\nuntil = { from_day = 9 }': (
        9, "rule.1.until", "one of the two",
    ),
    'when = { from_day = 1 }\nthen = "stop"\nuntil = { from_day = 9 }': (8, "rule.1.until", "is a hold"),
    'when = { from_day = 1 }\nthen = "reduce"': (4, "rule.1.dose_mg", "in mg"),
    'when = { from_day = 1 }\nthen = "reduce"\ndose_mg = 0': (8, "rule.1.dose_mg.1", "greater than 0"),
    'when = { from_day = 1 }\nthen = "restart"\ndose_mg = [5, 10]': (8, "rule.1.dose_mg", "one dose"),
    'when = { from_day = 1 }\nthen = "stop"\ndays = 3': (8, "rule.1.days", "days with hold or start"),
    'when = { from_day = 1 }\nthen = "stop"\nfor_days = 1.5': (8, "rule.1.for_days", "integer"),
    'when = { from_day = 1 }\nthen = "start"\ndays_on = 40': (8, "rule.1.days_on", "cycle"),
}  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_a_slip_is_said_with_its_line_and_what_to_do(text):
    line, key, said = BAD[text]
    fault = only(text)
    assert (fault.source, fault.line, fault.column) == ("mine.toml", line, key)
    assert said in str(fault)


@pytest.mark.parametrize("text", BAD_RULES)
def test_a_slip_in_a_rule_is_said_with_its_line_and_what_to_do(text):
    line, key, said = BAD_RULES[text]
    fault = only(RULE + text)
    assert (fault.line, fault.column) == (line, key)
    assert said in str(fault)


def test_a_rule_about_a_drug_that_nobody_gets_is_refused():
    text = (
        COURSE
        + '[drug.mine]\nfull_dose_mg = 1\n[[rule]]\nwhen = { from_day = 1 }\nthen = "stop"\ndrug = "mine"'
    )
    assert "which no course and no rule gives" in str(only(text))


def test_every_fault_is_said_at_once_whichever_section_it_is_in():
    text = 'titel = "x"\nyears = 0\n' + COURSE + "days_on = 0\n" + COURSE.replace("lena", "lenna")
    text += "[looks]\nmetaphases = 0\n[parameters]\nactiv = 1\n[[rule]]\nthen = 3\n"
    found = [fault.column for fault in faults(text)]
    assert found == [
        "titel", "years", "therapy.1.days_on", "therapy.2.drug", "looks.metaphases", "parameters.activ",
        "rule.1.when", "rule.1.drug", "rule.1.then",
    ]  # fmt: skip


def test_a_drug_described_wrongly_is_not_also_called_unknown():
    text = '[[therapy]]\ndrug = "mine"\nstart_day = 0\n[drug.mine]\nfull_dose_mg = -1\n'
    assert only(text).column == "drug.mine.full_dose_mg"


def test_one_slip_is_not_told_again_by_the_sections_that_follow_from_it():
    misspelt = COURSE.replace("lena", "lenna") + "[toxicity]\n"
    assert only(misspelt).column == "therapy.1.drug"
    wrong_dose = (
        COURSE + 'dose_mg = 0\n[[rule]]\nwhen = { from_day = 1 }\nthen = "stop"\ndrug = "lenalidomide"\n'
    )
    assert only(wrong_dose + "[toxicity]\n").column == "therapy.1.dose_mg"
    wrong_start = '[[rule]]\nwhen = { from_day = -1 }\nthen = "start"\ndrug = "lenalidomide"\n[toxicity]\n'
    assert only(wrong_start).column == "rule.1.when.from_day"


def test_a_file_that_is_no_text_or_not_there_is_said_so(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"title = \xff")
    for name, said in (("a.toml", "UTF-8"), ("b.toml", "no such file"), (".", "directory")):
        with pytest.raises(SettingError, match=said):
            read_scenario(tmp_path / name)


def test_a_scenario_that_does_not_fit_together_cannot_be_made_in_python_either():
    with pytest.raises(ValidationError, match=r"did you mean lenalidomide\?"):
        Scenario.model_validate({"therapy": [{"drug": "lenalidomidee", "start_day": 0}]})


@settings(max_examples=60)
@given(st.integers(1, 60), st.integers(0, 30), st.integers(0, 90), st.integers(0, 400))
def test_an_examination_is_due_once_in_each_of_its_intervals(every, early, last, marrow):
    looks = Looks(every_days=every, early_every_days=early, early_days=last, marrow_every_days=marrow)
    days = looks.days(700)
    assert list(days) == sorted({*range(0, 701, every), *(range(0, last + 1, early) if early else ())})
    due = [day for day in days if looks.marrow(day)]
    if marrow == 0:
        assert due == []
        return
    expected = {min(day for day in days if day >= mark) for mark in range(0, days[-1] + 1, marrow)}
    assert due == sorted(expected)


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=30)
@given(
    st.builds(dict, title=KEYS, note=KEYS),
    st.floats(1e-3, 1e3),
    st.dictionaries(
        KEYS.filter(lambda name: name.strip() and "." not in name and name != "lenalidomide"),
        st.floats(0, 5),
        max_size=3,
    ),
)
def test_any_scenario_reads_back_as_it_was_written(words, dose, drugs):
    own = {name: {"full_dose_mg": dose, "active_kill": kill} for name, kill in drugs.items()}
    scenario = Scenario.model_validate(words | {"drug": own})
    assert parse_scenario(scenario_text(scenario)) == scenario
    assert tomllib.loads(scenario_text(scenario))["title"] == scenario.title


def test_a_gap_between_two_courses_and_a_dose_above_the_full_one_are_allowed_and_said():
    text = COURSE + "end_day = 20\ndose_mg = 15\n" + COURSE.replace("= 0", "= 30")
    assert cautions(parse_scenario(text)) == (
        "lenalidomide above its full dose of 10 mg: effects are taken in proportion, unmeasured",
        "lenalidomide is not given from day 21 to day 29, between two courses",
    )
    assert cautions(shipped("label")) == ()
