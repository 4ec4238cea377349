import pytest

from remnant.cytogenetics.clones.abnormal_cells import cells_with
from remnant.cytogenetics.clones.clonality import changes, new_abnormalities
from remnant.cytogenetics.clones.complexity import complexity
from remnant.cytogenetics.iscn import read_karyotype
from remnant.errors import IscnError


@pytest.mark.parametrize(
    ("text", "abnormality", "abnormal", "scored"),
    [
        ("46,xx,del(5)(q21q33)[18]/46,xx[2]", "del(5q)", 18, 20),
        ("46,XY,del(5)(q13q31)[15]/46,XY[6]", "del(5q)", 15, 21),
        ("46,xx,del(5)(q14q34)[6]/44~45,xx,idem,-7[3]/46,xx[7]", "del(5q)", 9, 16),
        ("46,xx,del(5)(q14q34)[6]/44~45,xx,idem,-7[3]/46,xx[7]", "-7", 3, 16),
        ("46,XY,del(5)(q13~14q33)[12]/47,sl,+8[5]/46,XY[3]", "del(5q)", 17, 20),
        ("46,XY,del(5)(q13~14q33)[12]/47,sl,+8[5]/46,XY[3]", "+8", 5, 20),
        ("46,XX[20]", "del(5q)", 0, 20),
        ("45,XX,-5[8]/46,XX[12]", "del(5q)", 0, 20),
        ("46,XX,del(5)(p13)[8]/46,XX[12]", "del(5q)", 0, 20),
        ("46,XX,5q-[8]/46,XX[12]", "del(5q)", 8, 20),
        ("46,XX,del(5)(q13q33)[8]/46,XX[12]", "del(5)(q13q33)", 8, 20),
        ("46,XX,del(5)(q13q33)[8]/46,XX[12]", "del(5)(q13q31)", 0, 20),
        ("46,XX,t(9;22)(q34;q11.2)[9]/46,XX[1]", "t(9;22)", 9, 10),
        ("46,XX,i(17)(q10)[4]", "i(17q)", 4, 4),
        ("47,XX,+8c[20]", "+8", 0, 20),
        ("46,XX,+1,der(1;7)(q10;p10)[3]", "+1", 3, 3),
    ],
)
def test_cells_with_an_abnormality(text, abnormality, abnormal, scored):
    found = cells_with(read_karyotype(text), abnormality)
    assert (found.abnormal, found.scored) == (abnormal, scored)


def test_without_cell_numbers_there_is_no_fraction():
    found = cells_with(read_karyotype("46,XX,del(5)(q13q33)"), "del(5q)")
    assert (found.abnormal, found.scored) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "45,XX,-5,del(7)(q22)[cp8]/46,XX[12]",
        "46,XX,del(5)[8]/46,XX[2]",
        "46,XX,wonder(5)[8]/46,XX[2]",
        "46,XX,+8,inc[8]/46,XX[2]",
    ],
)
def test_what_may_hide_or_feign_cells_is_said(text):
    assert cells_with(read_karyotype(text), "del(5q)").uncertain


def test_of_a_composite_clone_only_the_cells_that_show_it_count():
    found = cells_with(read_karyotype("44~46,XX,del(5)(q13q33)[5],-7[3][cp8]/46,XX[2]"), "del(5q)")
    assert (found.abnormal, found.scored, found.uncertain) == (5, 10, True)


@pytest.mark.parametrize(
    ("text", "clonal"),
    [
        ("46,XX,del(5)(q13q33)[2]", True),
        ("46,XX,del(5)(q13q33)[1]", False),
        ("47,XX,+8[2]", True),
        ("45,XX,-7[2]", False),
        ("45,XX,-7[3]", True),
        ("46,XX,del(5)(q13q33)", None),
    ],
)
def test_a_clone_needs_two_cells_or_three_of_a_loss(text, clonal):
    (change,) = changes(read_karyotype(text))
    assert change.clonal is clonal


def test_cells_of_subclones_count_for_the_change_they_inherit():
    karyotype = read_karyotype("45,XX,-7[1]/46,idem,+8[2]/46,XX[10]")
    assert [(change.abnormality, change.cells, change.clonal) for change in changes(karyotype)] == [
        ("-7", 3, True),
        ("+8", 2, True),
    ]


@pytest.mark.parametrize(
    ("text", "count", "is_complex"),
    [
        ("46,XX[20]", 0, False),
        ("46,XX,del(5)(q13q33),+8[5]/46,XX[2]", 2, False),
        ("45,XX,del(5)(q13q33),-7,add(17)(p11)[5]/47,idem,+mar,+21[1]", 3, True),
        ("47,XY,+21c[20]", 0, False),
    ],
)
def test_complexity_counts_clonal_abnormalities_once(text, count, is_complex):
    found = complexity(read_karyotype(text))
    assert (found.abnormalities, found.is_complex, found.at_least) == (count, is_complex, False)


def test_an_incomplete_karyotype_has_at_least_so_many():
    assert complexity(read_karyotype("46,XX,del(5)(q13q33),inc[5]")).at_least


def test_new_abnormalities_are_those_that_were_not_there():
    before = read_karyotype("46,XX,del(5)(q13q33)[15]/46,XX[5]")
    after = read_karyotype("46,XX,del(5)(q14q33)[3]/47,idem,+8[2]/45,idem,-7[1]/46,XX[14]")
    assert [(c.abnormality, c.clonal) for c in new_abnormalities(before, after)] == [
        ("+8", True),
        ("-7", False),
    ]


def test_an_abnormality_to_look_for_must_be_one():
    with pytest.raises(IscnError, match="write it as"):
        cells_with(read_karyotype("46,XX[20]"), "five q minus")


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("46,XX,del(5)(q13q33)[9]/47,idem,+8[4]/46,XX[7]", {"del(5)(q13q33)": (13, 13), "+8": (4, 4)}),
        ("44~46,XX,del(5)(q13q33),-7[cp8]/46,XX[2]", {"del(5)(q13q33)": (2, 8), "-7": (3, 8)}),
        ("44~46,XX,del(5)(q13q33)[5],-7[3][cp8]/46,XX[2]", {"del(5)(q13q33)": (5, 5), "-7": (3, 3)}),
        ("47,XX,+8[9]/47,idem,-8,+21[3]", {"+8": (9, 9), "+21": (3, 3)}),
        ("46,XX,del(5)(q13q33)", {"del(5)(q13q33)": (None, None)}),
    ],
)
def test_cells_of_an_abnormality_are_bounded_where_a_composite_hides_them(text, cells):
    found = changes(read_karyotype(text))
    assert {change.abnormality: (change.fewest, change.cells) for change in found} == cells
    assert all(
        change.exact == (change.cells is not None and change.fewest == change.cells) for change in found
    )


def test_what_a_composite_lists_is_clonal_by_its_definition():
    assert all(
        change.clonal for change in changes(read_karyotype("44~46,XX,del(5)(q13q33),-7[cp8]/46,XX[2]"))
    )


def test_a_second_copy_in_one_cell_is_not_clonal():
    (change,) = changes(read_karyotype("47,XX,+8[7]/48,XX,+8,+8[1]/46,XX[2]"))
    assert (change.cells, change.copies) == (8, 1)


def test_enough_counted_cells_are_a_clone_though_others_are_not_counted():
    (change,) = changes(read_karyotype("47,XX,+8[7]/47,XX,+8"))
    assert (change.cells, change.clonal) == (None, True)


def test_the_same_arm_at_other_bands_in_one_report_is_another_abnormality():
    found = changes(read_karyotype("46,XX,del(5)(q13q33)[5]/46,XX,del(5)(q22q31)[4]/46,XX,del(5)(q)[3]"))
    assert [change.abnormality for change in found] == ["del(5)(q13q33)", "del(5)(q22q31)"]
    assert sum(change.cells for change in found) == 12


def test_in_follow_up_one_cell_of_a_known_clone_is_the_clone():
    known = changes(read_karyotype("46,XX,del(5)(q13q33)[18]/45,idem,-7[1]/46,XX[2]"))
    found = changes(read_karyotype("46,XX,del(5)(q14q33)[1]/45,XX,-7[1]/46,XX[18]"), known=known)
    assert [(change.abnormality, change.clonal, change.known) for change in found] == [
        ("del(5)(q14q33)", True, True),
        ("-7", False, False),
    ]


def test_cells_of_a_donor_carry_nothing_of_the_patient():
    assert changes(read_karyotype("46,XX[3]//46,XY,del(20)(q11q13)[17]")) == ()


def test_an_abnormality_goes_by_its_fullest_description():
    (change,) = changes(read_karyotype("46,XX,del(5)(q)[5]/46,XX,del(5)(q13q33)[4]"))
    assert (change.abnormality, change.cells) == ("del(5)(q13q33)", 9)


def test_a_known_clone_that_is_found_again_makes_no_other_deletion_of_the_arm_known():
    known = changes(read_karyotype("46,XX,del(7)(q22q34)[9]/46,XX[11]"))
    found = changes(read_karyotype("46,XX,del(7)(q22q34)[9]/46,XX,del(7)(q11q21)[1]/46,XX[10]"), known=known)
    assert [change.clonal for change in found] == [True, False]
