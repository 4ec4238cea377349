"""Virtual cohorts of 10,000 to 1,000,000 patients over 10 years: how time and memory grow with the cohort.

Each size is a process of its own on every core, with the label's schedule of lenalidomide, into a folder that
is removed: simulated, written, summarised. Time is the wall's and the processors', memory the peak of the
largest process. The exponent is the slope of log time on log patients, once as it is and once less the fixed
cost of starting (a cohort of two patients), without which small cohorts would look dear.

    python benchmarks/bench_cohort.py [--largest 1000000] [--years 10] [--engine processes]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SIZES = 10_000, 31_623, 100_000, 316_228, 1_000_000
START = 2
ONE = """
import json, resource, sys, time
from pathlib import Path
from remnant.cohort.run.folder import run_cohort
from remnant.cohort.scenario.label import label_scenario
from remnant.cohort.course.plan import CohortPlan
from remnant.scale import executor
patients, years, engine, out = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
if __name__ == "__main__":
    scenario = label_scenario("del5q-lenalidomide")
    plan = CohortPlan(scenario, scenario.preset, patients, years, 1)
    begun = time.perf_counter()
    run_cohort(plan, out, executor=executor(engine), done=lambda _: None)
    wall = time.perf_counter() - begun
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({
        "wall": wall,
        "cpu": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
        "parent": own.ru_maxrss / 1024,
        "worker": workers.ru_maxrss / 1024,
        "disk": (out / "patients.parquet").stat().st_size / 2**20,
    }))
"""


def run(patients: int, years: float, engine: str) -> dict[str, float]:
    """Simulate one cohort in a process of its own; seconds and MiB."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "one.py"
        script.write_text(ONE, encoding="utf-8")
        command = [sys.executable, str(script), str(patients), str(years), engine, str(Path(folder) / "out")]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def slope(sizes: list[int], seconds: list[float]) -> float:
    """Exponent of time in patients, by least squares on logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def main() -> None:
    """Measure each size up to the largest asked for, and fit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--years", type=float, default=10.0)
    parser.add_argument("--engine", default="processes")
    asked = parser.parse_args()
    start = run(START, asked.years, asked.engine)
    print(f"start: {start['wall']:.1f} s of the wall, {start['cpu']:.1f} s of the processors")
    sizes, wall, cpu = [], [], []
    for patients in (size for size in SIZES if size <= asked.largest):
        found = run(patients, asked.years, asked.engine)
        sizes.append(patients)
        wall.append(found["wall"])
        cpu.append(found["cpu"])
        each = 1e6 * found["cpu"] / patients / asked.years
        print(
            f"{patients:>9,} patients, {asked.years:g} years: {found['wall']:8.1f} s, processors "
            f"{found['cpu']:8.1f} s ({each:.0f} us a patient-year); peak memory {found['parent']:.0f} MiB, "
            f"in a worker {found['worker']:.0f}; {found['disk']:.1f} MiB of rows",
            flush=True,
        )
    if len(sizes) > 1:
        for name, seconds, fixed in (("wall", wall, start["wall"]), ("processors", cpu, start["cpu"])):
            less = slope(sizes, [one - fixed for one in seconds])
            print(f"exponent of cost, {name}: {slope(sizes, seconds):.3f}; less the start: {less:.3f}")


if __name__ == "__main__":
    main()
