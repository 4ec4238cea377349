"""Intervals of the phases cover the truth, over many synthetic tubes."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry.cycle import CyclePlan, DnaPeak, Phase
from remnant.cytometry.cycle.compartment import window_edge
from remnant.cytometry.cycle.cut import ControlKind
from remnant.cytometry.cycle.fit import fit_dna
from remnant.cytometry.cycle.limits import Share, phase_fraction
from remnant.cytometry.cycle.peak import find_peak
from remnant.cytometry.cycle.phases import Cut, estimate_phases
from remnant.observation.cell_cycle import CycleAssay, CyclingCells, DnaShape, simulate_cycle
from remnant.scale import stream
from remnant.stats.fractions.proportion import clopper_pearson

# Cells and their fractions in G0, G1, S and G2/M.
SIZES = {
    "some sixty": CyclingCells(75, (0.8, 0.12, 0.05, 0.03), 100.0),
    "five hundred": CyclingCells(540, (0.6, 0.25, 0.1, 0.05), 100.0),
    "five thousand": CyclingCells(5400, (0.4, 0.4, 0.12, 0.08), 100.0),
}
BULK = CyclingCells(15_000, (0.35, 0.45, 0.12, 0.08), 100.0)


def one_tube(lab, folder, number, *, ki67, s_shares=(0.4, 0.3, 0.3)):
    """Measure one tube with its FMO; CV 3 to 7 %, doublets, debris and dead cells."""
    rng = stream(20100909, "cycle coverage", number)
    shape = DnaShape(50_000, rng.uniform(0.03, 0.07), rng.uniform(1.8, 2.0), 6.0)
    assay = CycleAssay(shape=shape, ki67=(ki67, 4000.0), ki67_spread=0.6, s_shares=s_shares)
    populations = {"bulk": BULK} | SIZES
    seeds = [int(seed) for seed in rng.integers(2**32, size=2)]
    made = {"populations": populations, "assay": assay}
    stained = lab.make(folder / "stained.fcs", seed=seeds[0], **made)
    blank = lab.make(folder / "fmo.fcs", without_ki67=True, seed=seeds[1], **made)
    members = stained.members(*SIZES, populations=populations)
    control = lab.control_of(blank, *SIZES, populations=populations, kind=ControlKind.FMO)
    return lab.measure(stained, compartments=members, control=control)


def judge(lab, folder, tubes, **assay):
    """For every size and phase: how often the interval covers the truth, and the mean error."""
    covered, errors = [], []
    for number in range(tubes):
        found = one_tube(lab, folder, number, **assay)
        assert isinstance(found.peak, DnaPeak)
        for compartment, cells in zip(found.compartments, SIZES.values(), strict=True):
            g0, g1, s, g2m = cells.fractions
            for phase, truth in zip(compartment.phases, (g0, g1, s + g2m), strict=True):
                covered.append(phase.alone.lower <= truth <= phase.alone.upper)
                errors.append((phase.alone.value or 0.0) - truth)
    table = (tubes, len(SIZES), len(Phase))
    return np.reshape(covered, table), np.reshape(errors, table)


def test_a_few_tubes_are_covered(lab, tmp_path):
    covered, errors = judge(lab, tmp_path, 6, ki67=1500.0)
    # 54 intervals of at least 95 %: fewer than 47 would be 1 in 10,000.
    assert covered.sum() >= 47
    assert errors[:, 2].mean(axis=0) == pytest.approx(0, abs=0.012)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("assay", "bias"),
    [
        ({"ki67": 1500.0}, 0.003),
        ({"ki67": 800.0}, 0.007),  # about 5 % of G1 below the 99.5 % quantile of the FMO
        ({"ki67": 1500.0, "s_shares": (0.7, 0.1, 0.2)}, 0.003),
    ],
)
def test_intervals_cover_the_truth_over_two_hundred_tubes(lab, tmp_path, assay, bias):
    covered, errors = judge(lab, tmp_path, 200, **assay)
    assert covered.mean(axis=(0, 1)).min() >= 0.93  # 600 intervals of each phase
    # Of one size and phase there are 200: chance alone takes 95 % to 91 % in 1 of 100.
    assert covered.mean(axis=0).min() >= 0.91
    deviation = errors.std(axis=0) / np.sqrt(len(errors))
    # A fraction cannot fall below 0, so that among few cells S/G2/M is half a cell too many.
    half = 0.5 / np.array([[cells.events] for cells in SIZES.values()])
    assert np.all(np.abs(errors.mean(axis=0)) <= bias + half + 3 * deviation)


@pytest.mark.slow
def test_windows_miss_early_s_and_the_mixture_does_not():
    rng = stream(20100909, "windows")
    plan, truth = CyclePlan(), 0.3
    cells = {"bulk": CyclingCells(20_000, (0.3, 0.4, 0.22, 0.08), 100.0)}
    assay = CycleAssay(shape=DnaShape(50_000, 0.06, 1.95, 6.0), debris=0.0, doublets=0.0, dead=0.0)
    mixture, windows = [], []
    for _ in range(40):
        dna = simulate_cycle(cells, assay, rng=rng).column("DAPI-A")
        fit = fit_dna(dna, find_peak(dna, plan))
        nothing = Cut(np.inf, np.inf, np.inf)
        shares = estimate_phases(dna, np.zeros(len(dna)), nothing, fit, 0.95).shares
        mixture.append(shares[Phase.S_G2M].value - truth)
        windows.append(np.mean(dna > window_edge(fit, plan)) - truth)
    assert abs(np.mean(mixture)) < 0.004
    assert np.mean(windows) < -0.02


def test_without_classification_error_the_limits_are_exact():
    found = phase_fraction(Phase.G0, [Share(0.25, 80.0)], 80, confidence=0.95)
    lower, upper = clopper_pearson(20, 80)
    assert (found.alone.lower, found.alone.upper) == pytest.approx((float(lower), float(upper)))
    bound = phase_fraction(Phase.G0, [Share(0.0, 80.0)], 80, confidence=0.95).alone
    assert bound.value is None
    assert bound.upper == pytest.approx(1 - 0.05 ** (1 / 80))
