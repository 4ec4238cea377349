"""WHO 2022: MDS with biallelic TP53 inactivation first, then with isolated 5q deletion, then with SF3B1."""

from __future__ import annotations

from dataclasses import replace

from remnant.diagnosis.definition import NOT_EVALUABLE, NOT_TESTED, DiseaseDefinition, decided, needed
from remnant.diagnosis.facts import DiseaseFacts, multihit_rule
from remnant.diagnosis.isolated_del5q import isolated_del5q
from remnant.diagnosis.rules import Rule, absent, below, some

SYSTEM = "WHO 2022"
SOURCE = "Khoury 2022, Leukemia 36:1703, table 3"
BITP53, DEL5Q, SF3B1 = "MDS-biTP53", "MDS-5q", "MDS-SF3B1"
NONE = "none of MDS-biTP53, MDS-5q and MDS-SF3B1"
MANY_SIDEROBLASTS = 15  # percent of erythroid cells, which may stand for the mutation


def who_2022(facts: DiseaseFacts) -> DiseaseDefinition:
    """Name the disease by the 5th edition of the WHO classification.

    Without a TP53 test the two later types are named with that reservation (OR46). With one TP53 mutation
    and no word of the other copy they are not: the next test decides.

    Examples
    --------
    >>> found = who_2022(DiseaseFacts(marrow_blasts=3, blood_blasts=0, del5q=True, other_abnormalities=1,
    ...     monosomy7=False, del7q=False))
    >>> found.category, found.missing
    ('MDS-5q, TP53 not tested', ('TP53',))
    """
    groups = _biallelic(facts), _del5q(facts), _sf3b1(facts)
    first, second, third = (decided(rules) for rules in groups)
    rules = tuple(rule for group in groups for rule in group)
    if first:
        return DiseaseDefinition(SYSTEM, BITP53, False, groups[0])
    # A type is reached only past those before it.
    later = DEL5Q if second else SF3B1 if second is False and third else None
    if first is None and later and facts.tp53_mutations is None:
        missing = needed(groups[0])
        return DiseaseDefinition(SYSTEM, f"{later}, {NOT_TESTED}", None if second else False, rules, missing)
    if first is False and later:
        return DiseaseDefinition(SYSTEM, later, later == DEL5Q, rules)
    if (first, second, third) == (False, False, False):
        return DiseaseDefinition(SYSTEM, NONE, False, rules)
    open_ = groups if second is False else groups[:2]
    return DiseaseDefinition(SYSTEM, NOT_EVALUABLE, False if second is False else None, rules, needed(*open_))


def _of(kind: str, *rules: Rule) -> tuple[Rule, ...]:
    return tuple(replace(rule, rule=f"{kind}: {rule.rule}") for rule in rules)


def _biallelic(facts: DiseaseFacts) -> tuple[Rule, ...]:
    return _of(
        BITP53,
        multihit_rule(facts, wanted=True, source=SOURCE),
        below("marrow blasts", facts.marrow_blasts, 20, SOURCE),
        below("blood blasts", facts.blood_blasts, 20, SOURCE),
    )


def _low_blasts(facts: DiseaseFacts) -> tuple[Rule, ...]:
    return (
        below("marrow blasts", facts.marrow_blasts, 5, SOURCE),
        below("blood blasts", facts.blood_blasts, 2, SOURCE),
    )


def _del5q(facts: DiseaseFacts) -> tuple[Rule, ...]:
    return _of(DEL5Q, *_low_blasts(facts), *isolated_del5q(facts, SOURCE))


def _sf3b1(facts: DiseaseFacts) -> tuple[Rule, ...]:
    return _of(
        SF3B1,
        *_low_blasts(facts),
        absent("del(5q)", facts.del5q, SOURCE),
        absent("-7", facts.monosomy7, SOURCE),
        absent("complex karyotype", facts.complex_, SOURCE),
        _mutated(facts),
    )


def _mutated(facts: DiseaseFacts) -> Rule:
    many = None if facts.ring_sideroblasts is None else facts.ring_sideroblasts >= MANY_SIDEROBLASTS
    met = some([facts.sf3b1, many])
    found = {None: "SF3B1 not tested", True: "SF3B1 mutated", False: "SF3B1 not mutated"}[facts.sf3b1]
    if facts.ring_sideroblasts is not None:
        found += f", ring sideroblasts {facts.ring_sideroblasts:g} %"
    asks = f"mutated, or ring sideroblasts of at least {MANY_SIDEROBLASTS} % in its place"
    return Rule("SF3B1", found, asks, met, SOURCE, needs="SF3B1" if met is None else "")
