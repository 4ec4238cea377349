"""The folder of a synthetic study: its tables, and what study.toml and README.md say of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from remnant.observation.bench import STAGES
from remnant.observation.patient import Row
from remnant.observation.truth import FOLDER, NOTICE
from remnant.observation.tube import PANEL
from remnant.study.settings import CONFIG_FILE
from remnant.study.tables import TABLES
from remnant.study.workbook import WORKBOOK


def write_folder(draft: Path, tables: Mapping[str, Sequence[Row]], *, patients: int, seed: int) -> None:
    """Write the tables, study.toml and README.md of a study into a draft of its folder.

    Parameters
    ----------
    draft : Path
        A folder that is there.
    tables : mapping of str to sequence of dict
        Rows by the name of their table; what a row leaves out is written empty.
    patients, seed : int
        What the study was made of, told in its title and README.
    """
    for name, table in tables.items():
        _write_table(draft / f"{name}.csv", name, table)
    (draft / "study.toml").write_text(_study_toml(patients, seed), encoding="utf-8")
    (draft / "README.md").write_text(_readme(patients, seed), encoding="utf-8")


def parts_of_a_study(directory: Path) -> list[str]:
    """Return the names in a folder that a synthetic study would write over."""
    own = {CONFIG_FILE, WORKBOOK, "README.md", "fcs", FOLDER} | {f"{name}.csv" for name in TABLES}
    return sorted(own & {item.name for item in directory.iterdir()})


def publish(draft: Path, directory: Path) -> None:
    """Move a whole draft into place; study.toml goes last, for it makes a folder a study."""
    if not directory.exists():
        draft.rename(directory)
        return
    for item in sorted(draft.iterdir(), key=lambda item: item.name == CONFIG_FILE):
        item.rename(directory / item.name)


def _write_table(path: Path, name: str, rows: Sequence[Row]) -> None:
    columns = [column.name for column in TABLES[name].columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {NOTICE}\n")
        table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _study_toml(patients: int, seed: int) -> str:
    panel = "\n".join(f'{marker} = "{channel}"' for marker, channel in PANEL.items())
    stages = ", ".join(f'"{stage}"' for stage in STAGES)
    return f"""\
# {NOTICE}

[study]
title = "Synthetic study of {patients} patients with del(5q) MDS on lenalidomide"
anchor = "first dose of lenalidomide"
synthetic = true

[clone]
name = "del(5q)"
marker = "del(5q)"
probe = "EGR1"
control_probe = "D5S23"

[compartments.stem]
role = "stem"
phenotype = "CD34+ CD38-/low CD90+"

[compartments.progenitor]
role = "progenitor"
phenotype = "CD34+ CD38+"

[compartments.bulk]
role = "bulk"

[maturation.erythroid]
stages = [{stages}]

[panel.hspc]
{panel}

[gates]
recipe = "automatic"
fmo_quantile = 0.995

# What replicate tubes of the invented laboratory showed: more variance between tubes than counting makes.
[rare]
count_variance = 2.5

# What the invented laboratory believed of its probe before it saw its control slides.
[probe.EGR1]
false_positive = {{ errors = 1, correct = 79 }}
false_negative = {{ errors = 2, correct = 98 }}

[analysis]
criteria = "iwg2006"
confidence = 0.95
seed = {seed}
"""


def _readme(patients: int, seed: int) -> str:
    return f"""\
# Synthetic study

{NOTICE}

{patients} patients with del(5q) myelodysplastic syndrome on lenalidomide, drawn by
`remnant simulate study` with seed {seed}. The design follows Tehranchi et al. (N Engl J Med
2010;363:1025): marrow before treatment, in remission and later; stem cells (CD34+ CD38-/low CD90+)
and progenitors (CD34+ CD38+) sorted and scored by FISH. No number here is theirs: every person,
date, count and event was drawn from a model. Some samples are missing and some assays failed on
purpose, as they do.

`{FOLDER}/truth.json` and `{FOLDER}/truth.csv` hold what is true: the clone in every compartment at
every visit, the days of relapse, and the parameters behind them. No analysis reads them.
"""
