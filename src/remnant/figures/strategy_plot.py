"""One plot of a gating strategy as SVG: bins by log count, gates with names and counts, rare events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry import HISTOGRAM_TOP, DrawnGate, GateCount, GatePlot, Tick
from remnant.figures.strategy_ink import (
    BODY,
    LEVELS,
    SMALL,
    clean,
    dash,
    fit,
    gate_class,
    many,
    share,
    text_class,
    text_width,
    wrap,
)
from remnant.figures.strategy_labels import LINE_HEIGHT, Label, place_labels

SIDE = 240
LEFT, TOP, RIGHT, BOTTOM = 62, 46, 18, 48  # room around the plot
WIDTH, ROW = LEFT + SIDE + RIGHT, 18
_TITLE, BOLD = 13.5, ' font-weight="600"'
_DOT, _SMALL_DOT, _FEW = 3.4, 2.6, 100  # diameters of a single event, and how many are few


def plot_height(rows: int) -> int:
    """Height of a plot with so many lines of counts beneath it, in pixels."""
    return TOP + SIDE + BOTTOM + ROW * rows + 14


def draw_plot(plot: GatePlot) -> str:
    """Draw a plot as the content of an SVG element of `WIDTH` by `plot_height`."""
    levels = shade(plot.binned)
    dark = np.maximum(levels + 1, 0) / LEVELS if plot.y is not None else np.zeros((1, 1))
    parts = [_heading(plot), f'<svg x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}">']
    parts.append(_density(levels) if plot.y is not None else _histogram(plot.binned))
    parts += [_points(gate, number) for number, gate in enumerate(plot.gates) if gate.points]
    parts += [_outline(gate, number) for number, gate in enumerate(plot.gates)]
    parts += [
        _name(label, number) for number, label in enumerate(place_labels(plot.gates, dark, SIDE)) if label
    ]
    if plot.events and not plot.binned.any():
        parts.append(_text("no event has a place here", SIDE / 2, SIDE - 12, "m", anchor="middle"))
    parts.append("</svg>")
    parts += [_axes(plot), *_counts(plot.gates)]
    return "".join(parts)


def draw_unplaced(gates: tuple[GateCount, ...]) -> str:
    """Draw an empty plot with the reason why its gates are not evaluable."""
    names = ", ".join(gate.gate for gate in gates)
    parts = [
        f"<title>{clean(f'{names}: not evaluable')}</title><desc>{clean(gates[0].reason)}</desc>",
        _text(fit(names, SIDE, _TITLE), LEFT, 18, "k", size=_TITLE, bold=True),
        _text("not evaluable", LEFT, 35, "m"),
        f'<rect class="l" x="{LEFT + 0.5}" y="{TOP + 0.5}" width="{SIDE - 1}" height="{SIDE - 1}" '
        'stroke-dasharray="4 4"/>',
    ]
    lines = wrap(gates[0].reason, SIDE - 28, 13)
    first = TOP + SIDE / 2 - 8 * (len(lines) - 1)
    parts += [
        _text(line, LEFT + 14, first + 16 * number + 4, "m", size=SMALL) for number, line in enumerate(lines)
    ]
    return "".join(parts)


def shade(binned: NDArray[np.int64]) -> NDArray[np.int64]:
    """Level of every bin by the logarithm of its count; -1 where there is no event."""
    top = np.log1p(max(int(binned.max(initial=0)), 1))
    return np.asarray(
        np.where(binned > 0, np.rint((LEVELS - 1) * np.log1p(binned) / top), -1), dtype=np.int64
    )


def describe(plot: GatePlot) -> str:
    """Say in a sentence or two what a plot shows, for those who cannot see it."""
    x, y = plot.x, plot.y
    across = f"{x.label} ({x.scale_name})"
    axes = f"{across} against {y.label} ({y.scale_name})" if y else f"Histogram of {across}"
    line = " < ".join([*plot.lineage, "all events"])
    gates = "; ".join(
        f"{g.count.gate}: {g.count.events:,} of {g.count.evaluable:,} evaluable events, "
        f"{g.count.not_evaluable:,} not evaluable" + (f", {g.note}" if g.note else "")
        for g in plot.gates
    )
    return f"{axes}; {many(plot.events, 'event')} of {line}. {gates}."


def title_of(plot: GatePlot) -> str:
    """Name the events that a plot shows, and what they are of."""
    return " of ".join((*plot.lineage, "all events")[:2]) if plot.lineage else "All events"


def _short_title(plot: GatePlot) -> str:
    """Shorten a title to the width of its plot; both names keep a part."""
    size = _TITLE * 1.06  # bold letters are wider
    if not plot.lineage:
        return title_of(plot)
    name, parent = (*plot.lineage, "all events")[:2]
    room = SIDE - text_width(" of ", size)
    short = fit(name, room - min(text_width(parent, size), 0.4 * room), size)
    return f"{short} of {fit(parent, room - text_width(short, size), size)}"


def _heading(plot: GatePlot) -> str:
    name = title_of(plot)
    more = [
        f"{count:,} {words}"
        for count, words in ((plot.off_axes, "off the axes"), (plot.without_value, "without a value"))
        if count
    ]
    shown = ", ".join([many(plot.events, "event"), *more])
    return (
        f"<title>{clean(name)}</title><desc>{clean(describe(plot))}</desc>"
        + _text(_short_title(plot), LEFT, 18, "k", size=_TITLE, bold=True, full=name)
        + _text(fit(shown, SIDE), LEFT, 35, "m")
    )


def _density(levels: NDArray[np.int64]) -> str:
    """Draw runs of equal bins as strokes one bin thick: one path for each level."""
    bins = levels.shape[0]
    padded = np.full((bins, bins + 1), -1, dtype=np.int64)
    padded[:, :bins] = levels[::-1]
    flat = padded.ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=-1))
    ends = np.append(starts[1:], flat.size)
    kept = flat[starts] >= 0
    starts, ends = starts[kept], ends[kept]
    parts = [f'<g transform="scale({SIDE / bins:g})" fill="none" shape-rendering="crispEdges">']
    for level in range(LEVELS):
        chosen = flat[starts] == level
        if not chosen.any():
            continue
        rows, columns = np.divmod(starts[chosen], bins + 1)
        runs = zip(columns.tolist(), rows.tolist(), (ends - starts)[chosen].tolist(), strict=True)
        path = "".join([f"M{x} {y}.5h{length}" for x, y, length in runs])
        parts.append(f'<path class="d{level}" d="{path}"/>')
    return "".join([*parts, "</g>"])


def _histogram(counts: NDArray[np.int64]) -> str:
    heights = SIDE * (1 - HISTOGRAM_TOP * counts / max(int(counts.max(initial=0)), 1))
    width = SIDE / len(counts)
    steps = "".join(f"V{height:.1f}H{width * (n + 1):g}" for n, height in enumerate(heights.tolist()))
    return f'<path class="f" d="M0 {SIDE}{steps}V{SIDE}Z"/>'


def _points(gate: DrawnGate, number: int) -> str:
    """Draw single events as round dots, lighter beneath so that they stand out on dark bins."""
    path = "".join(f"M{x * SIDE:.1f} {(1 - y) * SIDE:.1f}h0" for x, y in gate.points)
    dot = _DOT if len(gate.points) <= _FEW else _SMALL_DOT
    stroke = 'fill="none" stroke-linecap="round"'
    return (
        f'<path {stroke} class="h" style="stroke-width:{dot + 1.4:g}" d="{path}"/>'
        f'<path {stroke} class="{gate_class(number)}" stroke-width="{dot:g}" d="{path}"/>'
    )


def _outline(gate: DrawnGate, number: int) -> str:
    outline = gate.outline
    if outline is None:
        return ""
    look = (
        f'class="{gate_class(number)}" fill="none" stroke-width="1.8" stroke-linejoin="round"{dash(number)}'
    )
    name = f"<title>{clean(_sentence(gate))}</title>"
    if outline.radii is not None:
        (x, y), (along, across) = outline.corners[0], outline.radii
        x, y = x * SIDE, (1 - y) * SIDE
        turn = f"rotate({-outline.degrees:.4f} {x:.2f} {y:.2f})"
        return (
            f'<ellipse {look} cx="{x:.2f}" cy="{y:.2f}" rx="{along * SIDE:.2f}" ry="{across * SIDE:.2f}" '
            f'transform="{turn}">{name}</ellipse>'
        )
    # A line on the border would lose half its width to the clip.
    corners = [
        (np.clip(x * SIDE, 1, SIDE - 1), np.clip((1 - y) * SIDE, 1, SIDE - 1)) for x, y in outline.corners
    ]
    path = "L".join(f"{x:.2f} {y:.2f}" for x, y in corners)
    return f'<path {look} d="M{path}Z">{name}</path>'


def _name(label: Label, number: int) -> str:
    """Write the name of a gate beside its outline, its share beneath."""
    look = f'class="{text_class(number)} h" x="{label.left:.1f}"'
    return "".join(
        f'<text {look} y="{label.top + LINE_HEIGHT * line + 10.5:.1f}"'
        f"{'' if line else BOLD}>{clean(words)}</text>"
        for line, words in enumerate(label.lines)
    )


def _sentence(gate: DrawnGate) -> str:
    count = gate.count
    return f"{count.gate}: {count.events:,} events, {share(count.events, count.evaluable)} of {count.parent}"


def _axes(plot: GatePlot) -> str:
    """Draw the frame, its ticks and titles."""
    y_ticks = plot.y.ticks if plot.y is not None else plot.count_ticks
    y_label = plot.y.label if plot.y is not None else "events per bin"
    bottom = TOP + SIDE
    marks = [f"M{LEFT + t.place * SIDE:.1f} {bottom}v{_length(t)}" for t in plot.x.ticks]
    marks += [f"M{LEFT} {bottom - t.place * SIDE:.1f}h{-_length(t)}" for t in y_ticks]
    parts = [
        f'<rect class="a" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>',
        f'<path class="a" d="{"".join(marks)}"/>',
    ]
    parts += [
        _text(t.label, LEFT + t.place * SIDE, bottom + 19, "m", size=SMALL, anchor="middle")
        for t in plot.x.ticks
        if t.label
    ]
    parts += [
        _text(t.label, LEFT - 8, bottom - t.place * SIDE + 4, "m", size=SMALL, anchor="end")
        for t in y_ticks
        if t.label
    ]
    parts.append(_text(fit(plot.x.label, SIDE), LEFT + SIDE / 2, bottom + 38, "k", anchor="middle"))
    middle = TOP + SIDE / 2
    parts.append(
        f'<text class="k" text-anchor="middle" transform="translate(14 {middle:g}) rotate(-90)">'
        f"{clean(fit(y_label, SIDE))}</text>"
    )
    return "".join(parts)


def _length(tick: Tick) -> int:
    return 5 if tick.label else 3


def count_rows(gates: tuple[DrawnGate, ...]) -> int:
    """Lines that the counts of a plot take."""
    return sum(1 + bool(_remark(gate)) for gate in gates)


def _remark(gate: DrawnGate) -> str:
    unknown = f"{gate.count.not_evaluable:,} not evaluable" if gate.count.not_evaluable else ""
    return "; ".join(words for words in (unknown, gate.note) if words)


def _counts(gates: tuple[DrawnGate, ...]) -> list[str]:
    """Write beneath the plot what each gate holds: its line, name, events and share of its parent."""
    parts, y = [], float(TOP + SIDE + BOTTOM + 14)
    for number, gate in enumerate(gates):
        events, part = f"{gate.count.events:,}", share(gate.count.events, gate.count.evaluable)
        room = SIDE - 62 - text_width(events, BODY) - 10
        look = f'class="{gate_class(number)}" stroke-width="2.4"{dash(number)}'
        parts += [
            f'<path {look} d="M{LEFT - 26} {y - 4:g}h18"/>',
            _text(fit(gate.count.gate, room), LEFT, y, "k", full=gate.count.gate),
            _text(events, LEFT + SIDE - 62, y, "k", anchor="end"),
            _text(part, LEFT + SIDE, y, "k", anchor="end"),
        ]
        y += ROW
        if remark := _remark(gate):
            parts.append(_text(fit(remark, SIDE, SMALL), LEFT, y - 2, "m", size=SMALL))
            y += ROW
    return parts


def _text(
    words: str, x: float, y: float, kind: str, *, size: float = BODY, anchor: str = "", bold: bool = False,
    full: str = "",
) -> str:  # fmt: skip
    """Write a line of text; where it was shortened, the pointer shows it in full."""
    more = f' font-size="{size:g}"' if size != BODY else ""
    more += f' text-anchor="{anchor}"' if anchor else ""
    more += BOLD if bold else ""
    whole = f"<title>{clean(full)}</title>" if full not in ("", words) else ""
    return f'<text class="{kind}" x="{x:.5g}" y="{y:.5g}"{more}>{clean(words)}{whole}</text>'
