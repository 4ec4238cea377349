"""`remnant risk`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable


@mendable
def risk(
    patients: Annotated[
        Path,
        typer.Argument(
            metavar="PATIENTS.csv",
            help="One row a patient: ID, HB (g/dL), PLT and ANC (1e9/L), BM_BLAST (%), AGE; del5q, del7_7q, "
            "del17_17p, complex and CYTO_IPSSR, or karyotype in their place; TP53mut, TP53maxvaf, TP53loh; "
            "and a column of 0 and 1 for each gene. Empty is missing.",
        ),
    ],
    patient: Annotated[
        str | None, typer.Option(help="ID of one patient: what each item adds to the scores.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score patients by IPSS-R, IPSS-RA and IPSS-M; with missing values, what they leave open.

    Example: remnant risk patients.csv --patient P1
    """
    from remnant.cli.console import note
    from remnant.cli.risk.answer import print_answers
    from remnant.cli.risk.shown import show_all, show_one
    from remnant.cli.risk.taken import taken

    found = taken(patients, patient)
    for text in found.notes:
        note(text)
    if as_json:
        print_answers(found)
    elif patient is None:
        show_all(found)
    else:
        show_one(found)
