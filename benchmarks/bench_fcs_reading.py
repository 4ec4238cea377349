"""Reading FCS files of a million events, against FlowIO (with FlowKit, the `interop` extra) and one pass.

Values are compared before times: every channel of an integer file whose high bits must be masked, then
opening a file of floats and looking at it. Then the memory that `fcs info` takes on a file of 400 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from side_by_side import compare

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs

EVENTS, CHANNELS = 1_000_000, 8
PEAK = """
import resource, sys
from remnant.cytometry.fcs.file import read_fcs
from remnant.cytometry.fcs.summary import summarise
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
summarise(read_fcs(sys.argv[1]))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def write_integers(path: Path, rng: np.random.Generator) -> None:
    """Write 16-bit integers of range 1024 with dirty high bits, as old cytometers leave them."""
    stored = rng.integers(0, 1 << 16, (EVENTS, CHANNELS), dtype=np.uint16)
    write_fcs(path, np.zeros((0, CHANNELS)), [ChannelSpec(f"C{n}", "", 1024) for n in range(CHANNELS)])
    pairs = dict(read_fcs(path).keywords)
    pairs |= {"$DATATYPE": "I", "$TOT": str(EVENTS), "$BEGINDATA": "4096"}
    pairs |= {f"$P{n}B": "16" for n in range(1, CHANNELS + 1)}
    pairs["$ENDDATA"] = str(4096 + stored.nbytes - 1)
    text = "/" + "/".join(part for pair in pairs.items() for part in pair) + "/"
    assert len(text) < 4096 - 58
    header = (
        f"FCS3.1    {58:>8}{58 + len(text) - 1:>8}{4096:>8}{4096 + stored.nbytes - 1:>8}{0:>8}{0:>8}{text}"
    )
    path.write_bytes(header.encode().ljust(4096) + stored.tobytes())


def main() -> None:
    """Make files in a folder of its own and measure."""
    rng = np.random.default_rng(1)
    everything = list(range(1, CHANNELS + 1))
    with tempfile.TemporaryDirectory() as folder:
        integers, floats, long = (Path(folder) / f"{name}.fcs" for name in ("integers", "floats", "long"))
        write_integers(integers, rng)
        specs = [ChannelSpec(f"C{n}", "", 262144) for n in range(CHANNELS)]
        events = rng.normal(1000, 300, (EVENTS, CHANNELS)).astype(np.float32)
        write_fcs(floats, events, specs)
        write_fcs(long, np.tile(events, (12, 1)), specs)
        shown = subprocess.run([sys.executable, "-c", PEAK, long], capture_output=True, text=True, check=True)
        size = long.stat().st_size / 1e6
        print(f"summary of every channel of {size:.0f} MB: {shown.stdout.strip()} MB above the imports")

        def read() -> np.ndarray:
            return read_fcs(integers).matrix(everything)

        def view() -> float:
            rows = read_fcs(floats).plain()
            assert rows is not None
            return float(rows[-1, -1])

        compare("8 masked channels", read, integers.read_bytes, against="read the bytes")
        compare("open, header and view", view, floats.read_bytes, against="read the bytes")
        if find_spec("flowio") is None:
            print("FlowIO is not installed (uv sync --extra interop): not compared")
            return
        from flowio import FlowData

        def theirs() -> np.ndarray:
            return np.reshape(FlowData(str(integers)).events, (-1, CHANNELS))

        assert np.array_equal(read(), theirs()), "values must be equal before speed means anything"
        assert np.array_equal(np.reshape(FlowData(str(floats)).events, (-1, CHANNELS)), events)
        compare("8 masked channels", read, theirs, against="FlowIO", rounds=5)
        compare("open, header and view", view, lambda: FlowData(str(floats)), against="FlowIO", rounds=5)


if __name__ == "__main__":
    main()
