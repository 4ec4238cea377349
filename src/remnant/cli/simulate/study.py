"""`remnant simulate study`: a synthetic study, or whole clinical courses, with their truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, progress, say


@mendable
def study(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
    patients: Annotated[int, typer.Option(min=1, help="Patients to simulate.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same study.")] = 20100909,
    engine: Annotated[
        str, typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    events: Annotated[
        bool,
        typer.Option(
            "--events/--no-events", help="Without FCS files: whole clinical courses, 1,000 in seconds."
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Write a synthetic study, FCS files and all, with the truth in its truth folder.

    Example: remnant simulate study my-synthetic-study --patients 7
    """
    if not events:
        _courses(directory, patients, seed, as_json=as_json)
        return
    from remnant.observation import simulate_study
    from remnant.scale import executor

    with progress("Simulating patients", patients) as done:
        truth = simulate_study(directory, patients=patients, seed=seed, executor=executor(engine), done=done)
    if as_json:
        files = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
        print_json({"directory": str(directory), "seed": seed, "files": files, "truth": truth})
        return
    rows = [
        (item.patient_id, item.outline, len(item.visits), item.clone_relapse_day, item.clinical_relapse_day)
        for item in truth.patients
    ]
    header = ("patient", "true course", "marrows", "clone back, day", "clinical relapse, day")
    print_table("Synthetic study: the truth", header, rows, note=truth.notice)
    say(f"Wrote {directory}. Next: remnant analyse {directory} --out RESULTS")


def _courses(directory: Path, patients: int, seed: int, *, as_json: bool) -> None:
    """Write whole clinical courses without event files."""
    from remnant.observation.courses_folder import DAYS, write_courses
    from remnant.observation.truth import NOTICE

    truth = write_courses(directory, patients=patients, seed=seed)
    if as_json:
        files = sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())
        kept = [
            {"patient_id": one.patient_id, "outline": one.outline, "remissions": one.remissions}
            | {name: getattr(one, name) for name in DAYS}
            for one in truth
        ]
        print_json({"directory": str(directory), "seed": seed, "files": files, "truth": kept})
        return
    outlines = dict.fromkeys(one.outline for one in truth)
    rows = []
    for name in outlines:
        mine = [one for one in truth if one.outline == name]
        came = (sum(getattr(one, day) is not None for one in mine) for day in DAYS)
        rows.append((name, len(mine), sum(bool(one.remissions) for one in mine), *came))
    header = ("true course", "patients", "remission", *(name.removesuffix("_day") for name in DAYS))
    print_table("Synthetic clinical courses: the truth", header, rows, note=NOTICE)
    say(f"Wrote {directory}. Next: remnant analyse {directory} --out RESULTS")
