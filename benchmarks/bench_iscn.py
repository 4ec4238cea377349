"""The karyotype reader against a validating parser, on invented strings in the shapes of MDS reports.

The peer is `iscn-authenticator`, where it can be imported (`PYTHONPATH` of an environment that has it):
it is no dependency of this project. It says whether each clone is valid; it counts no cells.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from side_by_side import compare

from remnant.cytogenetics.iscn import abnormality, grammar, read_karyotype

STRINGS = 1_000
BANDS = ["q13q33", "q13q31", "q14q34", "q22q33", "q12q35", "q21q33", "q15q33"]
OTHERS = [
    "-7",
    "+8",
    "-Y",
    "del(7)(q22q34)",
    "del(20)(q11.2q13.1)",
    "add(17)(p13)",
    "+mar",
    "t(3;21)(q26;q22)",
]


def reports(rng: random.Random) -> list[str]:
    """Draw reports: a deletion, now and then a subclone with one change more, and normal cells."""
    drawn = []
    for _ in range(STRINGS):
        sex, cells = rng.choice(["XX", "XY"]), rng.randint(2, 18)
        text = f"46,{sex},del(5)({rng.choice(BANDS)})[{cells}]"
        if rng.random() < 0.3:
            text += f"/45~47,idem,{rng.choice(OTHERS)}[{rng.randint(2, 9)}]"
        drawn.append(f"{text}/46,{sex}[{20 - cells}]")
    return drawn


def forget() -> None:
    """Forget every field that was read before."""
    grammar._remembered.cache_clear()
    abnormality._read.cache_clear()


def one_by_one(texts: list[str], read: Callable[[str], object], *, afresh: bool) -> float:
    """Median microseconds of a string; `afresh` with nothing remembered from the strings before."""
    spent = []
    for text in texts:
        if afresh:
            forget()
        start = time.perf_counter()
        read(text)
        spent.append(time.perf_counter() - start)
    return statistics.median(spent) * 1e6


def main() -> None:
    """Measure."""
    texts = reports(random.Random(7))
    start = time.perf_counter()
    read_karyotype(texts[0])
    print(f"the first string, with the grammar: {(time.perf_counter() - start) * 1e3:.0f} ms")
    print(f"each with nothing remembered: {one_by_one(texts, read_karyotype, afresh=True):.0f} us")
    print(f"each in a cohort: {one_by_one(texts, read_karyotype, afresh=False):.0f} us")
    try:
        from iscn_authenticator import is_valid_karyotype
    except ImportError:
        print("iscn-authenticator cannot be imported: no ratio")
        return
    clones = [[clone.partition("[")[0] for clone in text.split("/")] for text in texts]

    def ours() -> object:
        return [read_karyotype(text) for text in texts]

    def theirs() -> object:
        return [is_valid_karyotype(clone) for report in clones for clone in report]

    compare(f"{STRINGS} karyotypes", ours, theirs, against="iscn-authenticator on their clones")


if __name__ == "__main__":
    main()
