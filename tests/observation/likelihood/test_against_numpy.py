"""Each likelihood in JAX is the law that stands in NumPy beside the simulator of its assay, and sums to 1."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logsumexp
from scipy.stats import beta, betabinom

from remnant.observation import colonies as plain_colonies
from remnant.observation import dilution, events, fish
from remnant.observation import metaphases as plain_metaphases
from remnant.observation.likelihood import colonies, counted, frequencies, metaphases, slides, variants, wells
from remnant.observation.likelihood.purity import ACCURACY, nodes_needed, purity_rule

ROWS = 201  # of one shape in every test, so that each assay is compiled once
few = settings(max_examples=60)
shares = st.floats(0, 1)


def marrow(fraction):
    """One day on which a share of every kind of cell is of the clone, none of it resistant."""
    states = np.zeros((1, 3, 4))
    states[0, 0], states[0, 1] = 1 - fraction, fraction
    states[..., :2] /= 2  # half of the stem cells rest
    return states


def rows_of(k, n, kind):
    full = np.broadcast_to(np.asarray(k, float), ROWS) if np.ndim(k) == 0 else np.resize(k, ROWS)
    return counted.Rows(
        np.zeros(ROWS, np.int32), np.ones(ROWS), np.full(ROWS, kind), full, np.full(ROWS, float(n))
    )


def slide_rows(k, n, purity, log_weight, kind=0, other=1, whole=0.0):
    every = np.ones(ROWS)
    return slides.Rows(
        np.zeros(ROWS, np.int32),
        every,
        np.full(ROWS, kind),
        np.full(ROWS, other),
        every * whole,
        every * 0,
        np.resize(np.asarray(k, float), (ROWS, 1)),
        np.full((ROWS, 1), float(n)),
        np.broadcast_to(purity, (ROWS, len(purity))),
        np.broadcast_to(log_weight, (ROWS, len(purity))),
    )


@pytest.fixture(scope="module")
def compiled():
    return {
        one: jax.jit(one.log_likelihood)
        for one in (slides, colonies, wells, frequencies, metaphases, variants)
    }


def probe(fp, fn, phi, lymphoid=0.0):
    return {
        "fish.false_positive": fp,
        "fish.false_negative": fn,
        "fish.dispersion": phi,
        "fish.lymphoid": lymphoid,
    }


PURE = purity_rule(None, 24)


@few
@given(shares, st.integers(0, 200), st.data(), st.floats(0, 0.1), st.floats(0, 0.1), st.floats(5, 500))
def test_a_pure_slide_has_the_law_of_the_simulator(compiled, fraction, n, data, fp, fn, phi):
    k = data.draw(st.integers(0, n))
    found = compiled[slides](marrow(fraction), probe(fp, fn, phi), slide_rows([k], n, *PURE))
    expected = fish.log_likelihood(k, n, fraction, fish.Probe(fp, fn, phi))
    assert np.asarray(found)[0] == pytest.approx(float(expected), rel=1e-10, abs=1e-9)


@few
@given(shares, shares, st.integers(1, 200), st.integers(0, 400), st.integers(0, 8), st.floats(5, 500))
def test_chances_of_all_counts_of_an_impure_sort_sum_to_one(compiled, own, other, n, inside, outside, phi):
    states = marrow(own)
    states[0, 0, 2], states[0, 1, 2] = 1 - other, other
    rule = purity_rule((inside, inside + outside), 24)
    found = compiled[slides](states, probe(0.01, 0.02, phi), slide_rows(np.arange(ROWS), n, *rule))
    assert np.exp(found)[: n + 1].sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(("rerun", "k", "n"), [((92, 100), 12, 60), ((205, 210), 3, 80), ((3, 3), 20, 40)])
@pytest.mark.parametrize(("own", "other"), [(0.0, 1.0), (0.1, 0.9), (0.4, 0.02)])
def test_the_purity_is_integrated_as_finely_as_a_dense_sum_does(compiled, rerun, k, n, own, other):
    states = marrow(own)
    states[0, 0, 2], states[0, 1, 2] = 1 - other, other
    inside = rerun[0] + 0.5, rerun[1] - rerun[0] + 0.5
    # Even steps of the logit, on which nothing is sharp.
    x = expit(np.linspace(-25, 34, 200_001))
    mixed = x * own + (1 - x) * other
    chance = mixed * 0.98 + (1 - mixed) * 0.01
    each = betabinom.logpmf(k, n, chance * 150, (1 - chance) * 150)
    weight = beta.logpdf(x, *inside) + np.log(x) + np.log1p(-x)
    fine = logsumexp(each + weight) - logsumexp(weight)
    for nodes, accuracy in ((nodes_needed([(rerun, [(k, n)])]), ACCURACY), (48, 2e-6)):
        rule = purity_rule(rerun, nodes)
        padded = (np.pad(rule[0], (0, 48 - nodes)), np.pad(rule[1], (0, 48 - nodes), constant_values=-1e6))
        found = slides.log_likelihood(states, probe(0.01, 0.02, 150.0), slide_rows([k], n, *padded))
        assert np.asarray(found)[0] == pytest.approx(fine, abs=accuracy)


def test_all_slides_of_a_sort_share_its_purity():
    """Two slides of 30 nuclei are not two sorts: what the first says of the purity, the second inherits."""
    states = marrow(0.0)
    states[0, 0, 2], states[0, 1, 2] = 0.0, 1.0
    x, log_weight = purity_rule((9, 10), 32)
    one = slide_rows([12], 30, x, log_weight)
    both = one._replace(abnormal=np.repeat(one.abnormal, 2, axis=1), scored=np.repeat(one.scored, 2, axis=1))
    values = probe(0.01, 0.02, 1e6)
    alone, together = (float(slides.log_likelihood(states, values, rows)[0]) for rows in (one, both))
    assert together > 2 * alone + 0.5


@few
@given(st.floats(1e-6, 1 - 1e-6), st.integers(0, 60), st.data(), st.floats(0.05, 5))
def test_typed_colonies_have_the_law_of_the_simulator(compiled, fraction, n, data, ratio):
    k = data.draw(st.integers(0, n))
    plating = plain_colonies.Plating(0.1, 0.1 * ratio)
    none = plain_colonies.log_likelihood(n, 0, 0, fraction, 400, plating)
    expected = plain_colonies.log_likelihood(n, n, k, fraction, 400, plating) - none
    found = compiled[colonies](marrow(fraction), {"colonies.clone_plating": ratio}, rows_of(k, n, 1))
    assert np.asarray(found)[0] == pytest.approx(float(expected), rel=1e-10, abs=1e-8)


@few
@given(
    st.floats(0.01, 0.99),
    st.floats(1e-3, 1),
    st.floats(1e-3, 1),
    st.lists(st.tuples(*[st.integers(0, 12)] * 4), min_size=3, max_size=3),
)
def test_fully_typed_plates_have_the_law_of_the_simulator(compiled, fraction, normal, clone, counts):
    dose, kinds = np.array([1.0, 5.0, 30.0]), np.array(counts, float)
    rows = wells.Rows(
        np.zeros(3, np.int32),
        np.ones(3),
        np.zeros(3, int),
        dose,
        kinds.sum(1),
        kinds[:, 1:].sum(1),
        kinds[:, 1:],
        np.ones(3),
    )
    found = compiled[wells](marrow(fraction), {"wells.normal": normal, "wells.clone": clone}, rows)
    expected = dilution.log_likelihood(kinds, (1 - fraction) * normal, fraction * clone, dose)
    assert np.sum(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def test_an_untyped_plate_tells_of_growth_alone(compiled):
    rows = wells.Rows(
        np.zeros(3, np.int32),
        np.ones(3),
        np.zeros(3, int),
        np.array([1.0, 5.0, 30.0]),
        np.full(3, 16.0),
        np.array([2.0, 6.0, 15.0]),
        np.zeros((3, 3)),
        np.zeros(3),
    )
    # With one frequency of founders for both kinds, the clone's share of an untyped plate cannot show.
    values = {"wells.normal": 0.05, "wells.clone": 0.05}
    first, second = (np.asarray(compiled[wells](marrow(f), values, rows)) for f in (0.1, 0.8))
    assert np.allclose(first, second, rtol=1e-12)


@few
@given(st.floats(0.01, 0.99), st.integers(1, 30), st.data())
def test_metaphases_that_do_not_agree_are_those_of_the_simulator(compiled, fraction, n, data):
    k = data.draw(st.integers(0, n))
    values = {"metaphases.others": 0.0, "metaphases.dispersion": 1e9}
    found = compiled[metaphases](marrow(fraction), values, rows_of(k, n, 2))
    expected = plain_metaphases.log_likelihood([k, n - k], [fraction, 1 - fraction])
    assert np.asarray(found)[0] == pytest.approx(expected, abs=2e-5)


@few
@given(st.floats(1e-4, 0.2), st.integers(0, 200), st.floats(100, 1e5))
def test_a_frequency_is_one_population_of_a_tube(compiled, share, k, concentration):
    values = {"frequencies.stem": share, "frequencies.concentration": concentration}
    found = compiled[frequencies](marrow(0.3), values, rows_of(k, 20_000, 0))
    expected = events.log_likelihood([k, 20_000 - k], [share, 1 - share], concentration=concentration)
    assert np.asarray(found)[0] == pytest.approx(float(expected), rel=1e-8, abs=1e-7)


@few
@given(st.floats(0, 0.999), st.integers(0, 1))
def test_reads_carry_half_of_the_resistant_cells_unless_the_other_copy_is_lost(share, lost):
    states = np.zeros((1, 3, 4))
    states[0, 0], states[0, 2] = 1 - share, share
    values = {"variants.background": 0.0, "fish.lymphoid": 0.2}
    seen = variants.seen(states, values, rows_of(3, 100, lost))
    assert np.asarray(seen)[0] == pytest.approx(0.8 * share * (1.0 if lost else 0.5))


@few
@given(shares, st.integers(0, 200))
def test_chances_of_all_counts_sum_to_one(compiled, fraction, n):
    rows = rows_of(np.arange(ROWS), n, 2)
    cases = {
        colonies: {"colonies.clone_plating": 0.6},
        metaphases: {"metaphases.others": 0.1, "metaphases.dispersion": 40.0},
        variants: {"variants.background": 1e-3, "variants.dispersion": 300.0},
    }
    for one, values in cases.items():
        chance = np.exp(np.asarray(compiled[one](marrow(fraction), values, rows)))
        assert chance[: n + 1].sum() == pytest.approx(1, abs=1e-9)
