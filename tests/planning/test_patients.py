from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import binom, binomtest, multinomial

from remnant.planning import PatientsQuestion, patients_sentence, plan_patients
from remnant.planning.decision import Assay, Verdicts, pooled
from remnant.planning.patients import rising, sign_power, sizes
from remnant.planning.trial import Block, Population, Rule, draw, run_block, stratified
from remnant.scale import Processes, Serial
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Beta
from remnant.stats.fractions.pair import pair_posterior
from remnant.stats.tables.exact import stratified_odds_ratio
from remnant.stats.tables.pooled import mantel_haenszel
from remnant.stats.tables.random_effect import difference_grid, pool
from remnant.stats.tables.strata import strata

ASSAY = Assay(20, 100, Beta(3, 400), Beta(2, 98), 0.95)
PEOPLE = Population(0.02, float(logit(0.2) - logit(0.02)), 1.0, 1.0)
QUESTION = PatientsQuestion(PEOPLE, ASSAY, 1, Rule(0.95, 0.05), most=10, trials=50)


@pytest.mark.parametrize(("purity", "correlation"), [(1.0, 0.0), (0.9, 0.0), (0.9, 0.02)])
def test_the_decision_is_the_studys_own(purity, correlation):
    """Against pair_posterior and pool, slides without and with nothing but abnormal nuclei among them."""
    assay = replace(ASSAY, purity=purity, correlation=correlation)
    stem, progenitor = np.array([0, 20, 4, 3, 0, 1]), np.array([0, 0, 5, 20, 9, 0])
    found = pooled(stem, progenitor, [2, 4, 6], assay)
    pairs = [
        pair_posterior(
            Count(int(k), 20, correlation=correlation),
            Count(int(m), 100, correlation=correlation),
            fp=assay.fp,
            fn=assay.fn,
            purity=purity,
        )
        for k, m in zip(stem, progenitor, strict=True)
    ]
    likelihoods = np.array([pair.difference_likelihood(difference_grid()) for pair in pairs])
    own = [pool(likelihoods[:size]).mean.probability_above(0.0) for size in (2, 4, 6)]
    assert found.spared == pytest.approx(own, abs=5e-4)


def test_slides_that_vary_make_a_claim_less_sure():
    stem, progenitor = np.full(6, 6), np.full(6, 8)
    sure, varied = (
        pooled(stem, progenitor, [3, 6], replace(ASSAY, correlation=rho)).spared for rho in (0.0, 0.1)
    )
    assert all(less < more for less, more in zip(varied, sure, strict=True))


def test_slides_of_several_visits_vary_together_as_much_as_one_that_varies_less():
    """Moments of 100,000 patients that do not differ; within 4 standard errors of the variance."""
    people = Population(0.3, 0.0, 0.0, 0.0)
    assay = replace(ASSAY, stem_nuclei=60, progenitor_nuclei=300, slides=3, correlation=0.05, purity=1.0)
    stem, _ = draw(people, assay, 100_000, rng=np.random.default_rng(3))
    mean = stem.mean() / 60
    shared = assay.count(0, 60).correlation
    expected = 60 * mean * (1 - mean) * (1 + 59 * shared)
    assert stem.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / 100_000))


@given(st.integers(0, 2**32), st.integers(2, 8))
@settings(max_examples=25, deadline=None)
def test_the_classical_tests_are_those_of_the_tables(seed, patients):
    rng = np.random.default_rng(seed)
    stem, progenitor = rng.binomial(20, rng.uniform(0, 0.5, patients)), rng.binomial(100, 0.1, patients)
    tables = strata(stem, [20] * patients, progenitor, [100] * patients)
    (exact,), (chi,) = stratified(stem, progenitor, [patients], ASSAY)
    assert exact == pytest.approx(
        stratified_odds_ratio(stem, [20] * patients, progenitor, [100] * patients).p_greater, abs=1e-10
    )
    pooled_tables = mantel_haenszel(tables)
    if pooled_tables is not None:
        assert min(chi, 1 - chi) == pytest.approx(pooled_tables.p / 2, abs=1e-10)


@given(st.integers(1, 40), st.floats(0.001, 0.999))
@settings(max_examples=40, deadline=None)
def test_the_power_of_a_sign_test_counts_every_outcome(patients, above):
    claims = sum(
        binom.pmf(x, patients, above)
        for x in range(patients + 1)
        if 2 * x > patients and binomtest(x, patients, 0.5).pvalue < 0.05
    )
    assert sign_power(patients, above, 1 - above, 0.05) == pytest.approx(claims, abs=1e-9)


@given(st.integers(1, 12), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None)
def test_patients_without_a_sign_are_left_out_of_the_sign_test(patients, first, second):
    above, below = min(first, second), 1 - max(first, second)
    claims = sum(
        multinomial.pmf([x, y, patients - x - y], patients, [above, below, max(1 - above - below, 0.0)])
        for x in range(patients + 1)
        for y in range(min(x, patients - x + 1))
        if binomtest(x, x + y, 0.5).pvalue < 0.05
    )
    assert sign_power(patients, above, below, 0.05) == pytest.approx(claims, abs=1e-9)


def test_slides_without_an_abnormal_nucleus_have_no_sign():
    """Nobody has the clone and the probe never errs: every pair is 0 of 20 against 0 of 100."""
    assay = replace(ASSAY, fp=0.0, fn=0.0)
    nobody = Population(1e-12, 0.0, 0.0, 0.0)
    claims = run_block(Block("none", nobody, assay, QUESTION.rule, (8,), 0, 3, 7))
    assert claims.above == claims.below == (0, 0, 0)
    assert not any(trial[0][3] for trial in claims.claimed)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_smoothed_power_rises_and_keeps_its_mean(values):
    smooth = rising(np.array(values))
    assert np.all(np.diff(smooth) >= -1e-12)
    assert smooth.mean() == pytest.approx(np.mean(values), abs=1e-9)
    if values == sorted(values):
        assert smooth == pytest.approx(values)


def test_drawn_slides_have_the_fractions_of_the_population():
    """100,000 patients that do not differ; within 4 standard errors."""
    people = Population(0.1, float(logit(0.4) - logit(0.1)), 0.0, 0.0)
    stem, progenitor = draw(people, ASSAY, 100_000, rng=np.random.default_rng(2))
    fp, fn = ASSAY.fp.mean, ASSAY.fn.mean
    for counts, n, held in ((stem, 20, 0.95 * 0.4 + 0.05 * 0.1), (progenitor, 100, 0.1)):
        mean = held * (1 - fn) + (1 - held) * fp
        assert abs(counts.mean() / n - mean) < 4 * np.sqrt(mean * (1 - mean) / n / 100_000)


@pytest.fixture(scope="module")
def plan():
    return plan_patients(QUESTION, executor=Serial())


def test_the_plan_does_not_depend_on_who_does_the_work():
    small = replace(QUESTION, most=3, trials=26)
    assert plan_patients(small, executor=Processes(2)) == plan_patients(small, executor=Serial())


def test_a_trial_does_not_depend_on_the_block_it_is_in():
    block = Block("effect", PEOPLE, ASSAY, QUESTION.rule, (3, 6), 0, 4, 7)
    halves = [run_block(replace(block, first=first, count=2)) for first in (0, 2)]
    assert run_block(block).claimed == halves[0].claimed + halves[1].claimed


def test_a_larger_effect_is_claimed_more_often(plan):
    small = replace(QUESTION, population=replace(PEOPLE, effect=PEOPLE.effect / 4))
    less = plan_patients(small, executor=Serial())
    for low, high in zip(less.rows, plan.rows, strict=True):
        assert low.power[0].value <= high.power[0].value + 2 * high.power[0].error


def test_no_sign_test_of_five_patients_reaches_its_level(plan):
    assert plan.sign_least == 6
    assert [row.power[3].value for row in plan.rows if row.patients < 6] == [0.0] * 3
    assert next(row.smallest_p for row in plan.rows if row.patients == 5) == 0.0625
    assert "fewer than 6 patients" in patients_sentence(plan)


def test_simulated_signs_agree_with_the_exact_power(plan):
    for row in plan.rows:
        error = np.sqrt(row.power[3].smooth * (1 - row.power[3].smooth) / 50)
        assert abs(row.power[3].value - row.power[3].smooth) <= 4 * error + 1e-9


def test_any_analysis_can_decide():
    def sure(stem, progenitor, sizes, assay):
        return Verdicts(tuple(1.0 for _ in sizes))

    plan = plan_patients(replace(QUESTION, trials=20), executor=Serial(), decide=sure)
    assert plan.needed[0] == 3
    assert plan.rows[0].false_claims[0].value == 1.0


def test_the_numbers_of_patients_end_at_the_most():
    assert sizes(40)[:4] == (3, 4, 5, 6)
    assert sizes(40)[-1] == 40
    assert sizes(17)[-1] == 17
    assert sizes(3) == (3,)


@pytest.mark.slow
def test_the_pooled_analysis_claims_falsely_no_more_often_than_its_level():
    """1,000 trials without effect, patients that differ; the exact stratified test there claims too often."""
    question = replace(QUESTION, population=replace(PEOPLE, effect=0.0), trials=1000, most=16)
    for row in plan_patients(question, executor=Serial()).rows:
        pooled_rate, exact = row.false_claims[:2]
        assert pooled_rate.value < 0.05 + 3 * pooled_rate.error
        if row.patients == 16:
            assert exact.value > 0.1
