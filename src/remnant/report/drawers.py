"""Drawers: what few readers open is packed, and comes to light when its line is clicked."""

from __future__ import annotations

from dataclasses import dataclass, field

from remnant.report.charts import Figure
from remnant.report.tables import Table

Part = Table | Figure | str | None


@dataclass(frozen=True)
class Drawer:
    """A line of the page, and what lies behind it.

    Parameters
    ----------
    number, group : int, str
        Its place in the package of this name.
    title, aside : str
        What the line says, first and quieter.
    parts : tuple of Table, Figure or str
        In the order in which they are shown; text is a quiet paragraph.
    """

    number: int
    group: str
    title: str
    aside: str
    parts: tuple[Table | Figure | str, ...]


@dataclass
class Shelf:
    """Numbers the drawers of one part of the page; it only grows.

    Parameters
    ----------
    group : str
        Name of the package.
    """

    group: str
    drawers: list[Drawer] = field(default_factory=list)

    def put(self, title: str, aside: str, *parts: Part) -> Drawer | None:
        """Put parts into a new drawer; none where nothing but words would lie in it."""
        held = tuple(part for part in parts if part)
        if not any(isinstance(part, Table | Figure) for part in held):
            return None
        drawer = Drawer(len(self.drawers), self.group, title, aside, held)
        self.drawers.append(drawer)
        return drawer

    def put_all(self, *drawers: Drawer | None) -> tuple[Drawer, ...]:
        """Leave out what is empty."""
        return tuple(drawer for drawer in drawers if drawer is not None)
