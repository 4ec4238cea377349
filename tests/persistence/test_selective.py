import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytogenetics import estimate_clone, probe_errors
from remnant.cytogenetics.fish.slides import Slides
from remnant.persistence import ScoredVisit, compare
from remnant.study import Evidence
from remnant.study.config import BetaPrior, Probe

PRIOR = Probe(
    false_positive=BetaPrior(errors=8, correct=1992), false_negative=BetaPrior(errors=2, correct=98)
)
ERRORS = probe_errors([], PRIOR)
LEVEL = {"confidence": 0.95, "probability": 0.95}


def visit(stem, progenitor, *, patient="P1", sample="S1", remission=True, treated=True, day=200):
    return ScoredVisit(patient, sample, day, treated, remission, stem, progenitor)


def scored(k, n, purity=None):
    """A slide of k abnormal among n nuclei; purity as (events inside the gate, events re-run)."""
    return estimate_clone(Slides("S1", "any", "EGR1", k, n, 1, purity, None, (), ()), ERRORS)


def test_spared_stem_cells_are_called():
    found = compare(visit(scored(12, 40), scored(0, 150)), **LEVEL)
    assert found.spared
    assert found.log_odds.lower > 0
    assert found.exact_p < 1e-6


def test_ten_nuclei_make_no_claim_they_cannot_carry():
    found = compare(visit(scored(1, 10), scored(2, 100)), **LEVEL)
    assert found.spared is False
    assert found.log_odds.lower < 0 < found.log_odds.upper


@given(k=st.integers(0, 30), n=st.integers(30, 60))
@settings(max_examples=15, deadline=None)
def test_equal_counts_favour_neither_compartment(k, n):
    found = compare(visit(scored(k, n), scored(k, n)), **LEVEL)
    assert found.probability == pytest.approx(0.5, abs=1e-6)
    assert found.log_odds.value == pytest.approx(0, abs=1e-4)


def test_progenitors_in_the_stem_sort_hide_sparing():
    """The stem slide holds cleared progenitors, so the true stem fraction is higher than it looks."""
    pure, impure = (
        compare(visit(scored(8, 40, purity), scored(1, 150)), **LEVEL).log_odds.value
        for purity in (None, (800, 1000))
    )
    assert impure > pure


def test_progenitors_in_the_stem_sort_can_explain_a_weak_signal():
    """All progenitors clonal and a fifth of the sort progenitors: 8 of 40 is no evidence of stem cells."""
    pure, impure = (
        compare(visit(scored(8, 40, purity), scored(148, 150)), **LEVEL).log_odds
        for purity in (None, (800, 1000))
    )
    assert impure.lower < pure.lower - 2


@pytest.mark.parametrize(
    ("stem", "progenitor", "kind"),
    [
        (None, scored(1, 100), Evidence.NOT_DONE),
        (scored(3, 20), None, Evidence.NOT_DONE),
        (scored(0, 0), scored(1, 100), Evidence.NOT_EVALUABLE),
        (scored(3, 20), scored(0, 0), Evidence.NOT_EVALUABLE),
    ],
)
def test_what_was_not_scored_is_not_compared(stem, progenitor, kind):
    found = compare(visit(stem, progenitor), **LEVEL)
    assert found.log_odds.evidence is kind
    assert found.spared is None
    assert found.probability is None


@pytest.mark.parametrize("draws", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_log_odds_interval_covers_the_truth_under_impurity_and_probe_errors(draws):
    """Simulated pairs at 20 to 60 stem nuclei: coverage 95 % within 3.5 standard errors.

    Fractions are drawn from the prior and errors from their Beta, as the posterior supposes.
    """
    rng, hits = np.random.default_rng(11), 0
    for _ in range(draws):
        fp, fn = rng.beta(8, 1992), rng.beta(2, 98)
        stem, progenitor = rng.beta(0.5, 0.5, 2)
        inside = int(rng.binomial(200, purity := rng.beta(90, 10)))
        n_s, n_p = int(rng.integers(20, 61)), int(rng.integers(50, 151))
        mixed = purity * stem + (1 - purity) * progenitor
        k_s, k_p = (
            int(rng.binomial(n, x * (1 - fn) + (1 - x) * fp)) for n, x in ((n_s, mixed), (n_p, progenitor))
        )
        pair = compare(visit(scored(k_s, n_s, (inside, 200)), scored(k_p, n_p)), **LEVEL).log_odds
        truth = np.log(stem / (1 - stem)) - np.log(progenitor / (1 - progenitor))
        hits += pair.lower <= truth <= pair.upper
    assert abs(hits / draws - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / draws)
