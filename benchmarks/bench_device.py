"""Densities with gradients, and whole cohorts, on the CPU and on every accelerator that JAX finds.

Needs NumPy and JAX alone::

    PYTHONPATH=src python benchmarks/bench_device.py --json device.json

Where there is an accelerator, its states and gradients are compared with those of the CPU: states relative to
all clones of a compartment, gradients to the largest of the same patient. The goal is 1e-10.
"""

from __future__ import annotations

import argparse
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
    return (
        f"cpu, {os.cpu_count()} cores" if device.platform == "cpu" else f"{device.device_kind}, {device.id}"
    )


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
    row = {
        "work": "density + gradient",
        "patients": patients,
        "steps": plan.steps,
        "first": first,
        "seconds": seconds,
    }
    return row, (np.asarray(value), np.asarray(slopes))


def cohort(patients: int, device: jax.Device) -> tuple[Row, np.ndarray]:
    """Time ten years of a cohort on one calendar, seen once a year."""
    days = np.round(np.arange(COHORT_YEARS + 1) * 12 * DAYS_PER_MONTH)
    plan = make_plan(*hierarchy.segments(1800, years=COHORT_YEARS), days)
    theta = jax.device_put(hierarchy.draw(patients, np.random.default_rng(2)), jax.devices("cpu")[0])
    packed = [np.asarray(x) for x in jax.jit(jax.vmap(hierarchy.to_model))(theta)]
    size = min(patients, 4096 if device.platform == "cpu" else 32768)
    first, seconds, states = timed(partial(batched, *packed, plan, size=size, device=device), 2)
    row = {
        "work": "cohort, 10 years",
        "patients": patients,
        "steps": plan.steps,
        "first": first,
        "seconds": seconds,
    }
    return row, states


def distance(kind: str, here: Any, there: Any) -> dict[str, float]:
    """Return the largest relative differences of a device (`there`) from the CPU (`here`)."""
    if kind == "cohort, 10 years":
        whole = here.sum(axis=2, keepdims=True)
        return {"states": float(np.max(np.abs(there - here) / whole))}
    scale = np.abs(here[1]).max(axis=1, keepdims=True)
    moved = np.abs(there[1] - here[1]) / scale
    return {"gradients": float(moved.max()), "densities": float(np.max(np.abs(there[0] / here[0] - 1)))}


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
            row |= {"device": named(device), "per_second": patients / row["seconds"]}
            off = {} if device.platform == "cpu" else distance(row["work"], reference, answer)
            print(
                f"{row['work']:20}{patients:10,}{row['steps']:7}  {row['device']:28}{row['first']:9.2f}"
                f"{row['seconds']:9.4f}{row['per_second']:12,.0f}",
                "; ".join(f"{name} off by {value:.1e}" for name, value in off.items()),
                flush=True,
            )
            rows.append(row | {"off": off})
    if given.json:
        given.json.write_text(json.dumps({"jax": jax.__version__, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
