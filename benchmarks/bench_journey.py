"""The demo from the command line: wall time, peak memory, size of study and report; and the help."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def spent(*arguments: str) -> float:
    """Run remnant in a process of its own and return its seconds."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "remnant", *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Run the demo twice and print what it took."""
    print(f"remnant --help: {min(spent('--help') for _ in range(3)):.2f} s (best of 3)")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "demo"
        for run in ("first", "second"):
            print(f"remnant demo, {run} run, 7 patients: {spent('demo', '--out', str(out)):.1f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = sum(path.stat().st_size for path in (out / "study").rglob("*") if path.is_file())
        print(f"peak memory of one process: {peak:.0f} MB")
        print(f"study: {size / 1e6:.0f} MB; report: {(out / 'report.html').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
