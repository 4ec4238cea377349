"""Writing: what is read back is what was written, gate by gate and event by event."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from remnant.cytometry import (
    ChannelSpec,
    SpilloverMatrix,
    evaluate,
    read_fcs,
    read_gates,
    write_fcs,
    write_gates,
)
from remnant.cytometry.gatefiles.write import leave_out
from remnant.cytometry.gates.gate import (
    FROM_FILE,
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
from remnant.cytometry.signal.biexponential import Biexponential
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle
from remnant.errors import GatingError

numbers = st.floats(-1e6, 1e6, allow_nan=False)
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=8
).filter(lambda text: text == text.strip())
SQUARE = SpilloverMatrix(("x", "y"), ("A", "B"), ((1.0, 0.21), (0.1, 1.0)))
SPECTRA = SpilloverMatrix(("p", "q"), ("A", "B", "C"), ((1.0, 0.3, 0.1), (0.05, 0.4, 1.0)))
MATRICES = (("M", SQUARE), ("N & <\u00fc>", SPECTRA))
CHANNELS = {UNCOMPENSATED: "ABC", FROM_FILE: "ABC", "M": ("x", "y", "C"), "N & <\u00fc>": ("p", "q")}


@st.composite
def scales(draw):
    top = draw(st.floats(1, 1e6))
    decades = draw(st.floats(1, 8))
    width = draw(st.floats(0.01, 0.5))
    kind = draw(st.sampled_from([Linear, Log, Asinh, Logicle, Hyperlog]))
    if kind in (Linear, Log):
        return kind(top, draw(st.floats(0, top)) if kind is Linear else decades)
    if kind is Asinh:
        return Asinh(top, decades, draw(st.floats(0, decades)))
    low = width * decades
    return kind(top, low, decades, draw(st.floats(-low, decades - 2 * low)))


@st.composite
def bounds(draw):
    low, high = sorted((draw(numbers), draw(numbers)))
    return draw(st.sampled_from([(None, None), (low, None), (None, high), (low, high)]))


@st.composite
def axes(draw):
    compensation = draw(st.sampled_from(list(CHANNELS)))
    names = st.sampled_from(list(CHANNELS[compensation]))
    scale = draw(st.none() | scales())
    limits = draw(bounds()) if scale else (None, None)
    if draw(st.booleans()):
        return Axis(draw(names), compensation, scale, limits)
    constants = (draw(numbers), draw(numbers), draw(numbers))
    return Axis(draw(names), compensation, scale, limits, draw(names), constants, draw(bounds()))


def covariance(draw, size):
    factor = np.array(
        draw(st.lists(st.lists(st.floats(-9, 9), min_size=size, max_size=size), min_size=size, max_size=size))
    )
    matrix = factor @ factor.T + np.eye(size)
    return tuple(tuple(float(v) for v in row) for row in matrix)


@st.composite
def gates(draw, name, earlier):
    parent = draw(st.none() | st.sampled_from(earlier)) if earlier else None
    kind = draw(st.sampled_from("rpeb" if earlier else "rpe"))
    if kind == "r":
        sides = draw(st.lists(st.tuples(axes(), bounds()), min_size=1, max_size=4))
        return RectangleGate(name, parent, tuple(Interval(axis, *limits) for axis, limits in sides))
    if kind == "p":
        corners = draw(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=6))
        return PolygonGate(name, parent, draw(axes()), draw(axes()), tuple(corners))
    if kind == "e":
        size = draw(st.integers(1, 4))
        mean = tuple(draw(st.lists(numbers, min_size=size, max_size=size)))
        used = tuple(draw(st.lists(axes(), min_size=size, max_size=size)))
        return EllipsoidGate(name, parent, used, mean, covariance(draw, size), draw(st.floats(0, 1e9)))
    operator = draw(st.sampled_from(list(Operator)))
    most = 1 if operator is Operator.NOT else 4
    operands = draw(
        st.lists(st.builds(Operand, st.sampled_from(earlier), st.booleans()), min_size=1, max_size=most)
    )
    return BooleanGate(name, parent, operator, tuple(operands))


@st.composite
def trees(draw):
    names = draw(st.lists(texts, min_size=1, max_size=7, unique=True))
    built = [draw(gates(name, names[:place])) for place, name in enumerate(names)]
    return GateTree(tuple(draw(st.permutations(built))), MATRICES)


@pytest.fixture(scope="module")
def tube(tmp_path_factory):
    rng = np.random.default_rng(4)
    rows = rng.lognormal(6, 3, (60, 3)) * rng.choice([-1, 1, 1], (60, 3))
    path = tmp_path_factory.mktemp("e") / "e.fcs"
    spill = (["A", "B"], np.array([[1, 0.1], [0.05, 1]]))
    write_fcs(path, rows, [ChannelSpec(name) for name in "ABC"], spillover=spill)
    return read_fcs(path)


@given(trees())
@settings(max_examples=120, deadline=None)
def test_what_is_written_comes_back_the_same(tmp_path_factory, tube, tree):
    path = tmp_path_factory.mktemp("w") / "g.xml"
    write_gates(tree, path)
    back = read_gates(path)
    assert (back.gates, back.matrices, back.broken) == (tree.gates, tree.matrices, ())
    before, after = evaluate(tree, tube), evaluate(back, tube)
    assert before[0] == after[0]
    assert before[1].keys() == after[1].keys()
    assert all(np.array_equal(before[1][name], after[1][name]) for name in before[1])


@given(trees(), texts)
@settings(max_examples=30, deadline=None)
def test_writing_twice_gives_the_same_text(tmp_path_factory, tree, name):
    folder = tmp_path_factory.mktemp("w")
    assume("/" not in name and name not in (".", ".."))
    write_gates(tree, folder / "a.xml")
    write_gates(read_gates(folder / "a.xml"), folder / "b.xml")
    assert (folder / "a.xml").read_text() == (folder / "b.xml").read_text()


A = Axis("A", UNCOMPENSATED)
SQUARE_GATE = RectangleGate("square", None, (Interval(A, 1.0, 2.0),))
CURVED = PolygonGate("curved", None, Axis("A", UNCOMPENSATED, Biexponential()), A, ((0, 0), (1, 0), (1, 1)))
BAND = BandGate("band", None, A, A, 1.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("tree", "word"),
    [
        (GateTree((BAND,)), "a band on logarithmic axes"),
        (GateTree((CURVED,)), "a scale of FlowJo's own"),
        (GateTree((), broken=(BrokenGate("b", 3, "why"),)), "could not be read"),
        (GateTree((RectangleGate("r", None, (Interval(Axis("A", "M7"), 1.0),)),)), "M7"),
        (
            GateTree((RectangleGate("r", None, (Interval(Axis("A", bounds=(0.0, 1.0)), 1.0),)),)),
            "without a scale",
        ),
        (GateTree((RectangleGate("r", None, ()),)), "0 dimensions"),
        (GateTree((RectangleGate(" r", None, (Interval(A, 1.0),)),)), "come back"),
        (GateTree((RectangleGate("r\x01", None, (Interval(A, 1.0),)),)), "XML can hold"),
        (GateTree((RectangleGate("r\ud800", None, (Interval(A, 1.0),)),)), "XML can hold"),
        (GateTree((RectangleGate("r", None, (Interval(A, float("nan")),)),)), "finite number"),
        (GateTree((RectangleGate("r", "nowhere", (Interval(A, 1.0),)),)), "reference to nowhere"),
        (GateTree((SQUARE_GATE, SQUARE_GATE)), "an id of its own"),
    ],
)
def test_what_gating_ml_cannot_hold_is_refused_and_nothing_is_written(tree, word, tmp_path):
    with pytest.raises(GatingError, match=word):
        write_gates(tree, tmp_path / "g.xml")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_may_be_left_out_with_all_that_hangs_on_it(tmp_path):
    child = RectangleGate("child", "curved", (Interval(A, 1.0),))
    joined = BooleanGate("joined", None, Operator.OR, (Operand("child"), Operand("square")))
    rest, left = leave_out(
        GateTree((joined, child, CURVED, SQUARE_GATE), broken=(BrokenGate("b", 3, "why"),))
    )
    assert rest.gates == (SQUARE_GATE,)
    assert left["child"] == "it hangs on curved"
    assert left["joined"] == "it hangs on child"
    assert set(left) == {"b", "curved", "child", "joined"}
    write_gates(rest, tmp_path / "g.xml")
    assert read_gates(tmp_path / "g.xml").gates == rest.gates
