"""`remnant fish cutoff`: how many abnormal nuclei call a slide abnormal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table
from remnant.cli.fish.arguments import Alpha, Reading, nuclei_count, read_rows

MEANING = (
    "counts under cutoffs: fewest abnormal nuclei called abnormal; under probes, per number of nuclei: the "
    "quantile, which is one nucleus less; names without a level are at 1 - alpha"
)


@mendable
def cutoff(
    controls: Annotated[
        Path, typer.Argument(metavar="CONTROLS.csv", help="Control slides (table fish_controls).")
    ],
    nuclei: Annotated[
        list[str] | None, typer.Option(metavar="N", help="Nuclei that you scored; repeat it for more.")
    ] = None,
    alpha: Alpha = 0.05,
    as_json: Json = False,
) -> None:
    """Say how many abnormal nuclei call a slide abnormal, by every method, for your own number of nuclei.

    Example: remnant fish cutoff fish_controls.csv --nuclei 20 --nuclei 200
    """
    from remnant.cytogenetics import CutoffMethod, make_cutoff
    from remnant.cytogenetics.fish.cutoff_values import every_cutoff
    from remnant.cytogenetics.fish.score import control_slides

    reading = Reading()
    asked = [reading.of(nuclei_count, text, "--nuclei") for text in nuclei or []]
    slides = reading.of(read_rows, controls, "fish_controls")
    reading.finish()
    assert slides is not None, "refused above"
    numbers = [number for number in asked if number is not None] or [10, 20, 50, 100, 200, 500]
    answers, probes = [], []
    for probe in slides["probe"].unique(maintain_order=True):
        counts = control_slides(slides, probe, "normal")
        for method in CutoffMethod if counts else ():
            made = make_cutoff(counts, method=method, alpha=alpha)
            fewest = {number: made.count_for(number) for number in numbers}
            answers.append((str(probe), method, len(counts), fewest))
        if counts and as_json:
            values = every_cutoff(counts, numbers, alpha=alpha)
            probes.append({"probe": str(probe), "controls": len(counts)} | values)
    if as_json:
        names = ("probe", "method", "controls", "counts")
        cutoffs = [dict(zip(names, answer, strict=True)) for answer in answers]
        print_json({"alpha": alpha, "cutoffs": cutoffs, "probes": probes, "meaning": MEANING})
        return
    header = ("probe", "method", "controls", *(f"of {number}" for number in numbers))
    lines = [(probe, method, count, *fewest.values()) for probe, method, count, fewest in answers]
    note = (
        "Fewest abnormal nuclei called abnormal. beta-binomial is recommended: it averages over the rate and "
        "the spread that the controls leave open."
    )
    print_table(f"Cut-offs at {alpha:.3g} false calls", header, lines, note=note)
