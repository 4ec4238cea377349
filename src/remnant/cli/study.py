"""Commands on a study folder: a new one from the template, and everything wrong with one at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say

if TYPE_CHECKING:
    from remnant.study import Study


@mendable
def new(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; it must not exist yet.")],
    as_json: Json = False,
) -> None:
    """Write a template study: study.toml, every table with an example row, and the data dictionary.

    Example: remnant new my-study
    """
    from remnant.study.template import write_template

    files = write_template(directory)
    if as_json:
        print_json({"directory": str(directory), "files": files})
    else:
        say(f"Wrote {len(files)} files in {directory}.")
        say("Start with study.toml, patients.csv and samples.csv; DATA_DICTIONARY.md explains every column.")
        say(f"When filled in: remnant check {directory}")


@mendable
def check(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")], as_json: Json = False
) -> None:
    """Say everything that is wrong with a study, at once.

    Example: remnant check my-study
    """
    from remnant.cytogenetics.whole_study import read_whole_study
    from remnant.study import TABLES

    whole = read_whole_study(study)
    notes = (*whole.notes, *_of_another_sex(whole))
    counts = {name: whole[name].height for name in TABLES if whole.has(name)}
    if as_json:
        print_json({"study": whole.config.study.title, "rows": counts, "notes": notes})
        return
    rows = [(name, TABLES[name].row, count) for name, count in counts.items()]
    print_table(f"{whole.config.study.title}: nothing to mend", ("table", "a row is", "rows"), rows)
    absent = [name for name in TABLES if name not in counts]
    if absent:
        say(f"Not part of this study, and so not done: {', '.join(absent)}.")
    for note in notes:
        say(f"Note: {note}.")


def _of_another_sex(study: Study) -> list[str]:
    """Say whose sex a karyotype denies."""
    if not study.has("karyotypes"):
        return []
    from remnant.analysis import Plan, read_karyotypes

    found = (one for one in read_karyotypes(study, Plan.of(study.config)) if one.sex_disagrees)
    return [
        f"{one.source.file}, line {one.source.line}: the sex chromosomes are those of a {one.sex}, and the "
        f"patient, {one.patient_id}, is not; another patient's sample, or a donor's cells?"
        for one in found
    ]
