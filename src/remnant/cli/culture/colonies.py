"""`remnant culture colonies`: yield per cell plated, and what the clone makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table
from remnant.cli.culture.words import one_in, p_value, share


@mendable
def colonies(
    table: Annotated[
        Path, typer.Argument(metavar="COLONIES.csv", help="Dishes (table colonies); replicates row by row.")
    ],
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")
    ] = 0.95,
    as_json: Json = False,
) -> None:
    """Estimate colonies per cell plated of every assay and lineage, and those of the clone.

    Example: remnant culture colonies colonies.csv
    """
    from remnant.culture import count_colonies
    from remnant.study.read import read_table
    from remnant.study.tables import COLONIES

    given = {"sample_id": table.stem, "compartment": "all", "assay": "CFC"}
    found = count_colonies(read_table(table, COLONIES, given=given), confidence=confidence, file=table.name)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            f"{c.sample_id}, {c.compartment}",
            c.assay,
            c.lineage or "all",
            f"{c.colonies} in {c.dishes}",
            one_in(c.per_cell),
            share(c.clone_fraction),
            "" if c.dishes_differ_p is None else p_value(c.dishes_differ_p),
        )
        for c in found
    ]
    header = (
        "sample",
        "assay",
        "lineage",
        "colonies, dishes",
        "one colony",
        "clone fraction",
        "dishes differ, p",
    )
    print_table("Colonies", header, rows)
