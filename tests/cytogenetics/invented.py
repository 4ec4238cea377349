"""Invented karyotypes: clones of abnormalities from a pool, with the number of chromosomes that fits."""

from dataclasses import dataclass

from hypothesis import strategies as st

from remnant.cytogenetics import Karyotype, read_karyotype

POOL = (
    "del(5)(q13q33)",
    "del(7)(q22)",
    "-7",
    "-5",
    "+8",
    "+19",
    "-18",
    "del(11)(q14q23)",
    "del(12)(p12p13)",
    "del(20)(q11.2q13.3)",
    "i(17)(q10)",
    "inv(3)(q21q26.2)",
    "t(3;12)(q26.2;p13)",
    "add(17)(p11.2)",
    "t(1;6)(p13;q23)",
    "+mar",
)


@dataclass(frozen=True)
class Drawn:
    """Abnormalities and cells of one clone."""

    abnormalities: tuple[str, ...]
    cells: int

    def __str__(self) -> str:
        number = 46 + sum((a[0] == "+") - (a[0] == "-") for a in self.abnormalities)
        return ",".join([str(number), "XX", *self.abnormalities]) + f"[{self.cells}]"


def read(clones: list[Drawn]) -> Karyotype:
    """Read the karyotype that has these clones."""
    return read_karyotype("/".join(str(clone) for clone in clones))


def drawn(most: int = 5) -> st.SearchStrategy[Drawn]:
    """One clone with up to so many different abnormalities."""
    lists = st.lists(st.sampled_from(POOL), max_size=most, unique=True).map(tuple)
    return st.builds(Drawn, lists, st.integers(1, 20))


def karyotypes(most: int = 3) -> st.SearchStrategy[list[Drawn]]:
    """Some clones."""
    return st.lists(drawn(), min_size=1, max_size=most)
