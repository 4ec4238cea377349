"""Draw from a density by NUTS: chains that can be stopped, killed and gone on with, on any engine."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Literal

import jax
import numpy as np

from remnant.dynamics.deterministic.compilation import keep_compiled
from remnant.errors import Fault, SettingError
from remnant.inference.sampler.chain import Plan, Progress, advance, kernel_of
from remnant.inference.sampler.chains import Chains
from remnant.inference.sampler.checkpoints import Checkpoints
from remnant.inference.sampler.kernel import ROWS, Density
from remnant.scale.executors import Executor, Serial
from remnant.scale.pools import Pool
from remnant.scale.whole import alone_in

LOOKS = 3  # points at which a density is known again

Told = Callable[[int, int, int], None]  # chain, transitions done, of how many


def _untold(chain: int, done: int, total: int) -> None:
    """Do nothing: the default of `progress`."""


def sample(
    density: Density,
    dimension: int,
    *,
    seed: int,
    chains: int = 4,
    warmup: int = 200,
    draws: int = 300,
    start: np.ndarray | None = None,
    inverse_mass: np.ndarray | None = None,
    dense: bool | Literal["auto"] = "auto",
    target_accept: float = 0.85,
    max_depth: int = 8,
    folder: Path | None = None,
    executor: Executor | None = None,
    piece: int = 20,
    progress: Told = _untold,
) -> Chains:
    """Draw from a density by the No-U-Turn sampler (Hoffman & Gelman 2014; Betancourt 2017).

    The same seed gives the same bytes on every engine, for pieces of any length, and after a run that was
    killed and gone on with.

    Parameters
    ----------
    density : callable
        From a flat float64 array (dimension,) to its log density, a scalar up to a constant; JAX-traceable
        and picklable. Coordinates should be scaled so that the prior is standard normal. Data that are leaves
        of it as a pytree, as in ``jax.tree_util.Partial(function, data)``, do not have it compiled anew.
    dimension : int
        Of the point.
    seed : int
        Of all chance, at least 0; chain c draws from the stream (seed, c).
    chains, warmup, draws : int
        Number of chains, and transitions of each before and while draws are kept.
    start : ndarray, shape (chains, dimension), optional
        First points. By default each chain climbs from a draw of the prior, and begins near the top.
    inverse_mass : ndarray, shape (dimension,) or (dimension, dimension), optional
        Variances or covariance of a like posterior, for a short warm-up. By default from the curvature.
    dense : bool or "auto"
        Whether correlations are learnt in the warm-up; "auto" is yes.
    target_accept : float, default 0.85
        Mean acceptance, within (0, 1).
    max_depth : int, default 8
        Most doublings of a tree, 1 to 12.
    folder : Path, optional
        Where each chain is kept after every piece. A folder that has chains of the same plan is gone on with,
        even for more draws.
    executor : Executor, default Serial
        Who does the work; `Processes` has a process for each of as many chains as there are cores.
    piece : int, default 20
        Transitions between checkpoints, 1 to 64.
    progress : callable, optional
        Is told the chain, how many of its transitions are done, and of how many.

    Returns
    -------
    Chains

    Raises
    ------
    SettingError
        If a setting is outside what it can mean, or no point with a finite density is found.
    ResultsError
        If the folder holds chains of another density or plan.
    """
    plan = _plan(
        dimension, chains, warmup, draws, seed, start, inverse_mass, dense, target_accept, max_depth, piece
    )
    if jax.config.jax_compilation_cache_dir is None:  # type: ignore[attr-defined]
        keep_compiled()
    packed = pickle.dumps(density)
    with (executor or Serial()).pool() as pool:
        if folder is None:
            return _joined(plan, _follow(pool, packed, plan, chains, piece, None, progress))
        kept = Checkpoints(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder):
            kept.claim(plan, chains, pool.hands.submit(_looked, packed, plan).result())
            return _joined(plan, _follow(pool, packed, plan, chains, piece, kept, progress))


def _follow(
    pool: Pool, packed: bytes, plan: Plan, chains: int, piece: int, kept: Checkpoints | None, told: Told
) -> list[Progress]:
    """Hand out chains a piece at a time until all are at their end."""
    found = [kept.found(chain) if kept else None for chain in range(chains)]
    ended = {so_far.chain: so_far for so_far in found if so_far and so_far.done >= plan.total}
    begin = [so_far or chain for chain, so_far in enumerate(found) if chain not in ended]
    under_way: set[Future[Progress]] = {
        pool.hands.submit(advance, packed, plan, so_far, piece) for so_far in begin
    }
    while under_way:
        finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for so_far in (future.result() for future in finished):
            if kept:
                kept.keep(so_far)
            told(so_far.chain, so_far.done, plan.total)
            if so_far.done >= plan.total:
                ended[so_far.chain] = so_far
            else:
                under_way.add(pool.hands.submit(advance, packed, plan, so_far, piece))
    return [ended[chain] for chain in range(chains)]


def _joined(plan: Plan, ended: list[Progress]) -> Chains:
    held = {
        name: np.stack([getattr(chain.held, name)[: plan.draws] for chain in ended])
        for name in ended[0].held._fields
    }
    return Chains(
        draws=held["position"],
        log_density=-held["potential"],
        energy=held["energy"],
        divergent=held["diverged"],
        leapfrogs=held["leapfrogs"],
        accepted=held["accepted"],
        step_size=np.array([float(chain.state.step) for chain in ended]),
        inverse_mass=np.stack([chain.state.inverse_mass for chain in ended]),
        spent=np.array([chain.spent for chain in ended]),
        warmup=plan.warmup,
        max_depth=plan.max_depth,
    )


def _looked(packed: bytes, plan: Plan) -> np.ndarray:
    """Return the log density at points that only the dimension says."""
    kernel = kernel_of(packed, plan.target_accept, plan.max_depth)
    points = 0.3 * np.random.default_rng(plan.dimension).standard_normal((LOOKS, plan.dimension))
    return np.array([kernel.evaluate(point)[0] for point in points])


def _plan(
    dimension: int,
    chains: int,
    warmup: int,
    draws: int,
    seed: int,
    start: np.ndarray | None,
    inverse_mass: np.ndarray | None,
    dense: bool | Literal["auto"],
    target_accept: float,
    max_depth: int,
    piece: int,
) -> Plan:
    """Check every setting, and say all that is wrong at once."""
    mass = None if inverse_mass is None else np.asarray(inverse_mass, float)
    mass = np.diag(mass) if mass is not None and mass.ndim == 1 else mass
    first = None if start is None else np.asarray(start, float)
    rules = {
        "dimension": (dimension, dimension >= 1, "at least 1"),
        "chains": (chains, chains >= 1, "at least 1"),
        "warmup": (warmup, warmup >= 0, "at least 0"),
        "draws": (draws, draws >= 1, "at least 1"),
        "seed": (seed, seed >= 0, "at least 0"),
        "target_accept": (target_accept, 0 < target_accept < 1, "between 0 and 1"),
        "max_depth": (max_depth, 1 <= max_depth <= 12, "1 to 12"),
        "piece": (piece, 1 <= piece <= ROWS, f"1 to {ROWS}"),
        "dense": (dense, dense in (True, False, "auto"), "True, False or 'auto'"),
        "start": (
            getattr(first, "shape", None),
            first is None or _points(first, chains, dimension),
            "finite points",
        ),
        "inverse_mass": (
            getattr(mass, "shape", None),
            mass is None or _is_covariance(mass, dimension),
            "a covariance",
        ),
    }
    hint = "see the documentation of `remnant.inference.sampler.sample`"
    faults = [
        Fault(name, None, "", str(value), expected, hint)
        for name, (value, holds, expected) in rules.items()
        if not holds
    ]
    if faults:
        raise SettingError(faults)
    return Plan(dimension, warmup, draws, seed, bool(dense), target_accept, max_depth, first, mass)


def _points(first: np.ndarray, chains: int, dimension: int) -> bool:
    return first.shape == (chains, dimension) and bool(np.isfinite(first).all())


def _is_covariance(mass: np.ndarray, dimension: int) -> bool:
    if mass.shape != (dimension, dimension) or not np.isfinite(mass).all():
        return False
    return bool(np.allclose(mass, mass.T) and np.linalg.eigvalsh(mass)[0] > 0)
