<<<<<<< HEAD
"""Densities with gradients, and whole cohorts, on the CPU and on every accelerator that JAX finds.

Needs NumPy and JAX alone::

    PYTHONPATH=src python benchmarks/bench_device.py --json device.json

Where there is an accelerator, its states and gradients are compared with those of the CPU: states relative to
all clones of a compartment, gradients to the largest of the same patient. The goal is 1e-10.
=======
"""Batches of patients on the processor and, where JAX has one, on an accelerator: times and agreement.

Needs Python, NumPy, SciPy-free JAX and this repository: PYTHONPATH=src python benchmarks/bench_device.py

Synthetic patients throughout. A fit-like density with gradient for thousands of patients, and deterministic
cohorts of ten years. Blocks are of one shape, so each program is compiled once per device.
>>>>>>> h-cascade
"""

from __future__ import annotations

import argparse
<<<<<<< HEAD
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import hierarchy
import jax
import numpy as np

from remnant.dynamics.deterministic.batches import batched
from remnant.dynamics.deterministic.plan import DAYS_PER_MONTH, Plan, make_plan
from remnant.dynamics.deterministic.sensitivities import with_sensitivities

COHORT_YEARS, ROUNDS, GOAL = 10, 5, 1e-10
Row = dict[str, Any]


def devices() -> Iterator[jax.Device]:
    """Yield the CPU, then every accelerator."""
    yield from jax.devices("cpu")[:1]
    yield from (device for device in jax.devices() if device.platform != "cpu")


def named(device: jax.Device) -> str:
    """Return what a reader of the table calls the device."""
    return f"cpu, {os.cpu_count()} cores" if device.platform == "cpu" else f"{device.device_kind}, {device.id}"


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, float, Any]:
    """Return seconds of the first run (with compiling), the median of later ones, and the answer."""
    seconds = []
    for _ in range(1 + rounds):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return seconds[0], statistics.median(seconds[1:]), answer


def gradient(plan: Plan) -> Callable[..., tuple[Any, Any]]:
    """Return the function of thetas (patients, 7) and counts: log density and gradient of every patient."""

    def density(theta: jax.Array, counts: jax.Array) -> jax.Array:
        own = (theta - hierarchy.CENTRE) / hierarchy.SPREAD
        seen = with_sensitivities(hierarchy.fractions)(theta, plan)
        return hierarchy.log_likelihood(counts, seen).sum() - (own**2).sum() / 2

    return jax.jit(jax.vmap(jax.value_and_grad(density)))


def densities(patients: int, device: jax.Device) -> tuple[Row, tuple[np.ndarray, np.ndarray]]:
    """Time log densities with gradients of patients on one plan."""
    rng = np.random.default_rng(1)
    edges, doses = hierarchy.segments(700)
    plan = make_plan(edges, doses, hierarchy.VISITS)
    theta = hierarchy.draw(patients, rng)
    counts = hierarchy.counted(rng.uniform(size=(patients, len(hierarchy.VISITS), 3)), rng)
    given = jax.device_put((theta, counts), device)
    start = time.perf_counter()
    both = gradient(plan).lower(*given).compile()
    compiling = time.perf_counter() - start
    first, seconds, (value, slopes) = timed(lambda: jax.block_until_ready(both(*given)), ROUNDS)
    first += compiling
    row = dict(work="density + gradient", patients=patients, steps=plan.steps, first=first, seconds=seconds)
    return row, (np.asarray(value), np.asarray(slopes))


def cohort(patients: int, device: jax.Device) -> tuple[Row, np.ndarray]:
    """Time ten years of a cohort on one calendar, seen once a year."""
    days = np.round(np.arange(COHORT_YEARS + 1) * 12 * DAYS_PER_MONTH)
    plan = make_plan(*hierarchy.segments(1800, years=COHORT_YEARS), days)
    theta = jax.device_put(hierarchy.draw(patients, np.random.default_rng(2)), jax.devices("cpu")[0])
    packed = [np.asarray(x) for x in jax.jit(jax.vmap(hierarchy.to_model))(theta)]
    size = min(patients, 4096 if device.platform == "cpu" else 32768)
    first, seconds, states = timed(partial(batched, *packed, plan, size=size, device=device), 2)
    row = dict(work="cohort, 10 years", patients=patients, steps=plan.steps, first=first, seconds=seconds)
    return row, states


def distance(kind: str, here: Any, there: Any) -> dict[str, float]:
    """Return the largest relative differences of a device (`there`) from the CPU (`here`)."""
    if kind == "cohort, 10 years":
        whole = here.sum(axis=2, keepdims=True)
        return dict(states=float(np.max(np.abs(there - here) / whole)))
    scale = np.abs(here[1]).max(axis=1, keepdims=True)
    moved = np.abs(there[1] - here[1]) / scale
    return dict(gradients=float(moved.max()), densities=float(np.max(np.abs(there[0] / here[0] - 1))))


def main() -> None:
    """Time everything on everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[1024, 8192], help="of the densities")
    parser.add_argument("--cohort", type=int, default=100_000, help="patients of the cohort")
    parser.add_argument("--json", type=Path, help="also write the results here")
    given = parser.parse_args()
    print(f"jax {jax.__version__}, numpy {np.__version__}; goal of differences {GOAL:g}")
    print(f"{'work':20}{'patients':>10}{'steps':>7}  {'device':28}{'first s':>9}{'s':>9}{'patients/s':>12}")
    rows: list[Row] = []
    for work, patients in [*((densities, n) for n in given.patients), (cohort, given.cohort)]:
        reference = None
        for device in devices():
            row, answer = work(patients, device)
            reference = answer if reference is None else reference
            row |= dict(device=named(device), per_second=patients / row["seconds"])
            off = {} if device.platform == "cpu" else distance(row["work"], reference, answer)
            print(
                f"{row['work']:20}{patients:10,}{row['steps']:7}  {row['device']:28}{row['first']:9.2f}"
                f"{row['seconds']:9.4f}{row['per_second']:12,.0f}",
                "; ".join(f"{name} off by {value:.1e}" for name, value in off.items()),
                flush=True,
            )
            rows.append(row | dict(off=off))
    if given.json:
        given.json.write_text(json.dumps(dict(jax=jax.__version__, rows=rows), indent=1) + "\n")
=======
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
>>>>>>> h-cascade


if __name__ == "__main__":
    main()
