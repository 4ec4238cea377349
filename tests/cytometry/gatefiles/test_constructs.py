"""Every construct of Gating-ML 2.0 against its formula, computed here apart from the package."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq

from remnant.cytometry import IN, NOT_EVALUABLE, ChannelSpec, evaluate, read_fcs, read_gates, write_fcs
from remnant.errors import GatingError

SPILL = np.array([[1, 0.2, 0.05], [0.1, 1, 0.15], [0.02, 0.1, 1]])
SPECTRA = np.array([[1, 0.3, 0.1, 0.05], [0.2, 0.5, 1, 0.4]])
LN10 = np.log(10)


def document(*parts, prefixes=("g", "t", "d")):
    text = "".join(parts)
    names = ("gating", "transformations", "datatypes")
    spaces = " ".join(
        f'xmlns:{prefix}="http://www.isac-net.org/std/Gating-ML/v2.0/{name}"'
        for prefix, name in zip(prefixes, names, strict=True)
    )
    for old, new in zip("gtd", prefixes, strict=True):
        text = (
            text.replace(f"<{old}:", f"<{new}:")
            .replace(f"</{old}:", f"</{new}:")
            .replace(f" {old}:", f" {new}:")
        )
    return f'<?xml version="1.0"?>\n<{prefixes[0]}:Gating-ML {spaces}>{text}</{prefixes[0]}:Gating-ML>'


def channel(name):
    return f'<d:fcs-dimension d:name="{name}"/>'


def dim(
    source="A", low=None, high=None, compensation="uncompensated", scale=None, element="dimension", name=""
):
    limits = {"min": low, "max": high, "transformation-ref": scale}
    more = "".join(f' g:{key}="{value}"' for key, value in limits.items() if value is not None)
    inside = source if source.startswith("<") else channel(source)
    start = f'<g:{element}{name} g:compensation-ref="{compensation}"{more}>'
    return f"{start}{inside}</g:{element}>"


def gate(kind, inside, name="G", parent=None):
    parent = f' g:parent_id="{parent}"' if parent else ""
    return f'<g:{kind}Gate g:id="{name}"{parent}>{inside}</g:{kind}Gate>\n'


def rectangle(*dims, name="G", parent=None):
    return gate("Rectangle", "".join(dims), name, parent)


def polygon(dims, corners, name="G", parent=None):
    points = "".join(
        f'<g:vertex><g:coordinate d:value="{x}"/><g:coordinate d:value="{y}"/></g:vertex>' for x, y in corners
    )
    return gate("Polygon", "".join(dims) + points, name, parent)


def ellipsoid(dims, mean, covariance, distance=1.0, name="G"):
    points = "".join(f'<g:coordinate d:value="{value}"/>' for value in mean)
    rows = "".join(
        "<g:row>" + "".join(f'<g:entry d:value="{value}"/>' for value in row) + "</g:row>"
        for row in covariance
    )
    inside = (
        f"<g:mean>{points}</g:mean><g:covarianceMatrix>{rows}</g:covarianceMatrix>"
        f'<g:distanceSquare d:value="{distance}"/>'
    )
    return gate("Ellipsoid", "".join(dims) + inside, name)


def boolean(operator, *operands, name="G", parent=None):
    more = {True: ' g:use-as-complement="true"', False: ""}
    references = "".join(
        f'<g:gateReference g:ref="{o.lstrip("!")}"{more[o.startswith("!")]}/>' for o in operands
    )
    return gate("Boolean", f"<g:{operator}>{references}</g:{operator}>", name, parent)


def scale(form, name="S", low=None, high=None):
    bounds = "".join(
        f' t:{key}="{value}"' for key, value in (("boundMin", low), ("boundMax", high)) if value is not None
    )
    return f'<t:transformation t:id="{name}"{bounds}>{form}</t:transformation>\n'


def form(name, **parameters):
    return f"<t:{name} " + " ".join(f't:{key}="{value}"' for key, value in parameters.items()) + "/>"


def ratio(top="A", bottom="B", A=1, B=0, C=0):
    return f'<t:fratio t:A="{A}" t:B="{B}" t:C="{C}">{channel(top)}{channel(bottom)}</t:fratio>'


NEW = '<d:new-dimension d:transformation-ref="R"/>'


def matrix(rows, dyes, detectors, inverted=False):
    lines = "".join(
        "<t:spectrum>" + "".join(f'<t:coefficient t:value="{float(v)!r}"/>' for v in row) + "</t:spectrum>"
        for row in rows
    )
    more = ' t:matrix-inverted-already="true"' if inverted else ""
    return (
        f'<t:spectrumMatrix t:id="M"{more}><t:fluorochromes>{"".join(map(channel, dyes))}</t:fluorochromes>'
        f"<t:detectors>{''.join(map(channel, detectors))}</t:detectors>{lines}</t:spectrumMatrix>\n"
    )


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(20121)
    rows = np.vstack([rng.normal(60, 90, (150, 4)), rng.lognormal(5, 1.5, (150, 4)), np.zeros((2, 4))])
    rows[300:] = [[0, 0, 0, 0], [50, 50, 50, 50]]
    return rows.astype(np.float32).astype(float)


@pytest.fixture(scope="module")
def tube(events, tmp_path_factory):
    path = tmp_path_factory.mktemp("e") / "e.fcs"
    spill = (["A", "B", "C"], SPILL)
    write_fcs(path, events, [ChannelSpec(name, range=100_000) for name in "ABCD"], spillover=spill)
    return read_fcs(path)


@pytest.fixture
def codes(tmp_path, tube):
    """Codes of the gates of a document, of which none may be broken."""

    def run(*parts, **more):
        path = tmp_path / "gates.xml"
        path.write_text(document(*parts, **more))
        counts, found = evaluate(read_gates(path), tube)
        assert [count.reason for count in counts if count.reason] == []
        return found

    return run


def inside(found, name="G"):
    return found[name] == IN


def logicle(x, T, W, M, A, kind="logicle"):
    """Moore & Parks 2012 (logicle) or Gating-ML 2.0 (hyperlog), solved for each value by bracketing."""
    w, x2, b = W / (M + A), A / (M + A), (M + A) * LN10
    x1, x0 = x2 + w, x2 + 2 * w
    if kind == "logicle":
        d = brentq(lambda d: 2 * np.log(d / b) + w * (b + d), b / 1e4, b, xtol=1e-15)
        ca = np.exp(x0 * (b + d))
        fa = np.exp(b * x1) - ca / np.exp(d * x1)
        a = T / (np.exp(b) - fa - ca / np.exp(d))
        value = lambda y: a * (np.exp(b * y) - fa - ca / np.exp(d * y))  # noqa: E731
    else:
        ca = np.exp(b * x0) / w
        fa = np.exp(b * x1) + ca * x1
        a = T / (np.exp(b) + ca - fa)
        value = lambda y: a * (np.exp(b * y) + ca * y - fa)  # noqa: E731
    return np.array([
        x1 if v == 0 else x1 + np.sign(v) * (brentq(lambda y, v=v: value(y) - abs(v), x1, 3, xtol=1e-15) - x1)
        for v in x
    ])  # fmt: skip


def scaled(name, x):
    if name == "flin":
        return (x + 10) / (1000 + 10)
    if name == "fasinh":
        return (np.arcsinh(x * np.sinh(4 * LN10) / 1000) + 1 * LN10) / ((4 + 1) * LN10)
    return logicle(x, 1000, 0.5, 4, 0.2, name)


FORMS = {
    "flin": form("flin", T=1000, A=10),
    "fasinh": form("fasinh", T=1000, M=4, A=1),
    "logicle": form("logicle", T=1000, W=0.5, M=4, A=0.2),
    "hyperlog": form("hyperlog", T=1000, W=0.5, M=4, A=0.2),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("compensation", ["uncompensated", "FCS"])
def test_scales_apply_after_compensation_and_before_the_gate(name, compensation, codes, events):
    values = events[:, 1] if compensation == "uncompensated" else (events[:, :3] @ np.linalg.inv(SPILL))[:, 1]
    low, high = np.quantile(scaled(name, values), [0.3, 0.8])
    around = [(low, -1e6), (high, -1e6), (high, 1e6), (low, 1e6)]
    found = codes(
        scale(FORMS[name]), rectangle(dim("B", low, high, compensation, "S")),
        polygon([dim("B", None, None, compensation, "S"), dim("D")], around, "P"),
    )  # fmt: skip
    truth = (scaled(name, values) >= low) & (scaled(name, values) < high)
    assert 100 < truth.sum() < 200
    assert np.array_equal(inside(found), truth)
    assert np.array_equal(inside(found, "P"), truth)


@pytest.mark.parametrize("name", FORMS)
def test_a_bounded_scale_piles_up_at_its_bounds(name, codes, events):
    y = scaled(name, events[:, 0])
    low, high = np.quantile(y, [0.25, 0.75])
    middle = (low + high) / 2
    parts = [scale(FORMS[name], "S", low, high)]
    limits = {
        "at": (low, middle),
        "top": (high, None),
        "none": (high + 1e-6, None),
        "below": (None, low),
        "all": (low, None),
    }
    parts += [rectangle(dim("A", *limit, scale="S"), name=key) for key, limit in limits.items()]
    found = codes(*parts)
    clipped = np.clip(y, low, high)
    for key, (bottom, top) in limits.items():
        truth = (clipped >= (bottom if bottom is not None else -np.inf)) & (clipped < (top or np.inf))
        assert np.array_equal(inside(found, key), truth)
    assert inside(found, "at").sum() > 100
    assert not inside(found, "below").any()
    assert inside(found, "all").all()


def test_a_cut_at_the_zero_of_a_scale_holds_the_events_that_are_zero(codes, events):
    for name, zero in (("fasinh", "0.2"), ("flin", repr(10 / 1010)), ("logicle", repr(0.7 / 4.2))):
        found = codes(scale(FORMS[name]), rectangle(dim("A", zero, None, scale="S")))
        assert np.array_equal(inside(found), events[:, 0] >= 0)
        assert inside(found)[300]


def test_a_logarithm_says_nothing_at_zero_and_below(codes, events):
    log = scale(form("flog", T=10000, M=5), low=0.1, high=0.9)
    found = codes(log, rectangle(dim("A", None, 2, scale="S")), boolean("not", "G", name="N"))
    assert np.array_equal(inside(found), events[:, 0] > 0)
    assert np.array_equal(found["G"] == NOT_EVALUABLE, events[:, 0] <= 0)
    assert not inside(found, "N").any()


def test_a_spectrum_matrix_with_more_detectors_than_dyes_is_least_squares(codes, events):
    dyes = np.linalg.lstsq(SPECTRA.T, events.T, rcond=None)[0].T
    spectra = matrix(SPECTRA, ["x", "y"], "ABCD")
    low, high = np.quantile(dyes[:, 1], [0.2, 0.7])
    found = codes(spectra, rectangle(dim("y", low, high, "M")))
    assert np.array_equal(inside(found), (dyes[:, 1] >= low) & (dyes[:, 1] < high))
    again = codes(
        matrix(np.linalg.pinv(SPECTRA), ["x", "y"], "ABCD", inverted=True),
        rectangle(dim("y", low, high, "M")),
    )
    assert np.mean(inside(again) == inside(found)) > 0.99


def test_an_inverted_square_matrix_is_used_as_it_is(codes, events):
    dyes = events[:, :3] @ np.linalg.inv(SPILL)
    for inverted, rows in ((False, SPILL), (True, np.linalg.inv(SPILL))):
        found = codes(matrix(rows, "xyz", "ABC", inverted), rectangle(dim("x", 3.3, 90.1, "M")))
        assert np.array_equal(inside(found), (dyes[:, 0] >= 3.3) & (dyes[:, 0] < 90.1))


def test_a_detector_in_place_of_its_dye_is_gated_and_noted(codes, events, tmp_path):
    dyes = events[:, :3] @ np.linalg.inv(SPILL)
    plain = rectangle(dim("B", 3.3, 90.1, "M"))
    for names in ("xyz", ["", "", ""]):
        found = codes(matrix(SPILL, names, "ABC"), plain)
        assert np.array_equal(inside(found), (dyes[:, 1] >= 3.3) & (dyes[:, 1] < 90.1))
    path = tmp_path / "noted.xml"
    path.write_text(document(matrix(SPILL, "xyz", "ABC"), plain))
    assert any("names the detector B: its dye y is gated" in note for note in read_gates(path).notes)
    path.write_text(document(matrix(SPECTRA, "xy", "ABCD"), plain))
    assert "a dye of the matrix, not a detector" in read_gates(path).broken[0].reason


def test_a_channel_outside_the_matrix_stays_as_stored(codes, events):
    found = codes(matrix(SPILL, "xyz", "ABC"), rectangle(dim("D", 10, 80, "M"), dim("x", 0, None, "M")))
    dyes = events[:, :3] @ np.linalg.inv(SPILL)
    assert np.array_equal(inside(found), (events[:, 3] >= 10) & (events[:, 3] < 80) & (dyes[:, 0] >= 0))


def test_each_dimension_of_a_hypercube_has_its_own_compensation_and_scale(codes, events):
    own, named = events[:, :3] @ np.linalg.inv(SPILL), events[:, :3] @ np.linalg.inv(SPILL.T)
    dims = (
        dim("A", -50, 900), dim("A", -60, 800, "FCS"), dim("x", -70, 700, "M"),
        dim("B", 0.05, 0.95, "FCS", "S"),
        dim("y", 0.1, 0.9, "M", "S"), dim("D", 0, 1000),
    )  # fmt: skip
    found = codes(matrix(SPILL.T, "xyz", "ABC"), scale(FORMS["fasinh"]), rectangle(*dims))
    sides = [
        (events[:, 0], -50, 900), (own[:, 0], -60, 800), (named[:, 0], -70, 700),
        (scaled("fasinh", own[:, 1]), 0.05, 0.95), (scaled("fasinh", named[:, 1]), 0.1, 0.9),
        (events[:, 3], 0, 1000),
    ]  # fmt: skip
    truth = np.all([(v >= low) & (v < high) for v, low, high in sides], axis=0)
    assert 30 < truth.sum() < 250
    assert np.array_equal(inside(found), truth)


def test_a_ratio_has_every_denominator_but_zero(codes, events):
    top, bottom = events[:, 0], events[:, 1]
    parts = scale(ratio(A=2, B=-5, C=50), "R"), rectangle(dim(NEW, -3, 4))
    found = codes(*parts)
    defined = bottom != 50
    value = np.divide(2 * (top + 5), bottom - 50, out=np.full(len(top), np.nan), where=defined)
    assert np.array_equal(inside(found), (value >= -3) & (value < 4))
    assert np.array_equal(found["G"] == NOT_EVALUABLE, ~defined)
    assert (inside(found) & (bottom < 50)).sum() > 20


def test_a_ratio_is_compensated_bounded_and_then_scaled(codes, events):
    dyes = events[:, :3] @ np.linalg.inv(SPILL)
    for compensation, names in (("FCS", "AB"), ("M", "xy")):
        parts = (
            matrix(SPILL, "xyz", "ABC"), scale(ratio(*names), "R", 0.01, 100),
            scale(form("flog", T=100, M=4)), rectangle(dim(NEW, 0.2, 0.6, compensation, "S")),
            rectangle(dim(NEW, None, 0.2, compensation, "S"), name="low"),
        )  # fmt: skip
        found = codes(*parts)
        value = np.divide(dyes[:, 0], dyes[:, 1], out=np.full(len(dyes), np.nan), where=dyes[:, 1] != 0)
        y = np.log10(np.clip(value, 0.01, 100) / 100) / 4 + 1
        assert np.array_equal(inside(found), (y >= 0.2) & (y < 0.6))
        # The bound of the ratio lifts what is below zero onto the logarithm.
        assert np.array_equal(inside(found, "low"), y < 0.2)
        assert (value < 0).sum() > 20


def divider(name, source, *cuts, more=""):
    values = "".join(f"<g:value>{cut}</g:value>" for cut in cuts)
    inner = channel(source)
    return f'<g:divider g:id="{name}" g:compensation-ref="uncompensated"{more}>{inner}{values}</g:divider>'


def quadrant(name, **places):
    positions = "".join(f'<g:position g:divider_ref="{d}" g:location="{p}"/>' for d, p in places.items())
    return f'<g:Quadrant g:id="{name}">{positions}</g:Quadrant>'


@pytest.mark.parametrize("dividers", [1, 2, 3])
def test_quadrants_part_all_events_and_a_value_on_a_cut_lies_above_it(dividers, codes, events):
    cuts = {"a": ("A", 50.0, 200.0), "b": ("B", 50.0), "c": ("C", 20.0, 50.0)}
    used = dict(list(cuts.items())[:dividers])
    cells = list(itertools.product(*[range(len(cut)) for cut in used.values()]))
    parts = [divider(name, *cut) for name, cut in used.items()]
    edges = {name: [-1e9, *cut[1:], 1e9] for name, cut in used.items()}
    for cell in cells:
        places = {n: (edges[n][i] + edges[n][i + 1]) / 2 for n, i in zip(used, cell, strict=True)}
        parts.append(quadrant("q" + "".join(map(str, cell)), **places))
    found = codes(gate("Quadrant", "".join(parts), "Q"))
    assert np.array_equal(np.sum([inside(found, name) for name in found], axis=0), np.ones(len(events)))
    for cell in cells:
        truth = np.ones(len(events), dtype=bool)
        for name, i in zip(used, cell, strict=True):
            values = events[:, "ABC".index(used[name][0])]
            truth &= (values >= edges[name][i]) & (values < edges[name][i + 1])
        assert np.array_equal(inside(found, "q" + "".join(map(str, cell))), truth)
    assert inside(found, "q" + "".join(str({"a": 1, "b": 1, "c": 2}[n]) for n in used))[301]


def test_a_quadrant_may_lie_on_some_dividers_only_and_be_a_parent(codes, events):
    parts = gate(
        "Quadrant",
        divider("a", "A", 50) + divider("b", "B", 50) + quadrant("left", a=0) + quadrant("both", a=90, b=90),
        "Q",
    )
    found = codes(rectangle(dim("C", 20), name="child", parent="left"), parts)
    assert np.array_equal(inside(found, "child"), (events[:, 0] < 50) & (events[:, 2] >= 20))
    assert np.array_equal(inside(found, "both"), (events[:, 0] >= 50) & (events[:, 1] >= 50))


def test_boolean_gates_nest_complement_and_are_parents_in_any_order(codes, events):
    a, b, c = (events[:, i] >= 50 for i in range(3))
    parts = [
        rectangle(dim("D", 30), name="child", parent="deep"),
        boolean("or", "both", "!c", name="deep", parent="a"),
        boolean("and", "a", "!b", name="both"),
        boolean("not", "!both", name="twice"),
        boolean("and", "c", name="single"),
        *(rectangle(dim(n.upper(), 50), name=n) for n in "cba"),
    ]
    found = codes(*parts)
    both = a & ~b
    assert np.array_equal(inside(found, "deep"), a & (both | ~c))
    assert np.array_equal(inside(found, "child"), a & (both | ~c) & (events[:, 3] >= 30))
    assert np.array_equal(inside(found, "twice"), both)
    assert np.array_equal(inside(found, "single"), c)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_surface_of_an_ellipsoid_belongs_to_it(size, tmp_path):
    rng = np.random.default_rng(size)
    factor = rng.integers(-3, 4, (size, size)) + 5.0 * np.eye(size)
    covariance, mean = factor @ factor.T, np.arange(1.0, size + 1)
    directions = np.vstack([np.eye(size), -np.eye(size)])
    on, off = mean + directions @ factor.T, mean + 1.0625 * directions @ factor.T
    names = "ABCD"[:size]
    write_fcs(tmp_path / "e.fcs", np.vstack([on, off]), [ChannelSpec(n) for n in names])
    (tmp_path / "g.xml").write_text(document(ellipsoid([dim(n) for n in names], mean, covariance)))
    _, found = evaluate(read_gates(tmp_path / "g.xml"), read_fcs(tmp_path / "e.fcs"))
    assert inside(found).tolist() == [True] * (2 * size) + [False] * (2 * size)


def test_an_ellipsoid_is_drawn_on_scales_and_compensated_values(codes, events):
    dyes = events[:, :3] @ np.linalg.inv(SPILL)
    mean, covariance = (0.5, 60.0, 0.5), np.array([[0.04, 0.3, 0.001], [0.3, 5000, 0], [0.001, 0, 0.06]])
    dims = [dim("A", compensation="FCS", scale="S"), dim("D"), dim("B", scale="S")]
    found = codes(scale(FORMS["fasinh"]), ellipsoid(dims, mean, covariance, 2.5))
    points = (
        np.column_stack([scaled("fasinh", dyes[:, 0]), events[:, 3], scaled("fasinh", events[:, 1])]) - mean
    )
    distance = np.einsum("ij,jk,ik->i", points, np.linalg.inv(covariance), points)
    assert 10 < (distance <= 2.5).sum() < 290
    assert np.array_equal(inside(found), distance <= 2.5)


def test_a_polygon_that_overlaps_itself_has_a_hole_there(tmp_path):
    corners = [(10, 10), (500, 10), (500, 390), (100, 390), (100, 180), (200, 180), (200, 300), (10, 300)]
    rows = [
        (150, 240),
        (150, 100),
        (300, 240),
        (150, 350),
        (50, 350),
        (100, 240),
        (150, 180),
        (200, 300),
        (10, 10),
    ]
    write_fcs(tmp_path / "e.fcs", np.array(rows, dtype=float), [ChannelSpec("A"), ChannelSpec("B")])
    (tmp_path / "g.xml").write_text(document(polygon([dim("A"), dim("B")], corners)))
    _, found = evaluate(read_gates(tmp_path / "g.xml"), read_fcs(tmp_path / "e.fcs"))
    assert inside(found).tolist() == [False, True, True, True, False, True, True, True, True]


def test_prefixes_vendors_and_notes_change_nothing(codes, events):
    note = "<d:custom_info><RectangleGate id='G'/> &lt; <x:dimension xmlns:x='urn:x'/></d:custom_info>"
    vendor = '<v:extra xmlns:v="urn:vendor" v:min="9"/>'
    plain = rectangle(
        note, vendor, dim("A", 10, 80).replace("<g:dimension", '<g:dimension xmlns:v="urn:v" v:min="60"')
    )
    truth = (events[:, 0] >= 10) & (events[:, 0] < 80)
    for prefixes in (("g", "t", "d"), ("gating", "transforms", "data-type"), ("a", "b", "c")):
        assert np.array_equal(inside(codes(note, plain, vendor, prefixes=prefixes)), truth)
    bare = plain.replace(" g:", " ").replace(" d:", " ").replace('v:min="60"', "")
    assert np.array_equal(inside(codes(bare)), truth)


def test_attributes_that_the_schema_leaves_open_change_nothing(codes, events):
    parts = scale(FORMS["fasinh"]) + rectangle(dim("A", 0.3, 0.8, scale="S"))
    more = parts.replace("t:M=", 't:length="256" colour="red" t:M=').replace(
        'g:id="G"', 'g:id="G" g:name="x" tint="1"'
    )
    y = scaled("fasinh", events[:, 0])
    assert np.array_equal(inside(codes(more)), (y >= 0.3) & (y < 0.8))


def test_a_file_in_a_default_namespace_is_read(tmp_path, tube, events):
    text = (
        '<Gating-ML xmlns="http://www.isac-net.org/std/Gating-ML/v2.0/gating"><RectangleGate id=" G ">'
        '<dimension compensation-ref=" uncompensated " min=" 1e1 " max="+8E1">'
        '<fcs-dimension name="A"/></dimension>'
        "</RectangleGate></Gating-ML>"
    )
    (tmp_path / "g.xml").write_text(text)
    _, found = evaluate(read_gates(tmp_path / "g.xml"), tube)
    assert np.array_equal(inside(found), (events[:, 0] >= 10) & (events[:, 0] < 80))


def test_compensation_by_a_file_without_a_matrix_leaves_the_values(tmp_path):
    write_fcs(tmp_path / "e.fcs", np.array([[1.0], [2.0]]), [ChannelSpec("A")])
    (tmp_path / "g.xml").write_text(document(rectangle(dim("A", 2, 3, "FCS"))))
    _, found = evaluate(read_gates(tmp_path / "g.xml"), read_fcs(tmp_path / "e.fcs"))
    assert inside(found).tolist() == [False, True]


def test_a_sample_makes_sense_only_for_a_workspace(tmp_path):
    (tmp_path / "g.xml").write_text(document(rectangle(dim("A", 2, 3))))
    with pytest.raises(ValueError, match="only a workspace has samples"):
        read_gates(tmp_path / "g.xml", sample="x")
    (tmp_path / "g.xml").write_text("<x/>")
    with pytest.raises(GatingError, match="FlowJo"):
        read_gates(tmp_path / "g.xml")
