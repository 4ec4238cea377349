"""What became of one rule of a definition, and how rules combine when some cannot be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One rule that was tried.

    Parameters
    ----------
    rule : str
        What it is about, with the type of disease that it serves.
    found : str
        What is known of the patient.
    asks : str
        What the definition asks for.
    met : bool or None
        What became of it; None where it cannot be judged, which is neither pass nor failure.
    source : str
        Paper and table.
    reading : str
        How an ambiguity was settled, or that the rule is from memory.
    needs : str
        What would have to be known to judge it; empty where it was judged.
    """

    rule: str
    found: str
    asks: str
    met: bool | None
    source: str
    reading: str = ""
    needs: str = ""


def every(answers: Iterable[bool | None]) -> bool | None:
    """Combine rules that must all be met: one failure decides, whatever is missing.

    Examples
    --------
    >>> every([None, False]), every([None, True])
    (False, None)
    """
    found = set(answers)
    return False if False in found else None if None in found else True


def some(answers: Iterable[bool | None]) -> bool | None:
    """Combine rules of which one is enough: one success decides, whatever is missing.

    Examples
    --------
    >>> some([None, True]), some([None, False])
    (True, None)
    """
    found = set(answers)
    return True if True in found else None if None in found else False


def below(what: str, percent: float | None, limit: float, source: str) -> Rule:
    """Ask that a percentage lie below a limit; both are decimals as typed, so comparing them is exact."""
    asks = f"below {limit:g} %"
    if percent is None:
        return Rule(what, "not done", asks, None, source, needs=what)
    return Rule(what, f"{percent:g} %", asks, percent < limit, source)


def absent(what: str, present: bool | None, source: str, reading: str = "") -> Rule:
    """Ask that something was looked for and not found."""
    return _looked_for(what, present, "none", None if present is None else not present, source, reading)


def present(what: str, there: bool | None, source: str, reading: str = "") -> Rule:
    """Ask that something was found."""
    return _looked_for(what, there, "present", there, source, reading)


def _looked_for(
    what: str, there: bool | None, asks: str, met: bool | None, source: str, reading: str
) -> Rule:
    if there is None:
        return Rule(what, "not known", asks, None, source, reading, needs=what)
    return Rule(what, "present" if there else "none", asks, met, source, reading)


def at_most(what: str, number: int | None, limit: int, source: str, reading: str = "") -> Rule:
    """Ask that a count not exceed a limit."""
    asks = f"at most {limit}"
    if number is None:
        return Rule(what, "not known", asks, None, source, reading, needs=what)
    return Rule(what, str(number), asks, number <= limit, source, reading)
