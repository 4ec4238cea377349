"""Drawing the gating strategy of a tube of a million events, from the file to the bytes of the page.

The floor is one pass over the bytes of the file. The time is split into evaluating the gates, binning their
plots and drawing them; every part reads the file anew, as a command does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from side_by_side import compare

from remnant.cytometry import GatingStrategy, evaluate, prepare_strategy, read_fcs, read_gates
from remnant.figures.strategy import draw_pdf, draw_png, draw_strategy
from remnant.figures.strategy_page import draw_page
from remnant.observation.tube import NAMES, simulate_events, write_tube

EVENTS = 1_000_000
SHARES = {
    "stem": 6e-5, "early": 4e-4, "progenitor": 6e-3, "lymphocyte": 0.22, "monocyte": 0.06,
    "granulocyte": 0.55, "erythroid": 0.06, "red_cell": 0.03, "dead": 0.05, "debris": 0.05,
}  # fmt: skip
GATES = """<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
  xmlns:t="http://www.isac-net.org/std/Gating-ML/v2.0/transformations"
  xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">
  <t:transformation t:id="bi"><t:logicle t:T="262144" t:W="0.8" t:M="4.5" t:A="0"/></t:transformation>
  {}</g:Gating-ML>"""


def dimension(channel: str, bounds: str = "", scale: str = "") -> str:
    how = (
        f'g:compensation-ref="FCS" g:transformation-ref="{scale}"'
        if scale
        else 'g:compensation-ref="uncompensated"'
    )
    return f'<g:dimension {how} {bounds}><d:fcs-dimension d:name="{channel}"/></g:dimension>'


def gate(kind: str, name: str, parent: str, *parts: str) -> str:
    within = f'g:parent_id="{parent}"' if parent else ""
    return f'<g:{kind}Gate g:id="{name}" {within}>{"".join(parts)}</g:{kind}Gate>'


def vertices(*places: tuple[int, int]) -> str:
    return "".join(
        f'<g:vertex><g:coordinate d:value="{x}"/><g:coordinate d:value="{y}"/></g:vertex>' for x, y in places
    )


def strategy() -> str:
    """Cells, singlets, viable, CD34+, then CD38+ beside CD38-/low CD90+."""
    cells = (
        (38000, 5000),
        (150000, 5000),
        (235000, 60000),
        (235000, 240000),
        (80000, 240000),
        (38000, 60000),
    )
    singlets = ((30000, 24000), (240000, 198000), (240000, 240000), (30000, 31000))
    return GATES.format(
        gate("Polygon", "cells", "", dimension("FSC-A"), dimension("SSC-A"), vertices(*cells))
        + gate("Polygon", "singlets", "cells", dimension("FSC-A"), dimension("FSC-H"), vertices(*singlets))
        + gate("Rectangle", "viable", "singlets", dimension("7-AAD-A", 'g:max="0.6"', "bi"))
        + gate("Rectangle", "CD34+", "viable", dimension("APC-A", 'g:min="0.62"', "bi"),
               dimension("SSC-A", 'g:max="6e4"'))
        + gate("Rectangle", "CD38+", "CD34+", dimension("PE-Cy7-A", 'g:min="0.52"', "bi"))
        + gate("Rectangle", "CD38-/low CD90+", "CD34+", dimension("PE-Cy7-A", 'g:max="0.45"', "bi"),
               dimension("BV421-A", 'g:min="0.48"', "bi"))
    )  # fmt: skip


def main() -> None:
    """Make a tube in a folder of its own and measure."""
    rng = np.random.default_rng(1)
    counts = np.array([round(SHARES[name] * EVENTS * 1.01) for name in NAMES])
    with tempfile.TemporaryDirectory() as folder:
        path, gates = Path(folder) / "tube.fcs", Path(folder) / "gates.xml"
        write_tube(path, simulate_events(counts, rng=rng), keywords={})
        gates.write_text(strategy())

        def floor() -> float:
            return float(np.frombuffer(path.read_bytes(), np.uint8).sum())

        def prepared() -> GatingStrategy:
            return prepare_strategy(read_gates(gates), read_fcs(path))

        ready = prepared()
        drawing = draw_strategy(ready)
        works: dict[str, Callable[[], object]] = {
            "file to HTML": lambda: draw_page(prepared()).encode(),
            "file to SVG": lambda: draw_strategy(prepared()).encode(),
            "of which: gates evaluated": lambda: evaluate(read_gates(gates), read_fcs(path)),
            "of which: gates evaluated and plots binned": prepared,
            "of which: page drawn": lambda: draw_page(ready).encode(),
            "drawing to PNG": lambda: draw_png(drawing),
            "drawing to PDF": lambda: draw_pdf(drawing),
        }
        print(f"{ready.events:,} events, {len(ready.plots)} plots, {len(drawing):,} bytes of SVG")
        for name, work in works.items():
            compare(name, work, floor, against="one pass over the bytes")


if __name__ == "__main__":
    main()
