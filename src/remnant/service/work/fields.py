"""What can be chosen for a piece of work, and how what was typed is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from remnant.errors import Fault, SettingError
from remnant.study.text import printable

Answer = str | int | float | bool | None
LARGEST_SEED = 2**53 - 1  # what every reader of JSON can hold
LONGEST = {"text": 500, "lines": 100_000}  # letters
YES, NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0", "")


@dataclass(frozen=True)
class Field:
    """One choice.

    Parameters
    ----------
    name, label, meaning : str
        In a request, on a page, and beneath.
    kind : {"whole", "number", "yes", "choice", "text", "lines"}
        What is typed.
    default : str
        What stands there at first; empty for a choice that is left to the study.
    lowest, highest : float
        Bounds of a number.
    choices : tuple of (str, str)
        Value and words of each.
    """

    name: str
    label: str
    meaning: str
    kind: Literal["whole", "number", "yes", "choice", "text", "lines"]
    default: str = ""
    lowest: float = 0
    highest: float = LARGEST_SEED
    choices: tuple[tuple[str, str], ...] = ()

    def read(self, typed: str) -> Answer | Fault:
        """Return what was typed as what it means, or what is wrong with it."""
        text = typed.strip()
        if self.kind == "yes":
            return text.lower() in YES if text.lower() in (*YES, *NO) else self._fault(text, "yes or no")
        if self.kind == "choice":
            known = [value for value, _ in self.choices]
            return text if text in known else self._fault(text, ", ".join(known))
        if self.kind in ("text", "lines"):
            most = LONGEST[self.kind]
            sound = len(text) <= most and self._sound(text)
            return (
                text if sound else self._fault(text, f"words that can be printed, at most {most:,} letters")
            )
        if not text and not self.default:
            return None
        return self._number(text)

    def _sound(self, text: str) -> bool:
        """Whether a text can be kept and shown: not empty, and without signs that no letter has."""
        shown = "".join(text.split()) if self.kind == "lines" else text
        return bool(shown) and shown.isprintable()

    def _number(self, text: str) -> Answer | Fault:
        try:
            value: float = int(text) if self.kind == "whole" else float(text)
        except ValueError:
            value = math.nan
        if self.lowest <= value <= self.highest:  # which not-a-number is not
            return value
        what = "a whole number" if self.kind == "whole" else "a number"
        return self._fault(text, f"{what} from {self.lowest:,.10g} to {self.highest:,.16g}")

    def _fault(self, text: str, expected: str) -> Fault:
        found = repr(text[:60]) if text else "nothing"
        if self.default:
            hint = f"{self.default} is usual"
        else:
            hint = "write it, or copy an example" if self.kind in ("text", "lines") else "or leave it empty"
        return Fault("form", None, self.name, found, expected, hint)


def read_fields(fields: tuple[Field, ...], typed: Mapping[str, str]) -> dict[str, Answer]:
    """Read all of a form.

    Parameters
    ----------
    fields : tuple of Field
        What can be chosen.
    typed : Mapping of str to str
        By name; what is not there has its default.

    Raises
    ------
    SettingError
        With every field that must be mended, and every name that is none.
    """
    found = {field.name: field.read(typed.get(field.name, field.default)) for field in fields}
    faults = [answer for answer in found.values() if isinstance(answer, Fault)]
    known = ", ".join(found)
    faults += [
        Fault("form", None, printable(name[:60]), "an unknown name", known or "none", "leave it out")
        for name in typed
        if name not in found
    ]
    if faults:
        raise SettingError(faults)
    return {name: answer for name, answer in found.items() if not isinstance(answer, Fault)}
