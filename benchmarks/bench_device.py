"""Batches of patients on the processor and, where JAX has one, on an accelerator: times and agreement.

Needs Python, NumPy, SciPy-free JAX and this repository: PYTHONPATH=src python benchmarks/bench_device.py

Synthetic patients throughout. A fit-like density with gradient for thousands of patients, and deterministic
cohorts of ten years. Blocks are of one shape, so each program is compiled once per device.
"""

from __future__ import annotations

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np

from remnant.dynamics.deterministic.batches import batched
from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import make_plan


def calendar(days: float) -> tuple[np.ndarray, np.ndarray]:
    """21 of 28 days, with a hold."""
    starts = np.arange(0, days, 28.0)
    edges = np.unique(np.concatenate([starts, starts + 21, [days]]))
    edges = edges[edges <= days]
    on = (edges[:-1] % 28 < 21) & ~((edges[:-1] >= 392) & (edges[:-1] < 476))
    return edges, on[:, None].astype(float)


def model(theta: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Eight numbers of a patient to rates, effects and start."""
    division, wake, gain, kill, strong = jnp.exp(theta[jnp.array([0, 2, 3, 4, 5])])
    rho, f, q = jax.nn.sigmoid(theta[jnp.array([1, 6, 7])])
    one, none = jnp.ones(()), jnp.zeros(())
    lam, rest = division / rho, 0.05 * (1 - rho) / rho
    rows = [(0.05 * one, wake, wake), (rest,) * 3, (lam,) * 3, (none, gain, gain), (one,) * 3, (6 * one,) * 3]
    rows += [(1 / division,) * 3, (one,) * 3, (none, 1e-6 * one, none)]
    effects = [(none,) * 3, (none, kill, 0.1 * kill), (none, strong, 0.1 * strong), (none,) * 3, (none,) * 3]
    r = 1e-4
    resting = [(1 - rho) * (1 - f), q * f * (1 - r), q * f * r]
    active = [rho * (1 - f), (1 - q) * f * (1 - r), (1 - q) * f * r]
    start = jnp.stack([jnp.stack([a, b, b / rho, b / rho]) for a, b in zip(resting, active, strict=True)])
    return (
        jnp.stack([jnp.stack(row) for row in rows]),
        jnp.stack([jnp.stack(e) for e in effects])[None],
        start,
    )


def patients(n: int) -> np.ndarray:
    centre = np.array([np.log(0.11), -1.4, np.log(0.05), np.log(0.25), np.log(0.3), np.log(8), 2.0, 1.5])
    return centre + 0.4 * np.random.default_rng(1).standard_normal((n, 8))


def timed(work, rounds: int) -> tuple[float, np.ndarray]:
    answer = work()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = work()
        spent.append(time.perf_counter() - start)
    return float(np.median(spent)), answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fits", type=int, default=2048, help="patients of the density with gradient")
    parser.add_argument("--cohort", type=int, default=100_000, help="patients of the cohort")
    parser.add_argument("--block", type=int, default=8192, help="patients of a block of the cohort")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    devices = {"cpu": jax.devices("cpu")[0]}
    if jax.default_backend() != "cpu":
        devices[jax.default_backend()] = jax.devices()[0]
    print(f"jax {jax.__version__}; devices: {', '.join(str(d) for d in devices.values())}", flush=True)

    edges, doses = calendar(1826)
    plan = make_plan(edges, doses, [0, 90, 200, 400, 700, 1000, 1300, 1826])

    def density(theta: jax.Array) -> jax.Array:
        states, _ = trajectory(*model(theta), plan)
        fractions = states[:, 1:, 1:].sum(1) / states[:, :, 1:].sum(1)
        return jnp.sum(0.3 * jnp.log(fractions) + 0.5 * jnp.log1p(-fractions))

    theta = patients(options.fits)
    gradient = jax.jit(jax.vmap(jax.value_and_grad(density)))
    answers = {}
    for name, device in devices.items():
        put = jax.device_put(theta, device)
        begin = time.perf_counter()
        seconds, (value, slope) = timed(lambda put=put: jax.block_until_ready(gradient(put)), options.rounds)
        answers[name] = np.column_stack([value, slope])
        whole = time.perf_counter() - begin
        rate = options.fits / seconds
        print(
            f"density + gradient, {options.fits:,} patients, {name}: {seconds:.4f} s ({rate:,.0f}/s); "
            f"with compiling {whole:.1f} s",
            flush=True,
        )
    compare(answers)

    edges, doses = calendar(3652)
    plan = make_plan(edges, doses, np.arange(0, 3653, 364))
    many = patients(options.cohort)
    with jax.default_device(devices["cpu"]):
        parts = [np.asarray(x) for x in jax.jit(jax.vmap(model))(many)]
    answers = {}
    for name, device in devices.items():
        batched(*(part[: options.block] for part in parts), plan, size=options.block, device=device)
        begin = time.perf_counter()
        # The processor follows a tenth, at most: the ratio is per patient.
        share = parts if name != "cpu" or len(devices) == 1 else [p[: max(1, len(p) // 10)] for p in parts]
        answers[name] = batched(*share, plan, size=options.block, device=device)
        seconds = time.perf_counter() - begin
        rate = len(share[0]) / seconds
        print(
            f"cohort, {len(share[0]):,} patients x 10 years, {name}: {seconds:.2f} s ({rate:,.0f}/s)",
            flush=True,
        )
    compare(answers)


def compare(answers: dict[str, np.ndarray]) -> None:
    names = list(answers)
    for other in names[1:]:
        one, two = answers[names[0]], answers[other][: len(answers[names[0]])]
        gap = np.max(np.abs(one - two) / np.maximum(1.0, np.abs(one)))
        print(f"largest difference {names[0]} against {other}: {gap:.1e}", flush=True)


if __name__ == "__main__":
    main()
