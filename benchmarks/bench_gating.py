"""Reading a tube, counting six gates, scaling a whole matrix: against FlowKit, and against the floor.

The floor is one pass over the bytes of the file. FlowKit (the `interop` extra) is measured where it is
installed, in the same run, turn about, and only after its counts were found to be equal.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from marrow import DYES, gates, write_marrow
from side_by_side import compare

from remnant.cytometry import Logicle, read_fcs, read_gates
from remnant.cytometry.gates.engine import NUMPY, compiled
from remnant.cytometry.gates.evaluate import count_gates
from remnant.cytometry.gates.gate import Axis
from remnant.cytometry.gates.matrix import scaled_matrix
from remnant.scale import cores

SIZES = (1_000_000, 5_000_000)
BATCH_FILES, BATCH_EVENTS = 200, 50_000
PROBE = """
import json, sys, time
begin = time.perf_counter()
{work}
# Of this program alone: what `resource` says begins at the memory of the process that started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(json.dumps({{"seconds": time.perf_counter() - begin, "megabytes": int(peak) / 1024}}))
"""
OURS = """
from pathlib import Path
from remnant.cytometry import count_gates, read_fcs, read_gates
from remnant.cytometry.gates.engine import compiled
engine = compiled()
if len(sys.argv) > 2:
    count_gates(read_gates(Path(sys.argv[2])), read_fcs(Path(sys.argv[1])), engine=engine)
"""
THEIRS = """
import flowkit
if len(sys.argv) > 2:
    flowkit.parse_gating_xml(sys.argv[2]).gate_sample(flowkit.Sample(sys.argv[1])).report
"""


def main() -> None:
    """Make the tubes in a folder of their own and measure."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        strategy = root / "gates.xml"
        strategy.write_text(gates())
        for events in SIZES:
            tube = root / f"{events}.fcs"
            write_marrow(tube, events)
            _compare_tube(tube, strategy, events)
        _compare_batch(root, strategy)


def _compare_tube(tube: Path, strategy: Path, events: int) -> None:
    size = f"{events / 1e6:g}e6 x 12"

    def ours() -> list[int]:
        return [c.events for c in count_gates(read_gates(strategy), read_fcs(tube), engine=compiled())]

    def threaded() -> list[int]:
        counts = count_gates(read_gates(strategy), read_fcs(tube), engine=compiled(), threads=cores())
        return [count.events for count in counts]

    def plainly() -> list[int]:
        return [c.events for c in count_gates(read_gates(strategy), read_fcs(tube), engine=NUMPY)]

    def floor() -> float:
        return float(np.frombuffer(tube.read_bytes(), np.uint8).sum())

    def matrix() -> np.ndarray:
        return scaled_matrix(read_fcs(tube), [Axis(dye, "FCS", Logicle()) for dye in DYES], engine=compiled())

    assert ours() == plainly() == threaded()
    compare(f"{size}, file to six gates", ours, floor, against="one pass over the bytes")
    compare(f"{size}, compensated logicle matrix", matrix, floor, against="one pass over the bytes")
    if find_spec("flowkit") is None:
        print("FlowKit is not installed (uv sync --extra interop): not compared")
        return
    import flowkit

    def theirs() -> list[int]:
        report = flowkit.parse_gating_xml(str(strategy)).gate_sample(flowkit.Sample(str(tube))).report
        count = dict(zip(report["gate_name"], report["count"], strict=True))
        return [int(count[gate.id]) for gate in read_gates(strategy).gates]

    def their_matrix() -> object:
        sample = flowkit.Sample(str(tube))
        sample.apply_compensation(sample.metadata["spillover"])
        sample.apply_transform(flowkit.transforms.LogicleTransform(262144, 0.5, 4.5, 0))
        return sample

    assert ours() == theirs(), "counts must be equal before speed means anything"
    rounds = 5 if events < 2e6 else 3
    compare(f"{size}, file to six gates", ours, theirs, against="FlowKit", rounds=rounds)
    compare(f"{size}, the same on {cores()} cores", threaded, theirs, against="FlowKit", rounds=rounds)
    compare(f"{size}, the same without numba", plainly, theirs, against="FlowKit", rounds=rounds)
    compare(f"{size}, compensated logicle matrix", matrix, their_matrix, against="FlowKit", rounds=3)
    mine, other = (_probe(work, tube, strategy) for work in (OURS, THEIRS))
    bare = [_probe(work)["megabytes"] for work in (OURS, THEIRS)]
    above = [used["megabytes"] - base for used, base in zip((mine, other), bare, strict=True)]
    print(f"{size}, peak memory above import: {above[0]:.0f} MB; FlowKit: {above[1]:.0f} MB; "
          f"ratio {above[1] / max(above[0], 1):.1f}")  # fmt: skip
    print(f"{size}, start of Python to first count: {mine['seconds']:.2f} s; FlowKit: "
          f"{other['seconds']:.2f} s; ratio {other['seconds'] / mine['seconds']:.1f}")  # fmt: skip


def _probe(work: str, *paths: Path) -> dict[str, float]:
    """Run one piece of work in a process of its own; seconds and peak memory of it."""
    command = [sys.executable, "-c", PROBE.format(work=work), *map(str, paths)]
    answer: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return answer


def _compare_batch(root: Path, strategy: Path) -> None:
    """Two hundred tubes one after the other, in one process."""
    tube = root / "small.fcs"
    write_marrow(tube, BATCH_EVENTS)
    tubes = [root / f"tube{n}.fcs" for n in range(BATCH_FILES)]
    for path in tubes:
        path.write_bytes(tube.read_bytes())

    def ours() -> int:
        tree = read_gates(strategy)
        return sum(count_gates(tree, read_fcs(path), engine=compiled())[-1].events for path in tubes)

    def floor() -> float:
        return sum(float(np.frombuffer(path.read_bytes(), np.uint8).sum()) for path in tubes)

    name = f"{BATCH_FILES} tubes of {BATCH_EVENTS:,} events"
    compare(name, ours, floor, against="one pass over the bytes", rounds=3)
    if find_spec("flowkit") is None:
        return
    import flowkit

    def theirs() -> int:
        gating = flowkit.parse_gating_xml(str(strategy))
        reports = (gating.gate_sample(flowkit.Sample(str(path))).report for path in tubes)
        return sum(int(report["count"].iloc[-1]) for report in reports)

    assert ours() == theirs()
    compare(name, ours, theirs, against="FlowKit", rounds=1)


if __name__ == "__main__":
    main()
