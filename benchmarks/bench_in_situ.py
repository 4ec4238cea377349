"""Reading in situ strings: one text ten times longer against ten short ones. Linear time takes both alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from side_by_side import compare

from remnant.cytogenetics.in_situ.read import read_in_situ

PATTERN = "(D5S23x2,D5S721x2,EGR1x1)"
SHAPES: dict[str, Callable[[int], str]] = {
    "patterns of one hybridisation": lambda n: "nuc ish" + "/".join([f"{PATTERN}[1/9999]"] * n),
    "hybridisations": lambda n: "nuc ish" + ",".join(f"(CEP{i}x3,D{i}S1x2)[3/200]" for i in range(n)),
    "probes": lambda n: "nuc ish(" + ",".join(f"P{i}x2" for i in range(n)) + ")[3/200]",
    "metaphases": lambda n: "ish " + "/".join(["del(5)(q31q31)(EGR1-,D5S23+)[2]"] * n),
    "regions": lambda n: "arr[GRCh38] " + ",".join(["5q14.1q33.3(80000000_155000000)x1[0.6]"] * n),
}
SHORT, TIMES = 40, 10


def read(texts: list[str]) -> None:
    """Read every text."""
    for text in texts:
        read_in_situ(text)


def main() -> None:
    """Measure every shape; a ratio near 1 is linear time, near 0.1 would be quadratic."""
    for name, shape in SHAPES.items():
        short, long = shape(SHORT), shape(SHORT * TIMES)
        compare(
            f"{name}: {len(long):,} letters at once",
            partial(read, [long]),
            partial(read, [short] * TIMES),
            against=f"{TIMES} texts of {len(short):,}",
        )


if __name__ == "__main__":
    main()
