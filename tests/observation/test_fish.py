import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.observation import fish
from remnant.observation.fish import Probe

fractions = st.floats(0, 1)
probes = st.builds(Probe, st.floats(0, 0.1), st.floats(0, 0.1), st.one_of(st.none(), st.floats(5.0, 500.0)))


@given(fractions, st.integers(0, 200), probes)
def test_the_likelihood_is_a_distribution_over_counts(fraction, nuclei, probe):
    counts = np.arange(nuclei + 1)
    assert np.exp(fish.log_likelihood(counts, nuclei, fraction, probe)).sum() == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("dispersion", [None, 80.0])
@pytest.mark.parametrize("fraction", [0.0, 0.03, 0.5, 0.97])
def test_the_simulator_has_the_moments_of_the_likelihood(fraction, dispersion):
    probe, nuclei, slides = Probe(0.012, 0.02, dispersion), 60, 20_000
    counts = np.arange(nuclei + 1)
    weights = np.exp(fish.log_likelihood(counts, nuclei, fraction, probe))
    mean = weights @ counts
    central = [weights @ (counts - mean) ** power for power in (2, 4)]
    rng = np.random.default_rng(5)
    drawn = fish.simulate(np.full(slides, fraction), nuclei, probe, rng=rng)
    assert abs(drawn.mean() - mean) < 4 * np.sqrt(central[0] / slides)
    error = np.sqrt((central[1] - central[0] ** 2) / slides)
    assert abs(drawn.var() - central[0]) < 4 * error


@given(fractions, fractions, st.floats(0.5, 1))
def test_an_impure_sort_lies_between_its_two_sources(stem, progenitor, purity):
    mixed = fish.sorted_fraction(stem, progenitor, purity)
    assert min(stem, progenitor) - 1e-12 <= mixed <= max(stem, progenitor) + 1e-12


def test_two_percent_of_half_clonal_progenitors_put_one_percent_in_an_empty_stem_gate():
    assert fish.sorted_fraction(0.0, 0.5, 0.98) == pytest.approx(0.01)


def test_a_perfect_probe_never_errs():
    perfect, rng = Probe(0.0, 0.0, 50.0), np.random.default_rng(1)
    assert fish.simulate([0.0, 1.0], 200, perfect, rng=rng).tolist() == [0, 200]


def test_a_failed_hybridisation_has_no_nuclei():
    assert fish.simulate(0.5, 0, Probe(0.01, 0.02, 80.0), rng=np.random.default_rng(1)) == 0


def test_purity_is_counted_on_the_rerun_events():
    drawn = [fish.simulate_purity(0.96, 150, rng=np.random.default_rng(i)) for i in range(400)]
    assert max(drawn) <= 150
    assert abs(np.mean(drawn) - 144) < 4 * np.sqrt(150 * 0.96 * 0.04 / 400)
