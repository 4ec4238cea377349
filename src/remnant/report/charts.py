"""Charts on their way into the page: packed in groups, each unpacked by the browser when it is looked at."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from remnant.cytometry import GatedTube
from remnant.figures.gating import gate_sheet, gate_template
from remnant.figures.theme import Row, specification


@dataclass(frozen=True)
class Figure:
    """A place on the page for a chart, with the words around it.

    Parameters
    ----------
    key, group : str
        Which chart of which package.
    title, caption, description : str
        In the order in which they are read; the last is for those who cannot see the chart.
    height : int
        Room kept for it, in pixels.
    canvas : bool
        Whether it has too many marks to be drawn as lines in the page.
    """

    key: str
    group: str
    title: str
    caption: str
    description: str
    height: int
    canvas: bool = False


@dataclass
class Album:
    """Collects the charts of a page by group; it only grows."""

    specs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(
        self, chart: Any, group: str, key: str, title: str, caption: str, height: int, *, canvas: bool = False
    ) -> Figure:
        """Take in a chart and return its place on the page.

        Parameters
        ----------
        chart : altair chart
            As a function of `remnant.figures` returns it.
        group, key : str
            A package of charts that are looked at together, and the name in it.
        title, caption : str
            Words beneath the chart.
        height : int
            Room to keep, in pixels.
        canvas : bool
            Draw as pixels, for charts of many marks.
        """
        spec = specification(chart)
        tables = {name: columns(rows) for name, rows in spec["datasets"].items()}
        self.specs.setdefault(group, {})[key] = spec | {"datasets": tables}
        return Figure(key, group, title, caption, str(spec.get("description", "")), height, canvas)

    def put_gates(self, tube: GatedTube, group: str, key: str, caption: str) -> Figure:
        """Take in the gates of a tube, which the page draws by the template that all tubes share."""
        sheet = gate_sheet(tube)
        self.specs.setdefault("templates", {})["gates"] = gate_template()
        self.specs.setdefault(group, {})[key] = sheet | {"template": "gates"}
        return Figure(key, group, "Gates", caption, sheet["description"], 560, canvas=True)

    def packages(self) -> list[tuple[str, str]]:
        """Return every group with its charts, packed."""
        return [
            (group, pack(json.dumps(specs, separators=(",", ":")))) for group, specs in self.specs.items()
        ]


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """Turn rows into columns, which a packer makes a third of; the page turns them back.

    Examples
    --------
    >>> columns([{"x": 1, "y": 2}, {"x": 3, "y": 4}])
    {'x': [1, 3], 'y': [2, 4]}
    """
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def pack(text: str) -> str:
    """Deflate text and write it in letters that mean nothing to HTML.

    Examples
    --------
    >>> zlib.decompress(base64.b64decode(pack("</script>"))).decode()
    '</script>'
    """
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")
