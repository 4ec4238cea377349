"""The 2n peak: found where it is, refused where it cannot be judged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.cycle import CyclePlan, DnaPeak, PeakRefusal, PeakTrouble
from remnant.cytometry.cycle.fit import fit_dna, refuse_fit
from remnant.cytometry.cycle.histogram import histogram
from remnant.cytometry.cycle.peak import find_peak
from remnant.errors import SettingError

PLAN = CyclePlan()


def nuclei(n, rng, *, cv=0.04, s=0.12, four=0.08, peak=50_000.0, ratio=1.95):
    """Draw DNA of G0/1, S and G2/M."""
    kind = rng.choice(3, size=n, p=[1 - s - four, s, four])
    content = np.choose(kind, [np.ones(n), rng.uniform(1, ratio, n), np.full(n, ratio)])
    return peak * content * (1 + cv * rng.standard_normal(n))


@given(st.integers(0, 2**32 - 1), st.floats(0.025, 0.065), st.sampled_from([1_500, 8_000, 40_000]))
def test_place_and_width_are_found(seed, cv, n):
    peak = find_peak(nuclei(n, np.random.default_rng(seed), cv=cv), PLAN)
    assert isinstance(peak, DnaPeak)
    assert peak.mode == pytest.approx(50_000, rel=0.6 * cv)
    assert peak.cv == pytest.approx(cv, rel=0.35)
    assert not peak.tallest_is_4n


@pytest.mark.parametrize("cv", [0.03, 0.05, 0.07])
def test_the_left_flank_has_no_bias_that_matters(cv):
    rng = np.random.default_rng(4)
    widths = [find_peak(nuclei(20_000, rng, cv=cv), CyclePlan(maximum_cv=0.12)).cv for _ in range(60)]
    assert np.mean(widths) == pytest.approx(cv, rel=0.06)


@given(st.integers(0, 1000), st.integers(-12, 12))
def test_the_unit_of_the_channel_changes_nothing(seed, power):
    dna = nuclei(3000, np.random.default_rng(seed))
    one, other = find_peak(dna, PLAN), find_peak(dna * 2.0**power, PLAN)
    assert other.mode == pytest.approx(one.mode * 2.0**power, rel=1e-12)
    assert (other.cv, other.others, other.events) == (one.cv, one.others, one.events)


def test_too_few_events_are_refused():
    refusal = find_peak(nuclei(999, np.random.default_rng(1)), PLAN)
    assert refusal.trouble is PeakTrouble.TOO_FEW
    assert "999 viable singlets" in refusal.reason
    assert isinstance(find_peak(np.array([]), PLAN), PeakRefusal)
    assert isinstance(find_peak(np.full(5000, np.nan), PLAN), PeakRefusal)
    assert isinstance(find_peak(np.full(5000, -3.0), PLAN), PeakRefusal)


@pytest.mark.parametrize("cv", [0.1, 0.15])
def test_a_wide_peak_is_refused_with_its_cv(cv):
    refusal = find_peak(nuclei(20_000, np.random.default_rng(2), cv=cv, s=0.05, four=0.05), PLAN)
    assert refusal.trouble is PeakTrouble.WIDE
    assert "at most 8 %" in refusal.reason


def test_dna_without_a_peak_is_refused():
    # Flat on the logarithm: as many events at every doubling.
    flat = np.exp(np.random.default_rng(3).uniform(0, 4, 4000))
    assert isinstance(find_peak(flat, PLAN), PeakRefusal)


def test_equal_events_are_no_histogram():
    assert isinstance(find_peak(np.full(5000, 7.0), PLAN), DnaPeak | PeakRefusal)


@pytest.mark.parametrize("index", [1.25, 1.4, 0.8])
def test_an_aneuploid_peak_is_noticed(index):
    rng = np.random.default_rng(6)
    dna = np.concatenate([nuclei(9000, rng), 50_000 * index * (1 + 0.04 * rng.standard_normal(2500))])
    peak = find_peak(dna, PLAN)
    assert peak.mode == pytest.approx(50_000, rel=0.02)
    assert peak.others == pytest.approx([index], abs=0.02)


@given(st.integers(0, 10**6))
def test_cells_of_one_ploidy_show_no_second_peak(seed):
    assert find_peak(nuclei(5000, np.random.default_rng(seed)), PLAN).others == ()


def test_a_lower_peak_at_half_the_dna_of_the_tallest_is_2n():
    rng = np.random.default_rng(7)
    peak = find_peak(nuclei(10_000, rng, s=0.1, four=0.6), PLAN)
    assert peak.mode == pytest.approx(50_000, rel=0.02)
    assert peak.tallest_is_4n


def test_debris_is_not_taken_for_2n():
    rng = np.random.default_rng(8)
    debris = 3_000 * rng.exponential(2.0, 15_000)
    peak = find_peak(np.concatenate([nuclei(8000, rng), debris]), PLAN)
    assert peak.mode == pytest.approx(50_000, rel=0.02)


@pytest.mark.parametrize("ratio", [1.8, 1.9, 2.0])
def test_the_model_finds_the_ratio_and_the_shares(ratio):
    rng = np.random.default_rng(9)
    dna = nuclei(40_000, rng, ratio=ratio, cv=0.05)
    fit = fit_dna(dna, find_peak(dna, PLAN))
    assert fit.shape.ratio == pytest.approx(ratio, abs=0.01)
    assert fit.shape.cv == pytest.approx(0.05, abs=0.001)
    two_n, *s, four, debris = fit.weights
    assert (two_n, sum(s), four, debris) == pytest.approx((0.8, 0.12, 0.08, 0), abs=0.012)


def trouble(dna):
    return refuse_fit(fit_dna(dna, find_peak(dna, PLAN)), PLAN)


def test_a_histogram_of_cells_is_believed():
    rng = np.random.default_rng(10)
    for cv in (0.02, 0.05, 0.07):
        assert trouble(nuclei(5000, rng, cv=cv)) is None


def test_whole_numbers_are_no_measured_dna():
    sharp = trouble(np.repeat([100.0, 101.0, 140.0], 2000))
    assert sharp.trouble is PeakTrouble.NARROW
    assert "is this measured DNA?" in sharp.reason


def test_a_peak_without_most_cells_is_not_2n():
    rng = np.random.default_rng(12)
    broad = np.concatenate([rng.uniform(52_000, 110_000, 12_000), nuclei(700, rng, cv=0.02)])
    assert trouble(broad).trouble in (PeakTrouble.NOT_2N, PeakTrouble.MISFIT)


def test_two_populations_of_one_dye_are_no_cell_cycle():
    rng = np.random.default_rng(13)
    places = (50_000, 63_000, 78_000)
    dna = np.concatenate([p * (1 + 0.02 * rng.standard_normal(4000)) for p in places])
    found = trouble(dna)
    assert found.trouble is PeakTrouble.MISFIT
    assert "no cell cycle puts them" in found.reason


@pytest.mark.parametrize(("channel_of_2n", "cv"), [(200, 0.03), (50, 0.05)])
def test_dna_in_a_few_hundred_channels_is_judged_as_well(channel_of_2n, cv):
    dna = nuclei(20_000, np.random.default_rng(14), cv=cv)
    coarse = np.round(dna * channel_of_2n / 50_000)
    fine, rough = (fit_dna(d, find_peak(d, PLAN)) for d in (dna, coarse))
    assert refuse_fit(rough, PLAN) is None
    assert rough.weights == pytest.approx(fine.weights, abs=0.01)
    assert rough.shape.ratio == pytest.approx(fine.shape.ratio, abs=0.01)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.integers(1, 60))
def test_a_histogram_of_whole_numbers_loses_no_event(values, bins):
    edges = np.linspace(-25, 65, bins + 1)  # a channel may be as wide as the widest gap
    assert histogram(np.array(values, dtype=float), edges).sum() == pytest.approx(len(values))


@given(st.integers(0, 10**6))
def test_a_histogram_of_continuous_values_is_the_plain_one(seed):
    values = np.random.default_rng(seed).normal(size=500)
    edges = np.linspace(-2, 2, 30)
    assert histogram(values, edges).tolist() == np.histogram(values, edges)[0].tolist()


@pytest.mark.parametrize(
    "wrong", [{"maximum_cv": 8}, {"confidence": 1.0}, {"minimum_peak_events": 0}, {"strict_quantile": 0.999}]
)
def test_a_slip_in_the_plan_is_named(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        CyclePlan(**wrong)
