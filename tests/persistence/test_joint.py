from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from remnant.cytogenetics import estimate_clone, probe_errors
from remnant.cytogenetics.fish.slides import Slides
from remnant.errors import RemnantError
from remnant.persistence import JointVisit, ScoredVisit, SortedSlides, compare, fit_jointly
from remnant.persistence.joint_counts import evaluable, lay_out, phases_of
from remnant.report import pooling
from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import BULK, NOTHING, PROGENITOR, STEM, Prior
from remnant.store.records import from_json, to_json
from remnant.study import Evidence
from remnant.study.config import BetaPrior, Probe

PRIOR = Probe(
    false_positive=BetaPrior(errors=8, correct=1992), false_negative=BetaPrior(errors=2, correct=98)
)
ERRORS = probe_errors([], PRIOR)
LEVEL = {"confidence": 0.95, "probability": 0.95}


def scored(k, n, purity=None):
    return estimate_clone(Slides("S", "any", "EGR1", k, n, 1, purity, None, (), ()), ERRORS)


def visit(patient, day, *, stem=None, progenitor=None, bulk=None, remission=True, purity=None):
    given = {"stem": stem, "progenitor": progenitor, "bulk": bulk}
    slides = tuple(
        SortedSlides(role, scored(*counts, purity if role == "stem" else None))
        for role, counts in given.items()
        if counts is not None
    )
    return JointVisit(patient, f"{patient}@{day}", day, day > 0, remission if day > 0 else None, slides)


def fitted(visits, seed=1):
    pairs = [
        compare(
            ScoredVisit(
                item.patient_id,
                item.sample_id,
                item.day,
                item.treated,
                item.in_remission,
                *(
                    next((x.scored for x in item.slides if x.role == role), None)
                    for role in ("stem", "progenitor")
                ),
            ),
            **LEVEL,
        )
        for item in visits
    ]
    rng = np.random.default_rng(seed)
    return fit_jointly(visits, pairs, rng=rng, **LEVEL)


PAPER = [
    item
    for patient in ("P1", "P2", "P3", "P4")
    for item in (
        visit(patient, -5, stem=(39, 40), progenitor=(197, 200), purity=(190, 200)),
        visit(patient, 200, stem=(14, 40), progenitor=(2, 200), purity=(185, 200)),
    )
]


@pytest.fixture(scope="module")
def paper():
    """Four patients like those of the paper."""
    return fitted(PAPER)


def test_slides_are_laid_out_by_patient_phase_and_compartment():
    visits = [
        visit("B", 200, stem=(3, 20), bulk=(5, 200), remission=False, purity=(18, 20)),
        visit("A", 90, progenitor=(1, 100)),
        visit("A", -5, stem=(20, 20), progenitor=(0, 0)),
        visit("A", 10, stem=(0, 0)),
    ]
    kept = evaluable(visits)
    assert [(item.patient_id, item.day) for item in kept] == [("B", 200), ("A", -5), ("A", 90)]
    assert phases_of(kept) == ("baseline", "remission", "other")
    slides = lay_out(kept)
    assert slides.patient.tolist() == [0, 1, 1]
    assert slides.phase.tolist() == [2, 0, 1]
    assert slides.compartment.tolist() == [STEM, BULK, STEM, PROGENITOR]
    assert slides.scored.tolist() == [20, 200, 20, 100]
    assert slides.contaminant[0].tolist() == [PROGENITOR, NOTHING, NOTHING]
    assert slides.inside[0, STEM] == 18


def test_the_contaminant_that_the_table_names_is_used():
    item = visit("A", 90, stem=(3, 20), progenitor=(1, 100), purity=(18, 20))
    named = replace(item, slides=(replace(item.slides[0], contaminant="bulk"), item.slides[1]))
    assert lay_out([named]).contaminant[0, STEM] == BULK
    assert lay_out([named]).series == 3


def test_a_study_like_the_paper_gives_its_answers(paper):
    assert paper.converged
    before, after, change = paper.pooled
    assert (before.phase, after.phase, change.phase) == ("baseline", "remission", "change")
    assert before.log_odds.lower < 0 < before.log_odds.upper
    assert after.log_odds.lower > 1
    assert after.probability > 0.99
    assert change.probability > 0.95
    assert (after.above, after.smallest_p) == (4, pytest.approx(0.125))
    shares = {item.statement: item for item in paper.shares}
    assert shares["progenitors nearly all"].most > 0.99
    assert shares["progenitors reduced"].most > 0.99
    assert {item.patients for item in paper.shares} == {4}


def test_each_patient_has_a_difference_and_its_change(paper):
    later = [item for item in paper.differences if item.phase == "remission"]
    assert len(later) == 4
    for item in later:
        assert item.spared
        assert item.log_odds.lower > 0
        assert item.change.known
        assert 0.5 < item.change_probability <= 1
    first = next(item for item in paper.differences if item.phase == "baseline")
    assert first.change.evidence is Evidence.NOT_DONE


def test_sensitivity_names_every_prior_for_every_pooled_answer(paper):
    assert len({item.prior for item in paper.sensitivity}) == 9
    assert {item.phase for item in paper.sensitivity} == {"baseline", "remission", "change"}
    by = {item.prior: item for item in paper.sensitivity if item.phase == "remission"}
    narrow, wide = by["narrower mean, Normal(0, 1)"], by["wider mean, Normal(0, 5)"]
    assert narrow.log_odds.value < paper.pooled[1].log_odds.value < wide.log_odds.value
    assert all(item.same_verdict for item in by.values())


def test_the_record_is_stored_and_read_back(paper):
    again = from_json(type(paper), to_json(paper), source="joint.json")
    assert again == paper


def test_the_same_stream_gives_the_same_record(paper):
    assert to_json(fitted(PAPER)) == to_json(paper)


def two_slides(first, second):
    """Stem slides of three patients, two of 50 nuclei each, or their sum as one slide."""
    found = []
    for i in range(3):
        one = visit(f"P{i}", 200, stem=(first + second, 100), progenitor=(5, 100))
        stem = one.slides[0].scored
        apart = replace(stem.slides, slides=2, counts=((first, 50), (second, 50)))
        slides = replace(one.slides[0], scored=replace(stem, slides=apart)), one.slides[1]
        found.append((one, replace(one, slides=slides)))
    return [one for one, _ in found], [apart for _, apart in found]


def test_two_slides_of_fifty_tell_of_their_correlation_and_one_of_a_hundred_does_not():
    prior = Prior(Beta(8, 1992), Beta(2, 98), correlation=0.02)

    def correlation(visits):
        return fit(lay_out(visits), prior, rng=np.random.default_rng(1), draws=1500, rounds=1).correlation

    together, unlike = two_slides(5, 35)
    _, alike = two_slides(20, 20)
    assert lay_out(together).scored.tolist() == [100, 100] * 3
    assert lay_out(unlike).scored.tolist() == [50, 50, 100] * 3
    assert lay_out(unlike).abnormal.tolist()[:2] == [5, 35]
    one, far, near = (correlation(visits).mean() for visits in (together, unlike, alike))
    assert far > 2 * one
    assert near < far / 2


def test_the_slide_correlation_of_the_study_is_that_of_the_prior():
    said = {}
    for rho in (0.0, 0.04):
        errors = replace(ERRORS, slide_correlation=rho)
        visits = [
            replace(
                item, slides=tuple(replace(x, scored=replace(x.scored, errors=errors)) for x in item.slides)
            )
            for item in PAPER
        ]
        said[rho] = fitted(visits).prior
    assert "slide correlation ~ 0;" in said[0.0]
    assert "slide correlation ~ Beta(1, 24);" in said[0.04]


def test_chains_that_do_not_agree_pool_nothing_and_say_so(monkeypatch):
    """Ten sweeps of each chain, as if no more could be afforded."""
    short = partial(fit, warm_up=0, draws=10, rounds=1)
    monkeypatch.setattr("remnant.persistence.joint.fit", short)
    found = fitted(PAPER)
    assert not found.converged
    assert {item.log_odds.evidence for item in found.pooled} == {Evidence.NOT_EVALUABLE}
    assert all("chains of the joint model do not agree" in item.log_odds.reason for item in found.pooled)
    assert all(item.probability is None and item.spread is None for item in found.pooled)
    assert found.sensitivity == ()
    # The report and `remnant persistence` print these very sentences.
    assert "nothing is pooled" in pooling.sensitivity(found)
    assert "do not agree" in pooling.pooled(found.pooled[1])


@pytest.mark.parametrize("given", [{"false_positive": 0.02}, {"false_negative": 0.0}])
def test_a_rate_taken_as_exact_is_refused_in_words(given):
    """A study states its probe as Beta priors, so that only a caller of the library can come here."""
    errors = probe_errors([], PRIOR, **given)
    stem = estimate_clone(Slides("S", "any", "EGR1", 9, 20, 1, None, None, (), ()), errors)
    visits = [replace(visit("P1", 200), slides=(SortedSlides("stem", stem),))]
    with pytest.raises(RemnantError, match="takes error rates of a probe as uncertain"):
        fit_jointly(visits, [], rng=np.random.default_rng(1), **LEVEL)


def test_fractions_of_a_few_nuclei_are_drawn_towards_the_others():
    visits = [visit(f"P{i}", 200, stem=(16, 40), progenitor=(2, 200)) for i in range(5)]
    visits.append(visit("few", 200, stem=(0, 5), progenitor=(2, 200)))
    found = fitted(visits)
    own = next(item for item in found.fractions if item.patient_id == "few" and item.role == "stem")
    alone = next(x.scored for x in visits[-1].slides if x.role == "stem").posterior.median()
    assert own.fraction.value > alone


def test_one_patient_is_read_but_not_pooled():
    before = visit("P1", -5, stem=(39, 40), progenitor=(99, 100))
    found = fitted([before, visit("P1", 200, stem=(9, 20), progenitor=(1, 100))])
    assert {item.log_odds.evidence for item in found.pooled} == {Evidence.NOT_EVALUABLE}
    assert "one patient" in found.pooled[1].log_odds.reason
    assert found.differences[1].spared
    assert found.sensitivity == ()


def test_without_a_pair_nothing_is_pooled_and_without_a_nucleus_nothing_is_fitted():
    stems = [visit(f"P{i}", 200, stem=(9, 20)) for i in range(3)]
    found = fitted(stems)
    assert "no patient has both" in found.pooled[1].log_odds.reason
    assert found.differences == ()
    assert len(found.fractions) == 3
    assert fitted([visit("P1", 200, stem=(0, 0))]) is None
    assert fitted([]) is None


def test_fewer_than_six_patients_are_said_to_be_few(paper):
    assert "fewer than 6" in paper.pooled[1].log_odds.reason
