"""The job that fits a revision of a study; killed, it goes on with the chains as they were."""

from __future__ import annotations

from typing import Any

from remnant.inference.fitting.choices import Choices
from remnant.service.fitting import fit_into
from remnant.service.work.task import Task, Told

STAGES = 2  # of a fit: its chains, or each patient alone; then the forecasts
WHOLE = 10_000  # pieces of a stage, whatever it counts


class Stages:
    """Tells of stages, one after the other, as of one piece of work: its bar fills once and never goes back.

    How long a stage takes is not known before, so each is an equal part of the bar, and the words say which.
    """

    def __init__(self, told: Told, stages: int = STAGES):
        self.told, self.stages, self.seen = told, stages, [""]

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Tell that of `what`, `done` of `total` is done."""
        if what != self.seen[-1]:
            self.seen.append(what)
        stage = len(self.seen) - 1
        filled = WHOLE * (stage - 1) + WHOLE * done // max(total, 1)
        said = f"step {stage} of {self.stages}, {what}: {done:,} of {total:,}"
        self.told(filled, WHOLE * self.stages, said)


def fit(task: Task) -> dict[str, Any]:
    """Fit, and keep the fit."""
    study = task.study()
    asked = dict(task.job.arguments)
    own = study.config.analysis.seed if asked["seed"] is None else asked["seed"]
    out = task.folder / "fit"
    choices = Choices(**asked | {"seed": own})
    fit_into(study, choices, out, engine=task.engine, resume=True, told=Stages(task.told))
    made = task.keep(out)
    return {"kept": made.id, "kind": made.kind}
