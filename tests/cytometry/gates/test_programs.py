"""Programs, compiled or not, say of every event what the exact judgement says."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import IN, NOT_EVALUABLE, ChannelSpec, evaluate, read_fcs, write_fcs
from remnant.cytometry.gates import evaluate as evaluation
from remnant.cytometry.gates.engine import NUMPY, compiled
from remnant.cytometry.gates.evaluate import Evaluation, count_gates
from remnant.cytometry.gates.events import open_tube
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import (
    FROM_FILE,
    UNCOMPENSATED,
    Axis,
    BooleanGate,
    EllipsoidGate,
    GateTree,
    Interval,
    Operand,
    Operator,
    PolygonGate,
    RectangleGate,
)
from remnant.cytometry.gates.order import gate_order
from remnant.cytometry.gates.polygon import within_polygon
from remnant.cytometry.gates.program import FEW_VERTICES
from remnant.cytometry.gates.raster import CELLS, rasterise
from remnant.cytometry.gates.translate import build_program, lay_out
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle

NAMES = ("A", "B", "C")
SPILL = np.array([[1, 0.2, 0.01], [0.1, 1, 0], [0, 0.3, 1]])
SCALES = (
    None,
    Linear(1000, 100),
    Log(1000, 4),
    Asinh(1000, 4, 1),
    Logicle(1000, 0.7, 4, 0),
    Hyperlog(1000, 0.5, 4),
)
# Numbers that meet: the same few values make events lie on cuts, edges and vertices.
CORNERS = st.sampled_from([-100.0, -1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 3.0, 10.0, 100.0, 640.0, 1000.0])
VALUES = CORNERS | st.floats(-1200, 1200, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 1e-30, 3e38])
EVENTS = arrays(np.float32, st.tuples(st.integers(1, 60), st.just(3)), elements=VALUES.map(np.float32))
ENGINES = [pytest.param(NUMPY, id="numpy"), pytest.param(compiled(), id="numba")]


def axes():
    return st.builds(
        Axis,
        st.sampled_from(NAMES),
        st.sampled_from([UNCOMPENSATED, FROM_FILE]),
        st.sampled_from(SCALES),
        st.sampled_from([(None, None), (None, None), (0.1, 0.8), (None, 0.5), (-50.0, None)]),
    )


def ends():
    return st.none() | CORNERS | st.floats(-2, 2)


def rectangles(name, parent):
    interval = st.tuples(axes(), ends(), ends()).map(
        lambda t: Interval(t[0], *sorted(t[1:])) if None not in t[1:] else Interval(*t)
    )
    return st.lists(interval, min_size=1, max_size=3).map(lambda i: RectangleGate(name, parent, tuple(i)))


def polygons(name, parent):
    corner = st.tuples(CORNERS | st.floats(-2, 2), CORNERS | st.floats(-2, 2))
    corners = st.lists(corner, min_size=3, max_size=7).map(tuple)
    return st.builds(PolygonGate, st.just(name), st.just(parent), axes(), axes(), corners)


@st.composite
def ellipsoids(draw, name, parent):
    size = draw(st.integers(1, 3))
    root = np.array(draw(st.lists(st.floats(-1, 1), min_size=size**2, max_size=size**2))).reshape(size, size)
    covariance = root @ root.T + 0.05 * np.eye(size)
    mean = draw(st.tuples(*[CORNERS] * size))
    drawn = tuple(draw(axes()) for _ in range(size))
    rows = tuple(tuple(row) for row in covariance.tolist())
    return EllipsoidGate(name, parent, drawn, mean, rows, draw(st.floats(0.1, 1e6)))


@st.composite
def trees(draw):
    gates = []
    for n in range(draw(st.integers(1, 5))):
        parent = draw(st.sampled_from([None, *[gate.id for gate in gates]]))
        name = f"g{n}"
        kind = draw(st.sampled_from([rectangles, polygons, ellipsoids]))
        gates.append(draw(kind(name, parent)))
    operands = tuple(Operand(gate.id, draw(st.booleans())) for gate in gates[:2])
    operator = draw(st.sampled_from([Operator.AND, Operator.OR]))
    gates.append(BooleanGate("both", gates[-1].parent, operator, operands))
    gates.append(RectangleGate("last", "both", (Interval(Axis("A"), 0.25),)))
    return GateTree(tuple(gates))


def tube(folder, rows):
    write_fcs(
        folder / "e.fcs",
        rows,
        [ChannelSpec(name, range=1000) for name in NAMES],
        spillover=(NAMES, SPILL),
    )
    return read_fcs(folder / "e.fcs")


def eager(tree, file):
    """Every event on every gate, without blocks and programs."""
    events, codes = open_tube(file), {}
    for gate in gate_order(tree.gates):
        within = codes[gate.parent] if gate.parent else np.full(file.events, IN, dtype=np.int8)
        codes[gate.id] = place(gate, events, within, codes)
    return codes


@pytest.fixture
def programmed(monkeypatch):
    monkeypatch.setattr(evaluation, "PROGRAMMED_EVENTS", 0)


@pytest.mark.parametrize("engine", ENGINES)
@given(tree=trees(), rows=EVENTS, block=st.sampled_from([7, 64]))
@settings(max_examples=150)
def test_programs_agree_with_the_exact_judgement_event_by_event(engine, tmp_path_factory, tree, rows, block):
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(evaluation, "PROGRAMMED_EVENTS", 0)
        file = tube(tmp_path_factory.mktemp("p"), rows)
        expected = eager(tree, file)
        run = Evaluation(tree, file, engine=engine, block_events=block)
        for part in run.blocks():
            for name, codes in part.codes.items():
                assert codes.tolist() == expected[name][part.begin : part.end].tolist(), name
        for count in run.counts():
            within = np.full(len(rows), IN) if count.parent == "all events" else expected[count.parent]
            codes = expected[count.gate]
            assert count.events == np.sum(codes == IN)
            assert count.not_evaluable == np.sum((codes == NOT_EVALUABLE) & (within == IN))
            assert count.evaluable + count.not_evaluable == np.sum(within == IN)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hundred_thousand_events_of_a_compensated_tree_are_counted_as_by_the_exact_judgement(
    engine, tmp_path
):
    rng = np.random.default_rng(3)
    rows = rng.normal(200, 200, (100_000, 3)).astype(np.float32)
    rows[::997, 1] = np.nan
    file = tube(tmp_path, rows)
    scale = Logicle(1000, 0.7, 4, 0)
    x, y = (Axis(name, FROM_FILE, scale) for name in "AB")
    corners = ((0.3, 0.35), (0.9, 0.4), (0.95, 0.9), (0.5, 0.7), (0.35, 0.95))
    many = 3 * FEW_VERTICES
    turn = np.linspace(0, 2 * np.pi, many, endpoint=False)
    star = tuple(zip(0.7 + 0.2 * np.cos(turn), 0.7 + 0.1 * np.sin(3 * turn), strict=True))
    tree = GateTree(
        (
            PolygonGate("p", None, x, y, corners),
            RectangleGate(
                "r", "p", (Interval(x, 0.5, 0.8), Interval(Axis("C", FROM_FILE, scale), None, 0.75))
            ),
            EllipsoidGate("e", "p", (x, y), (0.7, 0.7), ((0.01, 0.004), (0.004, 0.02)), 2.0),
            PolygonGate("s", None, x, y, star),
            PolygonGate(
                "plain",
                None,
                Axis("A", UNCOMPENSATED),
                Axis("B", UNCOMPENSATED),
                ((0, 0), (500, 0), (200, 500)),
            ),
        )
    )
    counts, codes = evaluate(tree, file, engine=engine)
    expected = eager(tree, file)
    for count in counts:
        assert np.array_equal(codes[count.gate], expected[count.gate])
        assert count.events > 1000


def test_many_threads_give_the_membership_of_one_in_the_same_order(tmp_path):
    rng = np.random.default_rng(6)
    file = tube(tmp_path, rng.normal(300, 200, (60_000, 3)))
    scale = Logicle(1000, 0.7, 4, 0)
    triangle = PolygonGate(
        "p", None, Axis("A", FROM_FILE, scale), Axis("B"), ((0.3, 0), (0.9, 50), (0.7, 800))
    )
    tree = GateTree((triangle, RectangleGate("r", "p", (Interval(Axis("C"), 250.0),))))
    alone = Evaluation(tree, file, engine=compiled(), block_events=1000)
    together = Evaluation(tree, file, engine=compiled(), block_events=1000, threads=3)
    for one, other in zip(alone.blocks(), together.blocks(), strict=True):
        assert (one.begin, one.end) == (other.begin, other.end)
        assert all(np.array_equal(one.codes[name], other.codes[name]) for name in ("p", "r"))
    assert alone.counts() == together.counts()
    assert alone.counts()[1].events > 1000


@pytest.mark.parametrize("engine", ENGINES)
def test_integers_gains_logarithms_and_doubles_are_gated_on_their_scale(engine, tmp_path, programmed):
    """What does not lie in the file as plain float rows is decoded for the gates block by block."""
    rng = np.random.default_rng(4)
    rows = rng.uniform(0, 900, (3000, 3))
    file = tube(tmp_path, rows)
    for gain in ({}, {"$P1G": "2"}):
        write_fcs(tmp_path / "g.fcs", rows, [ChannelSpec(n, range=1000) for n in NAMES], keywords=gain)
        file = read_fcs(tmp_path / "g.fcs")
        plain = lay_out(file, {1, 2})[0]
        assert (plain is None) == bool(gain)
        tree = GateTree((RectangleGate("g", None, (Interval(Axis("A", UNCOMPENSATED), 100.0, 300.0),)),))
        counts = count_gates(tree, file, engine=engine)
        scaled = rows[:, 0].astype(np.float32).astype(float) / float(gain.get("$P1G", 1))
        assert counts[0].events == np.sum((scaled >= 100) & (scaled < 300))


def test_counting_a_large_tube_needs_memory_for_some_blocks_only(tmp_path):
    rows = np.random.default_rng(5).normal(300, 200, (1_000_000, 3)).astype(np.float32)
    file = tube(tmp_path, rows)
    scale = Logicle(1000, 0.7, 4, 0)
    x, y = (Axis(name, FROM_FILE, scale) for name in "AB")
    tree = GateTree(
        (
            PolygonGate("p", None, x, y, ((0.4, 0.4), (0.9, 0.4), (0.7, 0.9))),
            RectangleGate("r", "p", (Interval(x, 0.6),)),
        )
    )
    count_gates(tree, file)
    tracemalloc.start()
    counts = count_gates(tree, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counts[0].events > 10_000
    assert peak < rows.nbytes / 2


@pytest.mark.parametrize(
    "missing",
    ["sys.modules['numba'] = None", "os.environ['NUMBA_CACHE_LOCATOR_CLASSES'] = 'ZipCacheLocator'"],
)
def test_without_numba_or_a_folder_for_what_it_compiles_the_twins_do_the_work(missing):
    code = (
        f"import os, sys; {missing}; from remnant.cytometry.gates.engine import compiled, engine_for; "
        "assert compiled().name == engine_for(10**9).name == 'numpy', compiled()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_most_gates_have_a_program_and_a_ratio_has_none(tmp_path):
    file = tube(tmp_path, np.ones((3, 3)))
    events = open_tube(file)
    columns = lay_out(file, {1, 2, 3})[1]
    for scale in SCALES:
        axis = Axis("A", FROM_FILE, scale)
        assert build_program(RectangleGate("g", None, (Interval(axis, 0.1),)), events, columns) is not None
        triangle = PolygonGate("g", None, axis, axis, ((0.1, 0.1), (0.8, 0.2), (0.4, 0.9)))
        assert build_program(triangle, events, columns) is not None
    ratio = Axis("A", FROM_FILE, None, (None, None), "B")
    assert build_program(RectangleGate("g", None, (Interval(ratio, 0.1),)), events, columns) is None


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=3, max_size=12),
    arrays(float, (200, 2), elements=st.floats(-1.2, 1.2)),
)
@settings(max_examples=200)
def test_a_cell_is_called_in_or_out_only_where_every_point_of_it_is(corners, points):
    vertices = np.array(corners)
    slack = np.array([1e-7, 1e-7])
    raster = rasterise(vertices, slack)
    if raster is None:
        return
    cells = (points - raster.origin) * raster.per_cell
    inside_box = np.all((cells >= 0) & (cells < CELLS), axis=1)
    i, j = cells[inside_box].astype(int).T
    called = raster.codes[j, i]
    x, y = points[inside_box].T
    for dx, dy in ((0, 0), (1e-7, -1e-7), (-1e-7, 1e-7)):
        truth = within_polygon(x + dx, y + dy, vertices)
        assert not np.any((called == 2) & ~truth)
        assert not np.any((called == 0) & truth)
