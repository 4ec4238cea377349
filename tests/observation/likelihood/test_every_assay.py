"""What holds for every assay: a finite likelihood, its true gradient, and one law with its simulator."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtr

ASSAYS = (
    "slides",
    "colonies",
    "wells",
    "frequencies",
    "cycle",
    "metaphases",
    "variants",
    "blood",
    "transcripts",
)
BATCH = 128


@pytest.fixture(scope="module")
def judged(bench):
    """By assay: log likelihood of each row, and the gradient of their sum, of a batch; compiled once."""

    def of(name):
        assay = bench.assays[name][0]

        def both(states, values, rows):
            value, back = jax.vjp(lambda s, v: assay.log_likelihood(s, v, rows), states, values)
            return value, *back(jnp.ones_like(value))

        return jax.jit(jax.vmap(both))

    compiled = {name: of(name) for name in ASSAYS}

    def judge(name, cases):
        """Judge up to `BATCH` cases of (states, values, rows); answers have them along the first axis."""
        full = [*cases, *[cases[-1]] * (BATCH - len(cases))]
        answers = compiled[name](*jax.tree.map(lambda *leaves: np.stack(leaves), *full))
        return jax.tree.map(lambda leaf: np.asarray(leaf)[: len(cases)], answers)

    return judge


def _values(bench, scores):
    """Numbers at standard normal scores of their priors."""
    chance = ndtr(np.broadcast_to(scores, len(bench.priors)))
    return {
        name: float(prior.quantile(u)) for (name, prior), u in zip(bench.priors.items(), chance, strict=True)
    }


@pytest.mark.parametrize("name", ASSAYS)
def test_value_and_gradient_are_finite_wherever_a_sampler_may_go(bench, judged, name):
    rows, rng = bench.assays[name][1], np.random.default_rng(1)
    far = [_values(bench, scores) for scores in (-8.0, 8.0, *rng.uniform(-8, 8, (30, len(bench.priors))))]
    marrows = bench.states, bench.edges, bench.edges[::-1], 1e-280 * bench.states
    answers = judged(name, [(states, values, rows) for values in far for states in marrows])
    assert all(np.isfinite(answer).all() for answer in jax.tree.leaves(answers))


@pytest.mark.parametrize("name", ASSAYS)
def test_the_gradient_is_that_of_differences(bench, judged, name):
    rows, rng = bench.assays[name][1], np.random.default_rng(2)
    values, states = _values(bench, 0.5 * rng.standard_normal(len(bench.priors))), bench.states + 0.05
    along = {n: v * rng.standard_normal() for n, v in values.items()}
    aside, h = rng.standard_normal(states.shape), 1e-6
    ends = [(states + e * aside, {n: v + e * along[n] for n, v in values.items()}, rows) for e in (0, h, -h)]
    value, slope_states, slopes = judged(name, ends)
    slope = np.sum(slope_states[0] * aside) + sum(slopes[n][0] * along[n] for n in values)
    assert slope == pytest.approx((value[1] - value[2]).sum() / (2 * h), rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("name", ASSAYS)
def test_the_simulator_draws_by_the_law_of_the_likelihood(bench, judged, name):
    """Over what it draws, the score of a right law has mean zero, and its square that of the information."""
    assay, rows, numbers = bench.assays[name]
    rng, own = np.random.default_rng(3), [n.name for n in numbers if n.scope != "fixed"]
    drawn = [assay.simulate(bench.states, bench.median, rows, rng=rng) for _ in range(3 * BATCH)]

    def slopes(number, value):
        values = bench.median | {number: value}
        cases = [(bench.states, values, one) for one in drawn]
        parts = [judged(name, cases[i : i + BATCH])[2][number] for i in range(0, len(cases), BATCH)]
        return np.concatenate(parts)

    for number in own:
        at = bench.median[number]
        h = 1e-4 * (abs(at) or 1.0)
        score, above, below = (slopes(number, x) for x in (at, at + h, at - h))
        gap = score**2 + (above - below) / (2 * h)
        assert abs(score.mean()) <= 4.5 * score.std() / np.sqrt(len(drawn))
        assert abs(gap.mean()) <= 4.5 * gap.std() / np.sqrt(len(drawn))


@pytest.mark.parametrize("name", ASSAYS)
def test_rows_that_fill_up_count_for_nothing(bench, judged, name):
    assay, rows, _ = bench.assays[name]
    few = assay.pad(type(rows)(*(field[:4] for field in rows)), bench.times)
    (whole, short), *_ = judged(name, [(bench.states, bench.median, one) for one in (rows, few)])
    assert short[:4].tolist() == whole[:4].tolist()
    assert not short[4:].any()


@pytest.mark.parametrize("name", ASSAYS)
def test_what_is_seen_and_what_was_observed_are_on_one_scale(bench, name):
    assay, rows, _ = bench.assays[name]
    rng = np.random.default_rng(4)
    expected = np.asarray(assay.seen(bench.states, bench.median, rows))
    assert expected.shape == (bench.times,)
    drawn = np.array(
        [assay.observed(assay.simulate(bench.states, bench.median, rows, rng=rng)) for _ in range(200)]
    )
    real = np.asarray(rows.weight) > 0
    if name == "slides":
        real &= rows.scored.sum(1) > 0
    if name == "transcripts":
        real &= rows.censored == 0
    error = drawn.std(0) / np.sqrt(200) + 0.02 * np.abs(expected) * (name == "blood") + 2e-4
    assert np.all(np.abs(drawn.mean(0) - expected)[real] < 4.5 * error[real])
