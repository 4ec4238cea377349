"""Names of the disease: limits from both sides, a second reading, no name that a missing value could undo."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.diagnosis.define import define
from remnant.diagnosis.definition import NOT_EVALUABLE
from remnant.diagnosis.facts import DiseaseFacts
from remnant.diagnosis.icc_2022 import icc_2022
from remnant.diagnosis.rules import every, some
from remnant.diagnosis.who_2016 import who_2016
from remnant.diagnosis.who_2022 import who_2022

TYPICAL = DiseaseFacts(
    marrow_blasts=3,
    blood_blasts=0,
    auer_rods=False,
    dysplastic_lines=1,
    haemoglobin=8.9,
    platelets=310,
    neutrophils=2.4,
    ring_sideroblasts=0,
    del5q=True,
    monosomy7=False,
    del7q=False,
    complex_=False,
    other_abnormalities=0,
    tp53_mutations=0,
    tp53_vaf=0,
    tp53_loss=False,
    del17p=False,
    sf3b1=False,
)
YES = ("MDS-5q", "MDS with isolated del(5q)", "MDS with del(5q)")
NO = ("none of MDS-biTP53, MDS-5q and MDS-SF3B1", "not MDS with isolated del(5q)", "not MDS with del(5q)")


def names(**changed):
    return tuple(found.category for found in define(replace(TYPICAL, **changed)))


def mixed(*yes):
    return tuple(YES[at] if each else NO[at] for at, each in enumerate(yes))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, mixed(1, 1, 1)),
        ({"marrow_blasts": 4.9}, mixed(1, 1, 1)),
        ({"marrow_blasts": 4.99}, mixed(1, 1, 1)),
        ({"marrow_blasts": 5.0}, mixed(0, 0, 0)),
        ({"marrow_blasts": 5.1}, mixed(0, 0, 0)),
        ({"blood_blasts": 0.9}, mixed(1, 1, 1)),
        ({"blood_blasts": 1.0}, mixed(1, 0, 1)),
        ({"blood_blasts": 1.9}, mixed(1, 0, 1)),
        ({"blood_blasts": 2.0}, mixed(0, 0, 0)),
        ({"auer_rods": True}, mixed(1, 0, 1)),
        ({"dysplastic_lines": 0}, mixed(1, 0, 1)),
        ({"dysplastic_lines": 3}, mixed(1, 1, 1)),
        ({"haemoglobin": 9.9}, mixed(1, 1, 1)),
        ({"platelets": 99, "neutrophils": 1.79}, mixed(1, 0, 1)),
        ({"platelets": 100, "neutrophils": 1.79}, mixed(1, 1, 1)),
        ({"platelets": 99, "neutrophils": 1.8}, mixed(1, 1, 1)),
        ({"other_abnormalities": 1}, mixed(1, 1, 1)),
        ({"other_abnormalities": 2}, mixed(0, 0, 0)),
        ({"other_abnormalities": 1, "monosomy7": True}, mixed(0, 0, 0)),
        ({"other_abnormalities": 1, "del7q": True}, mixed(0, 0, 0)),
        ({"del5q": False}, mixed(0, 0, 0)),
        ({"tp53_mutations": 1, "tp53_vaf": 0.3}, mixed(1, 1, 1)),
        ({"tp53_mutations": 1, "tp53_vaf": 0.55}, mixed(1, 1, 1)),
        ({"tp53_mutations": 1, "tp53_vaf": 0.56}, ("MDS-biTP53", YES[1], NO[2])),
        ({"tp53_mutations": 1, "tp53_loss": True}, ("MDS-biTP53", YES[1], NO[2])),
        ({"tp53_mutations": 1, "del17p": True}, ("MDS-biTP53", YES[1], NO[2])),
        ({"tp53_mutations": 2}, ("MDS-biTP53", YES[1], NO[2])),
        ({"tp53_mutations": 5, "marrow_blasts": 19.9}, ("MDS-biTP53", NO[1], NO[2])),
        ({"tp53_mutations": 2, "marrow_blasts": 20}, (NO[0], NO[1], NO[2])),
        ({"tp53_mutations": 2, "blood_blasts": 20}, (NO[0], NO[1], NO[2])),
        ({"tp53_mutations": 0, "tp53_loss": True, "del17p": True}, mixed(1, 1, 1)),
        ({"sf3b1": True}, mixed(1, 1, 1)),
        ({"sf3b1": True, "del5q": False}, ("MDS-SF3B1", NO[1], NO[2])),
        ({"sf3b1": True, "del5q": False, "monosomy7": True}, (NO[0], NO[1], NO[2])),
        ({"sf3b1": True, "del5q": False, "del7q": True}, ("MDS-SF3B1", NO[1], NO[2])),
        ({"sf3b1": True, "del5q": False, "complex_": True}, (NO[0], NO[1], NO[2])),
        ({"sf3b1": True, "del5q": False, "marrow_blasts": 5}, (NO[0], NO[1], NO[2])),
        ({"ring_sideroblasts": 15, "del5q": False}, ("MDS-SF3B1", NO[1], NO[2])),
        ({"ring_sideroblasts": 14.9, "del5q": False}, (NO[0], NO[1], NO[2])),
    ],
    ids=str,
)  # fmt: skip
def test_each_limit_of_each_definition_from_both_sides(changed, expected):
    assert names(**changed) == expected


def test_without_a_tp53_test_the_name_says_so_and_what_to_test():
    """OR46."""
    untested = {"tp53_mutations": None, "tp53_vaf": None, "tp53_loss": None}
    first, second, third = define(replace(TYPICAL, **untested))
    assert first.category == "MDS-5q, TP53 not tested"
    assert second.category == "MDS with isolated del(5q)"
    assert third.category == "MDS with del(5q), TP53 not tested"
    assert first.missing == third.missing == ("TP53",)
    assert names(**untested, del5q=False, sf3b1=True)[0] == "MDS-SF3B1, TP53 not tested"


def test_one_tp53_mutation_and_no_word_of_the_other_copy_leaves_the_name_open():
    open_ = replace(TYPICAL, tp53_mutations=1, tp53_vaf=0.3, tp53_loss=None)
    for found in (who_2022(open_), icc_2022(open_)):
        assert found.category == NOT_EVALUABLE
        assert found.missing == ("the other copy of TP53",)


def test_the_consensus_classification_says_that_it_is_from_memory():
    """OR48."""
    found = icc_2022(TYPICAL)
    assert found.from_memory
    assert all("from memory" in rule.source for rule in found.rules)
    assert not who_2022(TYPICAL).from_memory
    assert not who_2016(TYPICAL).from_memory


def test_without_any_cytopenia_by_the_printed_limits_who_2016_is_left_to_a_haematologist():
    found = who_2016(replace(TYPICAL, haemoglobin=10.0))
    assert found.category == NOT_EVALUABLE
    assert found.missing == ("a cytopenia, or a haematologist's word",)


@pytest.mark.parametrize(
    ("counts", "answer"),
    [
        ((8.9, None, 2.4), True),  # one or two, whatever the platelets are
        ((8.9, None, 1.2), None),
        ((None, None, None), None),
        ((10.5, None, 2.4), None),
    ],
)
def test_a_count_that_was_not_done_may_be_one_more_cytopenia(counts, answer):
    given_ = dict(zip(("haemoglobin", "platelets", "neutrophils"), counts, strict=True))
    rule = next(r for r in who_2016(replace(TYPICAL, **given_)).rules if r.rule == "cytopenias")
    assert rule.met is answer
    assert bool(rule.needs) is (answer is None)


def test_nothing_known_is_not_evaluable_and_every_need_is_named():
    for found in define(DiseaseFacts()):
        assert found.category == NOT_EVALUABLE
        assert found.isolated_del5q is None
        assert {"marrow blasts", "blood blasts", "del(5q)"} <= set(found.missing)


def test_a_failed_rule_decides_whatever_is_missing():
    for found in define(DiseaseFacts(marrow_blasts=25, sf3b1=None)):
        assert found.category != NOT_EVALUABLE
        assert not found.missing


def yes_no():
    return st.sampled_from([True, False])


whole = st.builds(
    DiseaseFacts,
    marrow_blasts=st.sampled_from([0, 4.9, 4.999, 5, 19.9, 20, 40]),
    blood_blasts=st.sampled_from([0, 0.9, 1, 1.9, 2, 19, 20]),
    auer_rods=yes_no(),
    dysplastic_lines=st.integers(0, 3),
    haemoglobin=st.sampled_from([8, 9.9, 10, 12]),
    platelets=st.sampled_from([20, 99, 100, 300]),
    neutrophils=st.sampled_from([0.5, 1.79, 1.8, 3]),
    ring_sideroblasts=st.sampled_from([0, 14.9, 15, 40]),
    del5q=yes_no(),
    monosomy7=yes_no(),
    del7q=yes_no(),
    complex_=yes_no(),
    other_abnormalities=st.integers(0, 4),
    tp53_mutations=st.integers(0, 3),
    tp53_vaf=st.sampled_from([0.1, 0.55, 0.56, 0.9]),
    tp53_loss=yes_no(),
    del17p=yes_no(),
    sf3b1=yes_no(),
)


@given(whole)
def test_a_second_reading_of_the_three_tables_gives_the_same_names(f):
    lost = f.tp53_loss or f.del17p or f.tp53_vaf > 0.55
    both_hit = f.tp53_mutations > 1 or (f.tp53_mutations == 1 and lost)
    alone = f.del5q and f.other_abnormalities < 2 and not (f.monosomy7 or f.del7q)
    low = f.marrow_blasts < 5 and f.blood_blasts < 2
    iron = f.sf3b1 or f.ring_sideroblasts >= 15
    if both_hit and max(f.marrow_blasts, f.blood_blasts) < 20:
        new = "MDS-biTP53"
    elif low and alone:
        new = "MDS-5q"
    elif low and iron and not (f.del5q or f.monosomy7 or f.complex_):
        new = "MDS-SF3B1"
    else:
        new = NO[0]
    cytopenias = (f.haemoglobin < 10) + (f.platelets < 100) + (f.neutrophils < 1.8)
    rest = f.marrow_blasts < 5 and f.blood_blasts < 1 and not f.auer_rods and f.dysplastic_lines > 0 and alone
    old = NO[1] if not rest or cytopenias == 3 else YES[1] if cytopenias else NOT_EVALUABLE
    consensus = YES[2] if low and alone and not both_hit else NO[2]
    assert tuple(found.category for found in define(f)) == (new, old, consensus)


@given(whole, st.data())
def test_a_name_is_given_only_if_no_missing_value_could_undo_it(facts, data):
    """OR5; a name with the reservation of OR46 says itself what could undo it."""
    known = asdict(facts)
    forgotten = data.draw(st.sets(st.sampled_from(sorted(known))))
    if "tp53_loss" not in forgotten and facts.tp53_loss is False:
        # Where no loss was found, the ways to infer one say nothing more.
        forgotten -= {"tp53_vaf", "del17p"}
    partial = DiseaseFacts(**known | dict.fromkeys(forgotten))
    for part, full in zip(define(partial), define(facts), strict=True):
        if part.category.endswith("not tested"):
            assert "TP53" in part.missing
            assert full.category in (part.category.split(",")[0], "MDS-biTP53", f"not {YES[2]}")
        elif part.category != NOT_EVALUABLE:
            assert part.category == full.category
        if part.isolated_del5q is not None:
            assert part.isolated_del5q == full.isolated_del5q


@given(whole, st.data())
def test_what_is_not_evaluable_says_what_it_needs_and_becomes_so_by_nothing_else(facts, data):
    known = asdict(facts)
    forgotten = data.draw(st.sets(st.sampled_from(sorted(known)), min_size=1))
    for found in define(DiseaseFacts(**known | dict.fromkeys(forgotten))):
        assert bool(found.missing) is (found.category == NOT_EVALUABLE or "not tested" in found.category)


@given(st.lists(st.sampled_from([True, False, None])))
def test_rules_combine_as_if_every_missing_answer_were_tried_both_ways(answers):
    filled = [[each] if each is not None else [True, False] for each in answers]
    possible = [[]]
    for choices in filled[:8]:
        possible = [[*before, choice] for before in possible for choice in choices]
    for combine, plain in ((every, all), (some, any)):
        outcomes = {plain(one) for one in possible}
        assert combine(answers[:8]) == (outcomes.pop() if len(outcomes) == 1 else None)
