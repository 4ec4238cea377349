"""What a user can mend, said so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 40  # faults printed at once: one screen; the rest are counted


@dataclass(frozen=True)
class Fault:
    """One place where an input breaks its rule.

    Parameters
    ----------
    source : str
        File, folder or text at fault.
    line : int or None
        Line in the file, from 1; None where the place is not a line.
    column : str
        Column, keyword, key or byte range at fault.
    found : str
        What stands there.
    expected : str
        What should stand there.
    hint : str
        What to do about it.
    """

    source: str
    line: int | None
    column: str
    found: str
    expected: str
    hint: str

    @property
    def place(self) -> str:
        """Where in the source, in words."""
        if self.line is None:
            return self.column
        return f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"

    def __str__(self) -> str:
        """Say the fault in one line."""
        where = f"{self.source}, {self.place}" if self.place else self.source
        return f"{where}: found {self.found}; expected {self.expected}; {self.hint}"


class RemnantError(Exception):
    """Base of every error a user can mend; anything else is a bug and keeps its traceback.

    Parameters
    ----------
    faults : iterable of Fault
        Every place at fault, in the order to mend them.
    """

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Say every fault, up to a screenful, and count the rest."""
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if (more := len(self.faults) - SHOWN) > 0:
            lines.append(f"... and {more:,} more of the same kind of trouble: mend these first")
        return "\n".join(lines)


class TableError(RemnantError, ValueError):
    """A table breaks its schema, in every place listed."""


class StudyError(RemnantError, ValueError):
    """A study folder breaks its rules, in every place listed."""


class SettingError(RemnantError, ValueError):
    """An option or a number given to a function is outside what it can mean."""


class FcsError(RemnantError, ValueError):
    """An FCS file that cannot be trusted: which keyword or segment, and why."""


class ChannelError(RemnantError, KeyError):
    """A marker or channel that a file does not have, or has twice."""


class CompensationError(RemnantError, ValueError):
    """A spillover matrix that cannot be used."""


class GatingError(RemnantError, ValueError):
    """A gate that cannot be read or cannot be placed on these events."""


class IscnError(RemnantError, ValueError):
    """A karyotype or in situ string that cannot be read, with the position."""


class ResultsError(RemnantError, ValueError):
    """A results folder that is missing, unfinished or not from this program."""


class UnfinishedError(RemnantError, RuntimeError):
    """Long work of which a part failed: which part, and why; all else is kept."""


class PrecisionError(RemnantError, RuntimeError):
    """A computation that would run in single precision."""


class ToleranceError(RemnantError, ArithmeticError):
    """A course that cannot be followed to the accuracy asked for, or left what is possible."""


class StoreError(RemnantError, RuntimeError):
    """A store, or something asked of it, that cannot be used."""


class DiskError(StoreError):
    """A disk that takes nothing more: it is full, or not to be written to."""


class NotHere(StoreError):  # noqa: N818 -- it says what is so
    """A study, draft, result, job or file that the store does not have."""


class ConflictError(StoreError):
    """Someone else was first: what was to be changed is no longer what it was."""


class Refused(StoreError):  # noqa: N818 -- likewise
    """Something that this person may not do."""
