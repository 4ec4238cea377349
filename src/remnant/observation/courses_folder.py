"""The folder of a synthetic clinic without event files: its tables, and what is true of its patients."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from remnant.observation.courses import COLUMNS, simulate_courses
from remnant.observation.courses_body import FIRST_DAY
from remnant.observation.courses_truth import TrueCourse
from remnant.observation.folder import publish, write_folder
from remnant.observation.synthetic import check_new_study
from remnant.observation.truth import FOLDER, NOTICE

DAYS = (
    "molecular_day", "cytogenetic_day", "clinical_day", "progression_day", "leukaemia_day", "death_day"
)  # fmt: skip
SHARES = ("stem", "progenitor", "dividing", "bulk", "side")
COUNTS = ("haemoglobin", "platelets", "neutrophils", "blasts", "blood_blasts")


def write_courses(directory: Path, *, patients: int, seed: int) -> tuple[TrueCourse, ...]:
    """Write a synthetic study of whole clinical courses, without event files.

    Parameters
    ----------
    directory : Path
        A folder that does not exist, or holds nothing of a study.
    patients : int
        How many, at least 1.
    seed : int
        Keys every stream of chance.

    Returns
    -------
    tuple of TrueCourse
        What is true, of which truth/courses.csv keeps the events and truth/visits.csv every marrow.

    Raises
    ------
    SettingError
        If the folder holds anything of a study, or a number is out of range.
    """
    check_new_study(directory, patients, seed)
    made = simulate_courses(patients, seed=seed)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as scratch:
        draft = Path(scratch) / "study"
        (draft / FOLDER).mkdir(parents=True)
        rows = {
            name: list(made.study[name].select(columns).iter_rows(named=True))
            for name, columns in COLUMNS.items()
        }
        # A flag is written in words.
        rows["patients"] = [row | {"died": "yes" if row["died"] else "no"} for row in rows["patients"]]
        write_folder(draft, rows, patients=patients, seed=seed)
        (draft / "README.md").write_text(_readme(patients, seed), encoding="utf-8")
        _write(draft / FOLDER / "courses.csv", *_courses(made.truth))
        _write(draft / FOLDER / "visits.csv", *_visits(made.truth))
        publish(draft, directory)
    return made.truth


def _courses(truth: Iterable[TrueCourse]) -> tuple[list[str], list[list[object]]]:
    header = ["patient_id", "outline", "first_remission_day", "last_remission_day", "longest_free_run", *DAYS]
    rows: list[list[object]] = []
    for one in truth:
        remitted = [one.remissions[0][0], one.remissions[-1][1]] if one.remissions else ["", ""]
        longest = max((last - first + 1 for first, last in one.free_runs), default=0)
        days = ("" if (day := getattr(one, name)) is None else day for name in DAYS)
        rows.append([one.patient_id, one.outline, *remitted, longest, *days])
    return header, rows


def _visits(truth: Iterable[TrueCourse]) -> tuple[list[str], list[list[object]]]:
    header = ["patient_id", "sample_id", "day", "category", *COUNTS, *(f"clone_in_{name}" for name in SHARES)]
    rows: list[list[object]] = []
    for one in truth:
        for visit in one.metaphases:
            place = visit.day - FIRST_DAY
            numbers = [f"{getattr(one.body, name)[place]:.6g}" for name in (*COUNTS, *SHARES)]
            rows.append([one.patient_id, visit.sample_id, visit.day, one.category_on(visit.day), *numbers])
    return header, rows


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {NOTICE}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def _readme(patients: int, seed: int) -> str:
    return f"""\
# Synthetic clinical courses

{NOTICE}

{patients} patients with del(5q) myelodysplastic syndrome on lenalidomide, drawn by
`remnant simulate study --no-events` with seed {seed}: blood counts, red cells with their log,
marrows, karyotypes, slides of sorted cells and treatment, without event files. Some respond for
long, some relapse, progress or never respond; visits are missed, logs have gaps, cultures fail,
doses are held and reduced. Every person, date and count was drawn from a model.

`{FOLDER}/courses.csv` holds the days on which remission, each kind of return, progression, leukaemia
and death truly came; `{FOLDER}/visits.csv` the clone in every compartment, the blood, the marrow and
the true category of IWG 2006 at every marrow. No analysis reads them.
"""
