"""Malformed files of gates: every one refused, or its gate set aside, with a reason; none silently wrong.

Each case says what must come of it: the file is `refused`, only its gate is `broken` and the gate
beside it stays right, or it is `right` though it looks odd.
"""

from __future__ import annotations

import signal
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from remnant.cytometry import IN, ChannelSpec, evaluate, read_fcs, read_gates, write_fcs
from remnant.cytometry.gatefiles import xml_reader
from remnant.errors import GatingError

SECONDS = 20  # a case that takes longer hangs
MEGABYTES = 120  # of memory that reading one case may take, beyond the file

HEAD = (
    '<?xml version="1.0"?>\n<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:t="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">\n'
)
GOOD = (
    '<g:RectangleGate g:id="good"><g:dimension g:compensation-ref="uncompensated" g:min="1" g:max="3">'
    '<d:fcs-dimension d:name="A"/></g:dimension></g:RectangleGate>\n'
)
A, B = (f'<d:fcs-dimension d:name="{name}"/>' for name in "AB")


def file(*parts):
    return HEAD + GOOD + "".join(parts) + "</g:Gating-ML>"


def dim(attributes='g:min="1" g:max="3"', inside=A, compensation="uncompensated"):
    return f'<g:dimension g:compensation-ref="{compensation}" {attributes}>{inside}</g:dimension>'


def rect(*dims, name="bad", more=""):
    return f'<g:RectangleGate g:id="{name}" {more}>{"".join(dims or (dim(),))}</g:RectangleGate>\n'


def poly(*corners, more=""):
    points = "".join(
        "<g:vertex>" + "".join(f'<g:coordinate d:value="{v}"/>' for v in corner) + "</g:vertex>"
        for corner in corners
    )
    return f'<g:PolygonGate g:id="bad">{dim("")}{dim("", B)}{points}{more}</g:PolygonGate>'


def ellipse(rows, mean=(1, 2), distance="1"):
    point = "".join(f'<g:coordinate d:value="{v}"/>' for v in mean)
    matrix = "".join("<g:row>" + "".join(f'<g:entry d:value="{v}"/>' for v in r) + "</g:row>" for r in rows)
    return (
        f'<g:EllipsoidGate g:id="bad">{dim("")}{dim("", B)}'
        f"<g:mean>{point}</g:mean>"
        f"<g:covarianceMatrix>{matrix}</g:covarianceMatrix>"
        f'<g:distanceSquare d:value="{distance}"/></g:EllipsoidGate>'
    )


def scale(form, name="S", bounds=""):
    return f'<t:transformation t:id="{name}" {bounds}>{form}</t:transformation>'


def scaled(form, bounds="", limits='g:min="0.1"'):
    return scale(form, bounds=bounds) + rect(dim(f'g:transformation-ref="S" {limits}'))


def logicle(T="1000", W="0.5", M="4", A="0"):
    return f'<t:logicle t:T="{T}" t:W="{W}" t:M="{M}" t:A="{A}"/>'


def boolean(inside, name="bad"):
    return f'<g:BooleanGate g:id="{name}">{inside}</g:BooleanGate>'


def ref(name, more=""):
    return f'<g:gateReference g:ref="{name}" {more}/>'


def matrix(rows, dyes="AB", detectors="AB", more=""):
    names = lambda group: "".join(f'<d:fcs-dimension d:name="{n}"/>' for n in group)  # noqa: E731
    lines = "".join(
        "<t:spectrum>" + "".join(f'<t:coefficient t:value="{v}"/>' for v in row) + "</t:spectrum>"
        for row in rows
    )
    return (
        f'<t:spectrumMatrix t:id="M" {more}><t:fluorochromes>{names(dyes)}</t:fluorochromes>'
        f"<t:detectors>{names(detectors)}</t:detectors>{lines}</t:spectrumMatrix>"
    )


def spilled(*args, **more):
    return matrix(*args, **more) + rect(dim(compensation="M"))


def quadrants(dividers, positions):
    return (
        f'<g:QuadrantGate g:id="Q">{dividers}<g:Quadrant g:id="bad">{positions}</g:Quadrant></g:QuadrantGate>'
    )


def divider(values="<g:value>2</g:value>", name="D"):
    return f'<g:divider g:id="{name}" g:compensation-ref="uncompensated">{A}{values}</g:divider>'


def at(place="1", name="D"):
    return f'<g:position g:divider_ref="{name}" g:location="{place}"/>'


def workspace(populations, sample="", samples=1):
    one = (
        f'<Sample><DataSet uri="file:/nowhere/e.fcs" sampleID="1"/>{sample}'
        f'<SampleNode name="e.fcs" sampleID="1"><Subpopulations>{populations}</Subpopulations></SampleNode>'
        "</Sample>"
    )
    return (
        '<Workspace xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
        'xmlns:transforms="http://www.isac-net.org/std/Gating-ML/v2.0/transformations" '
        'xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
        f"<SampleList>{one * samples}</SampleList></Workspace>"
    )


def population(name="bad", low="1", high="3", shape=None, more=""):
    shape = shape or (
        f'<gating:RectangleGate eventsInside="1"><gating:dimension gating:min="{low}" gating:max="{high}">'
        '<data-type:fcs-dimension data-type:name="A"/></gating:dimension></gating:RectangleGate>'
    )
    return f'<Population name="{name}"><Gate>{shape}</Gate>{more}</Population>'


def drawn(kind, inside):
    plain = "".join(
        f'<gating:dimension><data-type:fcs-dimension data-type:name="{c}"/></gating:dimension>' for c in "AB"
    )
    return population(shape=f"<gating:{kind}>{plain}{inside}</gating:{kind}>")


def corners(*points):
    return "".join(
        "<gating:vertex>"
        + "".join(f'<gating:coordinate data-type:value="{v}"/>' for v in p)
        + "</gating:vertex>"
        for p in points
    )


def scales(form='<transforms:linear transforms:minRange="0" transforms:maxRange="10">{}</transforms:linear>'):
    named = "".join(form.format(f'<data-type:parameter data-type:name="{c}"/>') for c in "AB")
    return f"<Transformations>{named}</Transformations>"


COMPLEMENT = 'g:use-as-complement="yes"'
RATIO = '<d:new-dimension d:transformation-ref="S"/>'
TYPO = '<g:vertx><g:coordinate d:value="1"/></g:vertx>'
JOIN = '<AndNode name="bad"><Dependents><Dependent name="no"/><Dependent name="good"/></Dependents></AndNode>'
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
WELL = population("good")
TRIANGLE = corners((0, 0), (5, 0), (0, 5))
BIEX = (
    '<transforms:biex transforms:length="{}" transforms:maxRange="{}" transforms:neg="0" '
    'transforms:width="{}" transforms:pos="4.4">{{}}</transforms:biex>'
)

CASES = {
    # XML that attacks or is none
    "entity from a file": (
        "refused",
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + file().partition("?>")[2],
    ),
    "entity in an attribute": (
        "refused",
        '<!DOCTYPE a [<!ENTITY x "3">]>' + file(rect(dim('g:min="&x;"'))).partition("?>")[2],
    ),
    "billion laughs": ("refused", LAUGHS),
    "external DTD": ("refused", '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'),
    "parameter entity": ("refused", '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>'),
    "entity in a workspace": ("refused", '<!DOCTYPE W [<!ENTITY x "1">]>' + workspace(population(low="&x;"))),
    "unknown entity": ("refused", file(rect(dim('g:min="&x;"')))),
    "100,000 deep": ("refused", "<a>" * 100_000),
    "100,000 deep and closed": ("refused", "<a>" * 100_000 + "</a>" * 100_000),
    "deep inside what is passed over": ("refused", HEAD + "<d:custom_info>" + "<x>" * 5000),
    "cut short": ("refused", file(rect())[:-40]),
    "empty": ("refused", ""),
    "not XML": ("refused", "gate,min,max\nR,1,3\n"),
    "bytes": ("refused", b"\x00\x01\x02\xff" * 100),
    "two roots": ("refused", file() + "<a/>"),
    "unknown encoding": ("refused", file().replace('"1.0"', '"1.0" encoding="klingon"')),
    "encoding of many bytes": ("refused", file().replace('"1.0"', '"1.0" encoding="utf-7"')),
    "Latin-1 bytes in UTF-8": ("refused", file(rect(name="gr\u00fc\u00df")).encode("latin-1")),
    "other root": ("refused", "<gates/>"),
    "Gating-ML 1.5": ("refused", file().replace("v2.0", "v1.5")),
    "FACSDiva": ("refused", '<bdfacs version="6"><experiment name="x"/></bdfacs>'),
    # a tree that does not hold together
    "id twice": ("refused", file(rect(), rect())),
    "quadrant with the id of a gate": ("refused", file(rect(), quadrants(divider(), at()))),
    "no id": ("refused", file(rect().replace('g:id="bad"', ""))),
    "circle": ("refused", file(rect(more='g:parent_id="c"'), rect(name="c", more='g:parent_id="bad"'))),
    "own parent": ("refused", file(rect(more='g:parent_id="bad"'))),
    "own operand": ("refused", file(boolean(f"<g:not>{ref('bad')}</g:not>"))),
    "missing parent": ("refused", file(rect(more='g:parent_id="nowhere"'))),
    "missing operand": ("refused", file(boolean(f"<g:and>{ref('good')}{ref('nowhere')}</g:and>"))),
    "quadrant gate as parent": (
        "refused",
        file(quadrants(divider(), at()), rect(name="c", more='g:parent_id="Q"')),
    ),
    # numbers
    "min above max": ("broken", file(rect(dim('g:min="3" g:max="1"')))),
    "min NaN": ("broken", file(rect(dim('g:min="NaN"')))),
    "min INF": ("broken", file(rect(dim('g:min="INF"')))),
    "min of 400 digits": ("broken", file(rect(dim(f'g:min="{"9" * 400}"')))),
    "min abc": ("broken", file(rect(dim('g:min="abc"')))),
    "min with a comma": ("broken", file(rect(dim('g:min="1,5"')))),
    "min with an underscore": ("broken", file(rect(dim('g:min="1_0"')))),
    "min in other digits": ("broken", file(rect(dim('g:min="\u0663"')))),
    "min blank": ("broken", file(rect(dim('g:min=""')))),
    "min misspelt": ("broken", file(rect(dim('g:minimum="1"')))),
    "min equal to max": ("right", file(rect(dim('g:min="2" g:max="2"')))),
    "no bounds": ("right", file(rect(dim("")))),
    "no dimension": ("broken", file('<g:RectangleGate g:id="bad"/>')),
    "300 dimensions": ("broken", file(rect(*[dim()] * 300))),
    "dimension of two channels": ("broken", file(rect(dim(inside=A + B)))),
    "dimension of no channel": ("broken", file(rect(dim(inside="")))),
    "unknown channel": ("broken", file(rect(dim(inside='<d:fcs-dimension d:name="CD99"/>')))),
    "no compensation": ("broken", file(rect(dim().replace('g:compensation-ref="uncompensated"', "")))),
    # shapes
    "two vertices": ("broken", file(poly((0, 0), (1, 1)))),
    "vertex NaN": ("broken", file(poly((0, 0), (1, 1), (1, "NaN")))),
    "vertex of two numbers in one": ("broken", file(poly((0, 0), (1, 1), ("1 2", 3)))),
    "vertex of three": ("broken", file(poly((0, 0), (1, 1), (1, 2, 3)))),
    "vertex misspelt": ("broken", file(poly((0, 0), (1, 1), (1, 2), more=TYPO))),
    "polygon of one dimension": ("broken", file(poly((0, 0), (1, 1), (1, 2)).replace(dim("", B), ""))),
    "all vertices the same": ("right", file(poly((1, 1), (1, 1), (1, 1)))),
    "singular covariance": ("broken", file(ellipse([(1, 1), (1, 1)]))),
    "covariance cut short": ("broken", file(ellipse([(1, 0), (0,)]))),
    "mean of three": ("broken", file(ellipse([(1, 0), (0, 1)], mean=(1, 2, 3)))),
    "negative distance": ("broken", file(ellipse([(1, 0), (0, 1)], distance="-1"))),
    "unknown kind of gate": ("broken", file('<g:CurlyGate g:id="bad"/>')),
    "FlowJo's outside": ("broken", file(rect(more='eventsInside="0"'))),
    "complement yes": ("broken", file(boolean(f"<g:not>{ref('good', COMPLEMENT)}</g:not>"))),
    "not of two": ("broken", file(boolean(f"<g:not>{ref('good')}{ref('good')}</g:not>"))),
    "and of none": ("broken", file(boolean("<g:and/>"))),
    "two operators": ("broken", file(boolean(f"<g:not>{ref('good')}</g:not><g:and>{ref('good')}</g:and>"))),
    "no operator": ("broken", file(boolean(""))),
    "divider without value": ("broken", file(quadrants(divider(""), at()))),
    "divider abc": ("broken", file(quadrants(divider("<g:value>abc</g:value>"), at()))),
    "position nowhere": ("broken", file(quadrants(divider(), at(name="E")))),
    "position twice": ("broken", file(quadrants(divider(), at() + at("5")))),
    "quadrant without position": ("broken", file(quadrants(divider(), ""))),
    # scales
    "missing scale": ("broken", file(rect(dim('g:transformation-ref="nowhere"')))),
    "scale twice": ("broken", file(scale(logicle()) + scaled(logicle(T="99")))),
    "logicle W above M/2": ("broken", file(scaled(logicle(W="3")))),
    "logicle W below 0": ("broken", file(scaled(logicle(W="-1")))),
    "logicle T 0": ("broken", file(scaled(logicle(T="0")))),
    "logicle M 0": ("broken", file(scaled(logicle(M="0")))),
    "logicle of a million decades": ("broken", file(scaled(logicle(W="1", M="1000000")))),
    "logicle A beyond": ("broken", file(scaled(logicle(A="9")))),
    "logicle without A": ("broken", file(scaled('<t:logicle t:T="1" t:W="0" t:M="4"/>'))),
    "asinh of a thousand decades": ("broken", file(scaled('<t:fasinh t:T="1" t:M="1000" t:A="0"/>'))),
    "hyperlog W 0": ("broken", file(scaled('<t:hyperlog t:T="1" t:W="0" t:M="4" t:A="0"/>'))),
    "unknown scale": ("broken", file(scaled('<t:sqrt t:T="1"/>'))),
    "two scales in one": ("broken", file(scaled(logicle() + logicle()))),
    "bounds swapped": ("broken", file(scaled(logicle(), 't:boundMin="1" t:boundMax="0"'))),
    "parent misspelt": ("broken", file(rect(more='g:parentid="good"'))),
    "matrix-inverted misspelt": (
        "broken",
        file(spilled([(1, 0), (0, 1)], more='t:matrix-inverted="true"')),
    ),
    "bound misspelt": ("broken", file(scaled(logicle(), 't:boundmin="0.2"'))),
    "ratio as a scale": ("broken", file(scaled(f'<t:fratio t:A="1" t:B="0" t:C="0">{A}{B}</t:fratio>'))),
    "ratio of one": (
        "broken",
        file(scale(f'<t:fratio t:A="1" t:B="0" t:C="0">{A}</t:fratio>') + rect(dim(inside=RATIO))),
    ),
    "scale as a ratio": ("broken", file(scale(logicle()) + rect(dim(inside=RATIO)))),
    # matrices
    "missing matrix": ("broken", file(rect(dim(compensation="M7")))),
    "singular matrix": ("broken", file(spilled([(1, 1), (1, 1)]))),
    "matrix cut short": ("broken", file(spilled([(1, 0), (0,)]))),
    "matrix NaN": ("broken", file(spilled([(1, "NaN"), (0, 1)]))),
    "more dyes than detectors": ("broken", file(spilled([(1,), (1,)], detectors="A"))),
    "dye twice": ("broken", file(spilled([(1, 0), (0, 1)], dyes="AA"))),
    "inverted perhaps": (
        "broken",
        file(spilled([(1, 0), (0, 1)], more='t:matrix-inverted-already="perhaps"')),
    ),
    "detector not in the tube": ("broken", file(spilled([(1, 0.1), (0.1, 1)], detectors=("A", "Z")))),
    # workspaces
    "workspace with nothing in it": ("refused", "<Workspace/>"),
    "workspace without samples": ("refused", "<Workspace><SampleList/></Workspace>"),
    "sample twice": ("refused", workspace(WELL, samples=2)),
    "path twice": ("refused", workspace(WELL + population() + population())),
    "two matrices": ("refused", workspace(WELL, "<transforms:spilloverMatrix/>" * 2)),
    "workspace min above max": ("broken", workspace(WELL + population(low="4", high="1"))),
    "workspace min abc": ("broken", workspace(WELL + population(low="abc"))),
    "population without shape": ("broken", workspace(WELL + '<Population name="bad"><Gate/></Population>')),
    "population without gate": ("broken", workspace(WELL + '<Population name="bad"/>')),
    "curly quadrant": ("broken", workspace(WELL + drawn("CurlyQuad", ""))),
    "scale that is not published": (
        "broken",
        workspace(
            WELL + drawn("PolygonGate", TRIANGLE), scales("<transforms:miltenyi>{}</transforms:miltenyi>")
        ),
    ),
    "no scale": ("broken", workspace(WELL + drawn("PolygonGate", TRIANGLE))),
    "biexponential of positive width": (
        "broken",
        workspace(WELL + drawn("PolygonGate", TRIANGLE), scales(BIEX.format(256, 262144, 10))),
    ),
    "biexponential of another length": (
        "broken",
        workspace(WELL + drawn("PolygonGate", TRIANGLE), scales(BIEX.format(300, 262144, -10))),
    ),
    "ellipse without foci": ("broken", workspace(WELL + drawn("EllipsoidGate", ""), scales())),
    "foci beyond the ends": (
        "broken",
        workspace(
            WELL
            + drawn(
                "EllipsoidGate",
                f"<gating:foci>{corners((0, 0), (90, 90))}</gating:foci>"
                f"<gating:edge>{corners((40, 40), (50, 50), (44, 46), (46, 44))}</gating:edge>",
            ),
            scales(),
        ),
    ),
    "join of what is not there": ("broken", workspace(WELL + JOIN)),
    "inside perhaps": (
        "broken",
        workspace(WELL + population().replace('eventsInside="1"', 'eventsInside="2"')),
    ),
}


@pytest.fixture(scope="module")
def tube(tmp_path_factory):
    rows = np.array([[0, 0], [1, 1], [2, 2], [3, 3], [2, -1]], dtype=float)
    path = tmp_path_factory.mktemp("e") / "e.fcs"
    write_fcs(path, rows, [ChannelSpec("A"), ChannelSpec("B")])
    return read_fcs(path)


@pytest.fixture
def bounded():
    """No case may hang, or take memory without end."""

    def stop(*_):
        raise AssertionError(f"no answer in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert peak < MEGABYTES * 1e6


def test_the_corpus_is_large_enough():
    assert len(CASES) >= 34
    assert {outcome for outcome, _ in CASES.values()} == {"refused", "broken", "right"}


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_file_is_never_silently_wrong(name, tmp_path, tube, bounded):
    outcome, content = CASES[name]
    path = tmp_path / "case.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if outcome == "refused":
        with pytest.raises(GatingError) as error:
            read_gates(path, tube=tube)
        assert all(fault.source == "case.xml" and fault.found and fault.hint for fault in error.value.faults)
        return
    counts, codes = evaluate(read_gates(path, tube=tube), tube)
    by_gate = {count.gate: count for count in counts}
    assert (codes["good"] == IN).tolist() == [False, True, True, False, True]
    assert bool(by_gate["bad"].reason) is (outcome == "broken")
    if outcome == "broken":
        assert "bad" not in codes
        # The gate and its line; or the tube, which lacks what the gate needs.
        assert any(word in by_gate["bad"].reason for word in ("gate bad", "gate Q", "e.fcs"))


def test_what_a_refused_file_says_names_the_line_and_the_gates(tmp_path):
    path = tmp_path / "case.xml"
    path.write_text(CASES["circle"][1])
    with pytest.raises(
        GatingError, match=r"line [34], column gate (bad|c): parent: found a circle: .*bad.*c"
    ):
        read_gates(path)
    path.write_text(CASES["missing parent"][1])
    with pytest.raises(GatingError, match="line 4, column gate bad: found a reference to nowhere"):
        read_gates(path)
    path.write_text(CASES["id twice"][1])
    with pytest.raises(GatingError, match=r"gate bad: id: .* also on line 4"):
        read_gates(path)
    path.write_text(CASES["quadrant gate as parent"][1])
    with pytest.raises(GatingError, match="one of its quadrants"):
        read_gates(path)


def test_a_file_beyond_the_limits_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "case.xml"
    path.write_text(file(rect()))
    monkeypatch.setattr(xml_reader, "MAXIMUM_ELEMENTS", 5)
    with pytest.raises(GatingError, match="more than 5 elements"):
        read_gates(path)
    with path.open("wb") as big:
        big.truncate(xml_reader.MAXIMUM_BYTES + 1)
    with pytest.raises(GatingError, match="at most"):
        read_gates(path)


def test_megabytes_of_text_are_read_in_one_pass(tmp_path, tube, bounded):
    path = tmp_path / "case.xml"
    path.write_text(file(f"<d:custom_info>{'word ' * 1_000_000}</d:custom_info>", rect()))
    counts, _ = evaluate(read_gates(path), tube)
    assert [count.events for count in counts] == [3, 3]


def test_nothing_that_a_workspace_names_is_opened(tmp_path, tube, monkeypatch):
    secret = tmp_path / "secret.fcs"
    secret.write_text("not to be read")
    path = tmp_path / "w.wsp"
    path.write_text(workspace(WELL).replace("file:/nowhere/e.fcs", secret.as_uri()))
    opened = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: opened.append(self) or real(self, *a, **k))
    read_gates(path, tube=tube)
    assert set(opened) <= {path}
