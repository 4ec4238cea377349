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
    """Say where the clone lives at each visit, whether stem cells are spared, and when it returned.

    Example: remnant persistence my-study
    """
    from remnant.analysis import Plan, analyse, count_work
    from remnant.report import numbers, phrases, pooling, sentences
    from remnant.scale import executor
    from remnant.study import read_study

    workers = executor(engine)
    whole = read_study(study)
    plan = Plan.of(whole.config)
    with progress("counting cells", count_work(whole)) as done:
        findings = analyse(whole, plan, executor=workers, done=done)
    if as_json:
        names = ["burdens", "falls", "selective", "pooled", "courses", "relapses"]
        names += ["time_to_event", "statements", "joint", "cultures", "cultures_pooled"]
        print_json({name: getattr(findings, name) for name in names})
        return
    rows = [
        (
            item.patient_id,
            item.day,
            item.compartment,
            phrases.estimate(item.clone_fraction),
            phrases.value(item.frequency),
            phrases.value(item.per_million, numbers.per_million),
        )
        for item in findings.burdens
    ]
    header = ("patient", "day", "compartment", "clone fraction", "of nucleated cells", "clone per million")
    print_table(f"{plan.clone.name} by compartment and visit", header, rows)
    for fall in findings.falls:
        if said := sentences.fall(fall, plan.clone.name):
            say(f"{fall.patient_id}. {said}")
    states = [(item.patient_id, item.day, item.state, "; ".join(item.reasons)) for item in findings.courses]
    print_table("Course", ("patient", "day", "state", "because"), states)
    for pooled in findings.pooled:
        say(pooling.pooled(pooled))
    if findings.joint is not None:
        say(pooling.sensitivity(findings.joint))
