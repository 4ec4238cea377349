"""Where the clone lives, visit by visit, and whether stem cells are spared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, progress, say


@mendable
def persistence(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    engine: Annotated[str, typer.Option(help="serial, processes, dask or dask=ADDRESS.")] = "processes",
    as_json: Json = False,
) -> None:
    """Say burden and clone per compartment and visit, selective persistence per patient and pooled, and relapse.

    Example: remnant persistence my-study
    """
    from remnant.analysis import Plan, count_work, run
    from remnant.report import sentences
    from remnant.scale import executor
    from remnant.study import read_study

    workers = executor(engine)
    whole = read_study(study)
    plan = Plan.of(whole.config)
    with progress("counting cells", count_work(whole, plan)) as done:
        findings = run(whole, plan, executor=workers, done=done)
    if as_json:
        names = ("burdens", "selective", "pooled", "courses", "relapses", "time_to_event", "statements")
        print_json({name: getattr(findings, name) for name in names})
        return
    rows = [
        (item.patient_id, item.day, item.compartment, *map(sentences.short, (item.clone_fraction, item.frequency)),
         sentences.short_per_million(item.per_million))
        for item in findings.burdens
    ]  # fmt: skip
    header = ("patient", "day", "compartment", "clone fraction", "of nucleated cells", "clone per million")
    print_table(f"{plan.clone.name} by compartment and visit", header, rows)
    states = [(item.patient_id, item.day, item.state.value, "; ".join(item.reasons)) for item in findings.courses]
    print_table("course", ("patient", "day", "state", "because"), states)
    for pooled in findings.pooled:
        say(sentences.pooled_sentence(pooled))
