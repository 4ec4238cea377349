"""Cuts that a person moved: who, when and why, and what the recipe alone would have counted."""

from __future__ import annotations

from remnant.analysis.findings import Findings, TubeResult
from remnant.analysis.reviews import CutReview
from remnant.cytometry import PopulationCount
from remnant.report import numbers, phrases, tables
from remnant.report.low import span
from remnant.report.tables import Cell, Table


def moved(result: TubeResult) -> tuple[str, ...]:
    """Say of each reviewed cut who moved it, from where to where, when and why."""
    return tuple(_moved(review) for review in result.reviews)


def by_automatic_cuts(result: TubeResult) -> Table | None:
    """Put the counts of a reviewed tube beside those of the recipe alone."""
    if result.automatic is None:
        return None
    before = {count.population: count for count in result.automatic.populations}
    rows = [
        (
            Cell(now.population, now.phenotype),
            tables.number(_events(now)),
            tables.number(_events(before[now.population])),
            tables.number(_change(now, before[now.population])),
            tables.number(
                span(before[now.population].events_at_lower, before[now.population].events_at_upper)
            ),
        )
        for now in result.tube.populations
        if now.population in before
    ]
    return tables.table(
        "A person moved cuts of this tube. By these cuts, and by the automatic ones:",
        "Population|As reviewed|Automatic|Change|Automatic, range",
        rows,
    )


def methods(findings: Findings) -> list[str]:
    """Say how many tubes were reviewed, for the methods; nothing where none was."""
    reviewed = [tube for tube in findings.tubes if tube.reviews]
    if not reviewed:
        return []
    markers = dict.fromkeys(review.marker for tube in reviewed for review in tube.reviews)
    who = dict.fromkeys(review.reviewer for tube in reviewed for review in tube.reviews)
    return [
        f"In {len(reviewed)} of {len(findings.tubes)} tubes a person looked at the plots and placed the cut "
        f"of {phrases.listing(list(markers))} by hand ({phrases.listing(list(who))}); such a cut has no "
        "interval, and each tube shows the reason, and the counts by the automatic cut beside it."
    ]


def _moved(review: CutReview) -> str:
    where = "where the recipe could not place it"
    if review.automatic is not None:
        where = f"from {numbers.significant(review.automatic, 4)}"
    return (
        f"{review.marker} cut moved by {review.reviewer} on {review.reviewed_on} {where} to "
        f"{numbers.significant(review.cut, 4)}: {review.reason}"
    )


def _events(count: PopulationCount) -> str:
    return "not evaluable" if count.events is None else numbers.count(count.events)


def _change(now: PopulationCount, before: PopulationCount) -> str:
    if now.events is None or before.events is None:
        return "–"
    change = now.events - before.events
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{numbers.count(abs(change))}"
