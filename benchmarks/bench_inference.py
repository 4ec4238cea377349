"""The posterior of seven patients: effective draws per second against a plain PyMC model, and a whole fit.

The first posterior has 63 numbers: seven of a patient, their medians and spreads; eight visits of seven
patients in five years, beta-binomial counts in three compartments, 21/28 therapy with a hold for each.
PyMC runs in an environment of its own, whose Python the variable REMNANT_PEERS names; before anything is
timed, both densities are compared. Effective draws per second are effective draws per gradient, which a busy
machine does not touch, over seconds per gradient, which are taken in the same run. PyMC needs hours for what
takes minutes here: with a plan of 0 draws for it, its gradients per effective draw are those of BlackJAX's
NUTS, tuned as PyMC tunes its own (windows, a diagonal mass, acceptance 0.8, trees of up to 2^10), on the very
density. The second posterior is that of a synthetic study of all assays, on two processes.

Run with: python benchmarks/bench_inference.py [--peer TUNE DRAWS CHAINS] [--skip-peer] [--skip-fit]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import hierarchy
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial

from remnant.dynamics.deterministic.adjoint.trajectory import fast_trajectory
from remnant.dynamics.deterministic.plan import DAYS_PER_MONTH, Plan, make_grid, stack_plans
from remnant.inference.problem.hierarchy import SHIFT, SPREAD, SPREAD_SD
from remnant.inference.sampler import convergence
from remnant.inference.sampler.chains import Chains
from remnant.inference.sampler.diagnosis import diagnose
from remnant.inference.sampler.sample import sample
from remnant.scale.executors import Processes

PATIENTS, K = 7, len(hierarchy.NUMBERS)
SIZE = (2 + PATIENTS) * K
PEER = Path(__file__).with_name("inference_peer.py")


def thetas(x: Array) -> Array:
    """Return every patient's numbers, (patients, 7), from the 63 of the posterior."""
    median, spread, own = x[:K], x[K : 2 * K], x[2 * K :].reshape(-1, K)
    moved = SHIFT * median + SPREAD * jnp.exp(SPREAD_SD * spread) * own
    return hierarchy.CENTRE + hierarchy.SPREAD * moved


def seen(x: Array, plan: Plan) -> Array:
    """Return the shares at the visits, (patients, visits, 3)."""
    states = jax.vmap(lambda theta, one: fast_trajectory(*hierarchy.to_model(theta), one)[0])
    return hierarchy.shares(states(thetas(x), plan))


def log_density(evidence: tuple[Plan, Array], x: Array) -> Array:
    """Return the log posterior density, less a constant."""
    plan, counts = evidence
    return hierarchy.log_likelihood(counts, seen(x, plan)).sum() - 0.5 * (x @ x)


def plans(longest: float) -> Plan:
    """Return the plans of all patients in steps of at most `longest` days."""
    holds = [250 + 130 * i for i in range(PATIENTS)]
    grids = [make_grid(*hierarchy.segments(hold), hierarchy.VISITS, longest=longest) for hold in holds]
    return stack_plans([grid.plan(order=3) for grid in grids])


def peer_arrays(counts: Array, points: np.ndarray, plan: tuple[int, int, int]) -> dict[str, Any]:
    """Return what PyMC needs: priors, steps of an eighth of a month, counts, points to compare."""
    steps = plans(DAYS_PER_MONTH / 8)
    each = range(PATIENTS)
    return {
        "counts": np.asarray(counts),
        "points": points,
        "plan": np.array(plan),
        "months": np.stack([np.asarray(steps.months[i])[steps.kinds[i]] for i in each]),
        "doses": np.stack([np.asarray(steps.doses[i])[steps.kinds[i], 0] for i in each]),
        "visits": np.asarray(steps.visits),
        "centre": hierarchy.CENTRE,
        "scale": hierarchy.SPREAD,
        "shift": SHIFT,
        "spread0": SPREAD,
        "spread_sd": SPREAD_SD,
        "assay": np.array([hierarchy.BLUR, hierarchy.DISPERSION, hierarchy.EXAMINED]),
    }


def ask_peer(arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    """Run PyMC in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "given.npz", Path(folder) / "answer.npz"
        np.savez(given, **arrays)
        subprocess.run([os.environ["REMNANT_PEERS"], str(PEER), str(given), str(answer)], check=True)
        return dict(np.load(answer))


def least(draws: np.ndarray) -> float:
    """Return the least bulk effective size of any number."""
    return min(convergence.ess_bulk(x) for x in np.moveaxis(draws, -1, 0))


def told(name: str, chains: Chains, seconds: float, names: tuple[str, ...]) -> None:
    """Print what a fit took and came to."""
    found = diagnose(chains, names).diagnostics
    print(
        f"{name}: {seconds:.0f} s; R-hat {found.r_hat:.4f}, least effective size {found.ess_bulk:.0f} bulk, "
        f"{found.ess_tail:.0f} tail; {found.divergences} divergences, E-BFMI {found.energy:.2f}; "
        f"{'fit' if found.fit else 'not fit'}"
    )
    print(
        f"  gradients of a chain: {chains.spent.mean():,.0f} of start and warm-up, "
        f"{chains.leapfrogs.sum(1).mean():,.0f} of draws; {chains.leapfrogs.mean():.1f} a draw; "
        f"{chains.leapfrogs.sum() / least(chains.draws):.0f} for an effective draw",
        flush=True,
    )


def seconds_of_gradient(density: Any, point: np.ndarray) -> float:
    """Return the median time of a log density with its gradient, compiled."""
    work = jax.jit(jax.value_and_grad(lambda density, x: density(x), argnums=1))
    spent = []
    for _ in range(31):
        begin = time.perf_counter()
        jax.block_until_ready(work(density, point))
        spent.append(time.perf_counter() - begin)
    return statistics.median(spent[1:])


def against_pymc(plan: tuple[int, int, int], warmup: int, draws: int) -> None:
    """Compare effective draws per gradient and gradients per second."""
    rng = np.random.default_rng(3)
    truth = rng.standard_normal(SIZE)
    steps = jax.tree.map(jnp.asarray, plans(21.0))
    counts = jnp.asarray(hierarchy.counted(np.clip(jax.jit(seen)(truth, steps), 0, 1), rng))
    density = Partial(log_density, (steps, counts))
    points = truth + 0.1 * rng.standard_normal((5, SIZE))
    values = np.array([float(density(point)) for point in points])
    before = seconds_of_gradient(density, points[0])
    if "REMNANT_PEERS" not in os.environ:
        print("PyMC is left out: REMNANT_PEERS names no Python that has it")
    else:
        theirs = ask_peer(peer_arrays(counts, points, plan))
        gap = theirs["values"] - values
        print(f"log densities differ by {np.ptp(gap):.1e} over {len(points)} points, less a constant")
        assert np.ptp(gap) < 0.1, "PyMC has another posterior"
        after = seconds_of_gradient(density, points[0])
        faster = np.median(theirs["seconds"]) / statistics.mean([before, after])
        print(f"gradient: {1e3 * before:.2f} ms; PyMC: ratio {faster:.1f}", flush=True)
    begin = time.perf_counter()
    chains = sample(density, SIZE, seed=1, warmup=warmup, draws=draws, executor=Processes(2))
    names = tuple(str(place) for place in range(SIZE))
    told("63 numbers, 4 chains", chains, time.perf_counter() - begin, names)
    if "REMNANT_PEERS" not in os.environ:
        return
    who = "PyMC" if plan[1] else "BlackJAX in its place"
    kept, drawn = (theirs["kept"], theirs["draws"]) if plan[1] else standard_nuts(density, warmup, draws)
    ours, peer = chains.leapfrogs.sum() / least(chains.draws), kept.sum() / least(drawn)
    print(f"{who}: {peer:.0f} gradients for an effective draw, {kept.mean():.1f} a draw")
    print(f"least bulk effective size per second: ratio {faster * peer / ours:.1f}", flush=True)


def standard_nuts(density: Any, tune: int, draws: int, chains: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Draw by NUTS as it is commonly tuned; return leapfrogs (chains, draws) and draws (chains, draws, d)."""
    import blackjax

    def one(key: Array) -> tuple[Array, Array]:
        start, first, rest = jax.random.split(key, 3)
        warm = blackjax.window_adaptation(blackjax.nuts, density, target_acceptance_rate=0.8)
        (state, tuned), _ = warm.run(first, 0.1 * jax.random.normal(start, (SIZE,)), tune)
        step = blackjax.nuts(density, **tuned).step

        def moved(state: Any, key: Array) -> tuple[Any, tuple[Array, Array]]:
            state, seen = step(key, state)
            return state, (seen.num_integration_steps, state.position)

        _, kept = jax.lax.scan(moved, state, jax.random.split(rest, draws))
        return kept

    work = jax.jit(one)
    kept, drawn = zip(*(work(jax.random.PRNGKey(chain)) for chain in range(chains)), strict=True)
    return np.stack(kept), np.stack(drawn)


def whole_fit(patients: int, warmup: int, draws: int) -> None:
    """Fit a synthetic study of all assays as the commands do, on two processes."""
    from remnant.dynamics.model.presets import DEL5Q_LENALIDOMIDE
    from remnant.inference.evidence.gather import gather
    from remnant.inference.problem.problem import make_problem
    from remnant.observation import simulate_study
    from remnant.study import read_study

    with tempfile.TemporaryDirectory() as folder:
        simulate_study(Path(folder) / "study", patients=patients, seed=7)
        problem = make_problem(
            gather(read_study(Path(folder) / "study"), DEL5Q_LENALIDOMIDE), DEL5Q_LENALIDOMIDE
        )
    begin = time.perf_counter()
    chains = sample(problem, problem.dimension, seed=1, warmup=warmup, draws=draws, executor=Processes(2))
    name = f"whole fit of {patients} patients, {problem.dimension} numbers"
    told(name, chains, time.perf_counter() - begin, problem.names())
    print(f"gradient: {1e3 * seconds_of_gradient(problem, chains.draws[0, -1]):.2f} ms")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument(
        "--peer", type=int, nargs=3, default=[300, 200, 2], help="tune, draws, chains of PyMC"
    )
    parser.add_argument("--skip-peer", action="store_true")
    parser.add_argument("--skip-fit", action="store_true")
    given = parser.parse_args()
    if not given.skip_peer:
        against_pymc(tuple(given.peer), given.warmup, given.draws)
    if not given.skip_fit:
        whole_fit(7, given.warmup, given.draws)


if __name__ == "__main__":
    main()
