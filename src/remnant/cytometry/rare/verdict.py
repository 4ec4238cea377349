"""What one tube says of a rare population: not evaluable, below detection, below quantitation, quantified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remnant.cytometry.rare.count import RareCount, count_rare
from remnant.cytometry.rare.limits import DetectionLimits, LimitMethod
from remnant.cytometry.rare.rule import CONVENTION, RareRule
from remnant.study.estimate import Estimate


class Verdict(StrEnum):
    """The four answers."""

    NOT_EVALUABLE = "not evaluable"
    BELOW_LOD = "below the limit of detection"
    BELOW_LOQ = "detected, not quantified"
    QUANTIFIED = "quantified"


@dataclass(frozen=True)
class Judgement:
    """A verdict, and all it rests on.

    Parameters
    ----------
    verdict : Verdict
        The answer.
    count : RareCount
        What was counted.
    limits : DetectionLimits or None
        The limits used; None where the tube has no parent event.
    fraction : Estimate
        What may be reported: an interval when quantified; when below detection the bound; when detected but
        not quantified the interval, to be read as a range.
    above_blank : bool or None
        Whether the count exceeds the limit of blank; None where no blanks were declared.
    sentence : str
        The verdict in words.
    notes : tuple of str
        What weakens it.
    """

    verdict: Verdict
    count: RareCount
    limits: DetectionLimits | None
    fraction: Estimate
    above_blank: bool | None
    sentence: str
    notes: tuple[str, ...]


def judge(
    events: int,
    parent_events: int,
    limits: DetectionLimits | None,
    *,
    rule: RareRule | None = None,
    compartment_events: int | None = None,
) -> Judgement:
    """Judge a tube.

    A tube with too few parent events cannot show that a population is absent, yet it can show that it is
    there: the minimum bears on absence alone.

    Parameters
    ----------
    events, parent_events : int
        Events of the population, of the evaluable events of its parent.
    limits : DetectionLimits or None
        Of a tube with as many parent events; None only for an empty parent.
    rule : RareRule, optional
        Minimum of parent events and confidence.
    compartment_events : int, optional
        Viable events of the compartment that the population belongs to, where counted.

    Returns
    -------
    Judgement
    """
    rule = rule or RareRule()
    count = count_rare(events, parent_events, confidence=rule.confidence)
    if limits is None or count.upper is None:
        reason = count.fraction.reason or "no limits were declared"
        unknown = Estimate.not_evaluable(reason)
        sentence = f"Not evaluable: {reason}."
        return Judgement(Verdict.NOT_EVALUABLE, count, None, unknown, None, sentence, ())
    assert limits.parent_events == parent_events, "limits are those of another tube"
    above = None if limits.blank is None else events > limits.blank.events
    notes = list(limits.notes)
    if events >= limits.quantitation.events:
        verdict, fraction = Verdict.QUANTIFIED, count.fraction
    elif events >= limits.detection.events:
        verdict, fraction = Verdict.BELOW_LOQ, count.fraction
    elif short := _too_few(parent_events, compartment_events, rule):
        reason = f"{short}: too few to call the population absent"
        verdict, fraction = Verdict.NOT_EVALUABLE, Estimate.not_evaluable(reason)
    else:
        verdict = Verdict.BELOW_LOD
        fraction = Estimate.not_detected(count.upper, confidence=rule.confidence)
    if verdict in (Verdict.QUANTIFIED, Verdict.BELOW_LOQ) and _unsure(events, limits):
        notes.append("the blanks do not fix their limit well enough to exclude that this is background")
    if verdict is Verdict.BELOW_LOD and above:
        notes.append("the count is above the limit of blank, where a blank comes once in twenty times")
    sentence = _sentence(verdict, count, limits, fraction)
    return Judgement(verdict, count, limits, fraction, above, sentence, tuple(notes))


def _unsure(events: int, limits: DetectionLimits) -> bool:
    return limits.blank_upper is not None and events <= limits.blank_upper.events


def _too_few(parent_events: int, compartment_events: int | None, rule: RareRule) -> str:
    """Say what falls short of the minimum for absence; empty if nothing does."""
    if parent_events < rule.minimum_parent_events:
        return f"{parent_events:,} parent events of {rule.minimum_parent_events:,}"
    if compartment_events is not None and compartment_events < rule.minimum_compartment_events:
        return f"{compartment_events:,} compartment events of {rule.minimum_compartment_events:,}"
    return ""


def _sentence(verdict: Verdict, count: RareCount, limits: DetectionLimits, fraction: Estimate) -> str:
    seen = f"{count.events:,} of {count.parent_events:,} events"
    assert count.upper is not None
    lod, loq = (_events(limit.events) for limit in (limits.detection, limits.quantitation))
    by = _whose(limits)
    bound = f"fewer than {per_million(count.upper)} per million"
    if verdict is Verdict.NOT_EVALUABLE:
        return f"Not evaluable: {seen}, {fraction.reason}; whatever is there is {bound}."
    if verdict is Verdict.BELOW_LOD:
        return f"Below the limit of detection of {lod} events ({by}): {seen}, {bound}."
    assert fraction.value is not None
    assert fraction.lower is not None
    assert fraction.upper is not None
    low, high = per_million(fraction.lower), per_million(fraction.upper)
    if verdict is Verdict.BELOW_LOQ:
        limit = f"below the limit of quantitation of {loq} events ({by})"
        return f"Detected, {limit}: {seen}, {low} to {high} per million."
    value = per_million(fraction.value)
    return f"Quantified: {seen}, {value} per million ({low} to {high}); limits by {by}."


def _whose(limits: DetectionLimits) -> str:
    """Say whose limits they are: a convention that was shipped is not a lab's own rule."""
    if limits.method is not LimitMethod.RULE:
        return f"{limits.blanks} blanks"
    return "a convention" if any(CONVENTION in note for note in limits.notes) else "the lab's rule"


def _events(limit: float) -> str:
    """Write a limit with four digits, without an exponent."""
    return f"{limit:,.0f}" if limit >= 1000 else f"{limit:.4g}"


def per_million(fraction: float) -> str:
    """Write a fraction per million with three digits, without an exponent."""
    value = 1e6 * fraction
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}" if value >= 0.01 or value == 0 else f"{value:.2g}"
