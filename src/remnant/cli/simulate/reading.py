"""What was typed is read piece by piece, so that everything wrong with it is said at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from remnant.errors import Fault

T = TypeVar("T")


class Reading:
    """Reads what was typed piece by piece, and keeps every fault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def of(self, read: Callable[[], T]) -> T | None:
        """Return what is read; None, its faults kept, if it must be mended."""
        from remnant.errors import RemnantError

        try:
            return read()
        except RemnantError as error:
            self.faults += error.faults
            return None

    def refuse(self, option: str, found: str, expected: str, hint: str) -> None:
        """Keep one fault."""
        from remnant.errors import Fault

        self.faults.append(Fault("command line", None, option, found, expected, hint))

    def finish(self) -> None:
        """Raise every fault at once."""
        from remnant.errors import SettingError

        if self.faults:
            raise SettingError(dict.fromkeys(self.faults))
