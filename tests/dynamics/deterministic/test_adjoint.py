"""The compiled course and its gradient by hand against the JAX one, differences, and in jitted loops."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dynamics.deterministic.patients import DAYS, DOSES, EDGES, draw

from remnant.dynamics.deterministic.adjoint.draws import fast_states
from remnant.dynamics.deterministic.adjoint.trajectory import fast_trajectory
from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import make_plan, stack_plans
from remnant.dynamics.model.draw import draw as draw_preset
from remnant.dynamics.model.packed import ADVANTAGE, FEEDBACK, MUTATION, pack
from remnant.dynamics.model.parameters import RESISTANT, Structure
from remnant.dynamics.model.presets import PRESETS
from remnant.dynamics.model.start import baseline

NICHE = Structure()
PLANS = {order: make_plan(EDGES, DOSES, DAYS, order=order) for order in (3, 4)}
STEPS = 100  # all plans of a comparison are padded to it: one program
WEIGHTS = np.random.default_rng(1).standard_normal((len(DAYS), 3, 4))


def with_two_drugs(effects):
    """The effects of a preset's one drug, then of a second that does a third of it."""
    return np.concatenate([effects, effects / 3], axis=1)


def marrows(n, seed):
    """Draws of every preset, of general priors with mild and strong kills; some without resistance."""
    parts = []
    for number, preset in enumerate(PRESETS.values()):
        rng = np.random.default_rng([seed, number])
        drawn = draw_preset(preset, rng.uniform(0.001, 0.999, (n, len(preset.priors()))))
        packed = pack(drawn.parameters, drawn.effects[:1])
        first = baseline(drawn.parameters, **vars(drawn.start))
        parts.append((packed.rates, with_two_drugs(packed.effects), first))
    for strong in (False, True):
        packed, first = draw(n, np.random.default_rng([seed, 9, strong]), NICHE, strong=strong)
        parts.append((packed.rates, packed.effects, first))
    rates, effects, first = (np.concatenate(part) for part in zip(*parts, strict=True))
    first[::5, RESISTANT] = 0.0
    rates[::10, MUTATION] = 0.0
    return rates, effects, first


def seen(follow, rates, effects, initial, plan):
    """A weighted sum of logs of all states: what no state can hide from."""
    states, error = follow(rates, effects, initial, plan)
    return jnp.sum(WEIGHTS * jnp.log(jnp.abs(states) + 1e-6)), (states, error)


def slopes(follow):
    one = jax.value_and_grad(lambda *x: seen(follow, *x), argnums=(0, 1, 2), has_aux=True)
    return jax.jit(jax.vmap(one))


@pytest.fixture(scope="module")
def both():
    return slopes(fast_trajectory), slopes(trajectory)


def stacked(order, n):
    return stack_plans([PLANS[order]] * n, steps=STEPS)


def assert_same(ours, theirs):
    (value, (states, error)), pulls = ours
    (value_j, (states_j, error_j)), pulls_j = theirs
    np.testing.assert_allclose(states, states_j, rtol=1e-12, atol=1e-17)
    np.testing.assert_allclose(value, value_j, rtol=1e-11, atol=1e-11)  # a sum whose terms may cancel
    np.testing.assert_allclose(error, error_j, rtol=1e-6, atol=1e-14)
    for pull, pull_j in zip(pulls, pulls_j, strict=True):
        largest = np.abs(pull_j).reshape(len(pull_j), -1).max(axis=1)
        far = np.abs(pull - pull_j).reshape(len(pull), -1).max(axis=1)
        np.testing.assert_array_less(far, 1e-9 * largest + 1e-300)
        np.testing.assert_allclose(pull, pull_j, rtol=1e-8, atol=1e-11 * largest.max())


def crossings(rates, states):
    """How many clones' self-renewal is above its cap at one visit and below it at another."""
    load = states[..., :2].sum((-2, -1))[..., None]
    lead, kappa = (1 + rates[:, ADVANTAGE]) / 2, rates[:, FEEDBACK]
    free = (lead * (1 + kappa))[:, None] / (1 + kappa[:, None] * load)
    return int(((free > 1).any(axis=1) & (free < 1).any(axis=1)).any(axis=1).sum())


@pytest.mark.slow  # central differences hold the gradient every day, in the test of any shape
@pytest.mark.parametrize("order", [3, 4])
def test_course_and_gradient_are_those_of_the_jax_cascade(order):
    ours, theirs = slopes(fast_trajectory), slopes(trajectory)
    n = 40
    for seed in range(1 if order == 3 else 5):
        given = marrows(n, seed)
        plan = stacked(order, len(given[0]))
        found = ours(*given, plan)
        assert crossings(given[0], np.asarray(found[0][1][0])) > 10
        assert_same(found, theirs(*given, plan))


@pytest.mark.slow
@pytest.mark.parametrize(("stages", "order"), [(2, 4), (3, 3), (4, 4)])
def test_with_more_mature_stages_too(stages, order):
    structure = Structure(stages=stages)
    plan = make_plan(EDGES, DOSES, DAYS, structure=structure, order=order)
    packed, first = draw(20, np.random.default_rng(stages), structure)
    weights = np.random.default_rng(2).standard_normal((len(DAYS), 3, 3 + stages))

    def gradient(follow):
        def value(*x):
            return jnp.sum(weights * jnp.log(jnp.abs(follow(*x, plan)[0]) + 1e-6))

        return jax.jit(jax.vmap(jax.value_and_grad(value, argnums=(0, 1, 2))))(
            packed.rates, packed.effects, first
        )

    ours, theirs = gradient(fast_trajectory), gradient(trajectory)
    for pull, pull_j in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        pull_j = np.asarray(pull_j)
        np.testing.assert_allclose(pull, pull_j, rtol=1e-8, atol=1e-11 * np.abs(pull_j).max())


def value_alone(rates, effects, first, plan):
    """`seen` of one patient by the compiled course alone, with no JAX."""
    states = fast_states(rates[None], effects[None], first[None], plan)
    return float(np.sum(np.log(np.abs(states) + 1e-6)))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    drugs=st.integers(0, 3),
    stages=st.integers(1, 4),
    order=st.sampled_from([3, 4]),
    times=st.integers(1, 4),
    spare=st.integers(0, 9),
)
def test_of_any_shape_the_gradient_is_that_of_central_differences(seed, drugs, stages, order, times, spare):
    rng = np.random.default_rng(seed)
    structure = Structure(stages=stages)
    packed, first = draw(1, rng, structure)
    rates, first = packed.rates[0], first[0]
    effects = np.tile(packed.effects[0, :1], (drugs, 1, 1, 1)).reshape(drugs, 5, 3)
    edges = np.array([0.0, 40.0, 90.0])
    plan = make_plan(edges, rng.uniform(0, 1, (2, drugs)), np.sort(rng.uniform(0, 90, times)),
                     structure=structure, order=order)  # fmt: skip
    padded = stack_plans([plan], steps=plan.steps + spare)
    one = jax.tree.map(lambda x: x[0], padded)
    value = value_alone(rates, effects, first, one)
    assert value == value_alone(rates, effects, first, plan)

    def ours(*x):
        return jnp.sum(jnp.log(jnp.abs(fast_trajectory(*x, one)[0]) + 1e-6))

    pulls = jax.grad(ours, argnums=(0, 1, 2))(rates, effects, first)
    way = [rng.standard_normal(x.shape) * x for x in (rates, effects, first)]
    along = sum(float(jnp.sum(pull * move)) for pull, move in zip(pulls, way, strict=True))

    def moved(h):
        return value_alone(*(x + h * m for x, m in zip((rates, effects, first), way, strict=True)), plan)

    h = 1e-5
    difference = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
    assert difference == pytest.approx(along, rel=1e-5, abs=1e-6)


def test_the_same_bytes_on_any_number_of_threads_and_for_any_company():
    rates, effects, first = marrows(60, 3)
    plan = PLANS[3]
    whole = fast_states(rates, effects, first, plan)
    assert whole.tobytes() == fast_states(rates, effects, first, plan, threads=3).tobytes()
    assert whole[7:9].tobytes() == fast_states(rates[7:9], effects[7:9], first[7:9], plan).tobytes()
    own = stack_plans([plan] * len(rates), steps=plan.steps, kinds=len(plan.months))
    assert whole.tobytes() == fast_states(rates, effects, first, own, threads=2).tobytes()


def test_a_loop_inside_a_program_on_one_core_comes_to_its_end():
    """A call that waits for XLA's only thread would never end."""
    program = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import jax, jax.numpy as jnp, numpy as np
from tests.dynamics.deterministic import test_adjoint as here
from remnant.dynamics.deterministic import fast_trajectory
given = tuple(np.concatenate([x] * 5) for x in here.marrows(20, 4))
def value(shift):
    one = lambda *x: fast_trajectory(*x, here.PLANS[3])[0].sum()
    return jax.vmap(one)(given[0] * jnp.exp(shift), *given[1:]).sum()
step = lambda x: x - 1e-9 * jax.grad(value)(x)
print(float(jax.jit(lambda x: jax.lax.fori_loop(0, 3, lambda _, x: step(x), x))(0.0)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(["src", "."])},
        check=True,
    )
    assert np.isfinite(float(done.stdout))


@pytest.mark.parametrize("order", [3, 4])
def test_states_do_not_jump_where_a_course_meets_the_cap(order):
    """Along 20,001 advantages no step between neighbours is far longer than those beside it."""
    rates, effects, first = (x[1:2] for x in marrows(2, 4))
    count = 20_001
    rates, effects, first = (np.repeat(x, count, axis=0) for x in (rates, effects, first))
    rates[:, ADVANTAGE, 1] = np.linspace(0.02, 0.6, count)
    moved = np.abs(
        np.diff(fast_states(rates, effects, first, PLANS[order])[:, -1].reshape(count, -1), axis=0)
    )
    beside = np.maximum(moved[:-2], moved[2:])
    assert np.all(moved[1:-1] <= 2 * beside + 1e-9)
