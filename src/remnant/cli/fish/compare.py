"""`remnant fish compare`: stem against progenitor compartment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table
from remnant.cli.fish.arguments import (
    Alpha,
    Confidence,
    Controls,
    known_controls,
    read_rows,
    setting_error,
)
from remnant.study.estimate import Estimate, Evidence


@mendable
def compare(
    table: Annotated[Path, typer.Argument(metavar="FISH.csv", help="Scored slides (table fish).")],
    controls: Controls = None,
    stem: Annotated[str, typer.Option(help="Name of the stem compartment.")] = "stem",
    progenitor: Annotated[str, typer.Option(help="Name of the progenitor compartment.")] = "progenitor",
    alpha: Alpha = 0.05,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Compare stem with progenitor compartment of each sample, to see whether stem cells are spared.

    Example: remnant fish compare fish.csv --controls fish_controls.csv
    """
    from remnant.cytogenetics import compare_pair, score_clones

    slides = read_rows(table, "fish")
    roles = {stem: "stem", progenitor: "progenitor"}
    known = known_controls(None, controls, slides)
    scored = score_clones(slides, known, alpha=alpha, confidence=confidence, roles=roles, file=table.name)
    place = {(s.slides.sample_id, s.slides.probe, s.slides.compartment): s for s in scored}
    pairs = [
        compare_pair(item, place[sample, probe, progenitor], confidence=confidence).comparison
        for (sample, probe, compartment), item in place.items()
        if compartment == stem and (sample, probe, progenitor) in place
    ]
    if not pairs:
        named = ", ".join(dict.fromkeys(s.slides.compartment for s in scored))
        raise setting_error(
            table.name,
            named or "no slides",
            f"one sample with {stem} and {progenitor}",
            "set --stem and --progenitor",
        )
    if as_json:
        print_json(pairs)
        return
    rows = [
        (
            pair.sample_id,
            pair.probe,
            _log_odds(pair.log_odds),
            None if pair.probability is None else f"{pair.probability:.3f}",
            None if pair.exact_p is None else f"{pair.exact_p:.2g}",
        )
        for pair in pairs
    ]
    header = ("sample", "probe", f"log odds, {stem} against {progenitor}", "P(spared)", "exact p")
    note = (
        "P(spared): posterior probability that the stem fraction is larger, probe errors and purity carried."
    )
    print_table("Stem against progenitor compartment", header, rows, note=note)


def _log_odds(estimate: Estimate) -> str:
    if estimate.evidence is not Evidence.DETECTED:
        return f"{estimate.evidence}: {estimate.reason}"
    return f"{estimate.value:+.2f} ({estimate.lower:+.2f} to {estimate.upper:+.2f})"
