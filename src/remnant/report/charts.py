"""Charts on their way into the page: packed in groups, each unpacked by the browser when it is looked at."""

from __future__ import annotations

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from remnant.cytometry import GatedTube
from remnant.figures.gating import gate_sheet, gate_template
from remnant.figures.theme import Row, specification
from remnant.report.gate_letters import lettered

FIGURES = 6  # significant figures of what a chart is drawn of: no screen shows more
WORTH = 60  # letters from which a piece of a chart is held once for all that have it


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
        self.specs.setdefault(group, {})[key] = lettered(sheet) | {"template": "gates"}
        return Figure(key, group, "Gates", caption, sheet["description"], 560, canvas=True)

    def packages(self) -> list[tuple[str, str]]:
        """Return every group with its charts, packed."""
        return [(group, pack(text)) for group, text in self.texts()]

    def texts(self) -> list[tuple[str, str]]:
        """Return every group with its charts, as JSON."""
        return [(group, _whole(specs)) for group, specs in self.specs.items()]


def together(albums: Iterable[Album]) -> list[tuple[str, str]]:
    """Return the groups of several albums, packed; what their charts have in common is held once."""
    specs: dict[str, dict[str, Any]] = {}
    for album in albums:
        for group, charts in album.specs.items():
            specs.setdefault(group, {}).update(charts)
    return _shared(specs)


def _shared(specs: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    pieces = Counter(
        piece for charts in specs.values() for chart in charts.values() for piece in _pieces(chart)
    )
    places = {piece: number for number, piece in enumerate(p for p, times in pieces.items() if times > 1)}
    common = [_without(json.loads(piece), places, whole=True) for piece in places]
    groups = {
        group: {key: _without(chart, places, whole=True) for key, chart in charts.items()}
        for group, charts in specs.items()
    }
    return [("common", _packed(common)), *((group, _packed(charts)) for group, charts in groups.items())]


def _pieces(part: Any) -> Iterator[str]:
    """Yield every piece of a chart that is worth holding once, as text; its data are its own."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, item in inner:
        if name in ("datasets", "slots") or not isinstance(item, dict | list):
            continue
        yield from _pieces(item)
        text = _text(item)
        if len(text) >= WORTH:
            yield text


def _without(part: Any, places: dict[str, int], *, whole: bool = False) -> Any:
    """Put numbers in the place of the pieces that are held elsewhere."""
    if not isinstance(part, dict | list):
        return part
    if not whole and (place := places.get(_text(part))) is not None:
        return {"$": place}
    if isinstance(part, list):
        return [_without(item, places) for item in part]
    return {
        name: item if name in ("datasets", "slots") else _without(item, places) for name, item in part.items()
    }


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """Turn rows into columns, which a packer makes a third of; the page turns them back.

    Examples
    --------
    >>> columns([{"x": 1, "y": 2 / 3}, {"x": 3, "y": 4}])
    {'x': [1, 3], 'y': [0.666667, 4]}
    """
    return {name: [_short(row[name]) for row in rows] for name in rows[0]} if rows else {}


def _short(value: Any) -> Any:
    return float(f"{value:.{FIGURES}g}") if isinstance(value, float) else value


def _text(part: Any) -> str:
    return json.dumps(part, separators=(",", ":"))


def _packed(specs: Any) -> str:
    return pack(_whole(specs))


def _whole(specs: Any) -> str:
    return json.dumps(specs, separators=(",", ":"), ensure_ascii=False)


def pack(text: str) -> str:
    """Deflate text and write it in letters that mean nothing to HTML.

    Examples
    --------
    >>> zlib.decompress(base64.b64decode(pack("</script>"))).decode()
    '</script>'
    """
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")
