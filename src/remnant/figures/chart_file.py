"""One chart as one file: its ending says how. A page stands alone, a picture is drawn without a pointer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import vl_convert

from remnant.figures.export import PIXELS_PER_INCH, on_paper, still
from remnant.figures.theme import specification

# A phone shows the whole width, shrunk; the colours are those of a light page, whatever the reader's own.
_HEAD = (
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light">'
    "<style>body{background:#fff;margin:8px}.vega-embed{display:block!important;padding:0!important}"
    "svg{max-width:100%;height:auto!important}.vega-embed details{display:none}</style>"
)


def write_chart(chart: Any, path: Path) -> None:
    """Write a finished chart.

    Parameters
    ----------
    chart : altair chart
        From a function of `remnant.figures`.
    path : Path
        Ending in .html (needs no network), .svg, .png, .pdf, or .json for the Vega-Lite itself.
    """
    spec = specification(chart)
    kind = path.suffix.lower()
    if kind == ".json":
        path.write_text(json.dumps(spec, indent=1), encoding="utf-8")
        return
    spec = on_paper(spec)
    if kind == ".html":
        page = vl_convert.vegalite_to_html(spec, bundle=True, renderer="svg")
        path.write_text(page.replace("<head>", f"<head>{_HEAD}", 1), encoding="utf-8")
    else:
        drawing = vl_convert.vegalite_to_svg(still(spec))
        if kind == ".svg":
            path.write_text(drawing, encoding="utf-8")
        elif kind == ".png":
            path.write_bytes(vl_convert.svg_to_png(drawing, ppi=PIXELS_PER_INCH))
        else:
            assert kind == ".pdf", "the command refuses other endings"
            path.write_bytes(vl_convert.svg_to_pdf(drawing))
