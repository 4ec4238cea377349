"""Reading one tube of a million events, and counting six nested gates, against the floor and against FlowKit.

The floor is one pass over the bytes. FlowKit (the `interop` extra) is measured where it is installed.
"""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from side_by_side import compare

from remnant.cytometry import ChannelSpec, evaluate, read_fcs, read_gates, write_fcs

EVENTS, CHANNELS = 1_000_000, 12
GATES = """<gating:Gating-ML xmlns:gating="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
  xmlns:data-type="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">{gates}</gating:Gating-ML>"""
GATE = """<gating:RectangleGate gating:id="G{n}"{parent}>
  <gating:dimension gating:min="{low}" gating:compensation-ref="uncompensated">
    <data-type:fcs-dimension data-type:name="C{n}"/></gating:dimension></gating:RectangleGate>"""


def main() -> None:
    """Make a tube in a folder of its own and measure."""
    rng = np.random.default_rng(1)
    events = rng.normal(1000, 300, (EVENTS, CHANNELS)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path, gates = Path(folder) / "tube.fcs", Path(folder) / "gates.xml"
        write_fcs(path, events, [ChannelSpec(f"C{n}", "", 262144) for n in range(CHANNELS)])
        nested = [
            GATE.format(n=n, low=900 - 50 * n, parent=f' gating:parent_id="G{n - 1}"' if n else "")
            for n in range(6)
        ]
        gates.write_text(GATES.format(gates="".join(nested)))

        def ours() -> list[int]:
            return [count.events for count in evaluate(read_gates(gates), read_fcs(path))[0]]

        def floor() -> float:
            return float(np.frombuffer(path.read_bytes(), np.uint8).sum())

        compare("six nested gates on 1e6 x 12", ours, floor, against="one pass over the bytes")
        compare(
            "open and read the header",
            lambda: read_fcs(path),
            lambda: path.read_bytes(),
            against="read the bytes",
        )
        if find_spec("flowkit") is None:
            print("FlowKit is not installed (uv sync --extra interop): not compared")
            return
        import flowkit

        strategy = flowkit.parse_gating_xml(str(gates))

        def theirs() -> list[int]:
            sample = flowkit.Sample(str(path))
            report = strategy.gate_sample(sample).report
            return [int(n) for n in report.sort_values("gate_name")["count"]]

        assert ours() == theirs(), "counts must be equal before speed means anything"
        compare("six nested gates on 1e6 x 12", ours, theirs, against="FlowKit", rounds=3)


if __name__ == "__main__":
    main()
