import pytest

from remnant.cytogenetics.iscn import read_abnormality, read_karyotype
from remnant.cytogenetics.iscn.text import Piece


@pytest.mark.parametrize(
    ("text", "strict", "cells"),
    [
        ("46,xx,del(5)(q21q33)[18]/46,xx[2]", "46,XX,del(5)(q21q33)[18]/46,XX[2]", 20),
        ("46,XY,del(5)(q13q31)[15]/46,XY[6]", "46,XY,del(5)(q13q31)[15]/46,XY[6]", 21),
        ("44-45,xx,-7[3]/46,xx[7]", "44~45,XX,-7[3]/46,XX[7]", 10),
        ("46XX,del(5)(q13;q33)[4]", "46,XX,del(5)(q13q33)[4]", 4),
        ("46,XX,-7+8[4]", "46,XX,-7,+8[4]", 4),
        ("46,XY[3]//46,XX[17]", "46,XY[3]//46,XX[17]", 20),
        ("46,XX,t(4:12)(q34:q14)[16,one with 92]", "46,XX,t(4;12)(q34;q14)[16]", 16),
        ("46,XX[6+3]", "46,XX[9]", 9),
    ],
)
def test_a_report_is_written_strictly(text, strict, cells):
    karyotype = read_karyotype(text)
    assert str(karyotype) == strict
    assert karyotype.cells == cells
    assert str(read_karyotype(strict)) == strict


def test_a_subclone_inherits():
    karyotype = read_karyotype("46,XX,del(5)(q14q34)[6]/45,idem,-7[3]/47,sdl,+8,-del(5)(q14q34)[2]/46,XX[7]")
    assert [[a.text for a in clone.abnormalities] for clone in karyotype.clones] == [
        ["del(5)(q14q34)"],
        ["del(5)(q14q34)", "-7"],
        ["-7", "+8"],
        [],
    ]


def test_an_independent_clone_does_not_inherit_and_is_inherited_from():
    karyotype = read_karyotype("46,XX,del(5)(q14q34)[6]/47,XX,+8[3]/48,idem,+21[2]")
    assert [a.text for a in karyotype.clones[2].abnormalities] == ["+8", "+21"]


def test_a_gain_lost_again_in_a_subclone_is_gone():
    karyotype = read_karyotype("47,XX,+8[6]/46,sl,-8,+21,-7[2]")
    assert [a.text for a in karyotype.clones[1].abnormalities] == ["+21", "-7"]


def test_parts_of_a_derivative_are_told_apart():
    (abnormality,) = (
        read_karyotype("46,XX,der(10)t(7;10)(q22;p13)ins(10;?)(p13;?)[4]").clones[0].abnormalities
    )
    assert [part.kind for part in abnormality.segments] == ["der", "t", "ins"]
    assert abnormality.segments[1].chromosomes == ("7", "10")
    assert abnormality.segments[1].arms == ("q", "p")


def test_constitutional_changes_are_marked():
    clone = read_karyotype("47,XY,+21c,del(5)(q13q33)[5]").clones[0]
    assert [a.constitutional for a in clone.abnormalities] == [True, False]


def test_cells_of_a_composite_clone_may_differ():
    clone = read_karyotype("44~46,XX,del(5)(q13q33)[5],-7[3][cp8]").clones[0]
    assert clone.composite
    assert clone.cells == 8
    assert [a.cells for a in clone.abnormalities] == [5, 3]


def test_missing_cells_are_unknown_and_not_zero():
    karyotype = read_karyotype("46,XX,del(5)(q13q33)/46,XX[4]")
    assert karyotype.cells is None
    assert any("no cells" in remark.reading for remark in karyotype.remarks)


def test_what_is_not_understood_is_kept_with_its_place():
    karyotype = read_karyotype("46,XX,wonder(5)[3]")
    (remark,) = [remark for remark in karyotype.remarks if remark.unread]
    assert (remark.position, remark.found) == (7, "wonder(5)")
    assert not karyotype.complete


def test_in_situ_results_stay_apart():
    karyotype = read_karyotype("46,XX[20].nuc ish(D5S23x2,EGR1x1)[150/200]")
    assert karyotype.in_situ == "nuc ish(D5S23x2,EGR1x1)[150/200]"
    assert karyotype.cells == 20


def test_a_number_that_its_changes_cannot_give_is_remarked():
    assert any("46 chromosomes" in remark.reading for remark in read_karyotype("49,XX[3]").remarks)
    for text in ("45,X,-Y[3]", "45,X[3]", "47,XXY[3]", "46,XX,+8,-7[3]", "45,XX,-7[3]"):
        assert read_karyotype(text).remarks == (), text


def test_a_loss_is_made_good_in_a_subclone():
    karyotype = read_karyotype("45,XX,-7[6]/46,sl,+7[2]/47,sl,+7,+8[2]")
    assert [[a.text for a in clone.abnormalities] for clone in karyotype.clones] == [["-7"], [], ["+8"]]


def test_of_two_copies_one_may_be_lost():
    karyotype = read_karyotype("48,XX,+8x2[6]/47,sl,-8[2]/94,slx2,-8,-8[1]")
    assert [[(a.text, a.copies) for a in clone.abnormalities] for clone in karyotype.clones] == [
        [("+8x2", 2)],
        [("+8", 1)],
        [("+8x2", 2)],
    ]
    assert [clone.doubled for clone in karyotype.clones] == [1, 1, 2]


def test_the_second_clone_and_the_second_subclone_are_found_by_their_number():
    text = "47,XX,+8[5]/46,XX,del(7)(q22)[5]/47,sl2,+9[2]/48,sl1,+21[2]/48,sdl1,+19[2]/49,sdl2,+22[2]"
    held = [[a.text for a in clone.abnormalities] for clone in read_karyotype(text).clones]
    assert held[2:] == [
        ["del(7)(q22)", "+9"],
        ["+8", "+21"],
        ["del(7)(q22)", "+9", "+19"],
        ["+8", "+21", "+22"],
    ]


# Every symbol, in the strict spelling: what is read is written back, without a remark.
STRICT = """
    +8 | -7 | -Y | +X | +21c | +8x2 | +?8 | del(5)(q13q33) | del(5)(q13) | del(5)(q?) | del(5)(q)
    | del(5)(?q13q33) | del(5)(q1?3q33) | del(5)(q13~14q33) | add(7)(q22) | dup(1)(q21q32) | trp(1)(q21q32)
    | qdp(1)(q21q32) | inv(3)(q21q26.2) | inv(16)(p13.1q22) | inv dup(15)(q11.2q13) | ins(6;3)(q22;p14p24)
    | ins(3)(p14q22q25) | t(9;22)(q34;q11.2) | t(X;14)(p11.2;q32) | t(8;21;17)(q22;q22;q21)
    | t(2;8;8;21)(p13;q22;q24;q22) | der(5;17)(p10;q10) | der(1;7)(q10;p10) | der(6)add(6)(p24)add(6)(q22)
    | der(10)t(7;10)(q22;p13)ins(10;?)(p13;?) | der(6)del(6)(p12)t(6;20)(q25;q11.2)inv(6)(q13q22)
    | +der(?)t(?;12)(?;q13) | dic(14;18)(q23;q22) | psu dic(14;15)(q13;q13) | der dic(2;19)(q33;q13.2)
    | idic(X)(q13) | i(17)(q10) | +i(8)(q10) | ider(20)(q10)del(20)(q11.2) | r(7)(p22q36) | r(7) | +r
    | rob(13;14)(q10;q10) | tas(10;14)(q26;q32) | fra(3)(p14.2) | fis(10)(p10) | upd(15)mat | hsr(1)(p22)
    | neo(1)(q31) | trc(3;10;8)(q26.2;q22p13;q24) | rec(7)dup(7)(p21)inv(7)(p21q33)mat | tel(1)(p36)
    | +mar | +mar1 | +2mar | +1~3mar | mar1x2 | dmin | 1~5dmin | ace | frag | min | ?del(5)(q13q33)
    | +?del(5)(q13q33) | del(5)(q13q33)c | del(22)(q11.2)dn | inv(9)(p12q13)?c | del(5)(q13q33)x2
    | der(14)(14pter->14q22::14q24.1->14q31) | del(5)(pter->q13::q33->qter)
    | add(10)(p13) or dup(10)(p13p14)
"""


@pytest.mark.parametrize("text", [text.strip() for text in STRICT.split("|")])
def test_every_symbol_is_read_and_written_back(text):
    remarks = []
    found = read_abnormality(Piece(text, 0), remarks)
    assert found.text == text
    assert [remark for remark in remarks if "one or the other" not in remark.reading] == []
    clone = read_karyotype(f"44~48,XX,{text}[5]").clones[0]
    assert clone.text == f"44~48,XX,{text}[5]"
    assert clone.abnormalities == (found,)
    small = read_karyotype(f"44~48,xx,{text.lower()}[5]")
    assert small.clones == (clone,)


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("5q-", "del(5)(q?)"),
        ("-5q", "del(5)(q?)"),
        ("del(5q)", "del(5)(q)"),
        ("del5q", "del(5)(q)"),
        ("del(5q13q33)", "del(5)(q13q33)"),
        ("del5(q13q33)", "del(5)(q13q33)"),
        ("del5)(q13q33)", "del(5)(q13q33)"),
        ("del(5))q13q33)", "del(5)(q13q33)"),
        ("del(598q13q33)", "del(5)(q13q33)"),
        ("del(59(q13q33)", "del(5)(q13q33)"),
        ("del(5)(q)(13q33)", "del(5)(q13q33)"),
        ("del(5)(q13;q33)", "del(5)(q13q33)"),
        ("del (5) (q13 q33)", "del(5)(q13q33)"),
        ("del(5)(q13q33).", "del(5)(q13q33)"),
        ("del(5)(q13-14q33)", "del(5)(q13~14q33)"),
        ("t(9:22)(q34:q11.2)", "t(9;22)(q34;q11.2)"),
        ("t(9,22)(q34,q11.2)", "t(9;22)(q34;q11.2)"),
        ("t(9;22)(q34q11.2)", "t(9;22)(q34;q11.2)"),
        ("der(22)(t(9;22)(q34;q11.2)", "der(22)t(9;22)(q34;q11.2)"),
        ("+1-3mar", "+1~3mar"),
        ("+mar1-3", "+mar1~3"),
        ("+mar1+mar2", "+mar1,+mar2"),
        ("del(5)(q13q33)*2", "del(5)(q13q33)x2"),
        ("del(5)(q13q33)×2", "del(5)(q13q33)x2"),
        ("−7", "-7"),
        ("minus 7", "-7"),
        ("-7?", "-?7"),
        ("del(5)(pter→q13::q33→qter)", "del(5)(pter->q13::q33->qter)"),
    ],
)
def test_an_old_or_careless_spelling_is_repaired_and_told(text, strict):
    karyotype = read_karyotype(f"45~47,XX,{text}[5]")
    assert karyotype.clones[0].text == f"45~47,XX,{strict}[5]"
    assert karyotype.remarks
    assert karyotype.complete
    assert all(1 <= remark.position <= len(karyotype.text) for remark in karyotype.remarks)


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("46XX,+8,-7[3]", "46,XX,+8,-7[3]"),
        ("46,XX,+8-7[3]", "46,XX,+8,-7[3]"),
        ("46,XX,+8;-7[3]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,,-7[3]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7,[3]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[3],", "46,XX,+8,-7[3]"),
        ("46, XX, +8, -7 [3]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[3 cells]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[3, one is 4n]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[3/20]", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[2+1]", "46,XX,+8,-7[3]"),
        ("46,XX,+8[3],-7", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[3].", "46,XX,+8,-7[3]"),
        ("46,XX,+8,-7[3]46,XX[2]", "46,XX,+8,-7[3]/46,XX[2]"),
        ("46,XX,+8,-7[3]/46,XX[2]/", "46,XX,+8,-7[3]/46,XX[2]"),
        ("4647,XX,+8[3]", "46~47,XX,+8[3]"),
        ("47-46,XX,+8[3]", "46~47,XX,+8[3]"),
        ("46,XX,del(5)(q13q33)del(7)(q22)[3]", "46,XX,del(5)(q13q33),del(7)(q22)[3]"),
        ("46,XX,del(5)(q13q33) del(7)(q22)[3]", "46,XX,del(5)(q13q33),del(7)(q22)[3]"),
        ("46,XX,del(5)(q13q33).-7,+8[3]", "46,XX,del(5)(q13q33),-7,+8[3]"),
        ("44,XX,-20,*2[3]", "44,XX,-20x2[3]"),
    ],
)
def test_a_clone_is_told_apart_where_signs_are_missing_or_spare(text, strict):
    karyotype = read_karyotype(text)
    assert str(karyotype) == strict
    assert karyotype.remarks


def test_cells_in_words_are_clones_too():
    text = "47,XX,+8[5]/nonclonal w/clonal abnormalities[2]/4n[1]/46,XX[9]/nonclonal[3]"
    clones = read_karyotype(text).clones
    assert [(c.cells, c.nonclonal, c.normal) for c in clones] == [
        (5, False, False),
        (2, True, False),
        (1, True, False),
        (9, False, True),
        (3, True, False),
    ]


def test_mosaic_chimera_ploidy_and_donor_are_kept():
    karyotype = read_karyotype("mos 47,XXY[10]/46,XY[20]")
    assert (str(karyotype), karyotype.remarks) == ("mos 47,XXY[10]/46,XY[20]", ())
    assert str(read_karyotype("chi 46,XX[25]/46,XY[10]")) == "chi 46,XX[25]/46,XY[10]"
    assert str(read_karyotype("//46,XX[20]")) == "//46,XX[20]"
    (clone,) = read_karyotype("88~91<4n>,XXYY,-5x2,-7[8]").clones
    assert (clone.number_low, clone.number_high, clone.ploidy) == (88, 91, 4)
    donors = read_karyotype("46,XY,del(5)(q13q33)[2]//46,XX[10]/46,XX,+8[1]").clones
    assert [clone.donor for clone in donors] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("46,XX[20]", "female"),
        ("46,XY[20]", "male"),
        ("45,X,-Y[20]", "male"),
        ("45,X,-X[20]", "female"),
        ("45,X[20]", None),
        ("45,X[5]/46,XY[15]", "male"),
        ("46,X,t(X;19)(p11.2;q13.1)[20]", "female"),
        ("46,X,idic(X)(q13)[20]", "female"),
        ("47,XXY[20]", "male"),
        ("46,XY[3]//46,XX[17]", "male"),
        ("//46,XX[20]", None),
    ],
)
def test_the_sex_is_told_by_the_patients_own_sex_chromosomes(text, sex):
    assert read_karyotype(text).sex == sex


@pytest.mark.parametrize(
    "text",
    [
        "45,X,-Y[3]",
        "45,X[3]",
        "47,XXY[3]",
        "49,XXXXY[3]",
        "46,XX,+8,-7[3]",
        "48,XXYc,+X[3]",
        "46,Xc,+21[3]",
        "45,XX,dic(14;18)(q23;q22)[3]",
        "45,XX,der(14;21)(q10;q10)[3]",
        "46,XX,+1,der(1;7)(q10;p10)[3]",
        "46,X,t(X;19)(p11.2;q13.1)[3]",
        "47~49,XX,+1~3mar[3]",
        "69,XXY[3]",
        "92,XXYY[3]",
        "90<4n>,XXYY,-5x2[3]",
        "26,X,+4,+6,+21[3]",
        "46,XX,5~9dmin[3]",
        "47,XX,+8[3]/48,sl,+9[2]/96,sdl1x2[2]",
    ],
)
def test_a_number_that_its_changes_give_is_not_remarked(text):
    assert [remark for remark in read_karyotype(text).remarks if "multiplied" not in remark.reading] == []


def test_an_abnormality_jotted_down_alone_is_read_and_called_incomplete():
    for text in ("del(5q)", "del5q", "5q-", "-7", "del(5)(q13q33), +8"):
        karyotype = read_karyotype(text)
        assert karyotype.clones[0].abnormalities
        assert (karyotype.cells, karyotype.complete) == (None, False)


def test_the_bands_of_a_deletion_written_from_end_to_end_are_its_breakpoints():
    (found,) = read_karyotype("46,XX,del(5)(pter->q13::q33->qter)[3]").clones[0].abnormalities
    assert found.segments[0].bands == ("q13q33",)
    assert found.key == read_karyotype("46,XX,del(5)(q13q33)[3]").clones[0].abnormalities[0].key


@pytest.mark.parametrize("text", ["+1~3mar", "+1-3mar", "+mar1~3", "+mar1-3"])
def test_a_range_of_copies_is_kept(text):
    (found,) = read_karyotype(f"47~49,XX,{text}[3]").clones[0].abnormalities
    assert (found.sign, found.copies, found.copies_at_most) == ("+", 1, 3)


def test_a_clone_of_which_a_part_was_not_read_is_not_normal_nor_are_its_subclones():
    karyotype = read_karyotype("46,XX,zzz[4]/47,idem,+8[3]/46,XX[13]")
    assert [clone.normal for clone in karyotype.clones] == [False, False, True]
    assert [clone.whole for clone in karyotype.clones] == [False, False, True]
