"""Coverage-guided fuzzing of gate files: .venv/bin/python tests/fuzz/fuzz_xml.py -max_total_time=60

Every input is a whole file. It must be refused with a `RemnantError`, or give gates that can be evaluated
on a tube; anything else stops the run. The first inputs are a sound Gating-ML file and a FlowJo workspace.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

LIMITS = ["-max_len=12000", "-timeout=20", "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1"]
SPACES = " ".join(
    f'xmlns:{prefix}="http://www.isac-net.org/std/Gating-ML/v2.0/{name}"'
    for prefix, name in (("gating", "gating"), ("transforms", "transformations"), ("data-type", "datatypes"))
)
QUADRANTS = (
    '<gating:QuadrantGate gating:id="Q">'
    '<gating:divider gating:id="D" gating:compensation-ref="uncompensated">'
    '<data-type:fcs-dimension data-type:name="A"/><gating:value>2</gating:value></gating:divider>'
    '<gating:Quadrant gating:id="q1"><gating:position gating:divider_ref="D" gating:location="1"/>'
    "</gating:Quadrant></gating:QuadrantGate>\n"
)


def sound_gates() -> str:
    """Return a Gating-ML file with every kind of gate, scale, ratio and matrix."""
    from remnant.cytometry import Asinh, Hyperlog, Linear, Log, Logicle, SpilloverMatrix
    from remnant.cytometry.gatefiles.gatingml_text import gating_ml_text
    from remnant.cytometry.gates import gate as g

    raw, own = g.Axis("A", g.UNCOMPENSATED), g.Axis("x", "M", Logicle(1000, 0.5, 4, 0), (0.1, 0.9))
    ratio = g.Axis("A", "FCS", Log(100, 4), (None, 2.0), "B", (1.0, 0.0, 0.5), (0.01, None))
    drawn = (
        g.Axis("A", "FCS", Linear(10, 1)),
        g.Axis("B", "FCS", Asinh(10, 4, 1)),
        g.Axis("y", "M", Hyperlog()),
    )
    identity = ((1.0, 0.1, 0.0), (0.1, 1.0, 0.0), (0.0, 0.0, 2.0))
    gates = (
        g.RectangleGate("R", None, (g.Interval(raw, 1.0, 3.0), g.Interval(own, 0.2))),
        g.PolygonGate("P", "R", ratio, raw, ((0.0, 0.0), (1.0, 0.0), (1.0, 5.0))),
        g.EllipsoidGate("E", None, drawn, (0.5, 0.5, 0.5), identity, 2.0),
        g.BooleanGate("B", "P", g.Operator.AND, (g.Operand("R"), g.Operand("E", True))),
        g.BooleanGate("N", None, g.Operator.NOT, (g.Operand("B"),)),
    )
    matrix = SpilloverMatrix(("x", "y"), ("A", "B"), ((1.0, 0.2), (0.1, 1.0)))
    text = gating_ml_text(g.GateTree(gates, (("M", matrix),)), "seed")
    return text.replace("</gating:Gating-ML>", QUADRANTS + "</gating:Gating-ML>")


def _points(*points: tuple[float, float]) -> str:
    inside = (
        "".join(f'<gating:coordinate data-type:value="{value}"/>' for value in point) for point in points
    )
    return "".join(f"<gating:vertex>{point}</gating:vertex>" for point in inside)


def sound_workspace() -> str:
    """Return a workspace with every kind of population, and with scales and a matrix."""
    named = '<data-type:parameter data-type:name="{}"/>'
    a, b = (
        f'<gating:dimension><data-type:fcs-dimension data-type:name="{c}"/></gating:dimension>' for c in "AB"
    )
    shapes = {
        "R": '<gating:RectangleGate eventsInside="0"><gating:dimension gating:min="1" gating:max="3">'
        '<data-type:fcs-dimension data-type:name="Comp-A"/></gating:dimension></gating:RectangleGate>',
        "P": f"<gating:PolygonGate>{a}{b}{_points((0, 0), (5, 0), (0, 5))}</gating:PolygonGate>",
        "E": f"<gating:EllipsoidGate>{a}{b}<gating:foci>{_points((10, 10), (30, 30))}</gating:foci>"
        f"<gating:edge>{_points((0, 0), (40, 40), (12, 28), (28, 12))}</gating:edge></gating:EllipsoidGate>",
    }
    nodes = "".join(
        f'<Population name="{name}"><Gate>{shape}</Gate></Population>\n' for name, shape in shapes.items()
    )
    nodes += '<AndNode name="J"><Dependents><Dependent name="R"/><Dependent name="P"/></Dependents></AndNode>'
    rows = "".join(
        f'<transforms:spillover data-type:parameter="{r}">'
        + "".join(
            f'<transforms:coefficient data-type:parameter="{c}" transforms:value="{v}"/>' for c, v in row
        )
        + "</transforms:spillover>"
        for r, row in (("A", (("A", 1), ("B", 0.2))), ("B", (("A", 0.1), ("B", 1))))
    )
    return (
        f'<?xml version="1.0"?>\n<Workspace {SPACES}><SampleList><Sample>'
        '<DataSet uri="file:/x/e.fcs" sampleID="1"/>'
        f'<transforms:spilloverMatrix name="M" prefix="Comp-">{rows}</transforms:spilloverMatrix>'
        '<Transformations><transforms:biex transforms:length="256" transforms:maxRange="262144" '
        'transforms:neg="0" transforms:width="-10" transforms:pos="4.4">'
        f"{named.format('A')}</transforms:biex>"
        f'<transforms:log transforms:offset="1" transforms:decades="4">{named.format("B")}</transforms:log>'
        f'</Transformations><SampleNode name="e.fcs" sampleID="1"><Subpopulations>{nodes}</Subpopulations>'
        "</SampleNode></Sample></SampleList></Workspace>"
    )


def write_seeds(folder: Path) -> None:
    """Write sound files for the fuzzer to damage."""
    (folder / "gates.xml").write_text(sound_gates())
    (folder / "workspace.wsp").write_text(sound_workspace())


def reader(folder: Path) -> Callable[[bytes], None]:
    """Return what reads one input, through files in `folder`."""
    import numpy as np

    from remnant.cytometry import ChannelSpec, evaluate, read_fcs, read_gates, write_fcs
    from remnant.errors import RemnantError

    rows = np.array([[0, 0], [1, 1], [2, 2], [3, -3], [np.nan, 2], [1e6, 0.5]])
    spill = (["A", "B"], np.array([[1, 0.2], [0.1, 1]]))
    write_fcs(folder / "e.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")], spillover=spill)
    tube, path = read_fcs(folder / "e.fcs"), folder / "fuzzed.xml"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        try:
            tree = read_gates(path, tube=tube)
        except RemnantError:
            return
        counts, codes = evaluate(tree, tube)
        assert sorted(count.gate for count in counts) == sorted(tree.ids)
        assert codes.keys() == {count.gate for count in counts if not count.reason}

    return read


def main() -> None:
    """Fuzz until the limits given on the command line."""
    import atheris

    with atheris.instrument_imports(include=["remnant.cytometry.gates", "remnant.cytometry.signal"]):
        import remnant.cytometry.gatefiles.read  # noqa: F401
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        write_seeds(seeds)
        atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:], str(seeds)], reader(Path(folder)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
