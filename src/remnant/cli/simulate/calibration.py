"""The command that puts the shipped model of del(5q) beside the published trials."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, progress, say


@mendable
def calibration(
    patients: Annotated[
        int, typer.Option(min=20, help="Virtual patients of each trial, before enrolment.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same patients.")] = 20100909,
    method: Annotated[
        str, typer.Option(help="hybrid (small clones cell by cell), exact or deterministic.")
    ] = "hybrid",
    engine: Annotated[
        str, typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    as_json: Json = False,
) -> None:
    """Compare the shipped del(5q) model with the published figures of lenalidomide, inside or missed.

    Virtual patients are enrolled as the trials did; the published interval stands beside that of the
    simulation. The numbers marked as calibrated were chosen to agree: this is no validation.

    Example: remnant simulate calibration --patients 2000
    """
    from remnant.cohort.calibration.compare import calibrate, markdown
    from remnant.cohort.calibration.trials import trials
    from remnant.scale import executor

    work = executor(engine)
    with progress("Virtual trials", patients * len(trials())) as done:
        rows = calibrate(patients, seed, executor=work, method=method, done=done)  # type: ignore[arg-type]
    if as_json:
        print_json([{"row": row, "verdict": row.verdict} for row in rows])
        return
    say(markdown(rows))
