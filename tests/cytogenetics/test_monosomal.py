import pytest
from hypothesis import given
from tests.cytogenetics.invented import Drawn, karyotypes, read

from remnant.cytogenetics.clones.monosomal import monosomal
from remnant.cytogenetics.iscn import read_karyotype


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("46,XX[20]", False),
        ("45,XX,-7[8]", False),
        ("44,XX,-7,-18[8]", True),
        ("45,XX,-7,del(5)(q13q33)[8]", True),
        ("45,XX,-7[8]/45,idem,del(5)(q13q33)[3]", True),
        ("45,XX,-7[8]/46,XX,del(5)(q13q33)[3]", False),
        ("45,XX,-7[8]/45,XX,-18[4]", False),
        ("46,XX,-7,+8[8]", False),
        ("45,X,-Y,del(5)(q13q33)[8]", False),
        ("44,X,-Y,-7[8]", False),
        ("46,XX,-7,+mar[8]", True),
        ("46,XX,-7,+r[8]", True),
        ("46,XX,-7,+der(7)t(1;7)(q12;q11)[8]", False),
        ("45,XX,-5,-7,+der(7)t(1;7)(q12;q11)[8]", True),
        ("45,XX,dic(5;17)(q13;p11.2)[8]", False),
        ("44,XX,-7,dic(5;17)(q13;p11.2)[8]", True),
        ("45,XX,-7,inv(9)(p12q13)[20]", False),
        ("45,XX,-7,t(2;13)(q35;q14)c[20]", False),
        ("45,XX,-7,t(8;21)(q22;q22)[8]", False),
        ("44,XX,-7,-18,inv(16)(p13q22)[8]", False),
        ("44,XX,-7,-18,t(16;16)(p13;q22)[8]", False),
        ("45,XX,-7,inv(16)(q12q24)[8]", True),
        ("44,XX,-7,-18[2]/46,XX[18]", False),
        ("44,XX,-7,-18[3]/46,XX[17]", True),
        ("90<4n>,XXYY,-7,-18[8]/46,XY[12]", False),
        ("43~45,XX,-7,-18[cp8]/46,XX[2]", True),
    ],
)
def test_two_autosomes_lost_or_one_beside_a_changed_structure(text, expected):
    assert monosomal(read_karyotype(text)).is_monosomal is expected


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("45,XX,-7,del(5)(q13q33)[8]", True),
        ("46,XX,-7,+mar[8]", False),
        (
            "45,XX,-5,-7,+mar[8]",
            True,
        ),  # one of them may be the marker, the other is lost beside a changed structure
        ("46,XX,-5,-7,+mar1,+mar2[8]", False),
        ("45,XX,-7,der(12)t(7;12)(q11;p13)[8]", False),
        ("45,XX,?-7,del(5)(q13q33)[8]", False),
    ],
)
def test_a_lost_chromosome_may_lie_in_a_marker_or_a_derivative(text, certain):
    found = monosomal(read_karyotype(text))
    assert found.is_monosomal
    assert found.certain is certain


def test_the_core_binding_factor_is_the_reason_that_is_given():
    found = monosomal(read_karyotype("45,XX,-7,t(8;21)(q22;q22)[8]"))
    assert found.core_binding_factor
    assert found.monosomies == ("-7",)


def test_what_was_not_read_may_make_it_monosomal():
    assert monosomal(read_karyotype("45,XX,-7,inc[8]")).is_monosomal is None


@given(karyotypes())
def test_normal_cells_change_nothing(clones):
    assert monosomal(read([*clones, Drawn((), 9)])) == monosomal(read(clones))


@given(karyotypes())
def test_a_monosomal_karyotype_has_a_monosomy(clones):
    found = monosomal(read(clones))
    assert not found.is_monosomal or (found.monosomies and len(found.monosomies) + len(found.structural) > 1)
