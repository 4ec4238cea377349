"""What stands beside a posterior: predictive checks of every assay, and the other mechanisms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from remnant.inference.comparison.checks import check_assays, check_patient
from remnant.inference.comparison.mechanisms import Fitted, compare_mechanisms, leave_each_out
from remnant.inference.comparison.words import told_apart
from remnant.inference.fitting.posterior import Found, Told, fit_together
from remnant.inference.fitting.ready import Ready
from remnant.inference.problem.mechanisms import MECHANISMS
from remnant.scale.executors import Executor
from remnant.scale.streams import stream


def check(ready: Ready, found: Found) -> dict[str, Any]:
    """Hold every observation against what the posterior would have shown; fields of a `Fit`."""
    labels = ready.gathered.labels
    checks = [
        check_patient(
            found.problem,
            number,
            found.draws[patient],
            rng=stream(ready.choices.seed, patient, "checks"),
            labels={name: [label.what for label in rows] for name, rows in labels[number].items()},
        )
        for number, patient in enumerate(found.problem.patients)
    ]
    return {"checks": check_assays(checks), "check_rows": tuple(row for one in checks for row in one.rows)}


def compare(
    ready: Ready, found: Found, *, folder: Path | None, executor: Executor | None, progress: Told
) -> dict[str, Any]:
    """Fit every other mechanism as this one was, and leave each patient out of each; fields of a `Fit`."""
    fitted = []
    for name, mechanism in MECHANISMS.items():
        own = name == ready.choices.mechanism
        place = None if folder is None else folder / name
        problem = found.problem if own else ready.problem(name)
        other = (
            found if own else fit_together(ready, problem, folder=place, executor=executor, progress=progress)
        )
        assert other.x is not None, "mechanisms are compared where all patients were fitted together"
        left_out = leave_each_out(problem, other.x, seed=ready.choices.seed)
        fitted.append(Fitted(name, mechanism.title, left_out, other.diagnostics.fit))
    scores = compare_mechanisms(fitted)
    return {"mechanisms": scores, "told_apart": told_apart(scores, len(found.problem.patients))}
