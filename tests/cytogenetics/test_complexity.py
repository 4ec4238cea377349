import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cytogenetics.invented import POOL, Drawn, karyotypes, read

from remnant.cytogenetics.clones.complexity import complexity
from remnant.cytogenetics.iscn import read_karyotype


def count(text):
    return complexity(read_karyotype(text)).abnormalities


@pytest.mark.parametrize(
    ("text", "abnormalities"),
    [
        ("46,XX[20]", 0),
        ("46,XX,del(5)(q13q33)[9]", 1),
        ("46,XX,del(5)(q13q33)[9]/47,idem,+8[4]", 2),
        ("46,XX,del(5)(q13q33)[9]/47,idem,+8[4]/47,idem,+21[3]", 3),
        ("46,XX,del(5)(q13q33)[9]/47,idem,+8[1]", 1),
        ("48,XX,+8,+8[6]", 2),
        ("48,XX,+8,+8[1]/47,XX,+8[7]", 1),
        ("48,XX,+mar1,+mar2[5]", 2),
        ("48,XX,+2mar[5]", 2),
        ("47,XX,+8c[20]", 0),
        ("45,XX,der(5;17)(p10;q10)[8]", 1),
        ("46,XX,der(7)t(1;7)(q21;p22)t(7;12)(q31;p13)[8]", 1),
        ("46,XX,+1,der(1;7)(q10;p10)[8]", 1),
        ("47,XX,+1,der(1;7)(q10;p10),+8[8]", 2),
        ("46,XX,+1,der(1;16)(q10;p10)[8]", 2),
        ("46,XX,-7,+der(7)t(1;7)(q12;q11)[8]", 1),
        ("46,XX,-7,+mar[8]", 2),
        ("46,XY,inv(9)(p12q13)[20]", 0),
        ("46,XY,inv(9)(p12q13),del(20)(q11q13)[9]/46,XY,inv(9)(p12q13)[11]", 1),
        ("46,XY,inv(9)(p22q34)[20]", 1),
        ("45,X,-Y[20]", 1),
        ("45,X[12]/46,XY[8]", 1),
        ("92,XXYY[6]/46,XY[14]", 1),
        ("92,XXYY[1]/46,XY[19]", 0),
        ("46,XX,del(5)(q13q31),del(5)(q22q33)[5]", 2),
        ("46,XX,del(5)(q13q33)[5]/46,XX,del(5)(q13q31)[4]", 2),
        ("46,XX,del(5)(q)[5]/46,XX,del(5)(q13q31)[4]", 1),
        ("44~46,XX,del(5)(q13q33),-7,-18[cp8]/46,XX[2]", 3),
        ("46,XX//46,XY,del(20)(q11q13)[20]", 0),
    ],
)
def test_each_abnormality_counts_as_the_risk_score_counts_it(text, abnormalities):
    assert count(text) == abnormalities


def test_independent_clones_do_not_add_up_to_a_complex_karyotype():
    found = complexity(read_karyotype("47,XX,+8[5]/46,XX,del(20)(q11q13)[5]/45,XX,-7[5]/46,XX[5]"))
    assert (found.abnormalities, found.lines, found.is_complex) == (3, (1, 1, 1), False)


def test_clones_that_share_an_abnormality_are_one_line():
    found = complexity(read_karyotype("47,XX,+8[5]/47,XX,+8,del(20)(q11q13)[5]/48,XX,+8,+21[5]"))
    assert (found.lines, found.is_complex, found.is_very_complex) == ((3,), True, False)


def test_why_something_does_not_count_is_said():
    found = complexity(read_karyotype("45,XX,-7[2]/46,XX,inv(9)(p12q13)[18]"))
    assert [(item.count, item.reason) for item in found.counted] == [
        (0, "in 2 cells, and a clone needs 3"),
        (0, "a variant of the normal chromosome"),
    ]


def test_a_number_of_chromosomes_without_a_reason_means_at_least():
    assert complexity(read_karyotype("44,XX[20]")).at_least
    assert not complexity(read_karyotype("46,XX[20]")).at_least


@given(karyotypes(), st.sampled_from(POOL), st.data())
def test_one_more_abnormality_never_makes_it_less_complex(clones, more, data):
    place = data.draw(st.integers(0, len(clones) - 1))
    chosen = clones[place]
    grown = Drawn((*chosen.abnormalities, more), chosen.cells)
    before, after = complexity(read(clones)), complexity(read([*clones[:place], grown, *clones[place + 1 :]]))
    assert after.abnormalities >= before.abnormalities
    assert after.in_one_line >= before.in_one_line


@given(karyotypes(), st.randoms(use_true_random=False))
def test_the_order_of_clones_and_abnormalities_does_not_matter(clones, random):
    mixed = [Drawn(tuple(random.sample(c.abnormalities, len(c.abnormalities))), c.cells) for c in clones]
    random.shuffle(mixed)
    first, second = complexity(read(clones)), complexity(read(mixed))
    assert (first.abnormalities, first.lines) == (second.abnormalities, second.lines)
