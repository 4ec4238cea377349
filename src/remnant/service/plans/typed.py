"""Numbers as labs type them, 5%, 0.05, 1/300 or 1e-5, every slip gathered before any is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import inf, isfinite, nan
from typing import TypeVar

from remnant.errors import Fault, RemnantError, SettingError

COMMAND_LINE = "command line"
T = TypeVar("T")
FRACTION = "a fraction above 0 and below 1, such as 5%, 0.05, 1/300 or 1e-5"
_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_FORM = re.compile(rf"({_NUMBER})\s*(%|/\s*({_NUMBER}))?")


class Typed:
    """What one question was given, as it is read; `done` tells every fault at once.

    Faults name options as the commands do, `--clone`; a form takes the two dashes off.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fraction(
        self, option: str, text: str, *, least: float = 0.0, most: float = 1.0, ends: bool = False
    ) -> float:
        """Read a fraction between `least` and `most`; `ends` says whether these are allowed themselves."""
        value = read_number(text)
        inside = least <= value <= most if ends else least < value < most
        if inside:
            return value
        expected = FRACTION
        if ends or (least, most) != (0.0, 1.0):
            to = "to" if ends else "and"
            expected = f"a fraction {'from' if ends else 'between'} {least:.6g} {to} {most:.6g}"
        hint = "write it as 5% or 0.05"
        if 1 < value <= 100 and "%" not in text:
            hint = f"write {value:g}% for {value:g} percent"
        elif "," in text:
            hint = "write the decimals with a point, 0.05"
        return self._refuse(option, text, expected, hint)

    def number(
        self, option: str, text: str, *, above: float = 0.0, most: float = inf, least: float | None = None
    ) -> float:
        """Read a number above `above`, or from `least` on, up to `most`."""
        value = read_number(text)
        if (value > above if least is None else value >= least) and value <= most:
            return value
        start = f"above {above:g}" if least is None else f"from {least:g}"
        upto = "" if most == inf else f" to {most:,g}"
        return self._refuse(option, text, f"a number {start}{upto}", "mend the number")

    def whole(self, option: str, text: str, *, least: int = 1, most: int = 1_000_000_000_000) -> int:
        """Read a whole number from `least` to `most`; 1e6 and 1,000,000 are whole."""
        value = read_number(text)
        if least <= value <= most and value == int(value):
            return int(value)
        self._refuse(option, text, f"a whole number from {least:,} to {most:,}", "mend the number")
        return least

    def one_of(self, option: str, text: str, choices: Sequence[str]) -> None:
        """Refuse a word that is none of `choices`."""
        if text not in choices:
            self.refuse(option, repr(text), " or ".join(choices), "choose one of them")

    def counts(self, option: str, texts: Sequence[str] | None) -> list[tuple[int, int]]:
        """Read counts typed as 2/200."""
        return [
            pair
            for text in texts or ()
            if (pair := self.reading(lambda text=text: k_of_n(text, option))) is not None  # type: ignore[misc]
        ]

    def reading(self, read: Callable[[], T]) -> T | None:
        """Return what `read` returns; None, its faults kept, if a user must mend something."""
        try:
            return read()
        except RemnantError as error:
            self.faults += error.faults
            return None

    def refuse(self, option: str, found: str, expected: str, hint: str) -> None:
        """Keep one fault."""
        self.faults.append(Fault(COMMAND_LINE, None, option, found, expected, hint))

    def done(self) -> None:
        """Tell every fault.

        Raises
        ------
        SettingError
            If there is any.
        """
        if self.faults:
            raise SettingError(self.faults)

    def _refuse(self, option: str, text: str, expected: str, hint: str) -> float:
        self.refuse(option, repr(text), expected, hint)
        return nan


def read_number(text: str) -> float:
    """Read 5%, 0.05, 1/300, 1e-5 or 1,000,000; NaN for anything else.

    Examples
    --------
    >>> read_number("5 %"), read_number("1/400"), read_number("1e-5"), read_number("1,000,000")
    (0.05, 0.0025, 1e-05, 1000000.0)
    >>> read_number("0,05"), read_number("five"), read_number("1/0")
    (nan, nan, nan)
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return nan
    value = float(found[1].replace(",", ""))
    if found[2] == "%":
        value /= 100
    elif found[3] is not None:
        below = float(found[3].replace(",", ""))
        value = value / below if below else nan
    return value if isfinite(value) else nan


def k_of_n(text: str, option: str) -> tuple[int, int]:
    """Read counts typed as 2/200."""
    parts = text.split("/")
    if len(parts) == 2 and all(part.strip().isdecimal() for part in parts):
        k, n = (int(part) for part in parts)
        if k <= n and n > 0:
            return k, n
    raise setting_error(option, repr(text), "K/N, whole numbers with K at most N", "write it as 2/200")


def setting_error(option: str, found: str, expected: str, hint: str) -> SettingError:
    """Make the error of one option."""
    return SettingError([Fault(COMMAND_LINE, None, option, found, expected, hint)])
