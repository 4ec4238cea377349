import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytogenetics.clones.arm_loss import ArmLoss
from remnant.cytogenetics.clones.bands import stretch
from remnant.cytogenetics.clones.deleted_region import (
    HIGHER_RISK,
    SYNDROME,
    Verdict,
    any_loss_of_5q,
    deleted_regions,
    verdict,
)
from remnant.cytogenetics.iscn import read_karyotype

DELETED, PARTLY, UNCERTAIN, RETAINED = Verdict


def one(text):
    (found,) = deleted_regions(read_karyotype(f"{text}[9]/46,XX[11]"))
    return found


@pytest.mark.parametrize(
    ("bands", "higher_risk", "syndrome", "terminal"),
    [
        ("q13q33", DELETED, PARTLY, False),
        ("q13q34", DELETED, DELETED, False),
        ("q14q34", DELETED, DELETED, False),
        ("q13q31", UNCERTAIN, RETAINED, False),
        ("q13q32", DELETED, UNCERTAIN, False),
        ("q22q33.2", DELETED, DELETED, False),
        ("q31q33", UNCERTAIN, PARTLY, False),
        ("q31.3q33.2", RETAINED, DELETED, False),
        ("q31.1q31.3", DELETED, RETAINED, False),
        ("q13.1q23.3", RETAINED, RETAINED, False),
        ("q33q34", RETAINED, UNCERTAIN, False),
        ("q15", DELETED, DELETED, True),
        ("q31", UNCERTAIN, DELETED, True),
        ("q35", RETAINED, RETAINED, True),
        ("q13~15q34", DELETED, DELETED, False),
        ("q13~31q34", UNCERTAIN, DELETED, False),
        ("q13q31~34", UNCERTAIN, UNCERTAIN, False),
        ("?q13q34", UNCERTAIN, UNCERTAIN, False),
        ("q1?3q34", DELETED, DELETED, False),
        ("q", UNCERTAIN, UNCERTAIN, None),
        ("q?", UNCERTAIN, UNCERTAIN, None),
    ],
)
def test_breakpoints_say_which_region_is_lost(bands, higher_risk, syndrome, terminal):
    found = one(f"46,XX,del(5)({bands})")
    assert (found.higher_risk.verdict, found.syndrome.verdict) == (higher_risk, syndrome)
    assert found.terminal is terminal
    assert found.is_deletion
    assert found.egr1 is higher_risk  # both lie in q31.2


def test_genes_are_judged_one_by_one():
    found = {locus.region: locus.verdict for locus in one("46,XX,del(5)(q13q33)").loci}
    assert found == {
        "EGR1": DELETED,
        "CDC25C": DELETED,
        "CSNK1A1": DELETED,
        "MIR145": DELETED,
        "RPS14": UNCERTAIN,
        "MIR146A": UNCERTAIN,
    }


@pytest.mark.parametrize(
    ("text", "how", "higher_risk"),
    [
        ("45,XX,-5", "monosomy", DELETED),
        ("46,XX,-5,+mar", "monosomy", UNCERTAIN),
        ("45,XX,-5,der(17)t(5;17)(q13;p11)", "monosomy", UNCERTAIN),
        ("46,XX,i(5)(p10)", "isochromosome", DELETED),
        ("46,XX,add(5)(q13)", "added material", DELETED),
        ("46,XX,add(5)(q33)", "added material", RETAINED),
        ("45,XX,dic(5;17)(q13;p11.2)", "dicentric", DELETED),
        ("46,XX,der(5)t(5;12)(q14;q14)", "derivative", DELETED),
        ("46,XX,der(5)t(5;12)(q31;q14)", "derivative", UNCERTAIN),
        ("46,XX,-5,+der(5)t(5;12)(q14;q14)", "derivative", DELETED),
        ("45,XX,der(5;17)(p10;q10)", "derivative", DELETED),
        ("46,XX,r(5)(p15q22)", "ring", DELETED),
        ("46,XX,del(?5)(q13q33)", "deletion", UNCERTAIN),
    ],
)
def test_other_losses_of_5q_are_no_deletion_of_it(text, how, higher_risk):
    found = one(text)
    assert (found.how, found.higher_risk.verdict) == (how, higher_risk)
    assert found.is_deletion is (how == "deletion")


@pytest.mark.parametrize(
    "text",
    [
        "46,XX,t(5;12)(q31;p13)",
        "46,XX,der(12)t(5;12)(q14;q14)",
        "46,XX,inv(5)(q13q33)",
        "46,XX,dup(5)(q13q33)",
        "46,XX,del(5)(p13)",
        "46,XX,i(5)(q10)",
        "45,XX,der(5;17)(q10;q10)",
        "47,XX,+der(5)t(5;12)(q14;q14)",
        "47,XX,+5",
        "46,XX,del(7)(q22q34)",
    ],
)
def test_what_takes_nothing_from_the_long_arm_of_5(text):
    assert deleted_regions(read_karyotype(f"{text}[9]")) == ()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("46,XX[20]", False),
        ("46,XX,del(5)(q13q33)[9]", True),
        ("46,XX,del(5)(q13q33)[1]/46,XX[19]", False),
        ("45,XX,-5[9]", True),
        ("46,XX,-5,+mar[9]", None),
        ("46,XX,del(5)[9]", None),
        ("46,XX,add(5)(q13)[9]", True),
    ],
)
def test_any_loss_of_5q_is_told_apart_from_the_deletion(text, lost):
    assert any_loss_of_5q(deleted_regions(read_karyotype(text))) is lost


points = st.integers(10_000, 35_999)


@given(points, points, points, points, st.sampled_from([HIGHER_RISK, SYNDROME]))
def test_a_verdict_holds_wherever_in_its_band_a_break_lies(a, b, c, d, region):
    """A break may be anywhere in its stretch; deleted and retained must be true for each place."""
    near, far = sorted([sorted([a, b]), sorted([c, d])])
    said = verdict(region, ArmLoss("deletion", tuple(near), tuple(far)))
    low, high = stretch(region.first)[0], stretch(region.last)[1]
    if near[1] >= far[0]:
        return
    for first in near:
        for last in far:
            whole, none = first < low and last > high, last < low or first > high
            assert said is not DELETED or whole
            assert said is not RETAINED or none
            assert not (whole and said is RETAINED)
