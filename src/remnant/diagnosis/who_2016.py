"""WHO 2016: MDS with isolated del(5q)."""

from __future__ import annotations

from remnant.diagnosis.definition import NOT_EVALUABLE, DiseaseDefinition, decided, needed
from remnant.diagnosis.facts import DiseaseFacts
from remnant.diagnosis.isolated_del5q import isolated_del5q
from remnant.diagnosis.rules import Rule, absent, below

SYSTEM = "WHO 2016"
SOURCE = "Arber 2016, Blood 127:2391, table 15"
NAME = "MDS with isolated del(5q)"
# Cytopenias by the footnote of the table; at a limit there is none.
CYTOPENIAS = (("haemoglobin", 10.0, "g/dL"), ("platelets", 100.0, "1e9/L"), ("neutrophils", 1.8, "1e9/L"))
MILD = "the table lets anaemia or thrombocytopenia be milder, rarely: without a cytopenia it is left open"


def who_2016(facts: DiseaseFacts) -> DiseaseDefinition:
    """Say whether the disease is MDS with isolated del(5q) by the 2016 revision of the WHO classification.

    Examples
    --------
    >>> who_2016(DiseaseFacts(marrow_blasts=3, blood_blasts=1)).category
    'not MDS with isolated del(5q)'
    """
    rules = (
        below("marrow blasts", facts.marrow_blasts, 5, SOURCE),
        below("blood blasts", facts.blood_blasts, 1, SOURCE),
        absent("Auer rods", facts.auer_rods, SOURCE),
        _dysplasia(facts),
        _cytopenias(facts),
        *isolated_del5q(facts, SOURCE),
    )
    answer = decided(rules)
    name = {True: NAME, False: f"not {NAME}", None: NOT_EVALUABLE}[answer]
    return DiseaseDefinition(SYSTEM, name, answer, rules, needed(rules))


def _dysplasia(facts: DiseaseFacts) -> Rule:
    lines, what = facts.dysplastic_lines, "dysplastic lines"
    if lines is None:
        return Rule(what, "not known", "1 to 3", None, SOURCE, needs=what)
    return Rule(what, str(lines), "1 to 3", 1 <= lines <= 3, SOURCE)


def _cytopenias(facts: DiseaseFacts) -> Rule:
    """Count the cytopenias; a count that was not done may be one more."""
    known = {name: getattr(facts, name) for name, _, _ in CYTOPENIAS}
    low = [name for name, limit, _ in CYTOPENIAS if known[name] is not None and known[name] < limit]
    missing = [name for name, number in known.items() if number is None]
    limits = ", ".join(f"{name} below {limit:g} {unit}" for name, limit, unit in CYTOPENIAS)
    found = f"{len(low)}" + (f" ({', '.join(low)})" if low else "")
    found += f"; not done: {', '.join(missing)}" if missing else ""
    most = len(low) + len(missing)
    met = True if low and most <= 2 else False if len(low) == 3 else None
    needs = "" if met is not None else " and ".join(missing) or "a cytopenia, or a haematologist's word"
    return Rule("cytopenias", found, f"1 or 2 of: {limits}", met, SOURCE, MILD, needs)
