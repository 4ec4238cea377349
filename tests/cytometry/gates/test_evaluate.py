"""Membership: edges inside, children on their parent, cuts inverted without moving an event."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import IN, NOT_EVALUABLE, ChannelSpec, Logicle, evaluate, read_fcs, write_fcs
from remnant.cytometry.gates import polygon
from remnant.cytometry.gates.events import open_tube
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import (
    UNCOMPENSATED,
    Axis,
    BandGate,
    BooleanGate,
    GateTree,
    Interval,
    Operand,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.polygon import within_polygon

A, B = Axis("A", UNCOMPENSATED), Axis("B", UNCOMPENSATED)
points = arrays(np.float32, (25, 2), elements=st.floats(-50, 50, width=32) | st.just(np.float32(np.nan)))


def tube(folder, rows):
    write_fcs(folder / "e.fcs", rows, [ChannelSpec("A", range=1000), ChannelSpec("B", range=1000)])
    return read_fcs(folder / "e.fcs")


def tree():
    square = PolygonGate("square", None, A, B, ((-20, -20), (20, -20), (20, 20), (-20, 20)))
    right = RectangleGate("right", "square", (Interval(A, 0.0),))
    left = BooleanGate("left", "square", Operator.NOT, (Operand("right"),))
    either = BooleanGate("either", None, Operator.OR, (Operand("right"), Operand("left")))
    band = BandGate("band", "right", A, B, 1.0, 0.0, 0.5)
    return GateTree((square, right, left, either, band))


@given(points)
@settings(max_examples=60, deadline=None)
def test_a_gate_and_its_complement_split_what_can_be_judged(tmp_path_factory, rows):
    counts, codes = evaluate(tree(), tube(tmp_path_factory.mktemp("e"), rows))
    unknown = np.isnan(rows).any(axis=1)
    assert not np.any((codes["square"] == IN) & unknown)
    assert np.array_equal(codes["square"] == NOT_EVALUABLE, unknown)
    assert np.array_equal(codes["either"] == IN, codes["square"] == IN)
    for count in counts:
        inside = {"all events": len(rows)}.get(count.parent)
        total = inside if inside is not None else int(np.sum(codes[count.parent] == IN))
        assert count.evaluable + count.not_evaluable == total


@given(points, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_events_does_not_matter(tmp_path_factory, rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    folder = tmp_path_factory.mktemp("e")
    straight = evaluate(tree(), tube(folder, rows))[1]
    shuffled = evaluate(tree(), tube(folder, rows[order]))[1]
    for gate, codes in straight.items():
        assert np.array_equal(codes[order], shuffled[gate])


@given(points)
@settings(max_examples=30, deadline=None)
def test_events_outside_the_parent_change_nothing_inside(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("e")
    before = {c.gate: c.events for c in evaluate(tree(), tube(folder, rows))[0]}
    outside = np.full((10, 2), 45.0, dtype=np.float32)
    after = {c.gate: c.events for c in evaluate(tree(), tube(folder, np.vstack([rows, outside])))[0]}
    assert before == after


@given(
    arrays(np.float32, 200, elements=st.floats(-1e3, 1e3, width=32)), st.floats(0.0, 1.0), st.floats(0.0, 0.5)
)
@settings(max_examples=60, deadline=None)
def test_inverted_cuts_agree_with_transformed_events(tmp_path_factory, values, low, width):
    """Cuts are moved to the linear scale; an event at the very cut is decided by the forward transform."""
    scale = Logicle(1000, 0.5, 4, 0)
    values = np.concatenate([values, scale.inverse([low, low + width]).astype(np.float32)])
    file = tube(tmp_path_factory.mktemp("e"), np.column_stack([values, values]))
    gate = RectangleGate("g", None, (Interval(Axis("A", UNCOMPENSATED, scale), low, low + width),))
    everything = np.full(len(values), IN, dtype=np.int8)
    found = place(gate, open_tube(file), everything, {}) == IN
    scaled = scale.forward(values.astype(float))
    assert np.array_equal(found, (scaled >= low) & (scaled < low + width))


def test_vertices_and_edges_of_a_polygon_are_inside():
    corners = np.array([[0.1, 0.1], [0.7, 0.1], [0.4, 0.9]])
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    x, y = np.vstack([corners, middles]).T
    assert within_polygon(x, y, corners).all()
    assert not within_polygon(np.array([0.1, 0.71, np.nan]), np.array([0.11, 0.1, 0.2]), corners).any()


@given(
    arrays(float, (5, 2), elements=st.integers(-6, 6).map(float)),
    arrays(float, (40, 2), elements=st.integers(-14, 14).map(lambda n: n / 2)),
)
@settings(max_examples=100, deadline=None)
def test_polygons_agree_with_the_sum_of_angles(corners, points):
    """The winding number is the sum of the angles under which the edges are seen, over 2 pi."""
    expected = []
    for point in points:
        rays = corners - point
        nearby = np.roll(rays, -1, axis=0)
        cross = rays[:, 0] * nearby[:, 1] - rays[:, 1] * nearby[:, 0]
        dot = (rays * nearby).sum(axis=1)
        on_edge = np.any((cross == 0) & (dot <= 0))
        turns = np.rint(np.arctan2(cross, dot).sum() / (2 * np.pi))
        expected.append(on_edge or turns % 2 != 0)
    assert within_polygon(points[:, 0], points[:, 1], corners).tolist() == expected


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_a_polygon_of_many_edges_is_judged_as_if_every_edge_met_every_point(seed):
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, 700))
    corners = np.column_stack([np.cos(3 * turn), np.sin(2 * turn)]) * rng.uniform(0.7, 1, (700, 1))
    corners = np.round(corners * 64) / 64  # so that points lie on vertices and on level edges
    points = np.vstack(
        [rng.uniform(-1.1, 1.1, (200, 2)), corners[::9], (corners + np.roll(corners, -1, 0))[::9] / 2]
    )
    x, y = points.T
    plain = polygon._wind(x, y, corners, np.roll(corners, -1, axis=0))
    assert np.array_equal(within_polygon(x, y, corners), plain)


def test_a_band_follows_a_power_law(tmp_path):
    x = np.array([10.0, 100, 1000, 1000, -5])
    y = np.array([10.0, 100, 1000, 500, 10])
    file = tube(tmp_path, np.column_stack([x, y]))
    counts, codes = evaluate(GateTree((BandGate("b", None, A, B, 1.0, 0.0, 0.1),)), file)
    assert (codes["b"] == IN).tolist() == [True, True, True, False, False]
    assert counts[0].not_evaluable == 0


@pytest.mark.parametrize("events", [0, 1])
def test_small_files_are_counted_without_a_fraction(tmp_path, events):
    counts, _ = evaluate(tree(), tube(tmp_path, np.zeros((events, 2))))
    assert [count.events for count in counts][:2] == [events, events]
