"""One fault of a scenario, by the keys that lead to it; whoever has the file finds the line."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Slip:
    """One fault, by the keys that lead to it."""

    path: Path
    found: str
    expected: str
    hint: str

    @property
    def place(self) -> str:
        """The keys in words; sections that stand several times are counted from 1."""
        words = [f"{part + 1}" if isinstance(part, int) else part for part in self.path]
        return ".".join(words)
