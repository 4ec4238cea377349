"""The gating strategy of a tube as one drawing: its plots from root to leaves, its joined gates beneath."""

from __future__ import annotations

from itertools import groupby

import vl_convert

from remnant.cytometry import RARE, GateCount, GatingStrategy, JoinedGate
from remnant.figures.strategy_ink import (
    LEVELS,
    clean,
    fit,
    fonts,
    many,
    share,
    style,
    wrap,
)
from remnant.figures.strategy_plot import (
    RIGHT,
    ROW,
    WIDTH,
    count_rows,
    draw_plot,
    draw_unplaced,
    plot_height,
)

LEGEND_WIDTH = 770
PIXELS_PER_INCH = 144  # of a PNG: twice what a screen shows
_MARGIN = 14
_COLUMNS, _MANY_COLUMNS, _MANY = 3, 4, 24


def draw_strategy(strategy: GatingStrategy) -> str:
    """Draw every plot of a strategy on one sheet.

    Parameters
    ----------
    strategy : GatingStrategy
        As `prepare_strategy` returns it.

    Returns
    -------
    str
        A whole SVG file: static, with no reference to anything outside it. The same strategy gives the same
        bytes.
    """
    plots = plots_of(strategy)
    columns = min(max(len(plots), 2), _MANY_COLUMNS if len(plots) > _MANY else _COLUMNS)
    width = _MARGIN + columns * (WIDTH + _MARGIN)
    head, y = _head(strategy, width)
    parts = []
    for first in range(0, len(plots), columns):
        row = plots[first : first + columns]
        for place, (content, _) in enumerate(row):
            x = _MARGIN + place * (WIDTH + _MARGIN)
            parts.append(f'<g role="img" transform="translate({x} {y:g})">{content}</g>')
        y += max(height for _, height in row)
    rows, y = _joined(strategy.joined, y, width)
    height = y + 16
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width}" '
        f'height="{height:g}" {fonts()}><title>{clean(headline(strategy))}</title>'
        f"<desc>{clean(explain(strategy))}</desc><style>{style()}</style>"
        f'<rect class="w" width="{width}" height="{height:g}"/>{head}'
        f"{''.join(parts)}{rows}</svg>\n"
    )


def draw_png(drawing: str) -> bytes:
    """Turn a drawing into pixels."""
    return vl_convert.svg_to_png(drawing, ppi=PIXELS_PER_INCH)


def draw_pdf(drawing: str) -> bytes:
    """Turn a drawing into a PDF of one page that is as large as the drawing."""
    return vl_convert.svg_to_pdf(drawing)


def plots_of(strategy: GatingStrategy) -> list[tuple[str, int]]:
    """Return the content of every plot with its height in pixels; gates that were not placed come last."""
    plots = [(draw_plot(plot), plot_height(count_rows(plot.gates))) for plot in strategy.plots]
    return plots + [(draw_unplaced(gates), plot_height(0)) for gates in unplaced(strategy)]


def unplaced(strategy: GatingStrategy) -> list[tuple[GateCount, ...]]:
    """Gates that could not be read or placed, those with one reason together."""
    ordered = sorted(strategy.unplaced, key=lambda count: count.reason)
    return [tuple(group) for _, group in groupby(ordered, key=lambda count: count.reason)]


def headline(strategy: GatingStrategy) -> str:
    """Name the tube."""
    return f"Gating strategy of {strategy.file}"


def explain(strategy: GatingStrategy) -> str:
    """Say how to read the plots."""
    return (
        f"{many(strategy.events, 'event')}, {many(len(strategy.counts), 'gate')}. "
        "Each plot shows the events of one parent, named above it; percent is of its evaluable events."
    )


def legend() -> str:
    """Draw the key to bins and dots, `LEGEND_WIDTH` by 16 pixels."""
    step = 7
    swatches = "".join(
        f'<path class="d{level}" stroke-width="10" d="M{level * step} 8h{step}"/>' for level in range(LEVELS)
    )
    return (
        f'{swatches}<text class="m" x="{LEVELS * step + 8}" y="12.5">'
        "few to many events per bin, on a logarithmic scale of each plot</text>"
        f'<circle class="t0" cx="{LEGEND_WIDTH - 258}" cy="8" r="2.2"/>'
        f'<text class="m" x="{LEGEND_WIDTH - 248}" y="12.5">one event of a gate with fewer than {RARE}</text>'
    )


def _head(strategy: GatingStrategy, width: int) -> tuple[str, float]:
    """Write the title, how to read the plots, and the key to the colours; return where the plots begin."""
    room = width - 2 * _MARGIN
    name = fit(headline(strategy), room, 17)
    parts = [f'<text class="k" x="{_MARGIN}" y="26" font-size="17" font-weight="600">{clean(name)}</text>']
    y = 46
    for line in wrap(explain(strategy), room, 4):
        parts.append(f'<text class="m" x="{_MARGIN}" y="{y}">{clean(line)}</text>')
        y += 16
    parts.append(f'<g transform="translate({_MARGIN} {y - 8})">{legend()}</g>')
    return "".join(parts), y + 14.0


def _joined(gates: tuple[JoinedGate, ...], y: float, width: int) -> tuple[str, float]:
    """Write Boolean gates as lines: what each joins, its events and their share."""
    if not gates:
        return "", y
    left, right = _MARGIN, width - _MARGIN - RIGHT
    y += 10
    parts = [
        f'<path class="l" d="M{left} {y:g}H{right}"/>',
        f'<text class="k" x="{left}" y="{y + 20:g}" font-weight="600">Boolean gates</text>',
    ]
    y += 40
    middle = left + (right - left) * 0.28
    for gate in gates:
        count = gate.count
        name = fit(count.gate, middle - left - 12)
        rule = f"{gate.rule}, of {count.parent}"
        if count.not_evaluable:
            rule += f"; {count.not_evaluable:,} not evaluable"
        parts.append(
            f'<text class="k" x="{left}" y="{y:g}">{clean(name)}<title>{clean(count.gate)}</title></text>'
            f'<text class="m" x="{middle:g}" y="{y:g}">{clean(fit(rule, right - middle - 170))}'
            f"<title>{clean(rule)}</title></text>"
            f'<text class="k" x="{right - 74}" y="{y:g}" text-anchor="end">{count.events:,}</text>'
            f'<text class="k" x="{right}" y="{y:g}" text-anchor="end">'
            f"{share(count.events, count.evaluable)}</text>"
        )
        y += ROW
    return "".join(parts), y
