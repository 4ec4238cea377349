"""`remnant burden`: malignant cells per million, from the counts of a gate and of a slide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fish.arguments import Confidence, percent
from remnant.service.plans.typed import k_of_n, setting_error

if TYPE_CHECKING:
    import polars as pl

    from remnant.cytogenetics import ScoredClone
    from remnant.persistence import CompartmentCount
    from remnant.persistence.methods import BurdenAnswer


@mendable
def burden(
    events: Annotated[int, typer.Option(min=0, help="Events in the gate of the compartment.")],
    cells: Annotated[int, typer.Option(min=1, help="Viable nucleated cells among which they were counted.")],
    abnormal: Annotated[int, typer.Option(min=0, help="Sorted nuclei with the clone's pattern.")],
    nuclei: Annotated[int, typer.Option(min=0, help="Sorted nuclei scored.")],
    background: Annotated[
        str | None,
        typer.Option(metavar="EVENTS/CELLS", help="Events in the same gate of a blank or an FMO tube."),
    ] = None,
    fewest: Annotated[
        float | None,
        typer.Option(min=0, help="Events with the cuts at the strict end of their 95 % interval."),
    ] = None,
    most: Annotated[
        float | None,
        typer.Option(min=0, help="Events with the cuts at the loose end of their 95 % interval."),
    ] = None,
    variance: Annotated[
        float, typer.Option(min=1, max=100, help="Variance of replicate tubes over that of a Poisson.")
    ] = 1.0,
    purity: Annotated[
        str | None, typer.Option(metavar="K/N", help="Re-run of the sort: K of N events inside the gate.")
    ] = None,
    contaminant: Annotated[
        str | None, typer.Option(metavar="K/N", help="Slide of the cells that contaminate the sort.")
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide; repeat it for each.")
    ] = None,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Multiply the frequency of a compartment by its clone fraction: malignant cells per million.

    Example: remnant burden --events 45 --cells 1000000 --abnormal 12 --nuclei 40
    """
    from remnant.persistence.methods import burden_by_every_method

    count = _count(events, cells, background, fewest, most, variance)
    clone = _clone(abnormal, nuclei, purity, contaminant, control, confidence)
    answer = burden_by_every_method(count, clone, confidence=confidence)
    if as_json:
        print_json(answer)
    else:
        _show(answer)


def _count(
    events: int, cells: int, background: str | None, fewest: float | None, most: float | None, variance: float
) -> CompartmentCount:
    """Check the counts of the gate, and make them one record."""
    from remnant.persistence import CompartmentCount
    from remnant.stats.rare.background import NONE, blank_background

    if events > cells:
        raise setting_error("--events", str(events), f"at most --cells {cells}", "are the two swapped?")
    if fewest is not None and fewest > events:
        raise setting_error("--fewest", f"{fewest:g}", f"at most --events {events}", "is it --most?")
    if most is not None and not events <= most <= cells:
        raise setting_error("--most", f"{most:g}", f"{events} to {cells}", "is it --fewest?")
    leaked = NONE
    if background is not None:
        blank, blank_cells = k_of_n(background, "--background")
        leaked = blank_background(blank, blank_cells, cells)
    return CompartmentCount(events, cells, fewest, most, leaked=leaked, variance=variance)


def _clone(
    abnormal: int,
    nuclei: int,
    purity: str | None,
    contaminant: str | None,
    control: list[str] | None,
    confidence: float,
) -> ScoredClone:
    """Score the slide as `remnant fish fraction` does."""
    from remnant.cli.fish.arguments import known_controls
    from remnant.cytogenetics import score_clones

    if abnormal > nuclei:
        raise setting_error("--abnormal", str(abnormal), f"at most --nuclei {nuclei}", "are the two swapped?")
    if contaminant is not None and purity is None:
        hint = "without a purity nothing is known to contaminate; add --purity K/N"
        raise setting_error("--contaminant", contaminant, "a --purity beside it", hint)
    slides = _slides(abnormal, nuclei, purity, contaminant)
    scores = score_clones(
        slides,
        known_controls(control, None, slides),
        confidence=confidence,
        roles={"stem": "stem", "progenitor": "progenitor"},
        file="command line",
    )
    return scores[0]


def _slides(abnormal: int, nuclei: int, purity: str | None, contaminant: str | None) -> pl.DataFrame:
    """Lay the counts out as rows of the table of slides: the compartment's, and its contaminant's."""
    import polars as pl

    from remnant.study.tables import FISH

    place: dict[str, object] = {"sample_id": "given", "compartment": "stem", "probe": "given"}
    rows = [place | {"nuclei_abnormal": abnormal, "nuclei_scored": nuclei}]
    if purity is not None:
        inside, checked = k_of_n(purity, "--purity")
        rows[0] |= {"purity_in_gate": inside, "purity_events": checked}
    if contaminant is not None:
        k, n = k_of_n(contaminant, "--contaminant")
        rows.append(place | {"compartment": "progenitor", "nuclei_abnormal": k, "nuclei_scored": n})
    return pl.DataFrame(rows, schema={"line": pl.Int64} | {c.name: c.dtype for c in FISH.columns})


def _show(answer: BurdenAnswer) -> None:
    """Print the sentence first, then each factor and each method."""
    from remnant.report import numbers, phrases

    say(f"Malignant cells in the compartment: {phrases.estimate(answer.per_million, numbers.per_million)}.")
    because = f"; {answer.frequency.reason}" if answer.frequency.reason else ""
    say(f"Compartment: {phrases.estimate(answer.frequency, numbers.one_in)}{because}.")
    say(f"Clone fraction: {percent(answer.clone_fraction)}; {answer.clone_fraction.reason}.")
    rows = [
        (item.method, _written(item.value), _written(item.lower), _written(item.upper), item.remark)
        for item in answer.methods
    ]
    print_table("Per million, by every method", ("method", "value", "lower", "upper", "remark"), rows)


def _written(number: float | None) -> str:
    from remnant.report import numbers

    return "–" if number is None else numbers.significant(number, 3)
