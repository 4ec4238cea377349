from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.persistence.relapse import Relapse
from remnant.persistence.selective import SelectivePersistence
from remnant.report import overview, sentences, standing
from remnant.study.estimate import Estimate

FORBIDDEN = re.compile(r"\b(absent|absence|cleared|eradicated|cured|gone|eliminated|free of disease)\b", re.I)
FORECAST = re.compile(r"\b(will relapse|predicts?|risk of relapse|likely to relapse|at risk)\b", re.I)
FRACTION = st.floats(0, 1)


@st.composite
def fractions(draw):
    """An estimate of any kind, its reason harmless."""
    reason = "the hybridisation failed"
    low, middle, high = sorted(draw(st.lists(FRACTION, min_size=3, max_size=3)))
    return draw(
        st.sampled_from(
            [
                Estimate.not_done(reason),
                Estimate.not_evaluable(reason),
                Estimate.not_detected(high, confidence=0.95),
                Estimate.detected(middle, low, high, confidence=0.95),
            ]
        )
    )


@st.composite
def pairs(draw):
    """A comparison of any kind."""
    middle = draw(st.floats(-30, 30))
    log_odds = draw(
        st.sampled_from(
            [
                Estimate.not_evaluable("too few nuclei"),
                Estimate.detected(middle, middle - 1, middle + 2, confidence=0.95),
            ]
        )
    )
    known = log_odds.known
    probability = draw(FRACTION) if known else None
    remission, treated = draw(st.booleans()), draw(st.booleans())
    spared = draw(st.booleans()) if known else None
    stem, progenitor = draw(fractions()), draw(fractions())
    return SelectivePersistence(
        "P1", "S1", 180, treated, remission, stem, progenitor, log_odds, probability, None, spared
    )


@given(pairs())
def test_no_sentence_says_that_a_clone_is_gone(pair):
    said = sentences.persistence(pair, "del(5q)")
    assert not FORBIDDEN.search(said)


@given(pairs())
def test_persistence_is_never_told_as_a_forecast(pair):
    assert not FORECAST.search(sentences.persistence(pair, "del(5q)"))


@given(pairs())
def test_what_was_not_found_is_said_with_its_bound(pair):
    said = sentences.persistence(pair, "del(5q)")
    unseen = sum(side.upper is not None and side.value is None for side in (pair.stem, pair.progenitor))
    assert said.count("not detected, below") == unseen


@given(st.integers(1, 200), st.floats(0.001, 0.99))
def test_no_abnormal_metaphase_says_what_it_excludes(scored, bound):
    said = sentences.metaphases(0, scored, bound, 0.95)
    assert said.startswith(f"0 of {scored} metaphase")
    assert "excludes only clones above" in said


def test_twenty_normal_metaphases_read_as_the_design_asks():
    said = sentences.metaphases(0, 20, 0.139, 0.95)
    assert said == "0 of 20 metaphases: excludes only clones above 14 % (one-sided 95 %)"


def test_a_verdict_says_what_sort_purity_could_do(findings):
    said = " ".join(sentences.patient(findings, "5Q-01"))
    assert "The re-run of the stem sort was 93 % pure" in said
    assert "at least 21 % of its nuclei would still be of the clone" in said


def test_an_unmeasured_purity_is_said(findings):
    pair = sentences.telling([p for p in findings.selective if p.patient_id == "5Q-01"])
    slide = replace(findings.clones[0], purity=None, worst_case_lower=None)
    assert "purity of the stem sort was not measured" in sentences.persistence(pair, "del(5q)", slide)


def test_contaminants_that_explain_everything_are_said(findings):
    pair = sentences.telling([p for p in findings.selective if p.patient_id == "5Q-01"])
    slide = replace(findings.clones[0], purity=0.6, worst_case_lower=0.0)
    assert "contaminants of the sort alone could explain" in sentences.persistence(pair, "del(5q)", slide)


def test_the_visit_that_answers_is_the_first_comparison_in_remission(findings):
    pair = sentences.telling([p for p in findings.selective if p.patient_id == "5Q-01"])
    assert pair.day == 184
    assert sentences.telling([]) is None


def test_a_study_is_told_in_three_to_five_sentences_without_a_forecast(findings):
    said = sentences.study(findings)
    assert 3 <= len(said) <= 5
    assert not any(FORECAST.search(line) or FORBIDDEN.search(line) for line in said)


def test_an_empty_study_says_that_nothing_can_be_judged(nothing):
    assert sentences.study(nothing) == ["The study names no patient, so nothing can be judged."]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Relapse("P", "clinical", 90, None, None, 400, "no rule is met"), "none seen up to day 400"),
        (Relapse("P", "clinical", None, None, None, None, "no remission"), "not evaluable, no remission"),
        (
            Relapse("P", "clone", 90, 500, None, 500, "rise"),
            "13 months after remission on day 90, with no later visit",
        ),
        (Relapse("P", "cytogenetic", 90, 500, True, 700, "2 of 20"), "confirmed at a later visit: 2 of 20."),
    ],
)
def test_each_kind_of_return_is_said_as_it_stands(event, words):
    assert words in sentences.relapse(event)


def test_a_patient_without_a_visit_is_listed_all_the_same(findings):
    header, rows = overview.verdict_rows(findings)
    assert all(len(row) == len(header) for row in rows)
    assert rows[3] == (
        "5Q-04",
        "not evaluable (no visit)",
        "– not done",
        "– not done",
        "–",
        *["– not done"] * 3,
    )


def test_a_study_without_a_measurement_says_so_once_and_plainly(names_only):
    assert sentences.study(names_only) == [
        "2 patients with 2 samples; remission was seen in none of 2.",
        "Whether stem cells are spared in remission cannot be judged: no visit is known to be in remission.",
        "No clone fraction could be given: each is listed below with its reason, and none is counted as "
        "nought.",
    ]
    unknown = "not done (no slide of this compartment)"
    said = sentences.patient(names_only, "P2")
    assert f"On day 100, cells with del(5q) in stem, progenitor and bulk: {unknown}." in said


def test_a_study_of_one_patient_is_told_in_the_singular(cases):
    said = sentences.study(cases.repeated(1))
    assert said[0] == "1 patient with 5 samples; remission was seen in 1 of 1."
    assert "in 1 patient; the clone was selectively spared in stem cells, at" in said[1]


def test_the_state_comes_first_then_what_made_it_then_the_rest(findings):
    facts = ("the clone is detected", "by blood: CR", "free of red cells")
    course = replace(findings.courses[2], reasons=facts)
    assert standing.standing(course) == (
        f"On day 184 (sample {course.sample_id}): remission with stem-cell persistence (the clone is "
        "detected)."
    )
    assert standing.grounds(course) == "By blood: CR; free of red cells. To say more: a second sample."


def test_series_that_have_risen_are_named_together(findings):
    rise = "stem (marrow, FISH): 1 % to 9 % by day 184; bulk (marrow, FISH): 2 % to 8 % by day 184"
    course = replace(findings.courses[2], reasons=("relapse", rise, "by blood: relapse"), missing=())
    series = [(name, f"{name} (marrow, FISH): ") for name in ("stem", "progenitor", "bulk")]
    assert standing.grounds(course, series) == (
        "By blood: relapse; the clone has risen beyond assay noise in stem and bulk."
    )


def test_contaminants_explain_nothing_where_nothing_was_found(findings):
    slide = findings.clones[0]
    pair = findings.selective[2]
    silent = replace(pair, stem=Estimate.not_detected(0.1, confidence=0.95))
    assert "pure" in sentences.persistence(pair, "del(5q)", slide)
    assert "pure" not in sentences.persistence(silent, "del(5q)", slide)
