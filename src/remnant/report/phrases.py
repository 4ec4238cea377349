"""An estimate in words: a value with its interval, a bound, or the reason why there is no number."""

from __future__ import annotations

from collections.abc import Callable

from remnant.report import numbers
from remnant.study.estimate import Estimate, Evidence


def estimate(quantity: Estimate, write: Callable[[float], str] = numbers.percent) -> str:
    """Say an estimate.

    Parameters
    ----------
    quantity : Estimate
        Of any of the four kinds.
    write : callable
        How its numbers are written.

    Examples
    --------
    >>> estimate(Estimate.not_detected(0.1129, confidence=0.95))
    'not detected, below 11 % (one-sided 95 %)'
    >>> estimate(Estimate.detected(0.34, 0.21, 0.49, confidence=0.95))
    '34 % (95 % interval 21 to 49 %)'
    >>> estimate(Estimate.not_done("no slide of this compartment"))
    'not done (no slide of this compartment)'
    """
    if quantity.evidence is Evidence.DETECTED:
        return f"{value(quantity, write)} ({interval(quantity, write)})"
    if quantity.evidence is Evidence.NOT_DETECTED:
        assert quantity.upper is not None
        side = "" if quantity.confidence is None else f" (one-sided {numbers.coverage(quantity.confidence)})"
        return f"not detected, below {write(quantity.upper)}{side}"
    return f"{quantity.evidence} ({quantity.reason})"


def value(quantity: Estimate, write: Callable[[float], str] = numbers.percent) -> str:
    """Say the point estimate of a quantity that was found; else which kind of knowledge it is."""
    if quantity.value is not None:
        return write(quantity.value)
    if quantity.evidence is Evidence.NOT_DETECTED and quantity.upper is not None:
        return f"not detected, below {write(quantity.upper)}"
    return str(quantity.evidence)


def interval(quantity: Estimate, write: Callable[[float], str] = numbers.percent) -> str:
    """Say the interval of a quantity that was found, with its coverage."""
    side = "" if quantity.confidence is None else f"{numbers.coverage(quantity.confidence)} "
    return f"{side}interval {limits(quantity, write)}"


def limits(quantity: Estimate, write: Callable[[float], str] = numbers.percent) -> str:
    """Say the two limits of a quantity that was found, their unit once."""
    assert quantity.lower is not None
    assert quantity.upper is not None
    low, high = write(quantity.lower), write(quantity.upper)
    for unit in (" %", " per million"):
        if low.endswith(unit) and high.endswith(unit):
            low = low.removesuffix(unit)
    if low.startswith("1 in "):
        high = high.removeprefix("1 in ")
    return f"{low} to {high}"


def listing(words: list[str]) -> str:
    """Join words as a sentence does.

    Examples
    --------
    >>> listing(["stem", "progenitor", "bulk"])
    'stem, progenitor and bulk'
    """
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1] if words else ""


def counted(number: int, noun: str) -> str:
    """Say how many of a thing there are.

    Examples
    --------
    >>> counted(1, "patient"), counted(0, "visit")
    ('1 patient', 'no visits')
    """
    many = "" if number == 1 else "s"
    return f"{numbers.count(number) if number else 'no'} {noun}{many}"


def share(part: int, whole: int) -> str:
    """Say how many of a number.

    Examples
    --------
    >>> share(5, 7), share(7, 7), share(0, 7), share(1, 1)
    ('5 of 7', 'all 7', 'none of 7', '1 of 1')
    """
    if part == whole > 1:
        return f"all {numbers.count(whole)}"
    return f"{numbers.count(part) if part else 'none'} of {numbers.count(whole)}"


def opened(words: str) -> str:
    """Begin a sentence with words, their other letters as they are.

    Examples
    --------
    >>> opened("by blood and marrow: CR")
    'By blood and marrow: CR'
    """
    return words[:1].upper() + words[1:]


def odds(start: str, log_odds: Estimate) -> str:
    """Say how many times as high the odds of the clone are in stem cells; `start` begins the sentence."""
    if log_odds.value is None:
        return f"{start} {estimate(log_odds, numbers.odds)} times as high in stem cells"
    written = numbers.odds(log_odds.value)
    return f"{start} {written} times as high in stem cells ({interval(log_odds, numbers.odds)})"
