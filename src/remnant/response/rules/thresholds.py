"""A limit that a criterion sets, as data: compared in exact decimals, never in binary floats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Literal

Operator = Literal[">=", ">", "<=", "<"]
Number = int | float | str | Fraction


@lru_cache(maxsize=1 << 14)
def exact(number: Number) -> Fraction:
    """Return the decimal that was typed, exactly.

    A float is taken as the shortest decimal that reads back as it, which is what stood in the file:
    8.2 - 6.7 in floats is 1.4999999999999991 and would fail a rise of 1.5.

    Examples
    --------
    >>> exact(8.2) - exact(6.7) == exact("1.5")
    True
    """
    return number if isinstance(number, Fraction) else Fraction(str(number))


def show(number: Fraction) -> str:
    """Write an exact number for a reader, to four significant digits.

    Examples
    --------
    >>> show(exact(0.10)), show(Fraction(49, 6))
    ('0.1', '8.167')
    """
    value = float(number)
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


@dataclass(frozen=True)
class Threshold:
    """One limit of a published criterion.

    Parameters
    ----------
    quantity : str
        What is compared.
    operator : {">=", ">", "<=", "<"}
        How strictly.
    value : str
        The limit as printed, in `unit`.
    unit : str
        Unit of the quantity and the limit.
    source : str
        Paper and table.
    reading : str
        How an ambiguity was settled; empty where the text is plain.

    Examples
    --------
    >>> Threshold("marrow blasts", "<=", "5", "%", "Cheson 2006, table 3").met(exact("5.0"))
    True
    """

    quantity: str
    operator: Operator
    value: str
    unit: str
    source: str
    reading: str = ""

    def met(self, number: Fraction) -> bool:
        """Say whether `number`, in `unit`, meets the limit."""
        limit = self.limit
        match self.operator:
            case ">=":
                return number >= limit
            case ">":
                return number > limit
            case "<=":
                return number <= limit
            case "<":
                return number < limit

    @cached_property
    def limit(self) -> Fraction:
        """The limit, exactly."""
        return exact(self.value)

    @property
    def asks_for_more(self) -> bool:
        """Whether a higher number can only help."""
        return self.operator in (">=", ">")

    def __str__(self) -> str:
        """Say the limit as a reader would."""
        return f"{self.operator} {self.value} {self.unit}"
