"""The command that proves fits and forecasts calibrated, on cohorts whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, progress, say


@mendable
def evidence(
    folder: Annotated[
        Path, typer.Argument(help="New folder, or one in which the same was begun: it goes on.")
    ],
    cohorts: Annotated[int, typer.Option(min=2, help="Cohorts that are simulated and fitted.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same cohorts.")] = 20260101,
    engine: Annotated[
        str, typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    resume: Annotated[bool, typer.Option(help="Go on with what was begun in the folder.")] = True,
    as_json: Json = False,
) -> None:
    """Simulate cohorts, fit them, and say whether posterior and forecast mean what they say.

    Each cohort takes a minute or so. A run that was broken off, by whatever, goes on with the same line.
    FOLDER gets cohorts.parquet, evidence.json and evidence.md.

    Example: remnant simulate evidence proof --cohorts 200
    """
    from dataclasses import asdict

    from remnant.inference.calibration.evidence import prove
    from remnant.inference.calibration.words import claims
    from remnant.scale import executor

    with progress("Cohorts", cohorts) as done:
        summary = prove(cohorts, folder, executor=executor(engine), seed=seed, resume=resume, progress=done)
    if as_json:
        print_json(asdict(summary))
        return
    for held, says in claims(summary):
        say(f"{'Holds' if held else 'Does not hold'}: {says}.")
