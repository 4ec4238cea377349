"""Spillover from single stains: known answers, honest errors, level controls, and tubes that are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.signal.compensate import compensate
from remnant.cytometry.signal.control_tube import make_control, read_control
from remnant.cytometry.signal.estimate_spillover import estimate_spillover
from remnant.cytometry.signal.robust_location import locate
from remnant.cytometry.signal.single_stain import SingleStain, fit_stain
from remnant.errors import CompensationError
from remnant.observation import tube as simulator

REAL = Path(__file__).parents[3] / ".." / "shared" / "data" / "single-stain-controls-a"
needs_beads = pytest.mark.skipif(
    not REAL.exists(), reason=f"needs {REAL.name} beside the repository, in shared/data"
)

# A synthetic instrument, written apart from the simulator of the package.
DETECTORS = ("B1", "B2", "V1", "R1")
SPILL = np.array(
    [
        [1.000, 0.230, 0.010, 0.000],
        [0.020, 1.000, 0.000, 0.150],
        [0.060, 0.004, 1.000, 0.000],
        [0.000, 0.030, 0.000, 1.000],
    ]
)
BACKGROUND = np.array([60.0, 35.0, 120.0, 20.0])
CEILING = 262_143.0
OTHER = ~np.eye(4, dtype=bool)


def record(dye, rng, *, events=4000, positive=0.4, median=6000.0, width=0.5, doublets=0.03, glow=1.0):
    """Light (events, detectors) and scatter (events, 3) of a control; `dye` None is unstained."""
    stain = np.zeros((events, 4))
    if dye is not None:
        bound = rng.random(events) < positive
        stain[bound, dye] = median * np.exp(width * rng.standard_normal(bound.sum()))
    own = glow * np.exp(0.35 * rng.standard_normal((events, 1)))  # one cell glows in all detectors alike
    forward = 80e3 * np.exp(0.1 * rng.standard_normal(events))
    side = 30e3 * np.exp(0.15 * rng.standard_normal(events))
    debris = rng.random(events) < 0.05
    forward[debris] *= 0.2
    own[debris] *= 0.3
    light = stain @ SPILL + BACKGROUND * own
    height = forward * rng.normal(1, 0.02, events)
    pair = np.flatnonzero(rng.random(events - 1) < doublets)
    light[pair] += light[pair + 1]
    side[pair] += side[pair + 1]
    forward[pair] += forward[pair + 1]
    light = light + np.sqrt(3.0 * light + 25.0**2) * rng.standard_normal(light.shape)
    return np.minimum(light, CEILING), np.column_stack([forward, side, forward / height])


def control(dye, rng, **setting):
    light, scatter = record(dye, rng, **setting)
    name = "unstained" if dye is None else f"stain_{DETECTORS[dye]}"
    return make_control(name, DETECTORS, light, scatter, [CEILING] * 4)


def estimate(rng, *, unstained=True, **setting):
    stains = [SingleStain(f"dye{d}", control(d, rng, **setting), DETECTORS[d]) for d in range(4)]
    return estimate_spillover(stains, control(None, rng) if unstained else None)


def errors_in_units(repeats, **setting):
    """Estimate less truth in standard errors, and as it is; shapes (repeats, 12)."""
    scaled, plain = [], []
    for seed in range(repeats):
        found = estimate(np.random.default_rng(seed), **setting)
        apart = np.array(found.matrix.rows)[OTHER] - SPILL[OTHER]
        plain.append(apart)
        scaled.append(apart / np.array(found.errors)[OTHER])
    return np.array(scaled), np.array(plain)


@pytest.mark.parametrize("unstained", [True, False])
def test_known_spill_is_found_within_its_error(unstained):
    scaled, plain = errors_in_units(6, unstained=unstained)
    assert np.abs(scaled).max() < 4.5
    assert np.abs(plain).max() < 0.002


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"unstained": False},
        {"positive": 0.98, "median": 20_000.0, "width": 0.06},  # beads
        {"positive": 0.05, "median": 20_000.0, "width": 1.0},  # few and smeared
    ],
)
def test_intervals_cover_the_truth_as_often_as_they_say(setting):
    """Nominal 0.95 over 60 x 12 coefficients, of which 12 share one unstained tube."""
    scaled, _ = errors_in_units(60, **setting)
    assert 0.92 < np.mean(np.abs(scaled) < 1.96) < 0.985
    # Bias is a small part of the error that is stated.
    assert np.abs(scaled.mean(axis=0)).max() < 0.75


def test_the_estimate_beats_medians_of_the_brighter_half():
    _, ours = errors_in_units(6)
    plain = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        tubes = [record(d, rng)[0] for d in range(4)]
        dark = np.median(record(None, rng)[0], axis=0)
        rows = [np.median(t[t[:, d] > np.median(t[:, d])], axis=0) - dark for d, t in enumerate(tubes)]
        plain.append(np.array([row / row[d] for d, row in enumerate(rows)])[OTHER] - SPILL[OTHER])
    assert np.sqrt(np.mean(ours**2)) < np.sqrt(np.mean(np.square(plain))) / 3


def test_compensated_controls_are_level():
    """The slope of every other channel on the dye's own, by least squares of group means, is 0."""
    rng = np.random.default_rng(7)
    found = estimate(rng)
    for dye in range(4):
        light, _ = record(dye, rng, events=20_000, doublets=0)
        clean = compensate(dict(zip(DETECTORS, light.T, strict=True)), found.matrix)
        own = clean[DETECTORS[dye]]
        bright = own > 1500
        for place in set(range(4)) - {dye}:
            other = clean[DETECTORS[place]]
            lean = (np.mean(other[bright]) - np.mean(other[~bright])) / (
                own[bright].mean() - own[~bright].mean()
            )
            assert abs(lean) < 0.003
            raw = light[:, place]
            if SPILL[dye, place] > 0.01:
                assert raw[bright].mean() - raw[~bright].mean() > 5 * abs(lean) * own[bright].mean()


def test_scaling_all_detectors_changes_nothing_and_scaling_one_scales_its_column():
    rng = np.random.default_rng(3)
    (stained, scatter), (dark, dark_scatter) = record(0, rng), record(None, rng)
    factors = np.array([1.0, 2.0, 1.0, 1.0])

    def fit(unit):
        tubes = [
            make_control(name, DETECTORS, light * unit, s, [CEILING * 10] * 4)
            for name, light, s in (("stain", stained, scatter), ("dark", dark, dark_scatter))
        ]
        return np.array(fit_stain("dye", *tubes, primary="B1").spill)

    assert fit(5.0) == pytest.approx(fit(1.0), rel=1e-6, abs=1e-9)
    assert fit(factors) == pytest.approx(fit(1.0) * factors, rel=1e-6, abs=1e-9)


def test_saturated_events_do_not_bend_the_estimate():
    rng = np.random.default_rng(5)
    found = estimate(rng, median=150_000.0, width=0.6)
    assert max(fit.saturated for fit in found.fits) > 200
    assert np.abs(np.array(found.matrix.rows) - SPILL).max() < 0.002
    assert any("top of a detector" in warning for warning in found.warnings)


def test_a_bent_detector_is_noticed():
    rng = np.random.default_rng(6)
    (light, scatter), dark = record(0, rng, median=20_000.0, width=1.0), control(None, rng)
    light[:, 1] = light[:, 1] / (1 + light[:, 1] / 8000)
    bent = make_control("bent", DETECTORS, light, scatter, [CEILING] * 4)
    found = estimate_spillover([SingleStain("dye0", bent, "B1")], dark, square=False)
    assert any("not in proportion" in warning for warning in found.warnings)
    straight = estimate_spillover([SingleStain("dye0", control(0, rng), "B1")], dark, square=False)
    assert not straight.warnings


def test_unstained_beads_do_not_serve_stained_cells():
    rng = np.random.default_rng(17)
    light, scatter = record(None, rng)
    beads = make_control("beads", DETECTORS, light, scatter * [0.3, 1.5, 1], [CEILING] * 4)
    with pytest.raises(CompensationError, match=r"beads, stain dye: .* with the scatter of the positives"):
        fit_stain("dye", control(0, rng), beads, primary="B1")


def test_cells_that_glow_more_do_not_lean_the_slope_of_cells_that_carry_the_stain():
    """Lymphocytes carry the stain, granulocytes glow: the window of scatter compares like with like."""
    rng = np.random.default_rng(18)

    def tube(name, dye):
        (lymph, small), (other, large) = record(dye, rng), record(None, rng, glow=8.0, events=8000)
        scatter = np.concatenate([small, large * [1.4, 3.0, 1.0]])
        return name, DETECTORS, np.concatenate([lymph, other]), scatter, [CEILING] * 4

    stained, dark = tube("stain", 0), tube("dark", None)
    found = np.array(fit_stain("dye", make_control(*stained), make_control(*dark), primary="B1").spill)
    assert np.abs(found - SPILL[0]).max() < 0.002
    blind = [make_control(*given[:3], np.empty((12_000, 0)), given[4]) for given in (stained, dark)]
    without = np.array(fit_stain("dye", *blind, primary="B1").spill)
    assert np.abs(without - SPILL[0]).max() > 10 * np.abs(found - SPILL[0]).max()


@given(arrays(float, 4, elements=st.floats(0, 0.95)), st.floats(500, 50_000), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_without_noise_the_spill_is_exact(spill, median, dye):
    rng = np.random.default_rng(19)
    spill = spill.copy()
    spill[dye] = 1
    stain = np.where(rng.random(600) < 0.5, median * rng.uniform(0.5, 2, 600), 0)
    scatter = rng.uniform(0.9, 1.1, (600, 1))
    tubes = [
        make_control(name, DETECTORS, np.outer(amount, spill) + BACKGROUND, scatter, [np.inf] * 4)
        for name, amount in (("stain", stain), ("dark", np.zeros(600)))
    ]
    assert fit_stain("dye", *tubes).spill == pytest.approx(spill, abs=1e-8)


def test_dim_controls_are_used_with_a_warning_and_stay_near_the_truth():
    found = estimate(np.random.default_rng(20), median=500.0)
    assert np.abs(np.array(found.matrix.rows) - SPILL).max() < 0.015
    assert any("brighter control" in warning for warning in found.warnings)


def test_an_unstained_tube_of_other_cells_is_noticed():
    rng = np.random.default_rng(8)
    stained = control(0, rng, glow=3.0)
    found = estimate_spillover([SingleStain("dye0", stained, "B1")], control(None, rng), square=False)
    assert any("same cells or beads" in warning for warning in found.warnings)


def test_the_tube_of_another_dye_is_refused_with_the_detector_that_it_fits():
    rng = np.random.default_rng(9)
    stains = [SingleStain("FITC", control(1, rng), "B1"), SingleStain("APC", control(2, rng), "R1")]
    with pytest.raises(CompensationError) as refused:
        estimate_spillover(stains, control(None, rng))
    assert len(refused.value.faults) == 2
    assert "B2" in str(refused.value.faults[0])
    assert "V1" in str(refused.value.faults[1])
    with pytest.raises(CompensationError, match=r"times the light of V1 in B1"):
        estimate_spillover([SingleStain("BV421", control(0, rng, median=40_000.0), "V1")], control(None, rng))


def test_tubes_of_dyes_that_spill_much_into_each_other_are_refused_when_swapped():
    """Each fits its declared detector well enough alone; only together do they show the mistake."""
    rng = np.random.default_rng(16)
    spill = np.array([[1.0, 0.4], [0.3, 1.0]])

    def tube(dye, unit=(1.0, 1.0)):
        stain = np.zeros((3000, 2))
        if dye is not None:
            stain[:, dye] = rng.choice([0, 6000.0], 3000) * np.exp(0.4 * rng.standard_normal(3000))
        light = (stain @ spill + 50) * unit
        light += np.sqrt(3 * light + 600) * rng.standard_normal(light.shape)
        return make_control(f"tube {dye}", ("PE", "CF594"), light, np.empty((3000, 0)), [CEILING] * 2)

    swapped = [SingleStain("pe", tube(1), "PE"), SingleStain("cf594", tube(0), "CF594")]
    with pytest.raises(CompensationError, match="swapped") as refused:
        estimate_spillover(swapped, tube(None))
    assert len(refused.value.faults) == 2
    # Voltages that make one dye brightest in the other's detector are no mistake, but are said.
    unit = (1.0, 6.0)
    uneven = [SingleStain("pe", tube(0, unit), "PE"), SingleStain("cf594", tube(1, unit), "CF594")]
    found = estimate_spillover(uneven, tube(None, unit))
    assert found.matrix.rows[0][1] == pytest.approx(2.4, rel=0.01)
    assert any("voltages" in warning for warning in found.warnings)


def test_the_brightest_detector_is_found_where_none_is_declared():
    rng = np.random.default_rng(10)
    assert [fit_stain("x", control(d, rng), control(None, rng)).primary for d in range(4)] == list(DETECTORS)


def test_too_few_positives_are_counted_and_refused():
    rng = np.random.default_rng(11)
    with pytest.raises(CompensationError, match=r"found \d+ positive events in B1; expected at least 100"):
        fit_stain("dye", control(0, rng, positive=0.01), control(None, rng), primary="B1")
    empty = make_control("empty", DETECTORS, np.empty((0, 4)), np.empty((0, 3)), [CEILING] * 4)
    for stained, dark in (
        (empty, control(None, rng)),
        (empty, None),
        (control(0, rng), empty),
        (empty, empty),
    ):
        for primary in ("B1", None):
            with pytest.raises(CompensationError, match=r"found 0 (posi|nega)tive events"):
                fit_stain("dye", stained, dark, primary=primary)
    with pytest.raises(CompensationError, match=r"unstained, stain dye: found .* expected at least 100"):
        fit_stain("dye", control(0, rng), control(None, rng, events=40), primary="B1")
    top, scatter = record(0, rng, median=1e7)
    with pytest.raises(CompensationError, match=r"besides \d+ at the top of a detector"):
        fit_stain("dye", make_control("top", DETECTORS, top, scatter, [CEILING] * 4), control(None, rng))
    with pytest.raises(CompensationError, match="unstained"):
        fit_stain("dye", control(0, rng, positive=1.0, width=0.06), primary="B1")


def test_no_tube_a_dye_twice_a_detector_twice_and_other_detectors_are_refused():
    rng = np.random.default_rng(12)
    tube, dark = control(0, rng), control(None, rng)
    with pytest.raises(CompensationError, match="no tube"):
        estimate_spillover([], dark)
    with pytest.raises(CompensationError, match="B1 for b as for a"):
        estimate_spillover([SingleStain("a", tube, "B1"), SingleStain("b", tube, "B1")], dark)
    with pytest.raises(CompensationError, match="a for a as for a"):
        estimate_spillover([SingleStain("a", tube, "B1"), SingleStain("a", tube, "B2")], dark)
    light, scatter = record(None, rng)
    odd = make_control("odd", DETECTORS[:3], light[:, :3], scatter, [CEILING] * 3)
    with pytest.raises(CompensationError, match="same settings"):
        estimate_spillover([SingleStain("a", tube, "B1")], odd)
    with pytest.raises(CompensationError, match="Q9"):
        estimate_spillover([SingleStain("a", tube, "Q9")], dark)


def test_location_and_its_error_match_theory_on_normal_values():
    rng = np.random.default_rng(13)
    values = rng.normal(5, 2, (400, 500))
    found, error = locate(values)
    assert np.std(found) == pytest.approx(2 / np.sqrt(400 * 0.95), rel=0.1)
    assert np.mean(error) == pytest.approx(np.std(found), rel=0.1)
    dirty = values.copy()
    dirty[:20] = 1e6
    assert np.abs(locate(dirty)[0] - 5).max() < 0.7


def test_tubes_are_read_from_fcs_without_saturated_or_unmeasured_events(tmp_path):
    rng = np.random.default_rng(14)
    light, scatter = record(0, rng, events=1000)
    light[:3, 1] = CEILING
    light[3:8, 2] = np.nan
    specs = [ChannelSpec(name) for name in ("FSC-A", "SSC-A", *DETECTORS)]
    write_fcs(tmp_path / "a.fcs", np.column_stack([scatter[:, :2], light]), specs)
    tube = read_control(read_fcs(tmp_path / "a.fcs"), DETECTORS)
    assert (len(tube.light), tube.saturated, tube.not_evaluable) == (992, 3, 5)
    assert tube.scatter.shape == (992, 2)


def test_the_matrix_of_the_simulated_instrument_is_found_from_its_own_controls():
    """Cells of one population carry a dye, the rest none; noise and doublets are the simulator's."""
    rng = np.random.default_rng(15)
    names = tuple(simulator.PANEL.values())
    counts = np.array([3000 if p.name in simulator.VIABLE else 0 for p in simulator.POPULATIONS])
    places = [[c.name for c in simulator.CHANNELS].index(n) for n in names]
    spill = simulator.SPILLOVER

    def tube(dye):
        events = simulator.simulate_events(counts, rng=rng)
        dark = simulator.AUTOFLUORESCENCE * np.exp(0.3 * rng.standard_normal((len(events), 1)))
        stain = np.zeros((len(events), 6))
        if dye is not None:
            bound = rng.random(len(events)) < 0.4
            stain[bound, dye] = 10 ** rng.normal(4, 0.2, bound.sum())
        light = stain @ spill + dark
        light += np.sqrt(simulator.PHOTON_GAIN * light + simulator.BASELINE_NOISE**2) * rng.standard_normal(
            light.shape
        )
        events[:, places] = light
        scatter = np.column_stack([events[:, 0], events[:, 3], events[:, 0] / events[:, 1]])
        return make_control(f"tube {dye}", names, light, scatter, [CEILING] * 6)

    found = estimate_spillover([SingleStain(n, tube(i), n) for i, n in enumerate(names)], tube(None))
    assert np.abs(np.array(found.matrix.rows) - spill).max() < 0.002
    low, high = (np.array(end) for end in found.interval(0.9999))
    assert np.all((low <= spill) & (spill <= high))
    assert not found.warnings


def beads(name, detectors):
    table = pl.read_csv(gzip.decompress((REAL / f"Beads_{name}.csv.gz").read_bytes()))
    scatter = np.column_stack([table["FSC-A"], table["SSC-A"], table["FSC-A"] / table["FSC-H"]])
    light = table.select(detectors).to_numpy().astype(float)
    return make_control(name, detectors, light, scatter, [CEILING] * len(detectors))


@needs_beads
def test_published_spectra_of_twelve_dyes_are_found_from_their_beads():
    published = pl.read_csv(REAL / "published_spectrum_matrix.csv")
    detectors = published.columns[1:]
    spectra = {row[0]: np.array(row[1:], float) for row in published.iter_rows() if row[0] != "Autofluo"}
    dark = beads("Unstained", detectors)
    found = estimate_spillover([SingleStain(d, beads(d, detectors)) for d in spectra], dark, square=False)
    assert [fit.primary for fit in found.fits] == [detectors[int(s.argmax())] for s in spectra.values()]
    apart = np.abs(np.array(found.matrix.rows) - np.array(list(spectra.values()))).max(axis=1)
    assert apart.max() < 0.01
    # The plain way: median of the brighter half less median of the unstained beads.
    plain = []
    for dye, spectrum in spectra.items():
        light = beads(dye, detectors).light
        own = light[:, spectrum.argmax()]
        row = np.median(light[own >= np.median(own)], axis=0) - np.median(dark.light, axis=0)
        plain.append(np.abs(row / row.max() - spectrum).max())
    assert apart.mean() < np.mean(plain) / 2


@needs_beads
def test_beads_without_an_unstained_tube_are_refused_for_they_are_all_positive():
    detectors = pl.read_csv(REAL / "published_spectrum_matrix.csv").columns[1:]
    with pytest.raises(CompensationError, match="unstained"):
        fit_stain("BrV785", beads("BrV785", detectors))
