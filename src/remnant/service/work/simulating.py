"""The jobs that invent: a synthetic study with its truth, and virtual cohorts under a scenario."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.run.folder import PAGE, run_cohort
from remnant.cohort.scenario.file import parse_scenario
from remnant.observation import simulate_study
from remnant.report.virtual import write_cohort_page
from remnant.scale import executor
from remnant.service.work.task import Task
from remnant.store.files.trees import put_folder
from remnant.store.studies.studies import StudyRecord, all_studies, create_study, revision_called

YEARS = 10.0


def new_study(task: Task) -> dict[str, Any]:
    """Simulate a study, and put it into the list, labelled synthetic; the same one is there once."""
    asked, folder = task.job.arguments, task.folder / "study"
    shutil.rmtree(folder, ignore_errors=True)
    _simulate(task, folder)
    tree = put_folder(task.store, folder)
    record = _there(task, tree) or create_study(
        task.store,
        who=task.job.by,
        title=asked["title"],
        tree=tree,
        why=f"simulated: {asked['patients']} patients, seed {asked['seed']}",
        synthetic=True,
    )
    return {"study": record.slug}


def _simulate(task: Task, folder: Path) -> None:
    asked = task.job.arguments
    patients, seed = int(asked["patients"]), int(asked["seed"])
    if not asked["events"]:
        from remnant.observation.courses_folder import write_courses

        task.told(0, patients, "simulating patients")
        write_courses(folder, patients=patients, seed=seed)
        return
    simulated = 0

    def done() -> None:
        nonlocal simulated
        simulated += 1
        task.told(simulated, patients, f"simulating patients: {simulated} of {patients}")

    simulate_study(folder, patients=patients, seed=seed, executor=executor(task.engine), done=done)


def _there(task: Task, tree: str) -> StudyRecord | None:
    """Return the study that began as this very folder: made before a kill, or asked for before."""
    for record in all_studies(task.store):
        if record.synthetic and revision_called(task.store, record, 1).tree == tree:
            return record
    return None


def plan_of(asked: Any) -> CohortPlan:
    """Return the plan of a cohort.

    Raises
    ------
    SettingError
        With everything wrong in the scenario or the numbers.
    """
    scenario = parse_scenario(asked["scenario"])
    years = asked["years"] if asked["years"] is not None else scenario.years or YEARS
    return CohortPlan(scenario, scenario.preset, asked["patients"], years, asked["seed"], asked["method"])


def cohort(task: Task) -> dict[str, Any]:
    """Simulate a virtual cohort, and keep it beside the study."""
    plan, out = plan_of(task.job.arguments), task.folder / "cohort"
    simulated = 0

    def done(patients: int) -> None:
        nonlocal simulated
        simulated += patients
        what = f"simulating patients: {simulated:,} of {plan.patients:,}"
        task.told(simulated, plan.patients, what)

    run = run_cohort(plan, out, executor=executor(task.engine), done=done)
    write_cohort_page([plan], [run.summary], None, out / PAGE)
    made = task.keep(out)
    return {"kept": made.id, "kind": made.kind}
