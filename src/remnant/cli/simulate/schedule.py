"""`remnant simulate schedule`: the best schedule within limits of toxicity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, note, print_json, print_table, progress, say
from remnant.cli.simulate.reading import Reading

if TYPE_CHECKING:
    from remnant.cohort.schedule.record import ScheduleAnswer
    from remnant.cohort.schedule.schedule import ScheduleQuestion
    from remnant.scale import Executor


@mendable
def schedule(
    scenario: Annotated[Path, typer.Option(metavar="FILE", help="The schedule as written.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=LEVELS", help="What is varied: DRUG.KEY, therapy.N.KEY or rule.N.KEY; repeat it."
        ),
    ] = None,
    patients: Annotated[
        int, typer.Option(help="Virtual patients of the search, and as many fresh ones.")
    ] = 500,
    years: Annotated[
        float | None, typer.Option(help="How long each is followed; as in the scenario, else 10.")
    ] = None,
    objective: Annotated[str, typer.Option(help="relapse-free or cure.")] = "relapse-free",
    relapse: Annotated[
        str | None, typer.Option(help="cytogenetic, molecular or clinical; what the looks can see.")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COUNT:DAYS:SHARE",
            help="Neutrophils below 0.5 or platelets below 25 for longer in at most that share; repeat it.",
        ),
    ] = None,
    method: Annotated[str, typer.Option(help="hybrid, exact or deterministic.")] = "hybrid",
    seed: Annotated[int, typer.Option(help="The same seed gives the same patients.")] = 20100909,
    engine: Annotated[
        str, typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="Every schedule that was tried, as CSV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Search for the schedule that keeps remission longest within limits, on virtual patients.

    Example: remnant simulate schedule --scenario label.toml --vary lenalidomide.dose_mg=5,10,15
    --limit neutrophils:28:20% --patients 500
    """
    from remnant.cohort.schedule.schedule import optimise
    from remnant.cohort.schedule.text import schedule_frame, schedule_rows, schedule_sentence
    from remnant.study.formulas import defused_table

    asked, worker = _read(
        scenario,
        vary or [],
        limit or [],
        {"patients": patients, "years": years, "seed": seed, "method": method},
        {"objective": objective, "relapse": relapse},
        engine,
        out,
    )
    with progress("Rounds", asked.rounds) as done:
        answer = optimise(asked, executor=worker, done=done)
    if out is not None:
        defused_table(schedule_frame(answer)).write_csv(out)
        note(f"Wrote {out}.")
    if as_json:
        print_json({"sentence": schedule_sentence(answer), "schedule": answer})
        return
    _show(answer, schedule_rows(answer), schedule_sentence(answer))


def _show(
    answer: ScheduleAnswer, table: tuple[tuple[str, ...], list[tuple[str, ...]]], sentence: str
) -> None:
    notice = f"{answer.notice}\n{answer.objective}: {answer.meaning}; ± Monte Carlo standard error."
    print_table(f"Schedules tried: {answer.title}", *table, note=notice)
    if answer.refused:
        say(f"Left out, {len(answer.refused)} combinations that mean nothing, such as: {answer.refused[0]}")
    if answer.combinations > len(answer.tried):
        say(f"Of {answer.combinations:,} combinations those met by varying one key at a time were tried.")
    for line in answer.cautions:
        say(f"Note: {line}.")
    say(sentence)


def _read(
    file: Path,
    vary: list[str],
    limit: list[str],
    numbers: dict[str, object],
    words: dict[str, str | None],
    engine: str,
    out: Path | None,
) -> tuple[ScheduleQuestion, Executor]:
    """Read every option, and say everything that is wrong with them at once."""
    from remnant.cohort.comparison.measures import REMISSIONS
    from remnant.cohort.course.plan import CohortPlan
    from remnant.cohort.scenario.file import read_scenario
    from remnant.cohort.schedule.limits import parse_limit
    from remnant.cohort.schedule.schedule import OBJECTIVES, ScheduleQuestion
    from remnant.cohort.schedule.variations import parse_axis
    from remnant.scale import executor

    reading = Reading()
    for option, known in (("objective", OBJECTIVES), ("relapse", tuple(REMISSIONS))):
        if words[option] is not None and words[option] not in known:
            reading.refuse(f"--{option}", repr(words[option]), ", ".join(known), "choose one of them")
    if out is not None and not out.absolute().parent.is_dir():
        reading.refuse("--out", str(out.parent), "a folder", "make the folder first")
    worker = reading.of(lambda: executor(engine))
    limits = [reading.of(lambda text=text: parse_limit(text)) for text in limit]  # type: ignore[misc]
    read = reading.of(lambda: read_scenario(file))
    if read is None:
        reading.finish()
        raise AssertionError("a scenario that cannot be read has a fault")
    axes = [reading.of(lambda text=text: parse_axis(text, read)) for text in vary]  # type: ignore[misc]
    years = numbers["years"] if numbers["years"] is not None else read.years or 10.0
    plan = reading.of(lambda: CohortPlan(read, read.preset, **numbers | {"years": years}))  # type: ignore[arg-type]
    reading.finish()
    assert plan is not None, "what cannot be read has a fault"
    assert worker is not None, "what cannot be read has a fault"
    kept = tuple(one for one in limits if one is not None), tuple(axis for axis in axes if axis is not None)
    return ScheduleQuestion(plan, kept[1], limits=kept[0], **words), worker  # type: ignore[arg-type]
