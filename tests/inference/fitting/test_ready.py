"""What the fast setting fits, beside the whole: fewer rows on fewer days, of the same likelihood."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.ready import QUICK, make_ready
from remnant.observation import simulate_study
from remnant.study import read_study


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "study"
    simulate_study(folder, patients=2, seed=3, executor=None)
    return make_ready(read_study(folder), Choices("fast"))


def test_counts_of_blood_and_their_days_are_left_out(ready):
    quick, whole = ready.quick_problem(), ready.problem()
    assert "blood" in whole.evidence.assays
    assert set(quick.evidence.assays) <= set(QUICK)
    assert quick.evidence.days.shape[-1] < whole.evidence.days.shape[-1]
    assert all(
        set(one) <= set(all_days)
        for one, all_days in zip(quick.evidence.days, whole.evidence.days, strict=True)
    )


def test_a_slide_is_as_likely_whether_the_days_of_blood_are_stopped_at_or_not(ready):
    """Within the error of the steps, for twenty draws of the prior."""
    quick = ready.quick_problem()
    whole = ready.problem().evidence
    there = {name: whole.assays[name] for name in quick.evidence.assays}
    all_days = replace(quick, evidence=replace(whole, assays=there))
    likelihoods = jax.jit(lambda problem, x: problem.log_likelihoods(x))
    rng = np.random.default_rng(5)
    for _ in range(20):
        x = quick.prior_draw(rng=rng)
        np.testing.assert_allclose(likelihoods(quick, x), likelihoods(all_days, x), rtol=2e-3, atol=0.05)
