"""What became of one rule, and how the rules of a criterion combine when some cannot be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from remnant.response.rules.thresholds import Threshold, show
from remnant.study.estimate import Source


class Verdict(StrEnum):
    """What became of a rule; a missing item is never a pass and never a failure."""

    MET = "met"
    NOT_MET = "not met"
    NOT_EVALUABLE = "not evaluable"


@dataclass(frozen=True)
class RuleTrace:
    """One rule that was tried, with all that a reader needs to try it again.

    Parameters
    ----------
    rule : str
        The rule, with the category that it serves: `CR: haemoglobin`.
    quantity : str
        What was compared.
    found : str
        What stood in the study, or `not done: ...` or `not evaluable: ...`.
    limit : str
        What the criterion asks for.
    verdict : Verdict
        What became of it.
    source : str
        Paper and table of the rule.
    reading : str
        How an ambiguity of the text was settled.
    rows : tuple of Source
        The rows of the study that were compared.
    """

    rule: str
    quantity: str
    found: str
    limit: str
    verdict: Verdict
    source: str
    reading: str
    rows: tuple[Source, ...] = ()


def verdict_of(answer: bool | None) -> Verdict:
    """Turn yes, no and unknown into a verdict."""
    return Verdict.NOT_EVALUABLE if answer is None else Verdict.MET if answer else Verdict.NOT_MET


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine rules that must all be met: one failure decides, whatever is missing.

    Examples
    --------
    >>> every([Verdict.NOT_EVALUABLE, Verdict.NOT_MET]).value
    'not met'
    """
    found = set(verdicts)
    if Verdict.NOT_MET in found:
        return Verdict.NOT_MET
    return Verdict.NOT_EVALUABLE if Verdict.NOT_EVALUABLE in found else Verdict.MET


def some(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine rules of which one is enough: one success decides, whatever is missing.

    Examples
    --------
    >>> some([Verdict.NOT_EVALUABLE, Verdict.NOT_MET]).value
    'not evaluable'
    """
    found = set(verdicts)
    if Verdict.MET in found:
        return Verdict.MET
    return Verdict.NOT_EVALUABLE if Verdict.NOT_EVALUABLE in found else Verdict.NOT_MET


def judge(
    rule: str,
    limit: Threshold,
    number: Fraction | None,
    *,
    absent: str = "",
    raised: str = "",
    remark: str = "",
    rows: tuple[Source, ...] = (),
) -> RuleTrace:
    """Hold a number against a limit.

    Parameters
    ----------
    rule : str
        Name of the rule.
    limit : Threshold
        The limit.
    number : Fraction or None
        The number, in the unit of the limit; None where there is none.
    absent : str
        Why there is none, beginning with `not done` or `not evaluable`.
    raised : str
        Why the patient's own number may be lower than this one, as after a transfusion; the number is
        then an upper bound, so it can fail a limit from below but cannot pass it.
    remark : str
        Words after the number, such as its day.
    rows : tuple of Source
        Where it was read.
    """
    if number is None:
        assert absent, f"{rule}: no number and no reason"
        return trace(rule, limit, absent, None, rows)
    found = " ".join(part for part in (show(number), limit.unit, remark) if part)
    if raised:
        found += f"; {raised}"
    return trace(rule, limit, found, sure(limit, number, raised=raised), rows)


def sure(limit: Threshold, number: Fraction, *, raised: str = "") -> bool | None:
    """Say whether a number meets a limit; None where it is only an upper bound, and that does not tell."""
    met = limit.met(number)
    # An upper bound is sure only of what holds for everything beneath it.
    return None if raised and met == limit.asks_for_more else met


def trace(
    rule: str, limit: Threshold, found: str, met: bool | None, rows: tuple[Source, ...] = ()
) -> RuleTrace:
    """Write down what became of a limit; `met` is None where it cannot be judged."""
    verdict = verdict_of(met)
    return RuleTrace(rule, limit.quantity, found, str(limit), verdict, limit.source, limit.reading, rows)
