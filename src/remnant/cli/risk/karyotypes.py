"""Cytogenetic inputs of the scores from the karyotypes of a table; a column that contradicts is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from remnant.cytogenetics import read_karyotype
from remnant.cytogenetics.clones.diagnostic_facts import CytogeneticFacts, facts_of
from remnant.cytogenetics.iscn.no_result import is_no_result
from remnant.diagnosis.ipss_r import CYTOGENETIC_GROUPS
from remnant.diagnosis.risk_columns import KARYOTYPE
from remnant.diagnosis.risk_table import RiskTable
from remnant.errors import Fault, RemnantError, TableError

Derive = Callable[[CytogeneticFacts], float | None]


def _group(facts: CytogeneticFacts) -> float | None:
    return None if facts.group is None else float(CYTOGENETIC_GROUPS.index(facts.group))


# Input -> its column in the table, and what a karyotype says of it.
DERIVED: dict[str, tuple[str, Derive]] = {
    "del5q": ("del5q", lambda facts: facts.del5q),
    "del7": ("del7_7q", lambda facts: facts.del7),
    "del17p": ("del17_17p", lambda facts: facts.del17p),
    "complex_": ("complex", lambda facts: facts.complex_),
    "cytogenetics": ("CYTO_IPSSR", _group),
}


def with_karyotypes(table: RiskTable, source: str) -> RiskTable:
    """Fill the cytogenetic inputs that the columns leave empty from the strings.

    Raises
    ------
    TableError
        With every string that cannot be read, and every column that contradicts its string.
    """
    assert table.karyotypes is not None
    faults: list[Fault] = []
    read: dict[str, CytogeneticFacts | None] = {}
    for text, line in zip(table.karyotypes, table.lines, strict=True):
        if text is not None and text not in read:
            read[text] = _read(text, source, line, faults)
    facts = [None if text is None else read[text] for text in table.karyotypes]
    filled: dict[str, Any] = {}
    for name, (column, derive) in DERIVED.items():
        given = getattr(table.inputs, name)
        derived = np.array(
            [np.nan if one is None or (v := derive(one)) is None else v for one in facts], float
        )
        apart = np.flatnonzero((given != derived) & ~np.isnan(given) & ~np.isnan(derived)).tolist()
        faults += [_contradiction(table, source, at, column, given[at], derived[at]) for at in apart]
        filled[name] = np.where(np.isnan(given), derived, given)
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.line or 0))
    return replace(table, inputs=replace(table.inputs, **filled))


def _read(text: str, source: str, line: int, faults: list[Fault]) -> CytogeneticFacts | None:
    if is_no_result(text):
        return None
    try:
        return facts_of(read_karyotype(text, source=source, line=line))
    except RemnantError as error:
        faults += error.faults
        return None


def _contradiction(
    table: RiskTable, source: str, place: int, column: str, given: float, derived: float
) -> Fault:
    says, shows = (
        CYTOGENETIC_GROUPS[int(value)] if column == "CYTO_IPSSR" else f"{value:g}"
        for value in (given, derived)
    )
    assert table.karyotypes is not None
    expected = f"{shows}, by the {KARYOTYPE} {table.karyotypes[place]}"
    hint = "correct one of the two, or leave this cell empty"
    return Fault(source, table.lines[place], column, says, expected, hint)
