from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm
from tests.dynamics.deterministic.patients import DAYS, DOSES, EDGES, draw

from remnant.dynamics.deterministic.batches import batched, solve_batch
from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.compilation import keep_compiled
from remnant.dynamics.deterministic.filters import transfer
from remnant.dynamics.deterministic.plan import make_plan, stack_plans
from remnant.dynamics.deterministic.precision import assert_double
from remnant.dynamics.deterministic.sensitivities import with_sensitivities
from remnant.dynamics.deterministic.stems import exponential
from remnant.dynamics.model.parameters import Structure
from remnant.errors import PrecisionError

NICHE = Structure()
PLAN = make_plan(EDGES, DOSES, DAYS)


def cascade_matrix(x, y, stages):
    size = 6 + stages
    matrix = np.diag(np.r_[np.ones(5), np.full(stages, y)], -1)
    return matrix - np.diag(np.r_[np.zeros(5), x, np.full(stages, y)]) if len(matrix) == size else None


@pytest.mark.parametrize("stages", [1, 4])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.3, 1.3), (2.0, 2.0 + 1e-9), (70.0, 5.0), (1e-9, 40.0)])
def test_the_filters_are_the_exponential_of_their_cascade_also_where_rates_meet(x, y, stages):
    ours = transfer(jnp.asarray(x), jnp.asarray(y), stages, 9)
    np.testing.assert_allclose(ours, expm(cascade_matrix(x, y, stages))[5:], atol=1e-12)


def test_the_gradient_of_the_filters_is_right_where_two_rates_are_one():
    slope = jax.jacfwd(lambda x: transfer(x, jnp.asarray(2.0), 2, 9))(jnp.asarray(2.0))
    step = 1e-5
    numeric = (expm(cascade_matrix(2 + step, 2.0, 2)) - expm(cascade_matrix(2 - step, 2.0, 2)))[5:] / (
        2 * step
    )
    np.testing.assert_allclose(slope, numeric, atol=1e-9)


def test_the_exponential_of_a_clone_has_a_gradient_at_a_double_root():
    entries = (jnp.asarray(-0.3), jnp.asarray(0.0), jnp.asarray(0.0), jnp.asarray(-0.3))
    slopes = jax.jacfwd(lambda *e: jnp.stack(exponential(*e)), argnums=(0, 1, 2, 3))(*entries)
    np.testing.assert_allclose(np.stack(slopes), np.exp(-0.3) * np.eye(4), atol=1e-12)


def numbers(rates, effects, start):
    """Six numbers of a patient on the log scale: a_m, s_m, eA, eP, eQ and the size of the clone."""

    def model(theta):
        scale = jnp.exp(theta)
        felt = effects.at[0, 1].multiply(scale[2]).at[0, 2].multiply(scale[3]).at[1, 0].multiply(scale[4])
        own = rates.at[0, 1:].multiply(scale[0]).at[3, 1:].multiply(scale[1])
        return own, felt, start.at[1].multiply(scale[5])

    return model


def seen(theta, rates, effects, start, plan):
    """Log of the clone's fractions and the log odds of Q and A: what a likelihood of FISH looks at."""
    states, _ = trajectory(*numbers(rates, effects, start)(theta), plan)
    fractions = states[1:, 1:].sum(1) / states[1:].sum(1)
    least = 1e-5  # of a clone that is gone, steps of 21 days may leave less than nothing, by less than this
    return jnp.sum(0.3 * jnp.log(fractions + least) + 0.7 * jnp.log(1 - fractions + least)), fractions


def worst_gradient(n, seed, longest=21.0, **strength):
    packed, start = draw(n, np.random.default_rng(seed), NICHE, **strength)
    plan = make_plan(EDGES, DOSES, DAYS, longest=longest)
    fixed = tuple(jnp.asarray(x) for x in (packed.rates, packed.effects, start))
    values = jax.jit(jax.vmap(lambda t, *p: seen(t, *p, plan)[0]))
    slopes = jax.jit(jax.vmap(jax.grad(lambda t, *p: seen(t, *p, plan)[0])))(jnp.zeros((n, 6)), *fixed)
    numeric = np.empty((n, 6))
    for k in range(6):

        def central(h, k=k):
            push = h * jnp.eye(6)[k] * jnp.ones((n, 1))
            return (values(push, *fixed) - values(-push, *fixed)) / (2 * h)

        # Richardson; at 1e-4 a step of the difference reaches across a kink of the cap, where it is no slope.
        numeric[:, k] = (4 * central(1e-5) - central(2e-5)) / 3
    return np.max(np.abs(slopes - numeric) / np.linalg.norm(numeric, axis=1, keepdims=True), axis=1)


@pytest.mark.slow
def test_the_gradient_is_that_of_central_differences():
    errors = worst_gradient(8, 5)
    assert np.median(errors) < 1e-6
    assert errors.max() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("longest", [21.0, 7.0])
@pytest.mark.parametrize("strong", [False, True])
def test_the_gradient_holds_over_200_draws_of_the_prior(longest, strong):
    assert worst_gradient(200, 6, longest, strong=strong).max() < 1e-4


@pytest.mark.slow
def test_sensitivities_carried_forward_are_the_gradient_under_vmap_and_jit_and_for_a_direction():
    packed, start = draw(2, np.random.default_rng(7), NICHE)
    fixed = tuple(jnp.asarray(x) for x in (packed.rates, packed.effects, start))
    fractions = with_sensitivities(lambda t, *p: seen(t, *p, PLAN)[1])
    total = jax.jit(lambda t: jnp.sum(jax.vmap(fractions)(t, *fixed) ** 2))
    plain = jax.jit(lambda t: jnp.sum(jax.vmap(lambda *a: seen(*a, PLAN)[1])(t, *fixed) ** 2))
    zero = jnp.zeros((2, 6))
    np.testing.assert_allclose(jax.grad(total)(zero), jax.grad(plain)(zero), rtol=1e-9, atol=1e-12)
    _, along = jax.jvp(total, (zero,), (jnp.ones((2, 6)),))
    np.testing.assert_allclose(along, jax.grad(plain)(zero).sum(), rtol=1e-9)


def test_health_stays_as_it_is_and_a_calendar_in_equal_pieces_changes_nothing():
    packed, start = draw(4, np.random.default_rng(8), NICHE)
    start[3] = 0.0
    start[3, 0] = [1 - 1 / (1 + packed.rates[3, 1, 0] / 0.05), 1 / (1 + packed.rates[3, 1, 0] / 0.05), 1, 1]
    packed.effects[3] = 0.0
    coarse = np.asarray(batched(packed.rates, packed.effects, start, PLAN, size=4))
    pieces = np.unique(np.r_[EDGES, np.arange(0, 1095, 73)])
    doses = DOSES[np.searchsorted(EDGES, pieces[:-1], side="right") - 1]
    fine = np.asarray(batched(packed.rates, packed.effects, start, make_plan(pieces, doses, DAYS), size=4))
    np.testing.assert_allclose(coarse[3], np.broadcast_to(start[3], coarse[3].shape), atol=1e-12)
    np.testing.assert_allclose(fine, coarse, atol=1e-4)
    assert coarse.min() > -1e-12


def test_a_patient_has_the_same_numbers_in_any_block():
    packed, start = draw(5, np.random.default_rng(9), NICHE)
    whole = batched(packed.rates, packed.effects, start, PLAN, size=4)
    tail = batched(packed.rates[3:], packed.effects[3:], start[3:], PLAN, size=4)
    assert np.array_equal(whole[3:], tail)


def test_steps_of_no_length_change_nothing():
    packed, start = draw(2, np.random.default_rng(10), NICHE)
    plans = stack_plans([PLAN, replace(PLAN)], steps=PLAN.steps + 30)
    padded, _ = solve_batch(packed.rates, packed.effects, start, plans)
    plain = batched(packed.rates, packed.effects, start, PLAN, size=4)
    np.testing.assert_allclose(padded, plain, rtol=1e-13, atol=1e-16)


def test_single_precision_is_refused():
    with jax.enable_x64(False), pytest.raises(PrecisionError, match="float64"):
        assert_double()


def test_compiled_programs_are_kept_where_asked(tmp_path):
    before = jax.config.jax_compilation_cache_dir
    try:
        assert keep_compiled(tmp_path / "xla").is_dir()
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
