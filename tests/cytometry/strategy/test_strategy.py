"""A gating strategy shows what was counted: same events, same gates, outlines that enclose them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import (
    IN,
    NOT_EVALUABLE,
    RARE,
    ChannelSpec,
    Logicle,
    evaluate,
    prepare_strategy,
    read_fcs,
    read_gates,
    write_fcs,
)
from remnant.cytometry.gates.events import open_tube, scale_values
from remnant.cytometry.gates.gate import (
    UNCOMPENSATED,
    Axis,
    BandGate,
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
from remnant.cytometry.gates.polygon import within_polygon
from remnant.cytometry.strategy.outline import clip_to_plot

CASES = Path(__file__).parents[3] / ".." / "shared" / "data" / "gatingml-a"
LOGICLE = Logicle(1000, 0.5, 4, 0)
A, B, C = (Axis(name, UNCOMPENSATED) for name in "ABC")
SCALED, RAW = Axis("A", UNCOMPENSATED, LOGICLE), Axis("D", UNCOMPENSATED)
CHANNELS = [ChannelSpec(name, "", 900) for name in "ABC"] + [ChannelSpec("D", "CD34", 262144)]
values = st.floats(-60, 900, width=32) | st.just(np.float32(np.nan))
clouds = arrays(np.float32, (40, 4), elements=values)
places = st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2))


def tube(folder, rows):
    write_fcs(folder / "e.fcs", np.asarray(rows, np.float32), CHANNELS)
    return read_fcs(folder / "e.fcs")


def cloud(events=3000, seed=1):
    rng = np.random.default_rng(seed)
    rows = rng.normal(300, 120, (events, 4))
    rows[:, 3] = rng.lognormal(7, 2, events) - 300
    return rows


def rectangle(name, parent, *sides):
    return RectangleGate(name, parent, tuple(Interval(*side) for side in sides))


def tree(*gates):
    return GateTree(gates)


def nested():
    return tree(
        PolygonGate("cells", None, A, B, ((50, 50), (600, 80), (700, 700), (90, 650))),
        rectangle("low", "cells", (A, None, 300.0), (C, None, 300.0)),
        rectangle("high", "cells", (C, 300.0, None), (A, 300.0, None)),
        rectangle("C only", "cells", (C, 250.0, 400.0)),
        rectangle("rare", "low", (B, 100.0, 150.0)),
        BooleanGate("neither", "cells", Operator.NOT, (Operand("low"),)),
    )


@given(clouds)
@settings(max_examples=40)
def test_every_gate_shows_the_count_that_evaluation_gives(tmp_path_factory, rows):
    file = tube(tmp_path_factory.mktemp("e"), rows)
    counts, codes = evaluate(nested(), file)
    strategy = prepare_strategy(nested(), file)
    assert strategy.counts == counts
    shown = {gate.count.gate: gate.count for plot in strategy.plots for gate in plot.gates}
    shown |= {gate.count.gate: gate.count for gate in strategy.joined}
    assert shown == {count.gate: count for count in counts}
    for plot in strategy.plots:
        parent = np.ones(len(rows), bool) if not plot.lineage else codes[plot.lineage[0]] == IN
        assert plot.events == parent.sum()
        assert plot.binned.sum() + plot.off_axes + plot.without_value == plot.events
        assert plot.off_axes >= 0


@given(clouds)
@settings(max_examples=40)
def test_bins_hold_the_evaluable_events_within_the_axes(tmp_path_factory, rows):
    file = tube(tmp_path_factory.mktemp("e"), rows)
    gate = rectangle("g", None, (SCALED, 0.2, 0.9), (B, 10.0, None))
    [plot] = prepare_strategy(tree(gate), file).plots
    x, y = LOGICLE.forward(rows[:, 0].astype(float)), rows[:, 1].astype(float)
    known = np.isfinite(x) & np.isfinite(y)
    within = known & (x >= plot.x.low) & (x < plot.x.high) & (y >= plot.y.low) & (y < plot.y.high)
    # The ends of an axis are brought back to the scale of the file: an event on one may fall to either side.
    ends = np.array([plot.x.low, plot.x.high])
    on_end = known & (np.abs(x[:, None] - ends).min(axis=1) < 1e-11)
    assert plot.without_value == (~known).sum()
    assert (within & ~on_end).sum() <= plot.binned.sum() <= (within | on_end).sum()


def inside(outline, x, y):
    """Whether places lie within an outline, and how far from deciding it they are at least."""
    corners = np.array(outline.corners)
    if outline.radii is None:
        ends = np.roll(corners, -1, axis=0)
        apart = np.min([_distance(x, y, a, b) for a, b in zip(corners, ends, strict=True)], axis=0)
        return within_polygon(x, y, corners), apart
    turn = np.radians(outline.degrees)
    dx, dy = x - corners[0, 0], y - corners[0, 1]
    along = (dx * np.cos(turn) + dy * np.sin(turn)) / outline.radii[0]
    across = (dy * np.cos(turn) - dx * np.sin(turn)) / outline.radii[1]
    distance = np.hypot(along, across)
    return distance <= 1, np.abs(distance - 1)


def _distance(x, y, start, end):
    step = end - start
    share = ((x - start[0]) * step[0] + (y - start[1]) * step[1]) / max(float(step @ step), 1e-30)
    share = np.clip(share, 0, 1)
    return np.hypot(x - start[0] - share * step[0], y - start[1] - share * step[1])


DRAWN = {
    "rectangle": rectangle("g", None, (A, 200.0, 420.0), (B, None, 350.0)),
    "rectangle on a logicle": rectangle("g", None, (SCALED, 0.55, 0.72), (B, 250.0, None)),
    "range against nothing": rectangle("g", None, (B, 250.0, 444.0)),
    "raw rectangle, logicle plot": rectangle("g", None, (RAW, 300.0, 9000.0), (B, 250.0, None)),
    "polygon": PolygonGate("g", None, A, B, ((50, 50), (500, 200), (300, 520), (280, 300))),
    "polygon that crosses itself": PolygonGate("g", None, A, B, ((50, 50), (500, 400), (500, 50), (50, 400))),
    "polygon beyond the plot": PolygonGate("g", None, A, B, ((-5e3, 300), (9e3, -2e4), (400, 300), (9, 8e4))),
    "raw polygon, logicle plot": PolygonGate("g", None, RAW, B, ((-200, 200), (90_000, 300), (4_000, 500))),
    "ellipse": EllipsoidGate("g", None, (A, B), (300.0, 280.0), ((9e3, 4e3), (4e3, 7e3)), 1.5),
    "ellipse on a logicle": EllipsoidGate("g", None, (SCALED, B), (0.6, 300.0), ((0.02, 2), (2, 9e3)), 0.8),
    "raw ellipse, logicle plot": EllipsoidGate("g", None, (RAW, B), (3e3, 300), ((4e6, 5e4), (5e4, 9e3)), 1),
    "ellipse of no covariance": EllipsoidGate("g", None, (A, B), (300, 280), ((9e3, 8e3), (-2e3, 7e3)), 1),
    "band": BandGate("g", None, A, B, 1.0, 0.1, 0.4),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_an_outline_encloses_the_events_of_its_gate_and_no_other(tmp_path, name):
    file, gate = tube(tmp_path, cloud(6000)), DRAWN[name]
    codes = evaluate(tree(gate), file)[1]["g"]
    [plot] = prepare_strategy(tree(gate), file).plots
    [drawn] = plot.gates
    events = open_tube(file)
    places = [
        np.full(file.events, 0.5)
        if axis is None
        else axis.place(scale_values(axis.axis, events.values(axis.axis)))
        for axis in (plot.x, plot.y)
    ]
    on_plot = np.all([(place >= 0) & (place < 1) for place in places], axis=0)
    found, apart = inside(drawn.outline, *places)
    # A curve drawn by points is off by less than a tenth of a pixel.
    clear = on_plot & (apart > 4e-4)
    assert clear.sum() > 0.9 * file.events
    assert np.array_equal(found[clear], codes[clear] == IN)
    assert 0 < np.sum(codes[clear] == IN) < clear.sum()


def test_a_projected_gate_lies_within_its_outline(tmp_path):
    file = tube(tmp_path, cloud(4000))
    shape = ((9e3, 4e3, 1e3), (4e3, 7e3, -1e3), (1e3, -1e3, 5e3))
    gate = EllipsoidGate("g", None, (A, B, C), (300.0, 280.0, 310.0), shape, 2.0)
    codes = evaluate(tree(gate), file)[1]["g"] == IN
    strategy = prepare_strategy(tree(gate), file)
    assert [(plot.x.axis, plot.y.axis) for plot in strategy.plots] == [(A, B), (A, C)]
    for plot in strategy.plots:
        [drawn] = plot.gates
        assert drawn.note == "projection of 3 dimensions"
        events = open_tube(file)
        found, apart = inside(
            drawn.outline,
            *(axis.place(scale_values(axis.axis, events.values(axis.axis))) for axis in (plot.x, plot.y)),
        )
        assert np.all(found[codes & (apart > 1e-9)])
        assert codes.sum() > 50


def test_siblings_on_the_same_axes_share_a_plot_whatever_their_order(tmp_path):
    plots = prepare_strategy(nested(), tube(tmp_path, cloud())).plots
    shown = [(plot.lineage, [gate.count.gate for gate in plot.gates]) for plot in plots]
    assert shown == [((), ["cells"]), (("cells",), ["low", "high", "C only"]), (("low", "cells"), ["rare"])]


def test_one_name_for_uncompensated_axes_makes_one_plot(tmp_path):
    """A tube without a matrix cannot compensate: `FCS` and `uncompensated` are then the same axis."""
    gates = tree(rectangle("a", None, (A, 1.0, None)), rectangle("b", None, (Axis("A", "FCS"), None, 1.0)))
    assert len(prepare_strategy(gates, tube(tmp_path, cloud(50))).plots) == 1


def test_a_single_axis_is_drawn_against_side_scatter_where_there_is_some(tmp_path):
    specs = [ChannelSpec("SSC-A"), ChannelSpec("APC-A", "CD34")]
    write_fcs(tmp_path / "s.fcs", np.abs(cloud(100))[:, :2], specs)
    gate = rectangle("CD34+", None, (Axis("APC-A", UNCOMPENSATED), 100.0, None))
    [plot] = prepare_strategy(tree(gate), read_fcs(tmp_path / "s.fcs")).plots
    assert (plot.x.label, plot.y.label) == ("CD34 (APC-A)", "SSC-A")
    [alone] = prepare_strategy(tree(rectangle("g", None, (A, 1.0, None))), tube(tmp_path, cloud(100))).plots
    assert alone.y is None
    assert alone.binned.sum() + alone.off_axes == 100


def test_rare_gates_show_each_of_their_events(tmp_path):
    file = tube(tmp_path, cloud())
    strategy = prepare_strategy(nested(), file)
    for plot in strategy.plots:
        for gate in plot.gates:
            assert len(gate.points) == (gate.count.events if gate.count.events < RARE else 0)
            corners = np.array(gate.outline.corners)
            for point in gate.points:
                assert np.all(np.array(point) >= corners.min(axis=0) - 1e-9)
                assert np.all(np.array(point) <= corners.max(axis=0) + 1e-9)
    assert any(gate.points for plot in strategy.plots for gate in plot.gates)


@pytest.mark.parametrize("rows", [np.empty((0, 4)), np.full((5, 4), np.nan), np.full((1, 4), 7.0)])
def test_nothing_nowhere_and_a_single_event_have_plots(tmp_path, rows):
    gates = tree(*nested().gates, rectangle("scaled", None, (SCALED, 0.2, 0.9), (RAW, 10.0, None)))
    strategy = prepare_strategy(gates, tube(tmp_path, rows))
    assert len(strategy.plots) == 4
    for plot in strategy.plots:
        assert np.isfinite([plot.x.low, plot.x.high]).all()
        assert plot.x.high > plot.x.low
        assert plot.binned.sum() + plot.without_value == plot.events


def test_a_gate_beyond_the_events_is_said_to_be(tmp_path):
    gates = tree(rectangle("far", None, (A, 1e9, None), (B, 0.0, None)))
    [plot] = prepare_strategy(gates, tube(tmp_path, cloud())).plots
    [gate] = plot.gates
    assert (gate.outline, gate.note) == (None, "lies beyond the axes")
    assert plot.x.high < 2000


def test_a_gate_that_cannot_be_placed_keeps_its_reason_and_takes_no_other_with_it(tmp_path):
    gates = GateTree(
        (rectangle("good", None, (A, 1.0, None)),
         rectangle("lost", None, (Axis("Z", UNCOMPENSATED), 1.0, None)),
         rectangle("child", "lost", (A, 1.0, None))),
        broken=(BrokenGate("broken", 3, "two vertices"),),
    )  # fmt: skip
    strategy = prepare_strategy(gates, tube(tmp_path, cloud(50)))
    assert [plot.gates[0].count.gate for plot in strategy.plots] == ["good"]
    assert {count.gate for count in strategy.unplaced} == {"lost", "child", "broken"}
    assert all(count.reason for count in strategy.unplaced)


def test_what_is_not_a_number_is_counted_apart(tmp_path):
    rows = cloud(500)
    rows[:70, 0] = np.nan
    [plot] = prepare_strategy(tree(DRAWN["rectangle"]), tube(tmp_path, rows)).plots
    assert plot.without_value == 70
    assert plot.gates[0].count.not_evaluable == 70


def test_a_clipped_scale_puts_events_at_its_bounds(tmp_path):
    axis = Axis("A", UNCOMPENSATED, LOGICLE, (0.6, 0.8))
    [plot] = prepare_strategy(
        tree(rectangle("g", None, (axis, 0.6, 0.7), (B, 0.0, None))), tube(tmp_path, cloud())
    ).plots
    filled = np.flatnonzero(plot.binned.sum(axis=0))
    bins = plot.binned.shape[1]
    ends = plot.x.low + np.array([filled[0], filled[-1] + 1]) / bins * (plot.x.high - plot.x.low)
    assert ends[0] == pytest.approx(0.6, abs=0.02)
    assert ends[1] == pytest.approx(0.8, abs=0.02)


def test_raw_fluorescence_is_drawn_on_a_logicle_and_scatter_and_time_are_not(tmp_path):
    specs = [ChannelSpec("FSC-A"), ChannelSpec("Time"), ChannelSpec("APC-A", "CD34")]
    rows = np.column_stack([np.linspace(1, 2e5, 90), np.arange(90.0), np.linspace(-300, 2e5, 90)])
    write_fcs(tmp_path / "s.fcs", rows, specs)
    sides = [(Axis(spec.name, UNCOMPENSATED), 5.0, None) for spec in specs]
    gates = tree(rectangle("a", None, *sides[:2]), rectangle("b", None, *sides[1:]))
    first, second = prepare_strategy(gates, read_fcs(tmp_path / "s.fcs")).plots
    assert [first.x.scale_name, first.y.scale_name] == ["linear", "linear"]
    assert second.y.scale_name == "logicle (fitted for display)"


def test_a_deep_tree_is_prepared_in_a_moment(tmp_path):
    depth = 400
    gates = [rectangle(f"g{n}", f"g{n - 1}" if n else None, (A, float(n) / 10, None)) for n in range(depth)]
    strategy = prepare_strategy(tree(*gates), tube(tmp_path, cloud(200)))
    assert [plot.gates[0].count.gate for plot in strategy.plots] == [f"g{n}" for n in range(depth)]


@given(st.lists(places, min_size=3, max_size=7), arrays(float, (30, 2), elements=st.floats(0.001, 0.999)))
def test_a_clipped_polygon_is_the_part_of_it_on_the_plot(corners, points):
    polygon = np.array(corners)
    clipped = clip_to_plot(polygon)
    x, y = points.T
    ends = np.roll(polygon, -1, axis=0)
    apart = np.min([_distance(x, y, a, b) for a, b in zip(polygon, ends, strict=True)], axis=0)
    clear = apart > 1e-6
    whole = within_polygon(x, y, polygon)
    part = within_polygon(x, y, clipped) if len(clipped) else np.zeros(len(x), bool)
    assert np.array_equal(whole[clear], part[clear])
    assert np.all((clipped >= -1e-12) & (clipped <= 1 + 1e-12))


@pytest.mark.skipif(not CASES.exists(), reason="shared/data/gatingml-a is not here")
def test_every_gate_of_the_public_cases_is_drawn():
    gates, file = read_gates(CASES / "gml" / "gml_all_gates.xml"), read_fcs(CASES / "data1.fcs")
    counts, codes = evaluate(gates, file)
    strategy = prepare_strategy(gates, file)
    drawn = {gate.count.gate: gate for plot in strategy.plots for gate in plot.gates}
    assert len(drawn) + len(strategy.joined) == len(counts) == 49
    assert all(gate.outline is not None for gate in drawn.values())
    assert all(
        plot.binned.sum() + plot.off_axes + plot.without_value == plot.events for plot in strategy.plots
    )
    assert not any(np.any(code == NOT_EVALUABLE) for code in codes.values())
