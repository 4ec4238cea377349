"""Coverage-guided fuzzing of the FCS reader: .venv/bin/python tests/fuzz/fuzz_fcs.py -max_total_time=60

Every input is a whole file. It must be refused with a `RemnantError`, or give events that the bytes can
hold; anything else stops the run. The first inputs are small sound files of every kind of data.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

LIMITS = ["-max_len=6000", "-timeout=20", "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1"]


def write_seeds(folder: Path) -> None:
    """Write sound files for the fuzzer to damage: floats, doubles, integers, and two data sets in one."""
    import numpy as np

    from remnant.cytometry import ChannelSpec, write_fcs

    events = np.arange(27.0).reshape(9, 3)
    for kind, bits in (("F", 32), ("D", 64), ("I", 16)):
        specs = [ChannelSpec(name, f"stain {name}", 256, bits) for name in ("A", "B", "Time")]
        write_fcs(folder / f"{kind}.fcs", events, specs, datatype=kind, spillover=(["A", "B"], np.eye(2)))
    one = (folder / "I.fcs").read_bytes()
    # Changes that move no byte: the other order and a logarithm; 24 bits, which make nine rows six.
    other = one.replace(b"$BYTEORD/1,2,3,4", b"$BYTEORD/4,3,2,1").replace(b"$P1E/0,0", b"$P1E/4,1")
    (folder / "other.fcs").write_bytes(other)
    (folder / "three.fcs").write_bytes(one.replace(b"B/16/", b"B/24/").replace(b"$TOT/9/", b"$TOT/6/"))
    # Twenty digits of $BEGINDATA leave room for $NEXTDATA.
    first = one.replace(b"$BEGINDATA/000000", b"$BEGINDATA/").replace(b"DATA/0/", b"DATA/%07d/" % len(one))
    (folder / "two.fcs").write_bytes(first + one)


def reader(path: Path) -> Callable[[bytes], None]:
    """Return what reads one input, through a file at `path`."""
    from remnant.cytometry.fcs.file import read_all
    from remnant.cytometry.fcs.plausible import find_oddities, judge
    from remnant.cytometry.fcs.summary import summarise
    from remnant.errors import RemnantError

    def read(data: bytes) -> None:
        path.write_bytes(data)
        try:
            files = read_all(path)
        except RemnantError:
            return
        for file in files:
            if isinstance(file, RemnantError):
                continue
            numbers = [channel.number for channel in file.channels]
            assert file.events * sum(channel.bits for channel in file.channels) <= 8 * len(data)
            assert file.matrix(numbers[:8]).shape == (file.events, len(numbers[:8]))
            summaries = summarise(file)
            judge(file, summaries)
            find_oddities(file, summaries)

    return read


def main() -> None:
    """Fuzz until the limits given on the command line."""
    import atheris

    with atheris.instrument_imports(include=["remnant.cytometry.fcs"]):
        import remnant.cytometry.fcs.file
        import remnant.cytometry.fcs.plausible  # noqa: F401
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        write_seeds(seeds)
        atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:], str(seeds)], reader(Path(folder) / "fuzzed.fcs"))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
