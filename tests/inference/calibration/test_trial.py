"""The fit of a simulated cohort: a chain that hardly moved is not believed."""

from types import SimpleNamespace

import numpy as np
import pytest

from remnant.inference.calibration import trial as module
from remnant.inference.calibration.trial import RUNS, HierarchyTrial


def chains(seed, *, moved):
    steps = np.random.default_rng(seed).standard_normal((1, 300, 3))
    return SimpleNamespace(draws=steps if moved else np.cumsum(steps, axis=1))


@pytest.mark.parametrize("moves", [1, 2, RUNS + 1])
def test_a_chain_that_hardly_moved_is_run_again_with_a_longer_warm_up(monkeypatch, moves):
    """The run numbered `moves` is the first that moves."""
    asked = []

    def sampled(problem, dimension, *, seed, warmup, **settings):
        asked.append((seed, warmup))
        return chains(seed, moved=len(asked) >= moves)

    monkeypatch.setattr(module, "sample", sampled)
    fit = HierarchyTrial(warmup=50).fit(SimpleNamespace(dimension=3), seed=9)
    runs = min(moves, RUNS)
    assert fit[1] == runs
    assert asked == [(9 + run, 50 * 2**run) for run in range(runs)]
