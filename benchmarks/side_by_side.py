"""Time two ways of doing one thing side by side, turn about, and print the ratio of their medians.

Machines are busy and noisy: a time means little and a ratio within one run means more. Nothing is asserted
here; what was seen is written to RESULTS.md with the date and the versions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

Work = Callable[[], object]


def compare(name: str, ours: Work, theirs: Work, *, against: str, rounds: int = 7) -> float:
    """Run both `rounds` times, turn about after one warm run of each, and print how they compare.

    Returns
    -------
    float
        Median of `theirs` over median of `ours`: above 1 where ours is faster.
    """
    ours()
    theirs()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, spent in zip((ours, theirs), seconds, strict=True):
            start = time.perf_counter()
            work()
            spent.append(time.perf_counter() - start)
    mine, other = (statistics.median(spent) for spent in seconds)
    print(f"{name}: {mine * 1e3:.2f} ms; {against}: {other * 1e3:.2f} ms; ratio {other / mine:.2f}")
    return other / mine
