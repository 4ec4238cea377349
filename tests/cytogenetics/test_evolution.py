import pytest
from hypothesis import given
from tests.cytogenetics.invented import Drawn, karyotypes, read

from remnant.cytogenetics.clones.evolution import Development, Relation, evolve
from remnant.cytogenetics.clones.evolution_strip import evolution_strip
from remnant.cytogenetics.iscn import read_karyotype

BEFORE = "46,XX,del(5)(q13q33)[15]/47,idem,+8[3]/46,XX[2]"


def between(before, after, **more):
    return evolve(read_karyotype(before), read_karyotype(after), **more)


@pytest.mark.parametrize(
    ("after", "development", "gained", "lost"),
    [
        ("46,XX,del(5)(q13q33)[9]/47,idem,+8[3]/46,XX[8]", Development.STABLE, [], []),
        ("46,XX,del(5)(q13q33)[4]/46,XX[16]", Development.REGRESSION, [], ["+8"]),
        ("46,XX,del(5)(q13q33)[1]/46,XX[19]", Development.REGRESSION, [], ["+8"]),
        ("46,XX[20]", Development.NOT_SEEN, [], ["del(5)(q13q33)", "+8"]),
        ("47,XX,del(5)(q13q33),+8[9]/46,idem,-7[4]/46,XX[7]", Development.EVOLUTION, ["-7"], []),
        ("46,XX,del(5)(q13q33)[9]/45,idem,-7[4]/46,XX[7]", Development.EVOLUTION, ["-7"], ["+8"]),
        ("46,XX,del(5)(q13q33)[9]/45,idem,-7[2]/46,XX[9]", Development.REGRESSION, [], ["+8"]),
        (
            "46,XX,del(20)(q11q13)[4]/46,XX[16]",
            Development.UNRELATED,
            ["del(20)(q11q13)"],
            ["del(5)(q13q33)", "+8"],
        ),
        ("//46,XY[20]", Development.NOT_EVALUABLE, [], ["del(5)(q13q33)", "+8"]),
    ],
)
def test_what_became_of_the_clone(after, development, gained, lost):
    found = between(BEFORE, after)
    assert found.development is development
    assert [fate.abnormality for fate in found.gained] == gained
    assert [fate.abnormality for fate in found.lost] == lost


@pytest.mark.parametrize(
    ("before", "after", "development"),
    [
        ("46,XX[20]", "46,XX[20]", Development.NO_CLONE),
        ("46,XX[20]", "45,XX,-7[5]/46,XX[15]", Development.NEW_CLONE),
        ("47,XX,+8[1]/46,XX[19]", "47,XX,+8[5]/46,XX[15]", Development.NEW_CLONE),
        ("46,XX,inv(9)(p12q13)[20]", "46,XX[20]", Development.NO_CLONE),
        ("46,XX,del(5)(q13q33)[20]", "46,XX,del(5)(q13q33)[9]/45,XX,-7[5]/46,XX[6]", Development.UNRELATED),
    ],
)
def test_where_there_was_no_clone_or_there_are_two(before, after, development):
    assert between(before, after).development is development


def test_a_lost_clone_is_excluded_only_above_what_the_metaphases_can_show():
    (lost,) = between("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX[20]").lost
    assert lost.excluded_above == pytest.approx(1 - 0.05 ** (1 / 20))
    assert (lost.cells_before, lost.cells_after) == (18, 0)


def test_without_a_number_of_metaphases_nothing_is_excluded():
    (lost,) = between("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX").lost
    assert (lost.cells_after, lost.excluded_above) == (None, None)


def test_a_donors_cells_exclude_no_clone_of_the_patient():
    (lost,) = between("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX[3]//46,XY[17]").lost
    assert lost.excluded_above == pytest.approx(1 - 0.05 ** (1 / 3))


def test_the_same_deletion_at_other_bands_is_kept_and_the_difference_said():
    (kept,) = between("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX,del(5)(q14q34)[6]/46,XX[14]").kept
    assert (kept.cells_before, kept.cells_after) == (18, 6)
    assert "reported as del(5)(q13q33) before" in kept.note


def test_a_deletion_of_the_other_arm_is_another_abnormality():
    found = between("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX,del(5)(p13)[6]/46,XX[14]")
    assert found.development is Development.UNRELATED


def test_whether_a_marker_is_the_same_is_not_known():
    (kept,) = between("47,XX,+mar[18]/46,XX[2]", "47,XX,+mar[6]/46,XX[14]").kept
    assert "not known" in kept.note


def test_a_clone_stands_to_the_earlier_ones_by_what_it_shares():
    before = "46,XX,del(5)(q13q33)[9]/47,idem,+8[5]/46,XX[6]"
    after = "/".join(
        [
            "46,XX,del(5)(q13q33)[4]",
            "45,idem,-7[4]",
            "47,XX,+8[3]",
            "47,XX,+8,add(17)(p11)[3]",
            "46,XX,del(20)(q11q13)[3]",
            "46,XX[3]",
        ]
    )
    assert [clone.relation for clone in between(before, after).clones] == [
        Relation.SAME,
        Relation.DESCENDANT,
        Relation.ANCESTOR,
        Relation.RELATED,
        Relation.UNRELATED,
    ]


def test_one_cell_of_a_clone_of_an_earlier_visit_is_the_clone_again():
    first, gone, back = (
        read_karyotype(text)
        for text in ("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX[20]", "46,XX,del(5)(q13q33)[1]/46,XX[19]")
    )
    assert evolve(gone, back).development is Development.NO_CLONE
    assert evolve(gone, back, earlier=[first]).development is Development.NEW_CLONE
    assert evolve(first, back, between=[gone]).development is Development.STABLE


def test_new_ones_in_a_single_cell_are_listed_apart():
    found = between("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX,del(5)(q13q33)[9]/45,idem,-7[1]/46,XX[10]")
    assert (found.development, found.single) == (Development.STABLE, ("-7",))


@pytest.mark.parametrize("after", ["46,XX,inc[20]", "45~46,XX,-7,del(5)(q13q33)[cp9]/46,XX[11]"])
def test_an_unread_part_or_a_composite_makes_it_uncertain(after):
    assert not between(BEFORE, after).certain


@given(karyotypes())
def test_the_same_karyotype_twice_is_stable(clones):
    found = evolve(read(clones), read(clones))
    assert found.development in (Development.STABLE, Development.NO_CLONE)
    assert (found.gained, found.lost) == ((), ())


@given(karyotypes(), karyotypes())
def test_what_is_gained_forwards_is_lost_backwards(first, second):
    """Where every clone is large enough, one cell of a known clone makes no difference."""
    before, after = (
        read([Drawn(c.abnormalities, c.cells + 3) for c in clones]) for clones in (first, second)
    )
    forwards, backwards = evolve(before, after), evolve(after, before)
    assert {fate.abnormality for fate in forwards.gained} == {fate.abnormality for fate in backwards.lost}


def strip(*texts):
    return evolution_strip([(f"S{day}", day, read_karyotype(text)) for day, text in enumerate(texts)])


def test_the_strip_has_a_row_for_every_clone_and_its_parent():
    found = strip(
        "46,XX,del(5)(q13q33)[18]/46,XX[2]",
        "46,XX[20]",
        "46,XX,del(5)(q14q33)[1]/46,XX[19]",
        "46,XX,del(5)(q13q33)[5]/45,idem,-7[4]/46,idem,-7,+8[3]/46,XX[8]",
    )
    assert [(clone.abnormalities, clone.parent, clone.cells) for clone in found.clones] == [
        ((), None, (2, 20, 19, 8)),
        (("del(5)(q13q33)",), 0, (18, 0, 1, 5)),
        (("del(5)(q13q33)", "-7"), 1, (0, 0, 0, 4)),
        (("del(5)(q13q33)", "-7", "+8"), 2, (0, 0, 0, 3)),
    ]
    assert [visit.metaphases for visit in found.visits] == [20, 20, 20, 20]


def test_a_cell_of_no_clone_is_counted_with_the_clone_that_it_otherwise_is():
    found = strip("46,XX,del(5)(q13q33)[9]/45,idem,-7[1]/46,XX[10]")
    assert [clone.cells for clone in found.clones] == [(10,), (10,)]


def test_cells_that_are_not_counted_are_not_zero():
    found = strip("46,XX,del(5)(q13q33)", "46,XX[20]")
    assert [clone.cells for clone in found.clones] == [(0, 20), (None, 0)]


@given(karyotypes(), karyotypes(), karyotypes())
def test_every_metaphase_is_in_one_row(first, second, third):
    found = evolution_strip([(str(n), n, read(clones)) for n, clones in enumerate((first, second, third))])
    for at, visit in enumerate(found.visits):
        assert sum(clone.cells[at] for clone in found.clones) == visit.metaphases


def test_each_visit_says_what_its_metaphases_exclude():
    visits = strip("46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX[30]", "46,XX").visits
    assert [round(visit.excluded_above, 3) for visit in visits[:2]] == [0.139, 0.095]
    assert visits[2].excluded_above is None
