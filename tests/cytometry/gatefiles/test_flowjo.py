"""FlowJo workspaces: counts as FlowJo and FlowKit have them, and each construct against its meaning."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from remnant.cytometry import IN, ChannelSpec, evaluate, read_fcs, read_gates, write_fcs
from remnant.cytometry.gatefiles.flowjo_shapes import BINNED, CHANNELS
from remnant.cytometry.gates.gate import EllipsoidGate, PolygonGate
from remnant.cytometry.signal.biexponential import Biexponential, FloorLog
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Logicle
from remnant.errors import GatingError

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "data" / "flowjo-wsp-a"
COUNTS = FOLDER / "reference_counts.json"
WORKSPACES = json.loads(COUNTS.read_text())["workspaces"] if COUNTS.exists() else {}
SPILL = np.array([[1, 0.2], [0.1, 1]])


@pytest.mark.skipif(not WORKSPACES, reason=f"needs {FOLDER.name} beside the repository, in shared/data")
@pytest.mark.parametrize("name", WORKSPACES)
def test_every_count_is_that_of_flowkit_and_of_flowjo_where_it_counted(name):
    case = WORKSPACES[name]
    tube = read_fcs(FOLDER / case["fcs"])
    tree = read_gates(FOLDER / name, tube=tube)
    counts, _ = evaluate(tree, tube)
    assert {c.gate: (c.events, c.reason) for c in counts} == {
        g["gate"]: (g["count"], "") for g in case["gates"]
    }
    # The last copy in the file is that of the sample; 0 and -1 may mean that FlowJo had not counted.
    stored = {gate: int(count) for gate, count in case["flowjo_stored_counts"]}
    assert all(stored[c.gate] in (c.events, 0, -1) for c in counts)
    binned = [g.id for g in tree.gates if isinstance(g, PolygonGate | EllipsoidGate)]
    assert [note for note in tree.notes if BINNED in note] == [
        note for gate in binned for note in tree.notes if note.startswith(f"gate {gate} (line ")
    ]
    assert len([note for note in tree.notes if BINNED in note]) == len(binned)


def scale(form, name):
    kind, inside = form.split()[0], f'<data-type:parameter data-type:name="{name}"/>'
    return f"<transforms:{form}>{inside}</transforms:{kind}>"


def dimension(name, low=None, high=None):
    limits = "".join(f' gating:{k}="{v}"' for k, v in (("min", low), ("max", high)) if v is not None)
    return f'<gating:dimension{limits}><data-type:fcs-dimension data-type:name="{name}"/></gating:dimension>'


def points(*rows):
    return "".join(
        "<gating:vertex>"
        + "".join(f'<gating:coordinate data-type:value="{v}"/>' for v in row)
        + "</gating:vertex>"
        for row in rows
    )


def population(name, shape, inside="", events_inside="1"):
    kind, body = shape
    below = f"<Subpopulations>{inside}</Subpopulations>" if inside else ""
    return (
        f'<Population name="{name}" count="-1"><Graph type="x"><Axis name="A"/></Graph><Gate gating:id="ID1">'
        f'<gating:{kind}Gate eventsInside="{events_inside}" quadId="-1">{body}</gating:{kind}Gate>'
        f"</Gate>{below}</Population>"
    )


def join(kind, name, *paths):
    inside = "".join(f'<Dependent name="{path}"/>' for path in paths)
    return f'<{kind}Node name="{name}"><Dependents>{inside}</Dependents></{kind}Node>'


def matrix(prefix="Comp-", suffix=""):
    rows = "".join(
        f'<transforms:spillover data-type:parameter="{row}">'
        + "".join(
            f'<transforms:coefficient data-type:parameter="{column}" transforms:value="{SPILL[i, j]}"/>'
            for j, column in enumerate("AB")
        )
        + "</transforms:spillover>"
        for i, row in enumerate("AB")
    )
    named = "".join(f'<data-type:parameter data-type:name="{c}"/>' for c in "AB")
    return (
        f'<transforms:spilloverMatrix name="Acquisition" prefix="{prefix}" suffix="{suffix}">'
        f"<data-type:parameters>{named}</data-type:parameters>{rows}</transforms:spilloverMatrix>"
    )


def sample(
    populations, scales="", extra="", name="e.fcs", uri="file:/C:/lab%20data/e.fcs", number="1", fil="x"
):
    return (
        f'<Sample><DataSet uri="{uri}" sampleID="{number}"/>{extra}'
        f"<Transformations>{scales}</Transformations>"
        f'<Keywords><Keyword name="$FIL" value="{fil}"/></Keywords>'
        f'<SampleNode name="{name}" sampleID="{number}">'
        f"<Graph/><Subpopulations>{populations}</Subpopulations></SampleNode></Sample>"
    )


def workspace(tmp_path, *samples):
    spaces = {"gating": "gating", "transforms": "transformations", "data-type": "datatypes"}
    names = " ".join(f'xmlns:{k}="http://www.isac-net.org/std/Gating-ML/v2.0/{v}"' for k, v in spaces.items())
    group = population("group copy", ("Rectangle", dimension("A", 0, 1)))
    path = tmp_path / "any name.xml"
    path.write_text(
        f'<Workspace version="20.0" {names}><Groups><GroupNode name="All">'
        f"<Subpopulations>{group}</Subpopulations></GroupNode></Groups><SampleList>{''.join(samples)}</SampleList></Workspace>"
    )
    return path


RECTANGLE = ("Rectangle", dimension("A", 100, 900))


@pytest.fixture
def events():
    return np.random.default_rng(7).lognormal(5, 2, (400, 2)).astype(np.float32).astype(float)


@pytest.fixture
def tube(tmp_path, events):
    write_fcs(
        tmp_path / "e.fcs", events, [ChannelSpec("A"), ChannelSpec("B")], keywords={"$FIL": "original.fcs"}
    )
    return read_fcs(tmp_path / "e.fcs")


def inside(path, tube, **more):
    counts, codes = evaluate(read_gates(path, tube=tube, **more), tube)
    assert [count.reason for count in counts if count.reason] == []
    return {name: code == IN for name, code in codes.items()}


def test_gates_are_named_by_their_path_and_joined_by_it(tmp_path, tube, events):
    low = ("Rectangle", dimension("B", None, 200))
    tree = population("cells", RECTANGLE, population("low", low) + join("Not", "rest", "cells/low"))
    tree += population("low", low) + join("And", "both", "cells", "low") + join("Or", "any", "cells", "low")
    found = inside(workspace(tmp_path, sample(tree)), tube)
    a, b = (events[:, 0] >= 100) & (events[:, 0] < 900), events[:, 1] < 200
    truth = {"cells": a, "cells/low": a & b, "cells/rest": a & ~b, "low": b, "both": a & b, "any": a | b}
    assert found.keys() == truth.keys()
    assert all(np.array_equal(found[name], truth[name]) for name in truth)


def test_events_outside_a_gate_are_those_of_its_parent(tmp_path, tube, events):
    tree = population(
        "a", RECTANGLE, population("out", ("Rectangle", dimension("B", 50, 400)), events_inside="0")
    )
    found = inside(workspace(tmp_path, sample(tree)), tube)
    a, b = (events[:, 0] >= 100) & (events[:, 0] < 900), (events[:, 1] >= 50) & (events[:, 1] < 400)
    assert np.array_equal(found["a/out"], a & ~b)


@pytest.mark.parametrize(("prefix", "suffix"), [("Comp-", ""), ("Comp-", "*"), ("", "-c"), ("", "")])
def test_a_parameter_with_the_prefix_and_suffix_of_the_matrix_is_compensated(
    prefix, suffix, tmp_path, tube, events
):
    named = ("Rectangle", dimension(f"{prefix}A{suffix}", 100, 900))
    tree = population("c", named) + population("raw", RECTANGLE)
    found = inside(workspace(tmp_path, sample(tree, extra=matrix(prefix, suffix))), tube)
    dyes = events @ np.linalg.inv(SPILL)
    assert np.array_equal(found["c"], (dyes[:, 0] >= 100) & (dyes[:, 0] < 900))
    raw = dyes if prefix + suffix == "" else events
    assert np.array_equal(found["raw"], (raw[:, 0] >= 100) & (raw[:, 0] < 900))


FORMS = {
    "linear": ('linear transforms:minRange="-100" transforms:maxRange="5000"', None),
    "log": ('log transforms:offset="10" transforms:decades="4"', FloorLog(10, 4)),
    "biex": (
        'biex transforms:length="256" transforms:maxRange="262144" transforms:neg="0" '
        'transforms:width="-100" transforms:pos="4.418539922"',
        Biexponential(262144, 4.418539922, 0, -100),
    ),
    "fasinh": (
        'fasinh transforms:length="256" transforms:maxRange="262144" transforms:T="262144" transforms:A="0" '
        'transforms:M="4" transforms:W="-10"',
        Asinh(262144, 4, 0),
    ),
    "logicle": (
        'logicle transforms:T="262144" transforms:W="0.5" transforms:M="4.5" transforms:A="0"',
        Logicle(262144, 0.5, 4.5, 0),
    ),
    "hyperlog": (
        'hyperlog transforms:T="262144" transforms:W="0.5" transforms:M="4.5" transforms:A="0"',
        Hyperlog(262144, 0.5, 4.5, 0),
    ),
}


def drawn(form, values):
    """Share of the plot at which FlowJo draws values."""
    transform = FORMS[form][1]
    if transform is None:
        return (values + 100) / 5100
    y = transform.forward(values)
    return np.clip(y, 0, 1) if form == "biex" else y


@pytest.mark.parametrize("form", FORMS)
def test_polygons_have_straight_edges_on_the_plot(form, tmp_path, tube, events):
    corners = np.array([[20.0, 20], [3000, 60], [80, 4000]])
    axes = dimension("A") + dimension("B")
    scales = scale(FORMS[form][0], "A") + scale(FORMS[form][0], "B")
    path = workspace(tmp_path, sample(population("p", ("Polygon", axes + points(*corners))), scales))
    on_plot, at = drawn(form, corners), drawn(form, events)
    sides = [
        (q[0] - p[0]) * (at[:, 1] - p[1]) - (q[1] - p[1]) * (at[:, 0] - p[0])
        for p, q in zip(on_plot, np.roll(on_plot, -1, axis=0), strict=True)
    ]
    truth = np.all([side >= 0 for side in sides], axis=0)
    assert 10 < truth.sum() < 300
    assert np.array_equal(inside(path, tube)["p"], truth)


@pytest.mark.parametrize("form", FORMS)
def test_ellipses_are_round_on_the_plot(form, tmp_path, tube, events):
    centre, turn = np.quantile(drawn(form, events), 0.5, axis=0) * CHANNELS, 0.6
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    long, short = 50.0, 30.0
    focal = np.sqrt(long**2 - short**2)
    foci = points(*(centre + sign * focal * along for sign in (-1, 1)))
    ends = points(*(centre + sign * half for half in (long * along, short * across) for sign in (1, -1)))
    body = (
        dimension("A")
        + dimension("B")
        + f"<gating:foci>{foci}</gating:foci><gating:edge>{ends}</gating:edge>"
    )
    scales = scale(FORMS[form][0], "A") + scale(FORMS[form][0], "B")
    path = workspace(tmp_path, sample(population("e", ("Ellipsoid", body)), scales))
    away = drawn(form, events) * CHANNELS - centre
    distance = (away @ along / long) ** 2 + (away @ across / short) ** 2
    assert 10 < (distance <= 1).sum() < 390
    sure = np.abs(distance - 1) > 1e-9
    assert np.array_equal(inside(path, tube)["e"][sure], (distance <= 1)[sure])


def test_events_beyond_the_biexponential_lie_on_its_axis(tmp_path):
    rows = np.array([[-90_000.0, 50], [900_000, 50], [100, 50]])
    write_fcs(tmp_path / "e.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")])
    scales = scale(FORMS["biex"][0], "A") + scale(FORMS["biex"][0], "B")
    low, high = Biexponential(262144, 4.418539922, 0, -100).inverse([0.0, 1.0])
    square = points((low, 1), (high, 1), (high, 900), (low, 900))
    tree = population("p", ("Polygon", dimension("A") + dimension("B") + square))
    found = inside(workspace(tmp_path, sample(tree, scales)), read_fcs(tmp_path / "e.fcs"))
    assert found["p"].tolist() == [True, True, True]


def test_the_sample_is_found_by_the_file_then_by_its_keyword(tmp_path, tube):
    first = population("first", RECTANGLE)
    second = population("second", RECTANGLE)
    by_file = workspace(
        tmp_path, sample(second, name="z", uri="z.fcs", fil="e.fcs", number="2"), sample(first)
    )
    assert list(inside(by_file, tube)) == ["first"]
    other = sample(second, name="y", uri="y.fcs", number="2")
    by_keyword = workspace(tmp_path, sample(first, name="z", uri="z.fcs", fil="original.fcs"), other)
    assert list(inside(by_keyword, tube)) == ["first"]
    assert list(inside(by_keyword, tube, sample="y")) == ["second"]
    assert list(inside(by_keyword, tube, sample="2")) == ["second"]
    alone = workspace(tmp_path, sample(first, name="z", uri="z.fcs"))
    assert "is not named as the tube" in read_gates(alone, tube=tube).notes[0]
    assert read_gates(alone).notes == ()


def test_a_sample_that_is_not_clear_is_asked_for_with_the_names(tmp_path, tube):
    one, two = (sample(population("p", RECTANGLE), name=n, uri=f"{n}.fcs", number=n) for n in "yz")
    path = workspace(tmp_path, one, two)
    with pytest.raises(GatingError, match=r"no sample of e\.fcs.*y \(sample y\), z \(sample z\).*--sample"):
        read_gates(path, tube=tube)
    with pytest.raises(GatingError, match="2 samples; expected one of them"):
        read_gates(path)
    with pytest.raises(GatingError, match="0 samples named q"):
        read_gates(path, tube=tube, sample="q")
    with pytest.raises(GatingError, match=r"2 samples of e\.fcs"):
        read_gates(workspace(tmp_path, sample(""), sample("", number="2")), tube=tube)


def test_one_gate_of_a_kind_that_is_not_published_does_not_lose_the_others(tmp_path, tube):
    curly = '<Population name="curly"><Gate><gating:CurlyQuad/></Gate>{}</Population>'
    below = f"<Subpopulations>{population('child', RECTANGLE)}</Subpopulations>"
    path = workspace(
        tmp_path, sample(population("a", RECTANGLE) + curly.format(below) + population("b", RECTANGLE))
    )
    tree = read_gates(path, tube=tube)
    counts, codes = evaluate(tree, tube)
    assert tree.ids == ("a", "curly", "curly/child", "b")
    assert list(codes) == ["a", "b"]
    assert "curve is not published" in {c.gate: c.reason for c in counts}["curly"]


@pytest.mark.parametrize(("gain", "per_tick"), [("0.02", 0.02), ("1", 0.01)])
def test_time_is_gated_in_the_seconds_of_flowjo(gain, per_tick, tmp_path):
    """FlowJo fits ticks to the clock of the run; without its word the ticks are those of `$TIMESTEP`."""
    ticks = np.arange(0.0, 1000, 10)
    rows = np.column_stack([ticks, np.full(100, 5.0)])
    write_fcs(tmp_path / "e.fcs", rows, [ChannelSpec("Time"), ChannelSpec("A")], timestep=0.01)
    linear = 'linear transforms:minRange="0" transforms:maxRange="20" gain="{}"'
    scales = scale(linear.format(gain), "Time") + scale(linear.format(1), "A")
    box = points((2, 0), (6, 0), (6, 9), (2, 9))
    foci = f"<gating:foci>{points((51.2, 64), (51.2, 64))}</gating:foci>"
    ends = points((76.8, 64), (25.6, 64), (51.2, 89.6), (51.2, 38.4))
    axes = dimension("Time") + dimension("A")
    tree = population("r", ("Rectangle", dimension("Time", 2, 6)))
    tree += population("p", ("Polygon", axes + box))
    tree += population("e", ("Ellipsoid", f"{axes}{foci}<gating:edge>{ends}</gating:edge>"))
    path, tube = workspace(tmp_path, sample(tree, scales)), read_fcs(tmp_path / "e.fcs")
    found, seconds = inside(path, tube), ticks * per_tick
    assert np.array_equal(found["r"], (seconds > 2 - 1e-9) & (seconds < 6 - 1e-9))
    assert np.array_equal(found["p"], (seconds > 2 - 1e-9) & (seconds < 6 + 1e-9))
    assert np.array_equal(found["e"], (seconds > 2 - 1e-9) & (seconds < 6 + 1e-9))
    assert any(note.startswith("Time is gated") for note in read_gates(path, tube=tube).notes)


def test_a_slash_in_the_name_of_a_channel_is_an_underscore_in_a_workspace(tmp_path):
    rows = np.array([[150.0, 10], [50, 10], [102, 60]])
    write_fcs(tmp_path / "e.fcs", rows, [ChannelSpec("A/1"), ChannelSpec("B")])
    named = matrix().replace('"A"', '"A_1"')
    tree = population("c", ("Rectangle", dimension("Comp-A_1", 100)))
    tree += population("raw", ("Rectangle", dimension("A_1", 100)))
    found = inside(workspace(tmp_path, sample(tree, extra=named)), read_fcs(tmp_path / "e.fcs"))
    assert found["raw"].tolist() == [True, False, True]
    assert (
        found["c"].tolist() == ((rows @ np.linalg.inv(SPILL))[:, 0] >= 100).tolist() == [True, False, False]
    )
