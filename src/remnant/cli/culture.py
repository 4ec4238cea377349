"""Commands on wells: the frequency of a limiting-dilution plate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.study.estimate import Estimate, Evidence

if TYPE_CHECKING:
    from remnant.culture import Frequency

culture = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Frequencies from limiting dilution.",
)


@culture.callback()
def group() -> None:
    """Keep the name of the one command."""


@culture.command()
@mendable
def frequency(
    plate: Annotated[
        Path,
        typer.Argument(
            metavar="PLATE.csv",
            help="Doses of plates: cells_per_well, wells_tested, wells_positive; typed wells if scored.",
        ),
    ],
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")
    ] = 0.95,
    as_json: Json = False,
) -> None:
    """Estimate how many cells of a plate are stem cells that work, and how many of those are the clone's.

    Example: remnant culture frequency plate_07.csv
    """
    from remnant.culture.frequency import IMPAIRED, estimate_frequencies
    from remnant.study.read import read_table
    from remnant.study.tables import DILUTION_PLATES

    given = {"sample_id": plate.stem, "compartment": "all", "assay": "LTC-IC"}
    table = read_table(plate, DILUTION_PLATES, given=given)
    found = estimate_frequencies(table, confidence=confidence, file=plate.name)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            item.sample_id,
            item.compartment,
            item.assay,
            f"{item.wells_positive}/{item.wells_tested}",
            _one_in(item.all_cells),
        )
        for item in found
    ]
    print_table("Cells plated for one unit", ("sample", "compartment", "assay", "positive", "one in"), rows)
    typed = [item for item in found if item.clone_fraction.evidence is not Evidence.NOT_DONE]
    if typed:
        kinds = [
            (x.sample_id, x.compartment, _one_in(x.normal), _one_in(x.clone), _share(x.clone_fraction))
            for x in typed
        ]
        header = ("sample", "compartment", "normal, one in", "clone, one in", "clone fraction")
        print_table("By kind of colony", header, kinds, note=f"Note: {IMPAIRED}.")
    for item in found:
        place = f"{item.sample_id}, {item.compartment}, {item.assay}"
        for line in (f"limits by {item.interval}", *_fit(item), *item.remarks):
            say(f"{place}: {line}.")


def _fit(item: Frequency) -> list[str]:
    """Say the tests of the single-hit model that these wells allow."""
    tests = item.single_hit
    if tests is None:
        return []
    said = []
    if tests.slope is not None and tests.slope_error is not None:
        low, high = (tests.slope + side * 1.96 * tests.slope_error for side in (-1, 1))
        said.append(f"slope on log dose {tests.slope:.2f} (95 % {low:.2f} to {high:.2f}); single-hit is 1")
    if tests.likelihood_ratio_p is not None:
        said.append(f"likelihood-ratio p {tests.likelihood_ratio_p:.3f} against single-hit")
    if tests.deviance_p is not None:
        said.append(f"goodness of fit p {tests.deviance_p:.3f}")
    return said


def _one_in(estimate: Estimate) -> str:
    """Say a frequency as labs do, 1 in so many cells; the limits turn over."""
    if estimate.evidence is Evidence.DETECTED and estimate.value and estimate.upper:
        most = f"{1 / estimate.lower:,.0f}" if estimate.lower else "any number"
        return f"{1 / estimate.value:,.0f} ({1 / estimate.upper:,.0f} to {most})"
    if estimate.evidence is Evidence.NOT_DETECTED and estimate.upper:
        return f"not detected, fewer than one in {1 / estimate.upper:,.0f}"
    return f"{estimate.evidence}: {estimate.reason}"


def _share(estimate: Estimate) -> str:
    if estimate.evidence is Evidence.DETECTED:
        value, low, high = (100 * (x or 0.0) for x in (estimate.value, estimate.lower, estimate.upper))
        return f"{value:.3g} % ({low:.3g} to {high:.3g})"
    if estimate.evidence is Evidence.NOT_DETECTED:
        return f"not detected, below {100 * (estimate.upper or 0.0):.2g} %"
    return f"{estimate.evidence}: {estimate.reason}"
