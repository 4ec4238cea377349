import pytest

from remnant.cytogenetics.iscn import read_karyotype
from remnant.errors import IscnError

# (text, position of the fault, a word of what is expected or advised)
INVALID = [
    ("", 1, "a karyotype"),
    ("   ", 1, "a karyotype"),
    ("NA", 1, "leave the row out"),
    ("n/a", 1, "leave the row out"),
    ("not done", 1, "leave the row out"),
    ("failed", 1, "number of chromosomes"),
    ("several changes", 1, "number of chromosomes"),
    ("46", 3, "sex chromosomes"),
    ("46,", 3, "sex chromosomes"),
    ("46,[20]", 3, "sex chromosomes"),
    ("46/46,XX[2]", 3, "sex chromosomes"),
    ("46,AB[20]", 4, "sex chromosomes"),
    ("46,20[20]", 4, "sex chromosomes"),
    ("XX,+8[20]", 1, "number of chromosomes"),
    (",XX", 2, "number of chromosomes"),
    ("abd,XX", 1, "number of chromosomes"),
    ("forty-six,XX[20]", 1, "number of chromosomes"),
    ("46.5,XX", 1, "number of chromosomes"),
    ("-46,XX", 1, "number of chromosomes"),
    ("46 XX XY", 1, "number of chromosomes"),
    ("1000000,XX", 1, "number of chromosomes"),
    ("4,XX[20]", 1, "20 to 300"),
    ("460,XX[20]", 1, "20 to 300"),
    ("104,XX", 1, "about 46 chromosomes"),
    ("120,XY[5]", 1, "about 46 chromosomes"),
    ("23,XX[5]", 1, "about 46 chromosomes"),
    ("46,XX[0]", 6, "1 to 10,000 cells"),
    ("46,XX[cp0]", 6, "1 to 10,000 cells"),
    ("46,XX[]", 6, "a number of cells"),
    ("46,XX[abc]", 6, "a number of cells"),
    ("46,XX[-3]", 6, "a number of cells"),
    ("46,XX[cp]", 6, "a number of cells"),
    ("46,XX[1e3]", 6, "a number of cells"),
    ("46,XX[99999999]", 6, "a number of cells"),
    ("46,XX[21/20]", 6, "at most 20 cells"),
    ("46,XX[20", 6, "closing bracket"),
    ("46,XX20]", 8, "opening bracket"),
    ("46,XX(20]", 9, "opening bracket"),
    ("46,XX,del(5(q13q33)[3]", 10, "closing bracket"),
    ("46,XX,del(5)(q13q33[3]", 13, "closing bracket"),
    ("46,XX,del(5)q13q33)[3]", 19, "opening bracket"),
    ("46,XX,t(9;22(q34;q11.2)[3]", 8, "closing bracket"),
    ("46,XX,((del(5)(q13q33)[3]", 8, "closing bracket"),
    ("46,XX,del(5)(q13q33/46,XX[2]", 13, "closing bracket"),
    ("46,XX,del(23)(q13q33)[3]", 11, "1 to 22, X or Y"),
    ("46,XX,del(0)(q13q33)[3]", 11, "1 to 22, X or Y"),
    ("47,XX,+23[3]", 8, "1 to 22, X or Y"),
    ("45,XX,-99[3]", 8, "1 to 22, X or Y"),
    ("46,XX,t(9;25)(q34;q11)[3]", 11, "1 to 22, X or Y"),
    ("46,XX,del(5)(q99)[3]", 10, "the last band of 5q is q35"),
    ("46,XX,del(5)(q13q99)[3]", 10, "the last band of 5q is q35"),
    ("46,XX,inv(16)(p13q98)[3]", 10, "the last band of 16q is q24"),
    ("46,XX,del(5)(q13q44)", 10, "the last band of 5q is q35"),
    ("46,XX,del(7)(p31)", 10, "the last band of 7p is p22"),
    ("46,XY,del(Y)(q21)", 10, "the last band of Yq is q12"),
    ("46,XX,t(9;22)(q34q35;q11.2)[3]", 8, "as many breakpoints as chromosomes: 2"),
    ("46,XX,t(9;22)(q34;q11.2;q13)[3]", 8, "as many breakpoints as chromosomes: 2"),
    ("46,XX,t(9)(q34)[3]", 8, "two chromosomes"),
    ("46,XX,del(5)(q13q22q33)[3]", 10, "at most 2 breakpoints"),
    ("46,XX,add(5)(q13q22)[3]", 10, "at most 1 breakpoint"),
    ("46,XX,del(5)(13)[3]", 14, "is the arm, p or q, missing?"),
    ("46,XX,del(q13q33)[3]", 11, "the chromosome of the del"),
    ("46,XY,t(8;21)", 7, "its breakpoints"),
    ("46,XY,del(7)", 7, "its breakpoints"),
    ("46,XX,dup(1)", 7, "its breakpoints"),
    ("46,XX,inv(3)", 7, "its breakpoints"),
    ("46,XX,add(7)", 7, "its breakpoints"),
    ("46,XX,ins(5;2)", 7, "its breakpoints"),
    ("46,XX,del(5)(z13z33)[3]", 14, "the arm, p or q"),
    ("46,XX,t(9;22)(34;11.2)[3]", 15, "the arm, p or q"),
    ("46,XX,dle(5)(q13q33)[3]", 7, "write del?"),
    ("46,XX,+8,dell(5)(q13q33)[3]", 10, "write del?"),
    ("46,XX,ad(7)(q22)[3]", 7, "write add?"),
    ("46,XX,drr(5)t(5;7)(q13;q22)[3]", 7, "write der?"),
    ("46,XX,idci(21)(q22)[3]", 7, "write idic?"),
    ("46,XX,add(10)(p13)t der(10)t(2;10)(p22;q22)[3]", 19, "is a comma missing?"),
    ("46,idem,+8[3]", 4, "an abnormal clone before it"),
    ("46,XX[20]/47,idem,+8[3]", 14, "an abnormal clone before it"),
    ("47,sl,+8[3]", 4, "an abnormal clone before it"),
    ("47,XX,+8[3]/48,sdl,+9[2]", 16, "a subclone before it"),
    ("47,XX,+8[3]/48,sdl5,+9[2]", 16, "a subclone before it"),
    ("47,XX,+8[3]/48,idem,+9[2]/49,sdl2,+21[3]", 30, "a subclone before it"),
    ("47,XX,+8[3]/48,sl4,+9[2]", 16, "a clone number 4"),
    ("46,XX[3]///46,XX[2]", 11, "a clone beside the slash"),
    ("46,XX[3]/ /46,XX[2]", 10, "a clone beside the slash"),
    ("/", 1, "a clone beside the slash"),
    ("//", 3, "a clone beside the slash"),
    ("/46,XX[3]", 1, "a clone beside the slash"),
    ("46,XX[3]//46,XY[2]//46,XX[2]", 20, "a clone beside the slash"),
    ("46,XX[3]/del(5)(q13q33)[2]", 10, "number of chromosomes"),
    ("46,XX,del(5)(q13q33)[3]/46[2]", 27, "sex chromosomes"),
    ("del(23)(q13)", 1, "number of chromosomes"),
    ("nuc ish(D5S23x2,EGR1x1)[150/200]", 1, "read this text as nuc ish"),
    ("46,XX," + "+8," * 40_000, 100_001, "at most 100,000 letters"),
    ("46,XX[2]/" * 200 + "46,XX[2]", 1_801, "at most 200 clones"),
]


@pytest.mark.parametrize(("text", "position", "words"), INVALID, ids=[text[:40] for text, *_ in INVALID])
def test_what_could_only_be_guessed_is_refused_with_its_place_and_what_to_write(text, position, words):
    with pytest.raises(IscnError) as refusal:
        read_karyotype(text, source="karyotypes.csv", line=7)
    (fault,) = refusal.value.faults
    assert (fault.source, fault.line, fault.column) == ("karyotypes.csv", 7, f"position {position}")
    assert words in f"{fault.expected}; {fault.hint}"


def test_no_refusal_speaks_of_the_grammar():
    for text, *_ in INVALID:
        with pytest.raises(IscnError) as refusal:
            read_karyotype(text)
        said = str(refusal.value)
        assert not any(word in said for word in ("Token", "POINT", "CHROMOSOME", "$END", "lark", "UNKNOWN"))


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("46,XX,del(8)(q34)[3]", 10, "not a band of chromosome 8"),
        ("46,XX,del(5)[3]", 7, "no breakpoints"),
        ("46,XX,t(5;9)(q31)[3]", 7, "read as t(5;9)(q31;?)"),
        ("46,XX,del(5)(q33q13)[3]", 10, "nearer to the centromere"),
        ("46,XX,del(3)(q267)[3]", 10, "the map shows no such part"),
        ("49,XX[3]", 1, "the changes give 46 chromosomes"),
        ("92,XX[3]", 1, "the changes give 46 chromosomes"),
        ("46,XX,+8[3]/46,idem,-7[2]", 13, "its changes give 45 chromosomes"),
        ("46,XX[3]/46,XY[2]", 1, "XX and XY cells"),
        ("46,XX[20]trisomy 8 on request", 10, "not read"),
        ("46,XX,wonder(5)[3]", 7, "not read"),
        ("46,XX,8[3]", 7, "neither + nor -"),
        ("46,XX,del(5)(q13q33)wild[3]", 21, "not read"),
        ("46,XX,inc[3]", 7, "more changes than written"),
    ],
)
def test_where_clones_and_cells_are_clear_the_rest_is_remarked(text, position, words):
    remarks = read_karyotype(text).remarks
    assert any(remark.position == position and words in remark.reading for remark in remarks), remarks
