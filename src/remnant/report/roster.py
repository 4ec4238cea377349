"""The patients of a study in one table: who remits, who persists, who returns, and what is forecast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.figures.states import LOOKS, category_rank
from remnant.inference.records import RelapseForecast
from remnant.persistence.selective import SelectivePersistence
from remnant.persistence.state import State
from remnant.report import fit_words, numbers, phrases, sentences
from remnant.response import ResponseCall
from remnant.study.estimate import Estimate

RETURNS = {"clinical": "clinical relapse", "cytogenetic": "cytogenetic relapse", "clone": "rise of the clone"}
CHOICES = (
    ("", "All"),
    ("remission", "In remission once"),
    ("spared", "Stem cells spared"),
    ("returned", "Returned"),
    ("held", "Remission held"),
)
NOT_AHEAD = {
    "returned": "by the fit the {} relapse has come",
    "no remission yet": "by the fit there is no {} remission yet",
    "in remission": "in {} remission, with no chance given",
}
STATES = {str(state): number for number, state in enumerate(State)}


@dataclass(frozen=True)
class Said:
    """A cell of the table: what it says, a quieter line, and what it is sorted by (nothing comes last)."""

    text: str
    more: str = ""
    key: str = ""
    look: str = ""


@dataclass(frozen=True)
class RosterRow:
    """A patient.

    Parameters
    ----------
    name, href : str
        The patient, and where the page of the patient is.
    state, letter : str
        The last state of the course, and the letter of its disc.
    kinds : str
        Which choices above the table leave the row in it, apart by spaces.
    cells : tuple of Said
        State, best response, stem cells in remission, return, and forecast where there is a fit.
    """

    name: str
    href: str
    state: str
    letter: str
    kinds: str
    cells: tuple[Said, ...]


@dataclass(frozen=True)
class Roster:
    """The table, and the choices above it with how many patients each leaves."""

    header: tuple[str, ...]
    rows: tuple[RosterRow, ...]
    choices: tuple[tuple[str, str, int], ...]


def roster(findings: Findings, links: Callable[[int], str]) -> Roster | None:
    """Return the table of patients; none where the study names nobody.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    links : function of int to str
        Where the page of the patient of this number is, from 1 on.
    """
    rows = tuple(
        _row(findings, timeline.patient_id, links(number))
        for number, timeline in enumerate(findings.timelines, 1)
    )
    header = ["Patient", "State now", "Best response", "Stem cells in remission", "Return"]
    header += [] if findings.fit is None else ["Forecast"]
    choices = tuple(
        (kind, label, sum(kind in ("", *row.kinds.split()) for row in rows)) for kind, label in CHOICES
    )
    return Roster(tuple(header), rows, choices) if rows else None


def _row(findings: Findings, name: str, href: str) -> RosterRow:
    courses = [course for course in findings.courses if course.patient_id == name]
    state = courses[-1].state if courses else State.NOT_EVALUABLE
    when = numbers.day(courses[-1].day) if courses else "no visit"
    pair = sentences.telling([pair for pair in findings.selective if pair.patient_id == name])
    events = [event for event in findings.relapses if event.patient_id == name]
    back = [event for event in events if event.day is not None and event.remission_day is not None]
    remitted = any(course.in_remission for course in courses)
    kinds = {
        "remission": remitted,
        "spared": pair is not None and bool(pair.in_remission and pair.spared),
        "returned": bool(back),
        "held": remitted and not back,
    }
    cells = [
        Said(str(state), when, str(STATES[str(state)])),
        _best(findings, name),
        _persistence(pair),
        _return(findings, name),
    ]
    if findings.fit is not None:
        cells.append(_forecast(findings, name))
    chosen = " ".join(kind for kind, holds in kinds.items() if holds)
    return RosterRow(name, href, str(state), LOOKS[state].letter, chosen, tuple(cells))


def _best(findings: Findings, name: str) -> Said:
    """Name the best category by the criteria of the plan, at the first visit that has it, and metaphases."""
    calls = [call for call in findings.responses.calls if call.patient_id == name]
    cytogenetic = [one.response for one in findings.responses.cytogenetic if one.patient_id == name]
    by_cells = next((kind for kind in ("complete", "partial", "none") if kind in cytogenetic), "")
    more = f"cytogenetic {by_cells}" if by_cells else ""
    if not calls:
        return Said("– not done", more)
    best: ResponseCall = min(calls, key=lambda call: (category_rank(call.category), call.day))
    rank = category_rank(best.category)
    sure = {True: "", False: "not confirmed", None: ""}[best.confirmed]
    said = [numbers.day(best.day) if rank < 4 else "", sure, more]
    return Said(best.category, "; ".join(filter(None, said)), str(rank) if rank < 4 else "")


def _persistence(pair: SelectivePersistence | None) -> Said:
    """Say whether stem cells are spared at the comparison in remission that answers the question."""
    if pair is None:
        return Said("– not done")
    if not pair.in_remission:
        return Said("– not done", "no comparison in remission")
    if pair.spared is None or pair.probability is None:
        return Said("× not evaluable", pair.log_odds.reason)
    sides = f"{_between(pair.stem)} against {_between(pair.progenitor)}"
    said = f"{numbers.day(pair.day)}: {sides}; P(spared) {numbers.probability(pair.probability)}"
    found = ("spared", "strong") if pair.spared else ("not shown", "open")
    return Said(found[0], said, f"{1 - pair.probability:.6f}", found[1])


def _between(fraction: Estimate) -> str:
    """Write a fraction with its limits in short; one that is no number by its kind."""
    said = phrases.value(fraction)
    return said if fraction.value is None else f"{said} ({phrases.limits(fraction)})"


def _return(findings: Findings, name: str) -> Said:
    """Name the gravest return and whether the next look confirms it; or until when none was seen."""
    events = [event for event in findings.relapses if event.patient_id == name]
    seen = [
        (RETURNS[kind], event)
        for kind in RETURNS
        for event in events
        if event.kind == kind and event.day is not None
    ]
    if seen:
        first, event = seen[0]
        assert event.day is not None
        sure = {True: "confirmed", False: "not confirmed", None: "no later visit"}[event.confirmed]
        others = [f"{kind} {numbers.day(other.day)}" for kind, other in seen[1:] if other.day is not None]
        more = "; ".join(filter(None, (sure, ", ".join(others))))
        return Said(f"{first}, {numbers.day(event.day)}", more, str(event.day), "strong")
    until = [
        event.observed_until
        for event in events
        if event.observed_until is not None and event.remission_day is not None
    ]
    if until:
        return Said("none seen", f"up to {numbers.day(max(until))}")
    return Said("–", "no remission to lose")


def _forecast(findings: Findings, name: str) -> Said:
    """Say the chance of the gravest relapse that can be forecast, within two years or as far as is known."""
    fit = findings.fit
    assert fit is not None
    if name not in fit.patients:
        why = next(
            (one.reason for one in fit.refusals if one.patient_id in (name, "")), "left out of the fit"
        )
        return Said("– none", why)
    own = fit_words.planned(fit, patient_id=name)
    for kind in ("clinical", "cytogenetic", "molecular"):
        for one in own:
            if one.kind == kind and one.chances:
                by = next((c for c in one.chances if c.years == 2.0), one.chances[-1])
                said = f"{kind} relapse within {fit_words.years_in_words(by.years)}"
                return Said(fit_words.chance(by.probability), said + _median(one), f"{by.probability:.4f}")
    known = {one.kind: one.standing for one in own if one.standing != "not evaluable"}
    for kind in ("clinical", "cytogenetic", "molecular"):
        if kind in known:
            # The fit judges remission by the fractions behind the counts, not by what a visit has shown.
            return Said("– none", NOT_AHEAD[known[kind]].format(kind))
    return Said("–", "not evaluable")


def _median(one: RelapseForecast) -> str:
    """Say the median time to a relapse and its interval, in short."""
    if one.day is None:
        return ""
    low, middle, high = (fit_words.from_now(day, one) for day in (one.day.q05, one.day.q50, one.day.q95))
    return f"; median {middle} months (90 %: {low} to {high})"
