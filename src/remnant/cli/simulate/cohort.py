"""The command that simulates virtual cohorts, alone or several scenarios in the same patients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remnant.cli.console import Json, mendable, print_json, progress, say
from remnant.cli.simulate.cohort_tables import show_comparison, show_summary

if TYPE_CHECKING:
    from remnant.cohort.comparison.compare import Comparison
    from remnant.cohort.course.plan import CohortPlan
    from remnant.cohort.run.folder import CohortRun
    from remnant.cohort.scenario.scenario import Scenario

PRESET = "del5q-lenalidomide"
YEARS = 10.0


@mendable
def cohort(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the answer; made if need be.")
    ],
    patients: Annotated[int, typer.Option(help="Virtual patients, from 1.")] = 1000,
    years: Annotated[
        float | None,
        typer.Option(help="How long each is followed; left out: as the scenario says, else 10."),
    ] = None,
    scenario: Annotated[
        list[Path] | None,
        typer.Option(
            "--scenario",
            metavar="FILE.toml",
            help="What is done; several are compared in the same patients. Left out: the label of --preset.",
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="Disease and drug, where no scenario is given.")] = PRESET,
    posterior: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draws (CSV or Parquet) in place of the priors; patient i has row i mod rows.",
        ),
    ] = None,
    method: Annotated[
        str, typer.Option(help="hybrid (small clones cell by cell), exact or deterministic.")
    ] = "hybrid",
    seed: Annotated[int, typer.Option(help="The same seed gives the same patients.")] = 20100909,
    trajectories: Annotated[
        int, typer.Option(min=0, help="First patients whose whole course is written too.")
    ] = 0,
    engine: Annotated[
        str, typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    block_size: Annotated[
        int | None, typer.Option(min=1, help="Patients in a block; left out: as many as memory allows.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on where an earlier run into DIR stopped.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Simulate a virtual cohort: who responds, what stays behind, who relapses, who is cured.

    DIR gets cohort.html (tables and figures, for any browser), patients.parquet (one row per patient),
    COLUMNS.md (what each column means), summary.json and its tables as CSV. All of it is labelled synthetic.

    Example: remnant simulate cohort --patients 1000 --years 10 --out my-cohort
    """
    from remnant.cohort.run.folder import PAGE, refuse_courses, run_cohort
    from remnant.scale import executor

    plans = _plans(scenario or [], preset, patients, years, seed, method, posterior)
    refuse_courses(trajectories, patients)
    worker = executor(engine)
    folders = [out] if len(plans) == 1 else [out / f"scenario-{n}" for n in range(1, len(plans) + 1)]
    runs = []
    for plan, folder in zip(plans, folders, strict=True):
        with progress(f"Simulating patients: {plan.scenario.title}", plan.patients) as done:
            options: dict[str, Any] = {"resume": resume, "size": block_size, "courses": trajectories}
            runs.append(run_cohort(plan, folder, executor=worker, done=done, **options))
    comparison = _compare(plans, folders, out) if len(plans) > 1 else None
    page = out / PAGE
    _write_page(plans, runs, comparison, page)
    if as_json:
        print_json(
            {
                "directory": str(out),
                "seed": seed,
                "page": str(page),
                "cohorts": runs,
                "comparison": comparison,
            }
        )
        return
    for run in runs:
        show_summary(run.summary)
    if comparison is not None:
        show_comparison(comparison)
    say(f"Wrote {', '.join(map(str, folders))}. Open {page}")


def _plans(
    files: list[Path],
    preset: str,
    patients: int,
    years: float | None,
    seed: int,
    method: str,
    posterior: Path | None,
) -> list[CohortPlan]:
    """Read every file first, so that nothing is simulated while something is wrong; say all that is."""
    from remnant.cli.simulate.reading import Reading
    from remnant.cohort.course.plan import CohortPlan
    from remnant.cohort.course.posterior import read_draws, read_posterior
    from remnant.cohort.scenario.file import read_scenario
    from remnant.cohort.scenario.label import label_scenario

    reading = Reading()
    asked: list[Callable[[], Scenario]] = [partial(read_scenario, file) for file in files]
    read = [reading.of(one) for one in asked or [partial(label_scenario, preset)]]
    scenarios = [one for one in read if one is not None]
    if posterior is not None and not scenarios:  # what the draws must hold is not known, but what they are
        reading.of(partial(read_draws, posterior))
    made = []
    for one in scenarios:
        draws = None if posterior is None else reading.of(partial(read_posterior, posterior, one))
        length = years if years is not None else one.years or YEARS
        numbers = (patients, length, seed, method)
        made.append(reading.of(partial(CohortPlan, one, one.preset, *numbers, draws)))  # type: ignore[arg-type]
    reading.finish()
    plans = [plan for plan in made if plan is not None]
    if len(plans) > 1:
        from remnant.cohort.comparison.compare import refuse_unpaired

        refuse_unpaired(plans)
    return plans


def _compare(plans: list[CohortPlan], folders: list[Path], out: Path) -> Comparison:
    """Compare the cohorts, and keep the comparison."""
    import polars as pl

    from remnant.cohort.comparison.compare import compare
    from remnant.cohort.comparison.table import comparison_frame
    from remnant.store.records import to_json
    from remnant.study.formulas import defused_table

    comparison = compare(plans, folders)
    (out / "comparison.json").write_bytes(to_json(comparison) + b"\n")
    table = comparison_frame(comparison).with_columns(notice=pl.lit(comparison.notice))
    defused_table(table).write_csv(out / "comparison.csv")  # titles are anybody's text
    return comparison


def _write_page(
    plans: list[CohortPlan], runs: list[CohortRun], comparison: Comparison | None, page: Path
) -> None:
    """Write tables and figures for people."""
    from remnant.report.virtual import write_cohort_page

    write_cohort_page(plans, [run.summary for run in runs], comparison, page)
