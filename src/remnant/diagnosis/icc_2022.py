"""ICC 2022: MDS with del(5q). From memory, until it is verified in the paper (OR48)."""

from __future__ import annotations

from remnant.diagnosis.definition import NOT_EVALUABLE, NOT_TESTED, DiseaseDefinition, decided, needed
from remnant.diagnosis.facts import DiseaseFacts, multihit_rule
from remnant.diagnosis.isolated_del5q import isolated_del5q
from remnant.diagnosis.rules import below

SYSTEM = "ICC 2022"
SOURCE = "Arber 2022, Blood 140:1200 (rule from memory)"
NAME = "MDS with del(5q)"
MEMORY = "rule from memory (OR48)"


def icc_2022(facts: DiseaseFacts) -> DiseaseDefinition:
    """Say whether the disease is MDS with del(5q) by the International Consensus Classification.

    Any cytopenia will do, and multihit TP53 excludes it. Without a TP53 test it is named with that
    reservation (OR46).
    """
    tp53 = multihit_rule(facts, wanted=False, source=SOURCE, reading=MEMORY)
    rest = (
        below("marrow blasts", facts.marrow_blasts, 5, SOURCE),
        below("blood blasts", facts.blood_blasts, 2, SOURCE),
        *isolated_del5q(facts, SOURCE, MEMORY),
    )
    rules = (*rest, tp53)
    answer, missing = decided(rules), needed(rules)
    if decided(rest) and facts.tp53_mutations is None:
        name = f"{NAME}, {NOT_TESTED}"
        return DiseaseDefinition(SYSTEM, name, None, rules, missing, from_memory=True)
    name = {True: NAME, False: f"not {NAME}", None: NOT_EVALUABLE}[answer]
    return DiseaseDefinition(SYSTEM, name, answer, rules, missing, from_memory=True)
