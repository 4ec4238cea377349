"""A measured quantity, and what kind of knowledge it is.

Not done, not evaluable, not detected and detected are four different things. Every quantity in
`remnant` that a lab could have failed to measure is an `Estimate`, so none of them can be mistaken
for another, in code, tables, JSON or prose.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite


class Evidence(StrEnum):
    """The four kinds of knowledge."""

    NOT_DONE = "not done"
    NOT_EVALUABLE = "not evaluable"
    NOT_DETECTED = "not detected"
    DETECTED = "detected"


@dataclass(frozen=True)
class Source:
    """Where a number was read: a file of the study and a line in it (None: the whole file).

    A sheet of study.xlsx stands under the name that its table has as a file, and its row is the line.
    """

    file: str
    line: int | None = None

    def __lt__(self, other: Source) -> bool:
        """Order by file and then by line, the whole file before its lines."""
        return (self.file, self.line or 0) < (other.file, other.line or 0)

    def __str__(self) -> str:
        """Say the place as a reader would look it up."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Estimate:
    """A quantity with its interval, or the reason why there is none.

    Use the four constructors; they keep the invariants below.

    Parameters
    ----------
    evidence : Evidence
        Which of the four kinds this is.
    value : float or None
        Point estimate, in the unit of the field that holds it; None unless detected.
    lower, upper : float or None
        Two-sided limits when detected; when not detected `lower` is 0 and `upper` the one-sided bound.
    confidence : float or None
        Coverage of the interval, or of the one-sided bound.
    reason : str
        Why it is not done or not evaluable; for an estimate, how it was made.
    sources : tuple of Source
        The rows that it was made from.
    """

    evidence: Evidence
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    confidence: float | None = None
    reason: str = ""
    sources: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        numbers = [self.value, self.lower, self.upper]
        if self.evidence is Evidence.DETECTED:
            assert all(x is not None and isfinite(x) for x in numbers), f"detected without numbers: {self}"
        elif self.evidence is Evidence.NOT_DETECTED:
            assert self.value is None, f"not detected carries a bound, not a value: {self}"
            assert isfinite(self.upper or 0.0), f"the bound is not a number: {self}"
            assert self.upper is not None, f"not detected without its bound: {self}"
        else:
            assert numbers == [None, None, None], f"{self.evidence} carries no number: {self}"
            assert self.reason, f"{self.evidence} without a reason"

    @classmethod
    def detected(
        cls,
        value: float,
        lower: float,
        upper: float,
        *,
        confidence: float,
        reason: str = "",
        sources: tuple[Source, ...] = (),
    ) -> Estimate:
        """Return a quantity that was found, with its two-sided interval."""
        limits = float(value), float(lower), float(upper)
        return cls(Evidence.DETECTED, *limits, confidence, reason, sources)

    @classmethod
    def not_detected(
        cls, upper: float, *, confidence: float, reason: str = "", sources: tuple[Source, ...] = ()
    ) -> Estimate:
        """Return a quantity that was looked for and not found, with the one-sided bound it supports."""
        return cls(Evidence.NOT_DETECTED, None, 0.0, float(upper), confidence, reason, sources)

    @classmethod
    def not_evaluable(cls, reason: str, sources: tuple[Source, ...] = ()) -> Estimate:
        """Return a quantity that was attempted and cannot be judged, and why."""
        return cls(Evidence.NOT_EVALUABLE, reason=reason, sources=sources)

    @classmethod
    def not_done(cls, reason: str) -> Estimate:
        """Return a quantity that nobody measured, and what was missing."""
        return cls(Evidence.NOT_DONE, reason=reason)

    @property
    def known(self) -> bool:
        """Whether there is a number: an interval, or a bound."""
        return self.evidence in (Evidence.DETECTED, Evidence.NOT_DETECTED)
