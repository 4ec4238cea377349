import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from remnant.cytogenetics import CutoffMethod
from remnant.observation import fish
from remnant.planning import SlideLaw, bench_from_controls, bench_from_rates, nuclei_sentence, plan_nuclei
from remnant.planning.bench import supported_purity
from remnant.planning.exclusion import exclude
from remnant.planning.nuclei import none_seen_bound
from remnant.planning.precision import expected_width, measure
from remnant.planning.showing import cutoff_counts, powers, show, smallest_ever_shown, smallest_shown
from remnant.stats.fractions.proportion import clopper_pearson, upper_bound

LAB = [(2, 200), (1, 200), (4, 200), (0, 200)]
MANY = LAB * 8  # so many controls leave little open
VARIED = [(1, 200), (12, 200), (3, 200), (0, 100)]
SHARES = st.floats(0.005, 0.6)


def bench(**known):
    return bench_from_rates(**({"false_positive": 0.0, "false_negative": 0.0} | known))[0]


def excluded(clone, of, **wishes):
    return exclude(clone, of, **({"confidence": 0.95, "power": 0.9, "most": 2000} | wishes))


@given(SHARES, st.integers(1, 80), st.floats(1e-4, 0.4))
@settings(max_examples=60, deadline=None)
def test_a_slide_is_beta_binomial(mean, nuclei, correlation):
    law, size = SlideLaw(mean, correlation), 1 / correlation - 1
    outside = betabinom(nuclei, mean * size, (1 - mean) * size)
    k = np.arange(nuclei + 1)
    np.testing.assert_allclose(law.mass(k, nuclei), outside.pmf(k), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(law.at_most(k, nuclei), outside.cdf(k), rtol=1e-7, atol=1e-10)


@given(SHARES, st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_a_slide_of_independent_nuclei_is_binomial(mean, nuclei):
    k = np.arange(-1, nuclei + 1)
    np.testing.assert_allclose(SlideLaw(mean).at_most(k, nuclei), binom.cdf(k, nuclei, mean), atol=1e-12)


@pytest.mark.parametrize(("clone", "nuclei"), [(0.01, 299), (0.02, 149), (0.05, 59), (0.1, 29), (0.5, 5)])
def test_nothing_of_so_many_excludes_a_clone_by_the_rule(clone, nuclei):
    found = excluded(clone, bench())
    assert found.nuclei == found.rule == nuclei
    assert float(upper_bound(0, nuclei)) <= clone < float(upper_bound(0, nuclei - 1))


@given(SHARES, st.floats(0.5, 0.999))
@settings(max_examples=40, deadline=None)
def test_the_rule_is_the_exact_one_sided_bound(clone, confidence):
    nuclei = excluded(clone, bench(), confidence=confidence).rule
    assert float(upper_bound(0, nuclei, confidence=confidence)) <= clone * (1 + 1e-6)
    if nuclei > 1:
        assert float(upper_bound(0, nuclei - 1, confidence=confidence)) > clone * (1 - 1e-6)


def test_nothing_of_25_and_of_200_excludes_what_the_field_knows():
    assert none_seen_bound(25, bench(), confidence=0.95) == pytest.approx(0.1129, abs=5e-5)
    assert none_seen_bound(200, bench(), confidence=0.95) == pytest.approx(0.0149, abs=5e-5)


@pytest.mark.parametrize("correlation", [0.0, 0.01])
@pytest.mark.parametrize("clone", [0.1, 0.2, 0.3])
def test_an_allowance_for_background_is_the_least_that_normal_samples_reach(clone, correlation):
    of = bench(false_positive=0.008, false_negative=0.05, correlation=correlation)
    found = excluded(clone, of)
    behind, normal = of.counted_alone(clone), of.without_clone
    reachable = {}
    for k in range(found.allowed + 1):
        missed = np.array([float(behind.at_most(k, n)) for n in range(k + 1, 2001)])
        reachable[k] = k + 1 + int(np.argmax(missed <= 0.05))
    assert found.nuclei == reachable[0]
    assert found.allowed_nuclei == reachable[found.allowed]
    enough = [k for k, n in reachable.items() if float(normal.at_most(k, n)) >= 0.9]
    assert enough == [found.allowed]


def test_a_clone_below_the_false_positives_cannot_be_excluded_by_a_normal_sample():
    found = excluded(0.01, bench(false_positive=0.02))
    assert found.nuclei is not None
    assert found.allowed is None


@pytest.mark.parametrize("controls", [LAB, VARIED, [(0, 200)] * 3])
@pytest.mark.parametrize("clone", [0.05, 0.2])
def test_the_power_to_show_a_clone_is_that_of_counting_every_outcome(controls, clone):
    of, _ = bench_from_controls(controls, false_negative=0.03)
    counts = cutoff_counts(of, 150)
    found = powers(clone, of, counts)
    mean = clone * 0.97 + (1 - clone) * of.false_positive
    for n in (1, 10, 20, 37, 38, 101, 150):
        cut = of.cutoff.count_for(n)
        if of.correlation:
            size = 1 / of.correlation - 1
            outside = betabinom.sf(cut - 1, n, mean * size, (1 - mean) * size)
        else:
            outside = binom.sf(cut - 1, n, mean)
        assert found[n - 1] == pytest.approx(outside, abs=1e-9)


@given(st.floats(0.03, 0.5), st.floats(0.0, 0.02), st.floats(0.5, 0.95))
@settings(max_examples=40, deadline=None)
def test_from_the_planned_nuclei_on_the_power_never_falls_below_the_wish(clone, false_positive, power):
    of = bench(false_positive=false_positive, false_negative=0.02)
    counts = cutoff_counts(of, 400)
    chance = powers(clone, of, counts)
    found = show(clone, of, counts, power=power)
    if found.nuclei is None:
        assert chance[-1] < power
        return
    assert np.all(chance[found.nuclei - 1 :] >= power - 1e-9)
    assert found.nuclei == 1 or chance[found.nuclei - 2] < power
    assert found.first <= found.nuclei
    assert found.first == 1 or np.all(chance[: found.first - 1] < power)


def test_the_saw_is_seen_where_it_is():
    of, _ = bench_from_controls(MANY)
    found = show(0.05, of, cutoff_counts(of, 500), power=0.9)
    assert found.first < found.nuclei


def test_a_larger_clone_needs_fewer_nuclei():
    of, _ = bench_from_controls(MANY)
    plan = plan_nuclei(0.05, of, most=1500)
    needed = [row.showing.nuclei for row in plan.by_clone if row.showing.nuclei]
    excluding = [row.exclusion.nuclei for row in plan.by_clone]
    assert needed == sorted(needed, reverse=True)
    assert excluding == sorted(excluding, reverse=True)
    assert len(needed) >= 4


def test_where_slides_differ_no_number_of_nuclei_shows_a_small_clone():
    of, _ = bench_from_controls(VARIED)
    counts = cutoff_counts(of, 2000)
    found = show(0.05, of, counts, power=0.9)
    ever, here = smallest_ever_shown(of, power=0.9), smallest_shown(of, counts, power=0.9)
    assert found.nuclei is None
    assert found.limit < 0.9
    assert 0.05 < ever < here
    at_limit = SlideLaw(float(of.law(ever).mean), of.correlation)
    far = 20_000
    assert float(1 - at_limit.at_most(of.count_for(far) - 1, far)) == pytest.approx(0.9, abs=0.01)


def test_the_plan_says_which_clone_can_be_shown_where_the_asked_one_cannot():
    of, assumed = bench_from_controls(VARIED)
    said = nuclei_sentence(plan_nuclei(0.05, of, assumed=assumed))
    assert "no number of nuclei up to 2,000 suffices" in said
    assert "since slides differ by more than counting" in said
    assert "absent" not in said


@pytest.mark.parametrize("correlation", [0.0, 0.02])
def test_the_power_agrees_with_simulated_slides(correlation):
    """40,000 slides; within 4 standard errors."""
    of = bench(false_positive=0.01, false_negative=0.05, correlation=correlation)
    rng, nuclei = np.random.default_rng(5), 60
    probe = fish.Probe(0.01, 0.05, None if correlation == 0 else 1 / correlation - 1)
    seen = fish.simulate(np.full(40_000, 0.1), nuclei, probe, rng=rng) >= of.count_for(nuclei)
    exact = float(1 - of.law(0.1).at_most(of.count_for(nuclei) - 1, nuclei))
    assert abs(exact - seen.mean()) < 4 * seen.std() / 200


@pytest.mark.parametrize("method", list(CutoffMethod))
def test_the_cutoff_of_every_number_of_nuclei_is_the_labs_own(method):
    of, _ = bench_from_controls(VARIED, method=method)
    found = cutoff_counts(of, 300)
    assert found.tolist() == [of.count_for(n) for n in range(1, 301)]


@pytest.mark.parametrize("method", list(CutoffMethod))
def test_a_cutoff_approaches_its_limit_on_large_slides(method):
    of, _ = bench_from_controls(LAB, method=method)
    if method is CutoffMethod.BETAINV:
        assert of.fraction_limit == pytest.approx(of.count_for(50_000) / 50_000, abs=1e-4)
    else:
        assert of.fraction_limit == pytest.approx(of.count_for(50_000) / 50_000, abs=1.5e-3)


def test_few_controls_keep_a_small_clone_below_the_cutoff_of_any_number_of_nuclei():
    few, many = (bench_from_controls(slides)[0] for slides in (LAB, MANY))
    of_few, of_many = (smallest_ever_shown(of, power=0.9) for of in (few, many))
    assert of_many < of_few
    assert few.law(of_few).rate_above(few.fraction_limit) == pytest.approx(0.9, abs=1e-6)
    plan = plan_nuclei(of_few / 2, few, most=500)
    assert "4 control slides leave the cut-off wide" in nuclei_sentence(plan)


def test_a_contaminant_with_the_clone_raises_the_cutoff():
    pure, _ = bench_from_controls(LAB)
    impure, _ = bench_from_controls(LAB, purity=0.9, contaminant=0.5)
    counts, raised = cutoff_counts(pure, 200), cutoff_counts(impure, 200)
    assert np.all(raised >= counts)
    assert raised[-1] > counts[-1]
    assert np.all(1 - impure.without_clone.at_most(raised - 1, np.arange(1, 201)) <= 0.05 + 1e-9)


def test_false_calls_stay_at_the_level_at_every_number_of_nuclei():
    plan = plan_nuclei(0.05, bench_from_controls(VARIED)[0], most=600)
    assert all(row.false_calls <= 0.05 + 1e-9 for row in plan.by_nuclei)


@given(st.floats(0.0, 1.0), st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_the_expected_width_counts_every_outcome(clone, nuclei):
    of = bench(false_positive=0.01, false_negative=0.02)
    k = np.arange(nuclei + 1)
    low, high = clopper_pearson(k, nuclei)
    chance = binom.pmf(k, nuclei, clone * 0.98 + (1 - clone) * 0.01)
    outside = min(float(chance @ (high - low)) / 0.97, 1.0)
    assert expected_width(clone, nuclei, of, confidence=0.95) == pytest.approx(outside, rel=1e-9)


def test_fewest_nuclei_for_a_width_are_the_fewest():
    of = bench()
    found = measure(0.3, 0.2, of, confidence=0.95, most=2000)
    assert expected_width(0.3, found, of, confidence=0.95) <= 0.2
    assert expected_width(0.3, found - 1, of, confidence=0.95) > 0.2
    assert measure(0.3, 0.001, of, confidence=0.95, most=500) is None


def test_a_rerun_supports_the_lower_limit_of_its_purity():
    purity, said = supported_purity(190, 200, confidence=0.95)
    assert purity == pytest.approx(0.9165, abs=2e-4)
    assert "190 of 200" in said


def test_what_was_not_given_is_said():
    _, assumed = bench_from_rates()
    assert [line.split(",")[0] for line in assumed] == [
        "false positives 1 %",
        "false negatives 2 %",
        "nuclei of a slide are independent",
    ]


SLIDES = st.lists(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=6
)


@given(SLIDES, st.sampled_from([0.01, 0.05, 0.2]))
@settings(max_examples=25, deadline=None)
def test_one_walk_over_the_numbers_of_nuclei_gives_the_cut_off_of_each(slides, alpha):
    found, _ = bench_from_controls(slides, alpha=alpha)
    walked = cutoff_counts(found, 150)
    assert [found.count_for(n) for n in (1, 2, 3, 10, 57, 149, 150)] == [
        walked[n - 1] for n in (1, 2, 3, 10, 57, 149, 150)
    ]


@given(st.floats(0.005, 0.5), st.floats(0.001, 0.3))
@settings(max_examples=25, deadline=None)
def test_the_walk_serves_given_rates_of_slides_that_vary(rate, correlation):
    found = bench(false_positive=rate, correlation=correlation)
    assert [found.count_for(n) for n in range(1, 121)] == cutoff_counts(found, 120).tolist()


def test_counts_that_are_added_up_in_pieces_are_those_of_the_law():
    law, n = SlideLaw(0.4, 0.03), np.arange(1, 700)
    k = (0.45 * n).astype(int)
    np.testing.assert_allclose(law.at_most(k, n), betabinom(n, *law.shape).cdf(k), atol=1e-10)


def test_a_clone_that_is_shown_never_reads_as_the_planned_one_that_is_not():
    found, _ = bench_from_controls([(2, 200), (1, 200), (4, 200)])
    plan = plan_nuclei(0.05, found)
    assert plan.showing.nuclei is None
    assert "2,000 nuclei show is 5.0" in nuclei_sentence(plan)
