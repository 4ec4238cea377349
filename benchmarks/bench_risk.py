"""Risk scores of ten thousand invented patients: in columns against one at a time, and the command.

Run `python benchmarks/bench_risk.py`.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from side_by_side import compare

from remnant.diagnosis import CYTOGENETIC_GROUPS, GENES, RiskInputs, read_risk_table, score

PATIENTS = 10_000
MEASURED = ("ID", "HB", "PLT", "BM_BLAST", "ANC", "AGE", "del5q", "del7_7q", "del17_17p", "complex")
HEADER = (*MEASURED, "CYTO_IPSSR", "TP53mut", "TP53maxvaf", "TP53loh", *GENES)


def write_patients(path: Path) -> None:
    """Write invented patients, one gene in fifty missing."""
    rng = np.random.default_rng(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(PATIENTS):
            genes = np.where(rng.random(len(GENES)) < 0.02, "NA", (rng.random(len(GENES)) < 0.1).astype(int))
            counts = f"{rng.uniform(5, 14):.1f}", rng.integers(5, 600), f"{rng.uniform(0, 19):.1f}"
            flags = (rng.random(4) < 0.2).astype(int)
            group = rng.choice(CYTOGENETIC_GROUPS)
            tp53 = rng.choice(["0", "1", "2 or more"]), f"{rng.random():.2f}", rng.integers(2)
            age = rng.integers(30, 95)
            writer.writerow(
                [f"P{number}", *counts, f"{rng.uniform(0, 6):.2f}", age, *flags, group, *tp53, *genes]
            )


def one_by_one(given: RiskInputs, patients: int) -> None:
    """Score patients as a loop over rows would."""
    for place in range(patients):
        score(given.only(place))


def main() -> None:
    """Print the ratios, and what the command takes with its start."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patients.csv"
        write_patients(path)
        given = read_risk_table(path).inputs
        few = RiskInputs(
            **{name: value[:200] for name, value in vars(given).items() if name != "genes"},
            genes={name: value[:200] for name, value in given.genes.items()},
        )
        compare(
            f"{PATIENTS:,} patients in columns",
            lambda: score(given),
            lambda: one_by_one(few, 200),
            against="200 patients one by one",
        )
        compare(
            "the table read and checked",
            lambda: read_risk_table(path),
            lambda: list(csv.DictReader(path.open())),
            against="its rows as dictionaries, unchecked",
        )
        for _ in range(3):
            start = time.perf_counter()
            command = [sys.executable, "-m", "remnant", "risk", str(path), "--json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            print(f"remnant risk --json, with its start: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
