"""NUTS draws from laws whose moments are known, and the same bytes however it is run."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import laws
import numpy as np
import pytest
from scipy.stats import kstest

from remnant.errors import ResultsError, SettingError
from remnant.inference.sampler import convergence
from remnant.inference.sampler.checkpoints import Checkpoints
from remnant.inference.sampler.kernel import Kernel
from remnant.inference.sampler.sample import sample
from remnant.scale.executors import Processes

SETTING = {"seed": 5, "chains": 2, "warmup": 80, "draws": 40}
schools = partial(sample, laws.eight_schools(), 10)


@pytest.fixture(scope="module")
def plain():
    """Chains of the eight schools that were never stopped."""
    return schools(**SETTING)


def standardised_error(values: np.ndarray, expected: float) -> float:
    """Error of the mean of (chains, draws) in units of its Monte Carlo error."""
    size = convergence.effective_size(convergence.split(values))
    return (values.mean() - expected) / (values.std() / np.sqrt(size))


def assert_same(one, other):
    for name in ("draws", "log_density", "energy", "leapfrogs", "inverse_mass", "step_size", "spent"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


def test_moments_of_a_correlated_normal_law_of_50_numbers():
    density, covariance = laws.correlated(50, 0.95)
    chains = sample(density, 50, seed=1, chains=4, warmup=200, draws=500)
    number = np.moveaxis(chains.draws, -1, 0)
    assert max(abs(standardised_error(x, 0.0)) for x in number) < 4
    squares = [standardised_error(x**2, v) for x, v in zip(number, np.diag(covariance), strict=True)]
    assert max(map(abs, squares)) < 4
    assert abs(standardised_error(number[0] * number[1], 0.95)) < 4
    assert not chains.divergent.any()


@pytest.mark.slow
def test_moments_of_a_funnel_in_standard_normal_scores():
    chains = sample(laws.funnel, 6, seed=2, chains=4, warmup=100, draws=1000)
    values = laws.funnel_values(chains.draws)
    assert abs(standardised_error(values[..., 0], 0.0)) < 4
    assert abs(standardised_error(values[..., 0] ** 2, 9.0)) < 4
    assert abs(standardised_error(np.log(np.abs(values[..., 1])), -0.5 * (np.euler_gamma + np.log(2)))) < 4


@pytest.mark.slow
def test_moments_of_a_density_with_a_bend_and_a_wall():
    chains = sample(laws.kinked, 3, seed=3, chains=4, warmup=200, draws=1000, target_accept=0.95)
    log_gamma, bent, walled = np.moveaxis(chains.draws, -1, 0)
    assert abs(standardised_error(np.exp(log_gamma), 3.0)) < 4
    assert abs(standardised_error((bent > 0).astype(float), 1 / 3)) < 4
    assert abs(standardised_error(bent, np.sqrt(2 / np.pi) * (0.5 / 3 - 2 / 3))) < 4
    assert walled.min() > 0
    assert abs(standardised_error(walled, 3.0)) < 4


@pytest.mark.slow
def test_another_sampler_draws_the_same_posterior():
    import blackjax

    density = laws.eight_schools()
    ours = schools(seed=4, chains=4, warmup=200, draws=800)
    warm = blackjax.window_adaptation(blackjax.nuts, density, target_acceptance_rate=0.9)
    (state, tuned), _ = warm.run(jax.random.PRNGKey(0), jnp.zeros(10), 400)
    step = jax.jit(blackjax.nuts(density, **tuned).step)
    _, theirs = jax.lax.scan(
        lambda state, key: (lambda new: (new, new.position))(step(key, state)[0]),
        state,
        jax.random.split(jax.random.PRNGKey(1), 3000),
    )
    theirs = np.asarray(theirs)[None]
    for k in range(10):
        for power in (1, 2):
            a, b = ours.draws[..., k] ** power, theirs[..., k] ** power
            errors = [x.std() / np.sqrt(convergence.effective_size(convergence.split(x))) for x in (a, b)]
            assert abs(a.mean() - b.mean()) < 4 * np.hypot(*errors), (k, power)


def test_pieces_of_another_length_give_the_same_bytes(plain):
    assert_same(plain, schools(**SETTING, piece=7))


def test_processes_give_the_same_bytes(plain):
    assert_same(plain, schools(**SETTING, executor=Processes(2)))


def test_progress_counts_every_chain_to_its_end():
    told = []
    schools(**SETTING, progress=lambda *seen: told.append(seen))
    for chain in (0, 1):
        counts = [done for which, done, total in told if which == chain and total == 120]
        assert counts == sorted(counts)
        assert counts[-1] == 120


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(plain, tmp_path):
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import laws; "
        "from pathlib import Path; "
        "from remnant.inference.sampler.sample import sample; "
        f"sample(laws.eight_schools(), 10, folder=Path({str(tmp_path / 'chains')!r}), piece=1, **{SETTING!r})"
    )
    cache = {"JAX_COMPILATION_CACHE_DIR": jax.config.jax_compilation_cache_dir}
    run = subprocess.Popen([sys.executable, "-c", script], env=os.environ | cache)
    kept = Checkpoints(tmp_path / "chains")
    for _ in range(6000):
        so_far = kept.found(1)
        if so_far and so_far.done > 30:
            break
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    left = [kept.found(chain).done for chain in (0, 1)]
    assert 0 < max(left) < 120, "it was killed on the way"
    assert_same(plain, schools(**SETTING, folder=tmp_path / "chains"))


def test_a_torn_file_is_a_chain_not_begun(plain, tmp_path):
    schools(**SETTING, folder=tmp_path)
    torn = tmp_path / "chain-1.npz"
    torn.write_bytes(torn.read_bytes()[:-9])
    assert Checkpoints(tmp_path).found(1) is None
    assert_same(plain, schools(**SETTING, folder=tmp_path))


def test_a_finished_folder_goes_on_to_more_draws(plain, tmp_path):
    schools(**SETTING | {"draws": 15}, folder=tmp_path)
    assert_same(plain, schools(**SETTING, folder=tmp_path))


@pytest.mark.parametrize(
    ("change", "said"), [({"seed": 6}, "seed"), ({"warmup": 90}, "warm-up"), ({"chains": 3}, "chains")]
)
def test_the_folder_of_another_plan_is_refused(tmp_path, change, said):
    schools(**SETTING | {"draws": 1}, folder=tmp_path)
    with pytest.raises(ResultsError, match=said):
        schools(**SETTING | change, folder=tmp_path)


def test_the_folder_of_another_density_is_refused(tmp_path):
    other = laws.Partial(laws.schools, tuple(jnp.asarray(part) + 1 for part in laws.SCHOOLS))
    schools(**SETTING | {"draws": 1}, folder=tmp_path)
    with pytest.raises(ResultsError, match="log density"):
        sample(other, 10, **SETTING, folder=tmp_path)


def test_data_of_the_same_shape_do_not_compile_again():
    from remnant.inference.sampler import kernel

    schools(**SETTING | {"draws": 1})
    programs = kernel._run._cache_size()
    other = laws.Partial(laws.schools, tuple(jnp.asarray(part) + 1 for part in laws.SCHOOLS))
    sample(other, 10, **SETTING | {"draws": 1})
    assert kernel._run._cache_size() == programs


def test_a_look_at_a_point_is_the_density_and_its_gradient():
    density = laws.eight_schools()
    look = Kernel(density, target_accept=0.85, max_depth=8)
    point = np.linspace(-1, 1, 10)
    value, slope = look.evaluate(point)
    theirs, gradient = jax.value_and_grad(density)(point)
    assert value == pytest.approx(float(theirs), rel=1e-12)
    np.testing.assert_allclose(slope, gradient, rtol=1e-10)


def test_a_warm_start_needs_no_long_warm_up(plain):
    warm = schools(
        seed=8,
        chains=4,
        warmup=40,
        draws=600,
        start=plain.draws[[0, 1, 0, 1], [-1, -1, -9, -9]],
        inverse_mass=np.cov(plain.flat().T) / 2 + np.eye(10) / 2,
    )
    assert max(convergence.r_hat(x) for x in np.moveaxis(warm.draws, -1, 0)) < 1.03


def test_a_density_that_is_nowhere_finite_is_refused_in_words():
    with pytest.raises(SettingError, match="no finite density"):
        sample(laws.impossible, 2, seed=1, chains=1, warmup=10, draws=10)


def test_a_start_where_the_density_is_not_finite_is_refused():
    with pytest.raises(SettingError, match="start"):
        sample(laws.kinked, 3, seed=1, chains=1, warmup=10, draws=10, start=-np.ones((1, 3)))


def test_all_settings_out_of_range_are_said_at_once():
    with pytest.raises(SettingError) as raised:
        sample(
            laws.standard, 2, seed=-1, chains=0, draws=0, warmup=-1, target_accept=1.0, max_depth=0, piece=0,
            start=np.zeros((4, 3)), inverse_mass=np.zeros(2),
        )  # fmt: skip
    assert len(raised.value.faults) == 9


@pytest.mark.slow
def test_ranks_of_the_truth_among_the_draws_are_uniform():
    ranks = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.standard_normal()
        counts = jnp.asarray(rng.poisson(np.exp(truth), 3).astype(float))
        chains = sample(laws.Partial(laws.conjugate, counts), 1, seed=seed, chains=1, warmup=60, draws=400)
        ranks.append((np.mean(chains.draws[0, ::8, 0] < truth) * 50 + rng.random()) / 51)
    assert kstest(ranks, "uniform").pvalue > 1e-3
