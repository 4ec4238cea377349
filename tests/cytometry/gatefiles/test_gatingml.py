"""Gating-ML: exact membership on the public cases, and every fault with its line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from remnant.cytometry import IN, NOT_EVALUABLE, OUT, ChannelSpec, evaluate, read_fcs, read_gates, write_fcs
from remnant.errors import GatingError

CASES = Path(__file__).parents[3] / ".." / "shared" / "data" / "gatingml-a"
ROWS = list(csv.DictReader((CASES / "manifest.csv").read_text().splitlines())) if CASES.exists() else []
HEAD = (
    '<?xml version="1.0"?>\n<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:t="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">\n'
)


def dimension(channel="A", bounds='g:min="1" g:max="3"', compensation="uncompensated", scale=""):
    scale = f'g:transformation-ref="{scale}"' if scale else ""
    return (
        f'<g:dimension g:compensation-ref="{compensation}" {scale} {bounds}>'
        f'<d:fcs-dimension d:name="{channel}"/></g:dimension>'
    )


def rectangle(name="R", parent="", *dimensions):
    parent = f'g:parent_id="{parent}"' if parent else ""
    body = "".join(dimensions or (dimension(),))
    return f'<g:RectangleGate g:id="{name}" {parent}>{body}</g:RectangleGate>\n'


def polygon(vertices, name="P"):
    corners = "".join(
        "<g:vertex>" + "".join(f'<g:coordinate d:value="{v}"/>' for v in vertex) + "</g:vertex>"
        for vertex in vertices
    )
    axes = dimension("A", "") + dimension("B", "")
    return f'<g:PolygonGate g:id="{name}">{axes}{corners}</g:PolygonGate>\n'


def logicle(name="L", attributes='t:T="1000" t:W="0.5" t:M="4" t:A="0"', bounds=""):
    return f'<t:transformation t:id="{name}" {bounds}><t:logicle {attributes}/></t:transformation>\n'


def scaled(attributes):
    return logicle(attributes=attributes) + rectangle("R", "", dimension(scale="L"))


def gates(tmp_path, *parts):
    path = tmp_path / "gates.xml"
    path.write_text(HEAD + "".join(parts) + "</g:Gating-ML>")
    return path


@pytest.fixture
def events(tmp_path):
    rows = np.array([[0, 0], [1, 1], [2, 2], [3, 3], [np.nan, 2], [2, np.nan]], dtype=float)
    write_fcs(tmp_path / "e.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")])
    return read_fcs(tmp_path / "e.fcs")


@pytest.mark.skipif(not ROWS, reason=f"needs {CASES.name} beside the repository, in shared/data")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["gate_id"])
def test_membership_is_exact_event_by_event(row):
    tree = read_gates(CASES / "gml" / row["gml_file"])
    _, codes = evaluate(tree, read_fcs(CASES / "data1.fcs"))
    words = (CASES / "truth" / row["truth_file"]).read_text().split()
    truth = np.array([word.lower() in ("true", "1") for word in words])
    assert truth.sum() == int(row["n_inside"])
    assert np.array_equal(codes[row["gate_id"]] == IN, truth)


@pytest.mark.skipif(not ROWS, reason=f"needs {CASES.name} beside the repository, in shared/data")
def test_all_gates_of_one_file_agree_with_their_own_files():
    counts, codes = evaluate(read_gates(CASES / "gml" / "gml_all_gates.xml"), read_fcs(CASES / "data1.fcs"))
    assert len(counts) == 49
    assert [count.gate for count in counts if count.reason] == []
    shared = [row for row in ROWS if row["gate_id"] in codes]
    assert len(shared) > 20
    for row in shared:
        assert (codes[row["gate_id"]] == IN).sum() == int(row["n_inside"])


def test_minimum_is_inside_and_maximum_is_not(tmp_path, events):
    counts, codes = evaluate(read_gates(gates(tmp_path, rectangle())), events)
    assert (codes["R"] == IN).tolist() == [False, True, True, False, False, True]
    assert (counts[0].events, counts[0].evaluable, counts[0].not_evaluable) == (3, 5, 1)


def test_a_dimension_without_bounds_holds_every_evaluable_event_and_is_noted(tmp_path, events):
    tree = read_gates(gates(tmp_path, rectangle("R", "", dimension(bounds=""))))
    counts, _ = evaluate(tree, events)
    assert (counts[0].events, counts[0].not_evaluable) == (5, 1)
    assert "without bounds" in tree.notes[0]


def test_what_is_not_a_number_is_in_no_gate_and_not_in_its_complement(tmp_path, events):
    negation = '<g:BooleanGate g:id="N"><g:not><g:gateReference g:ref="R"/></g:not></g:BooleanGate>'
    _, codes = evaluate(read_gates(gates(tmp_path, rectangle(), negation)), events)
    assert codes["R"][4] == codes["N"][4] == NOT_EVALUABLE
    finite = codes["R"] != NOT_EVALUABLE
    assert np.all((codes["R"] == IN)[finite] != (codes["N"] == IN)[finite])


def test_each_dimension_is_compensated_on_its_own(tmp_path):
    rows = np.array([[100.0, 35.0], [100.0, 60.0]])
    spill = (["A", "B"], np.array([[1, 0.3], [0, 1]]))
    write_fcs(tmp_path / "e.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")], spillover=spill)
    raw, own = dimension("B", 'g:min="30" g:max="40"'), dimension("B", 'g:min="4" g:max="6"', "FCS")
    _, codes = evaluate(
        read_gates(gates(tmp_path, rectangle("R", "", raw, own))), read_fcs(tmp_path / "e.fcs")
    )
    assert (codes["R"] == IN).tolist() == [True, False]


def test_bounded_transforms_clip_to_their_bounds(tmp_path, events):
    bounds = 't:boundMin="0.1" t:boundMax="0.2"'
    scale = f'<t:transformation t:id="F" {bounds}><t:flin t:T="10" t:A="0"/></t:transformation>'
    low = rectangle("low", "", dimension("A", 'g:min="0.05" g:max="0.15"', scale="F"))
    high = rectangle("high", "", dimension("A", 'g:min="0.2"', scale="F"))
    _, codes = evaluate(read_gates(gates(tmp_path, scale, low, high)), events)
    assert (codes["low"] == IN)[:4].tolist() == [True, True, False, False]
    assert (codes["high"] == IN)[:4].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY k "&l;&l;&l;&l;">]><a>&k;</a>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
    ],
)
def test_a_doctype_is_refused_before_anything_is_expanded(tmp_path, text):
    path = tmp_path / "x.xml"
    path.write_text(text)
    with pytest.raises(GatingError, match="DOCTYPE"):
        read_gates(path)


@pytest.mark.parametrize(
    "text", ["", "not xml", "<a>", "<other/>", "<a>" * 100_000, '<?xml version="1.0" encoding="x"?><a/>']
)
def test_what_is_not_gating_ml_is_refused_with_its_line(tmp_path, text):
    path = tmp_path / "x.xml"
    path.write_text(text)
    with pytest.raises(GatingError, match=r"x\.xml, line"):
        read_gates(path)


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ((rectangle(), rectangle()), "an id of its own"),
        ((rectangle("R", "nowhere"),), "reference to nowhere"),
        ((rectangle("R", "R"),), "a circle"),
        ((rectangle("R", "S"), rectangle("S", "R")), "a circle"),
    ],
)
def test_a_tree_that_does_not_hold_together_is_refused(tmp_path, parts, word):
    with pytest.raises(GatingError, match=word):
        read_gates(gates(tmp_path, *parts))


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (rectangle("R", "", dimension(bounds='g:min="3" g:max="1"')), "swapped"),
        (rectangle("R", "", dimension(bounds='g:min="NaN"')), "finite number"),
        (rectangle("R", "", dimension(bounds='g:min="abc"')), "finite number"),
        (rectangle("R", "", dimension(bounds='g:min="1,5"')), "finite number"),
        (rectangle("R", "", dimension(scale="nothing")), "nothing"),
        (rectangle("R", "", dimension(compensation="M7")), "M7"),
        (polygon([(0, 0), (1, 1)], "R"), "3 or more"),
        (polygon([(0, 0), (1, 1), (1, "NaN")], "R"), "finite number"),
        (scaled('t:T="0" t:W="0.5" t:M="4" t:A="0"'), "T > 0"),
        (scaled('t:T="1" t:W="3" t:M="4" t:A="0"'), "M/2"),
        (scaled('t:T="1" t:W="0" t:M="4"'), "attribute A"),
        (rectangle("R", "", dimension("CD99")), "CD99"),
        ('<g:CurlyGate g:id="R"/>', "CurlyGate"),
    ],
)  # fmt: skip
def test_one_broken_gate_names_its_fault_and_does_not_lose_the_others(tmp_path, events, bad, word):
    tree = read_gates(gates(tmp_path, bad, rectangle("child", "R"), rectangle("good")))
    counts, codes = evaluate(tree, events)
    by_gate = {count.gate: count for count in counts}
    assert word in by_gate["R"].reason
    assert "R is not evaluable" in by_gate["child"].reason
    assert by_gate["good"].events == 3
    assert set(codes) == {"good"}


def test_five_thousand_gates_in_a_chain_are_ordered_in_one_pass(tmp_path, events):
    chain = [rectangle(f"G{n}", f"G{n + 1}" if n < 4999 else "") for n in range(5000)]
    counts, _ = evaluate(read_gates(gates(tmp_path, *chain)), events)
    assert {count.events for count in counts} == {3}


def test_a_ratio_is_not_evaluable_only_where_its_denominator_is_zero(tmp_path):
    rows = np.array([[4.0, 2], [4, 0], [4, -1], [-4, -2]])
    write_fcs(tmp_path / "e.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")])
    ratio = (
        '<t:transformation t:id="Q"><t:fratio t:A="1" t:B="0" t:C="0">'
        '<d:fcs-dimension d:name="A"/><d:fcs-dimension d:name="B"/></t:fratio></t:transformation>'
    )
    gate = (
        '<g:RectangleGate g:id="R"><g:dimension g:compensation-ref="uncompensated" g:min="1">'
        '<d:new-dimension d:transformation-ref="Q"/></g:dimension></g:RectangleGate>'
    )
    counts, codes = evaluate(read_gates(gates(tmp_path, ratio, gate)), read_fcs(tmp_path / "e.fcs"))
    assert codes["R"].tolist() == [IN, NOT_EVALUABLE, OUT, IN]
    assert (counts[0].events, counts[0].evaluable, counts[0].not_evaluable) == (2, 3, 1)


def test_what_was_not_read_is_noted(tmp_path):
    tree = read_gates(gates(tmp_path, f"<sample>{rectangle()}</sample>"))
    assert tree.gates == ()
    assert "<sample> on line 3 is no part of Gating-ML and was not read" in tree.notes
    assert "gates.xml holds no gate" in tree.notes
    tree = read_gates(gates(tmp_path, logicle("")))
    assert "transformation on line 3 has no id: no gate can use it" in tree.notes


def test_ids_stand_in_the_order_of_the_file_with_those_that_could_not_be_read(tmp_path):
    bad = [rectangle(name, "", dimension(bounds='g:min="x"')) for name in ("b1", "b2", "b3")]
    tree = read_gates(gates(tmp_path, bad[0], rectangle("a"), bad[1], bad[2], rectangle("c")))
    assert tree.ids == ("b1", "a", "b2", "b3", "c")


def test_one_broken_quadrant_does_not_lose_those_beside_it(tmp_path, events):
    divider = (
        '<g:divider g:id="D" g:compensation-ref="uncompensated"><d:fcs-dimension d:name="A"/>'
        "<g:value>2</g:value></g:divider>"
    )
    cells = "".join(
        f'<g:Quadrant g:id="{name}"><g:position g:divider_ref="D" g:location="{place}"/></g:Quadrant>'
        for name, place in (("low", 1), ("odd", "x"), ("high", 3))
    )
    tree = read_gates(gates(tmp_path, f'<g:QuadrantGate g:id="Q">{divider}{cells}</g:QuadrantGate>'))
    assert tree.ids == ("low", "odd", "high")
    counts, codes = evaluate(tree, events)
    assert {c.gate: c.events for c in counts} == {"low": 2, "high": 3, "odd": 0}
    assert "gate odd: position location: found 'x'" in tree.broken[0].reason
    assert set(codes) == {"low", "high"}
