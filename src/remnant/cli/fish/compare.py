"""`remnant fish compare`: stem against progenitor compartment, in each patient and in all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json
from remnant.cli.fish.arguments import (
    Alpha,
    Confidence,
    Controls,
    known_controls,
)
from remnant.service.plans.typed import setting_error

if TYPE_CHECKING:
    from remnant.cytogenetics import PairComparison
    from remnant.cytogenetics.fish.compartment_table import CompartmentTable


@mendable
def compare(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE.csv",
            help="Columns patient, compartment, nuclei_scored, nuclei_abnormal, and visit or probe if you "
            "like; or a table fish, whose samples are then compared.",
        ),
    ],
    controls: Controls = None,
    stem: Annotated[str, typer.Option(help="Name of the stem compartment.")] = "stem",
    progenitor: Annotated[str, typer.Option(help="Name of the progenitor compartment.")] = "progenitor",
    visit: Annotated[str | None, typer.Option(help="Take this visit alone.")] = None,
    alpha: Alpha = 0.05,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Compare stem with progenitor compartment, patient by patient and over all of them, by every usual test.

    Example: remnant fish compare table.csv --controls fish_controls.csv
    """
    from remnant.cli.fish.compare_answer import table_answer
    from remnant.cli.fish.compare_tables import print_comparison
    from remnant.cytogenetics.fish.compare_table import choose_visit, compare_table
    from remnant.cytogenetics.fish.compartment_table import read_compartments

    counted = choose_visit(read_compartments(table), visit)
    found = compare_table(counted, stem=stem, progenitor=progenitor, confidence=confidence)
    joint = []
    if controls is not None:
        joint = _joint(counted, controls, stem, progenitor, alpha, confidence)
    if as_json:
        print_json(
            {"stem": stem, "progenitor": progenitor, "confidence": confidence} | table_answer(found, joint)
        )
        return
    print_comparison(found, joint, stem, progenitor)


def _joint(
    counted: CompartmentTable, controls: Path, stem: str, progenitor: str, alpha: float, confidence: float
) -> list[PairComparison]:
    """Weigh both slides of each sample together, with the probe's errors and the purity of the sort."""
    import polars as pl

    from remnant.cytogenetics import compare_pair, score_clones
    from remnant.cytogenetics.fish.compartment_table import NO_PROBE

    known = known_controls(None, controls, counted.fish)
    slides, probes = counted.fish, known["probe"].unique(maintain_order=True).to_list()
    if (slides["probe"] == NO_PROBE).any():
        if len(probes) > 1:
            hint = "name the probe of each row in a column probe"
            raise setting_error("--controls", ", ".join(probes), "controls of one probe", hint)
        slides = slides.with_columns(pl.col("probe").replace(NO_PROBE, probes[0]))
    roles = {stem: "stem", progenitor: "progenitor"}
    scored = score_clones(slides, known, alpha=alpha, confidence=confidence, roles=roles, file=counted.file)
    place = {(s.slides.sample_id, s.slides.probe, s.slides.compartment): s for s in scored}
    return [
        compare_pair(item, place[sample, probe, progenitor], confidence=confidence).comparison
        for (sample, probe, compartment), item in place.items()
        if compartment == stem and (sample, probe, progenitor) in place
    ]
