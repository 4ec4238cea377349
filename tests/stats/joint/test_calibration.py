"""Simulation-based calibration: truths drawn from the prior have uniform ranks among their posterior draws.

Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788.
"""

import numpy as np
import pytest
from scipy.stats import chisquare

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import DIFFERENCE, LEVEL, Prior
from remnant.stats.joint.simulate import draw_truth, simulate

PRIOR = Prior(Beta(2, 98), Beta(2, 98), correlation=0.02)
KEPT, BINS = 99, 10
LAYOUTS = (
    {"patients": 3, "stem": 10, "progenitor": 50, "re_run": 40},
    {"patients": 4, "stem": 20, "progenitor": 100, "bulk": 100, "days": (-9, 60, 300), "re_run": 100},
    {"patients": 3, "stem": 200, "progenitor": 200},
)


def ranks(slides, rng):
    truth = draw_truth(slides, PRIOR, rng=rng)
    found = fit(simulate(slides, truth, rng=rng), PRIOR, rng=rng, draws=600, rounds=1)
    mean, gap = found.mean[:, :, DIFFERENCE], found.difference
    pairs = {
        "mean before": (mean[..., 0], truth.mean[DIFFERENCE, 0]),
        "mean after": (mean[..., 1], truth.mean[DIFFERENCE, 1]),
        "change": (mean[..., 1] - mean[..., 0], truth.mean[DIFFERENCE, 1] - truth.mean[DIFFERENCE, 0]),
        "level": (found.mean[:, :, LEVEL, 1], truth.mean[LEVEL, 1]),
        "spread": (found.spread[:, :, DIFFERENCE, 1], truth.spread[DIFFERENCE, 1]),
        "own difference": (gap[..., 1], truth.log_odds[1, 0] - truth.log_odds[1, 1]),
        "own fraction": (found.log_odds[..., 0, 0], truth.log_odds[0, 0]),
        "false positives": (found.fp, truth.fp),
        "false negatives": (found.fn, truth.fn),
        "correlation": (found.correlation, truth.correlation),
    }
    thin = np.linspace(0, found.fp.size - 1, KEPT).astype(int)
    return {name: int((draws.ravel()[thin] < x).sum()) for name, (draws, x) in pairs.items()}


@pytest.mark.parametrize("studies", [4, pytest.param(300, marks=pytest.mark.slow)])
def test_ranks_of_the_truth_are_uniform(study, studies):
    rng = np.random.default_rng(2010)
    rows = [ranks(study(**layout), rng) for layout in LAYOUTS for _ in range(studies)]
    for name in rows[0]:
        found = np.array([row[name] for row in rows])
        counts = np.histogram(found, bins=BINS, range=(0, KEPT + 1))[0]
        # Ten quantities are looked at; each may fail by chance once in 10,000 runs.
        assert chisquare(counts).pvalue > 1e-4, (name, counts)
        assert abs(found.mean() / KEPT - 0.5) < 4 / np.sqrt(12 * len(found)), name
