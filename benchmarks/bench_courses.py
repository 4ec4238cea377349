"""The response of 1,000 synthetic patients with full courses, by each criteria set and by all of them.

The courses are those of `remnant.observation.courses`, in which every day is known. Times are of the
processor, since a machine is busy, and the median of several runs; the floor is the same tables turned into
one dict a row, which any engine that walks over rows must do first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from remnant.analysis.karyotypes import metaphase_counts, read_karyotypes
from remnant.analysis.plan import Plan
from remnant.observation.courses import simulate_courses
from remnant.response import CRITERIA, classify_all
from remnant.study import Study

PATIENTS, ROUNDS = 1_000, 5
TABLES = ("patients", "samples", "therapy", "blood_counts", "transfusions", "transfusion_log", "marrows")


def seconds(work: Callable[[], object]) -> float:
    """Median of the processor's time for some work."""
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent)


def walk(study: Study) -> list[list[dict[str, object]]]:
    """The floor: every row as a dict."""
    return [study[name].rows(named=True) for name in TABLES]


def main() -> None:
    """Simulate the patients and measure."""
    start = time.process_time()
    study = simulate_courses(PATIENTS, seed=1).study
    print(f"simulating {PATIENTS} courses: {time.process_time() - start:.2f} s")
    start = time.process_time()
    metaphases = metaphase_counts(read_karyotypes(study, Plan.of(study.config)))
    print(f"reading {study['karyotypes'].height} karyotypes: {time.process_time() - start:.2f} s")
    counts, visits = study["blood_counts"].height / PATIENTS, study["samples"].height / PATIENTS
    print(f"{counts:.0f} blood counts and {visits:.1f} marrows a patient")
    floor = seconds(lambda: walk(study))
    for names in (*((name,) for name in CRITERIA), tuple(CRITERIA)):
        spent = seconds(lambda names=names: classify_all(study, criteria=names, metaphases=metaphases))
        print(f"{' + '.join(names)}: {spent:.2f} s; rows alone: {floor:.2f} s; ratio {floor / spent:.2f}")


if __name__ == "__main__":
    main()
