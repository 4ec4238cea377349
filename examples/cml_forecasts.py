"""Forecasts of BCR::ABL1 series against two exponentials and the last value, patient by patient.

A study and its later rows, both as `cml_series.py` writes them; every patient is fitted alone against the
preset, which is the fast setting of `remnant fit`::

    python examples/cml_forecasts.py study study-held.csv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from remnant.dynamics import preset
from remnant.inference.calibration.biexponential import (
    Transcripts,
    chance_below,
    log_density,
    two_exponentials,
)
from remnant.inference.evidence.gather import gather
from remnant.inference.forecast.course import Posterior
from remnant.inference.forecast.held import Held, read_held
from remnant.inference.forecast.score import score
from remnant.inference.patient.population import Population
from remnant.inference.patient.update import update_patients
from remnant.inference.problem.problem import make_problem
from remnant.scale.streams import stream
from remnant.study.read import read_study

CML = preset("cml-imatinib")
METHODS = "remnant", "two exponentials, then level", "two exponentials, then returns", "last value"
Row = tuple[
    float, bool | None, bool | None
]  # log score; within the central 50 and 90 %, None if not detected


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the scores of every patient, then of all rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", type=Path)
    parser.add_argument("held", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    out = sys.stdout.write
    found: dict[str, list[Row]] = {method: [] for method in METHODS}
    out(f"{'patient':8} {'rows':>4}   log score per row, covered by 50 and 90 %: {'; '.join(METHODS)}\n")
    for patient, count, rows in scored(given.study, given.held, given.seed):
        out(f"{patient:8} {count:4}   " + "   ".join(summary(rows[method]) for method in METHODS) + "\n")
        for method in METHODS:
            found[method] += rows[method]
    for method in METHODS:
        out(f"all rows {len(found[method]):4}   {summary(found[method])}   {method}\n")


def scored(study_folder: Path, held_table: Path, seed: int):
    """Yield each patient with rows to score: name, how many, and the rows by method."""
    gathered = gather(read_study(study_folder), CML)
    problem = make_problem(gathered, CML)
    population = Population.of_preset(len(problem.own), len(problem.shared))
    held = read_held(held_table, gathered.patients)
    for place, fitted in enumerate(update_patients(problem, population, seed=seed)):
        later = [row for row in held if row.patient_id == fitted.patient_id]
        if not later:
            continue
        posterior = Posterior(
            fitted.patient_id, fitted.values, CML, problem.drugs, 0, gathered.now_days[place]
        )
        therapy, evidence = gathered.therapies[place], gathered.evidence[place]
        rng = stream(seed, "two exponentials", fitted.patient_id)
        yield (
            fitted.patient_id,
            len(later),
            {
                "remnant": [
                    (one.log_density, one.within_50, one.within_90)
                    for one in score(posterior, therapy, later)
                ],
                **others(evidence, therapy.calendars[0], later, rng),
            },
        )


def others(evidence, calendar, later, rng) -> dict[str, list[Row]]:
    """Score the forecasts that know no mechanism."""
    rows = evidence.assays["transcripts"]
    seen = Transcripts(
        np.asarray(evidence.days)[np.asarray(rows.time)],
        np.asarray(rows.value),
        np.asarray(rows.censored) > 0,
    )
    stop = next(
        (day for day, dose in zip(calendar.switches, calendar.doses, strict=True) if not dose), np.inf
    )
    days = [row.day for row in later]
    answer = {}
    for name, after in zip(METHODS[1:3], ("level", "returns"), strict=True):
        drawn = two_exponentials(seen, days, draws=2000, rng=rng, stop_day=stop, after=after)
        answer[name] = judged(later, *drawn)
    last = np.full((1, len(days)), seen.log_percent[np.argmax(seen.days)])
    answer["last value"] = judged(later, last, np.array([0.25 * np.sqrt(2)]))
    return answer


def judged(later: Sequence[Held], expected, spread) -> list[Row]:
    """Score later rows against draws of what is expected."""
    value, below = np.log10([row.value for row in later]), np.array([row.below for row in later])
    scores, chance = log_density(value, below, expected, spread), chance_below(value, expected, spread)
    return [
        (
            float(one),
            None if limit else bool(abs(p - 0.5) < 0.25),
            None if limit else bool(abs(p - 0.5) < 0.45),
        )
        for one, p, limit in zip(scores, chance, below, strict=True)
    ]


def summary(rows: Sequence[Row]) -> str:
    """Say the mean log score, and how many detected rows each interval covered."""
    seen = [row for row in rows if row[1] is not None]
    share = [f"{np.mean([row[k] for row in seen]):4.0%}" if seen else "   -" for k in (1, 2)]
    return f"{np.mean([row[0] for row in rows]):6.2f} {' '.join(share)}"


if __name__ == "__main__":
    main()
