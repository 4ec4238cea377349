"""Gate files on the command line: membership as 0 and 1, workspaces, conversion."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cytometry import ChannelSpec, write_fcs

SPACES = (
    'xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:t="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes"'
)


def rectangle(name, limits, channel="A", scale="", parent=""):
    return (
        f'<g:RectangleGate g:id="{name}"{parent}>'
        f'<g:dimension g:compensation-ref="uncompensated"{scale} {limits}>'
        f'<d:fcs-dimension d:name="{channel}"/></g:dimension></g:RectangleGate>\n'
    )


LOG = '<t:transformation t:id="L"><t:flog t:T="1000" t:M="3"/></t:transformation>\n'
GATES = (
    LOG
    + rectangle("b, second", 'g:min="2"')
    + rectangle("broken", 'g:min="x"')
    + rectangle("log", 'g:min="0.1"', scale=' g:transformation-ref="L"')
    + '<g:BooleanGate g:id="not"><g:not><g:gateReference g:ref="log"/></g:not></g:BooleanGate>\n'
    + '<g:BooleanGate g:id="or"><g:or><g:gateReference g:ref="log" g:use-as-complement="true"/>'
    '<g:gateReference g:ref="b, second"/></g:or></g:BooleanGate>\n'
)


def ask(*words):
    return CliRunner().invoke(app, ["fcs", *map(str, words)])


def table(path):
    header, *rows = csv.reader(path.read_text().splitlines())
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


@pytest.fixture
def tube(tmp_path):
    rows = np.array([[1.0, 1], [5, 2], [-3, 3], [np.nan, 4]])
    write_fcs(tmp_path / "tube.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")])
    return tmp_path / "tube.fcs"


def gate_file(tmp_path, text=GATES):
    (tmp_path / "gates.xml").write_text(f"<g:Gating-ML {SPACES}>{text}</g:Gating-ML>")
    return tmp_path / "gates.xml"


def workspace(
    tmp_path, *names, shape='<g:RectangleGate><g:dimension g:min="2">{}</g:dimension></g:RectangleGate>'
):
    inner = shape.replace("{}", '<d:fcs-dimension d:name="A"/>')
    samples = "".join(
        f'<Sample><DataSet uri="file:/x/{name}" sampleID="{n}"/><SampleNode name="{name}" sampleID="{n}">'
        f'<Subpopulations><Population name="high"><Gate>{inner}</Gate></Population></Subpopulations>'
        "</SampleNode></Sample>"
        for n, name in enumerate(names)
    )
    (tmp_path / "w.wsp").write_text(f"<Workspace {SPACES}><SampleList>{samples}</SampleList></Workspace>")
    return tmp_path / "w.wsp"


def test_membership_is_0_or_1_and_what_cannot_be_judged_stands_in_its_own_file(tube, tmp_path):
    members, unknown = tmp_path / "m.csv", tmp_path / "n.csv"
    words = ("--gates", gate_file(tmp_path), "--membership", members, "--not-evaluable", unknown, "--json")
    answer = ask("gate", tube, *words)
    assert answer.exit_code == 1
    assert [gate["gate"] for gate in json.loads(answer.stdout)["gates"]] == [
        "b, second",
        "broken",
        "log",
        "not",
        "or",
    ]
    assert table(members) == {
        "b, second": ["0", "1", "0", "0"],
        "broken": [""] * 4,
        "log": ["0", "1", "0", "0"],
        "not": ["1", "0", "0", "0"],
        "or": ["1", "1", "0", "0"],
        "Not_log": ["1", "0", "0", "0"],
    }
    assert table(unknown) == {
        "b, second": ["0", "0", "0", "1"],
        "broken": [""] * 4,
        "log": ["0", "0", "1", "1"],
        "not": ["0", "0", "1", "1"],
        "or": ["0", "0", "1", "1"],
        "Not_log": ["0", "0", "1", "1"],
    }


def test_a_table_in_blocks_is_the_table_at_once(tmp_path):
    from remnant.cli.fcs.membership import Column, Table

    codes = np.array([0, 1, 2, 2, 0, 1], dtype=np.int8)
    columns = (Column("a", "a"), Column("none", "none"), Column("Not_a", "a", complement=True))
    for name, blocks in (("once", (6,)), ("blocks", (1, 3, 2))):
        begin = 0
        with Table(tmp_path / f"{name}.csv", columns, 2) as table_of_blocks:
            for size in blocks:
                table_of_blocks.add(size, {"a": codes[begin : begin + size]})
                begin += size
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "blocks.csv").read_bytes()
    assert table(tmp_path / "once.csv") == {"a": list("001100"), "none": [""] * 6, "Not_a": list("100010")}


def test_a_workspace_is_known_by_what_it_holds_and_its_sample_by_its_name(tube, tmp_path):
    path = workspace(tmp_path, "other.fcs", "tube.fcs")
    answer = ask("gate", tube, "--gates", path.rename(tmp_path / "any.xml"), "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["gates"][0]["events"] == 1
    unclear = ask("gate", tube, "--gates", workspace(tmp_path, "y.fcs", "z.fcs"))
    assert unclear.exit_code == 1
    assert "--sample" in unclear.stderr
    assert (
        ask("gate", tube, "--gates", workspace(tmp_path, "y.fcs", "z.fcs"), "--sample", "z.fcs").exit_code
        == 0
    )


def test_gates_are_shown_and_written_as_gating_ml(tube, tmp_path):
    path, out = workspace(tmp_path, "tube.fcs"), tmp_path / "out.xml"
    shown = ask("gates", path, "--out", out)
    assert shown.exit_code == 0
    assert "Wrote 1 gates" in shown.stdout
    before = json.loads(ask("gate", tube, "--gates", path, "--json").stdout)["gates"]
    assert json.loads(ask("gate", tube, "--gates", out, "--json").stdout)["gates"] == before


def test_what_gating_ml_cannot_hold_is_named_and_left_out_only_when_asked(tmp_path):
    scaled = (
        '<Transformations><t:biex t:length="256" t:maxRange="262144" t:neg="0" t:width="-10" t:pos="4.4">'
        '<d:parameter d:name="A"/></t:biex></Transformations><SampleNode'
    )
    corner = "<g:vertex><g:coordinate d:value='{}'/><g:coordinate d:value='{}'/></g:vertex>"
    corners = "".join(corner.replace("{}", "{0}").format(v) for v in (1, 2, 3))
    axes = "<g:dimension>{}</g:dimension>" * 2
    shape = f"<g:PolygonGate>{axes}{corners}</g:PolygonGate>"
    path = workspace(tmp_path, "tube.fcs", shape=shape)
    path.write_text(path.read_text().replace("<SampleNode", scaled))
    refused = ask("gates", path, "--out", tmp_path / "out.xml")
    assert refused.exit_code == 1
    assert "gate high: found a shape drawn on a scale of FlowJo's own" in refused.stderr
    assert not (tmp_path / "out.xml").exists()
    left = ask("gates", path, "--out", tmp_path / "out.xml", "--leave-out", "--json")
    assert left.exit_code == 1
    assert list(json.loads(left.stdout)["left_out"]) == ["high"]
    assert (tmp_path / "out.xml").exists()


def test_the_gates_of_a_file_are_listed_with_what_they_are_drawn_on(tmp_path):
    shown = ask("gates", gate_file(tmp_path))
    assert shown.exit_code == 1
    assert "A log (uncompensated)" in shown.stdout
    assert "not log or b, second" in shown.stdout
    assert "Not read: gates.xml, line 3, column gate broken" in shown.stdout
