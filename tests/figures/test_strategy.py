"""The page of a gating strategy: well formed, alone in the world, the same each time, and legible."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import (
    ChannelSpec,
    DrawnGate,
    GateCount,
    Outline,
    prepare_strategy,
    read_fcs,
    write_fcs,
)
from remnant.cytometry.gates.gate import (
    UNCOMPENSATED,
    Axis,
    BooleanGate,
    BrokenGate,
    EllipsoidGate,
    GateTree,
    Interval,
    Operand,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.figures import strategy_ink as ink
from remnant.figures.strategy import draw_pdf, draw_png, draw_strategy
from remnant.figures.strategy_labels import place_labels
from remnant.figures.strategy_page import draw_page
from remnant.figures.strategy_plot import SIDE, draw_plot, shade

SVG = "{http://www.w3.org/2000/svg}"
A, B, S = (Axis(name, UNCOMPENSATED) for name in ("APC-A", "PE-A", "SSC-A"))
HOSTILE = '<script>alert(1)</script> & "CD34" \' \x0b'


def rectangle(name, parent, *sides):
    return RectangleGate(name, parent, tuple(Interval(*side) for side in sides))


GATES = GateTree(
    (
        PolygonGate("cells", None, A, S, ((-500, 10), (90_000, 10), (90_000, 900), (-500, 900))),
        rectangle("CD38+", "cells", (B, 500.0, None)),
        rectangle("CD38-", "cells", (B, None, 500.0)),
        rectangle(HOSTILE, "cells", (A, 9000.0, None), (B, 900.0, None)),
        EllipsoidGate("round", "cells", (A, B), (300.0, 300.0), ((9e4, 2e4), (2e4, 9e4)), 1.0),
        rectangle("lost", None, (Axis("missing & gone", UNCOMPENSATED), 1.0, None)),
        BooleanGate("neither", "cells", Operator.NOT, (Operand("round"),)),
    ),
    broken=(BrokenGate("broken", 3, "a polygon of <two> vertices"),),
    notes=("gate x has a dimension without bounds",),
)


def strategy(folder, events=2000, gates=GATES):
    rng = np.random.default_rng(4)
    dyes = rng.normal(0, 90, (events, 2)) + np.where(rng.random((events, 2)) < 0.3, 4000, 0)
    rows = np.column_stack([dyes, np.abs(rng.normal(300, 90, events))])
    specs = [ChannelSpec("APC-A", "CD34 <&>"), ChannelSpec("PE-A"), ChannelSpec("SSC-A", "", 1000)]
    write_fcs(folder / "tube & co.fcs", rows, specs)
    return prepare_strategy(gates, read_fcs(folder / "tube & co.fcs"))


@pytest.mark.parametrize("events", [0, 1, 2000])
def test_the_drawing_is_well_formed_and_names_every_gate_with_its_count(tmp_path, events):
    prepared = strategy(tmp_path, events)
    root = ElementTree.fromstring(draw_strategy(prepared))
    assert root.tag == f"{SVG}svg"
    words = "".join(text for element in root.iter() for text in (element.text or "", element.tail or ""))
    for count in prepared.counts:
        assert ink._ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", count.gate)[:20] in words
    shown = [text.text for text in root.iter(f"{SVG}text")]
    for plot in prepared.plots:
        for gate in plot.gates:
            assert f"{gate.count.events:,}" in shown
    plots = [element for element in root.iter(f"{SVG}g") if element.get("role") == "img"]
    assert len(plots) == len(prepared.plots) + 2
    assert all(plot.find(f"{SVG}title").text and plot.find(f"{SVG}desc").text for plot in plots)


@pytest.mark.parametrize("draw", [draw_strategy, draw_page])
def test_the_drawing_asks_for_nothing_outside_itself(tmp_path, draw):
    drawn = draw(strategy(tmp_path)).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|//|url\(|@import|\bhref|\bsrc=|<script|<image|<use|<iframe|<link", drawn)
    assert not re.search(r"\son[a-z]+=", drawn)


@pytest.mark.parametrize("draw", [draw_strategy, draw_page])
def test_the_same_tube_gives_the_same_bytes(tmp_path, draw):
    assert draw(strategy(tmp_path)) == draw(strategy(tmp_path))


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.rows = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_the_page_closes_what_it_opens_and_lists_every_count(tmp_path):
    prepared = strategy(tmp_path)
    reader = Reader()
    reader.feed(draw_page(prepared))
    assert reader.open == []
    header, *rows = reader.rows
    assert header == ["Gate", "Of", "Events", "Evaluable", "Not evaluable", "Of evaluable", "Remark"]
    assert len(rows) == len(prepared.counts)
    for row, count in zip(rows, prepared.counts, strict=True):
        if count.reason:
            assert row[2:] == ["not evaluable", count.reason]
        else:
            numbers = [int(cell.replace(",", "")) for cell in row[2:5]]
            assert numbers == [count.events, count.evaluable, count.not_evaluable]


def test_bins_are_drawn_once_each(tmp_path):
    """The strokes of a plot cover as many bins as hold events, and no more."""
    for plot in strategy(tmp_path).plots:
        content = ElementTree.fromstring(f'<svg xmlns="{SVG[1:-1]}">{draw_plot(plot)}</svg>')
        paths = [p.get("d") for p in content.iter(f"{SVG}path") if re.fullmatch(r"d\d+", p.get("class", ""))]
        lengths = [int(length) for path in paths for length in re.findall(r"h(\d+)", path)]
        assert sum(lengths) == np.count_nonzero(plot.binned)


def test_more_events_are_never_drawn_lighter():
    levels = shade(np.arange(2001).reshape(1, -1))[0]
    assert levels[0] == -1
    assert (levels[1], levels[-1]) == (1, ink.LEVELS - 1)
    assert np.all(np.diff(levels) >= 0)


def luminance(colour):
    code = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("time", ["day", "night"])
def test_the_ramp_has_even_steps_that_survive_a_grey_print(time):
    colours = ink.ramp(*ink.RAMP_ENDS[time])
    steps = np.diff([ink.oklab(colour)[0] for colour in colours])
    assert np.ptp(steps) < 0.2 * abs(steps.mean())
    grey = np.diff([luminance(colour) for colour in colours])
    assert np.all(grey < 0) if time == "day" else np.all(grey > 0)


@pytest.mark.parametrize(("time", "paper"), [("day", "#ffffff"), ("night", "#12161b")])
def test_names_of_gates_can_be_read_on_their_paper(time, paper):
    """Contrast of at least 4.5 to 1, as WCAG 2 asks of text."""
    for colour in ink.GATE_COLOURS[time]:
        light, dark = sorted((luminance(colour), luminance(paper)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


@given(st.text(max_size=60), st.floats(30, 300))
def test_shortened_text_fits_and_keeps_both_ends(text, room):
    short = ink.fit(text, room)
    assert ink.text_width(short) <= room or len(short) <= 2
    whole = text.strip() or text
    if short != whole:
        assert short[0] == whole[0] or not text.strip()
        assert "…" in short


@given(st.text())
def test_any_text_becomes_legal_xml(text):
    ElementTree.fromstring(f"<t a='{ink.clean(text)}'>{ink.clean(text)}</t>")


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, "–"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 3, "33.3 %"), (999_999, 1_000_000, "> 99.9 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(part, whole, written):
    assert ink.share(part, whole).replace("\N{NO-BREAK SPACE}", " ") == written
    assert ink.share(1, 10**7).startswith("0.00001")


corners = st.tuples(st.floats(0, 0.7), st.floats(0, 0.7), st.floats(0.05, 0.3), st.floats(0.05, 0.3))


@given(st.lists(corners, min_size=1, max_size=4))
def test_names_stay_on_the_plot_and_off_each_other_where_there_is_room(boxes):
    gates = tuple(
        DrawnGate(
            GateCount(f"gate {n}", "all events", 5, 9, 0),
            Outline(((x, y), (x + w, y), (x + w, y + h), (x, y + h))),
            (),
        )
        for n, (x, y, w, h) in enumerate(boxes)
    )
    labels = place_labels(gates, np.zeros((60, 60)), SIDE)
    for label in labels:
        assert 0 <= label.left <= label.left + label.width <= SIDE
        assert 0 <= label.top <= label.top + label.height <= SIDE
    places = {(label.left, label.top) for label in labels}
    assert len(places) == len(labels)


def test_pixels_and_pdf_are_made_of_the_drawing(tmp_path):
    drawing = draw_strategy(strategy(tmp_path, 50))
    assert draw_png(drawing).startswith(b"\x89PNG")
    assert draw_pdf(drawing).startswith(b"%PDF")
