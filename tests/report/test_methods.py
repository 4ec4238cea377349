from __future__ import annotations

from remnant.analysis.plan import Plan
from remnant.report import methods
from remnant.study.config import StudyConfig


def text_of(findings):
    return " ".join(paragraph for _, paragraphs in methods.sections(findings) for paragraph in paragraphs)


def test_the_methods_say_the_prior_of_the_probe_and_that_it_is_an_example(findings):
    said = text_of(findings)
    assert "Beta(1, 99) for false positives" in said
    assert "not a validation of this probe" in said


def test_an_assay_that_was_not_done_has_no_method(nothing):
    headings = [heading for heading, _ in methods.sections(nothing)]
    assert "FISH" not in headings
    assert "Flow cytometry" not in headings


def test_a_choice_of_the_plan_changes_the_text(findings, cases):
    config = StudyConfig.model_validate({"analysis": {"cutoff": "mean-plus-sd", "confidence": 0.9}})
    other = cases.replace(findings, plan=Plan.of(config))
    assert "plus a multiple of their standard deviation" in text_of(other)
    assert "90 % coverage" in text_of(other)


def test_the_methods_say_whose_rule_of_rare_cells_it_is(findings, cases):
    said = text_of(findings)
    assert "detected from 20 events and quantified from 50: a convention" in said
    config = StudyConfig.model_validate({"rare": {"detection_events": 10, "quantitation_events": 30}})
    own = text_of(cases.replace(findings, plan=Plan.of(config)))
    assert "detected from 10 events and quantified from 30: the rule that the study declares" in own
    assert "convention" not in own


def test_every_choice_of_the_plan_is_printed():
    plan = Plan.of(StudyConfig())
    printed = {row[0].text: row[1].text for row in methods.choices(plan).rows}
    assert printed["analysis.seed"] == str(plan.analysis.seed)
    assert printed["compartments.stem.phenotype"] == "CD34+ CD38-/low CD90+"
