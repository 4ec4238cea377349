"""The job that fits a revision of a study; killed, it goes on with the chains as they were."""

from __future__ import annotations

from typing import Any

from remnant.inference.fitting.choices import Choices
from remnant.service.fitting import fit_into
from remnant.service.work.task import Task, Told


class Stages:
    """Tells of stages, one after the other, as of one piece of work that never goes back."""

    def __init__(self, told: Told):
        self.told, self.what, self.before, self.total = told, "", 0, 0

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Tell that of `what`, `done` of `total` is done."""
        if what != self.what:
            self.before, self.what = self.before + self.total, what
        self.total = total
        self.told(self.before + done, self.before + total, f"{what}: {done:,} of {total:,}")


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
