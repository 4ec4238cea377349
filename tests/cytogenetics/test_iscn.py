import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytogenetics.clonality import changes
from remnant.cytogenetics.complexity import complexity
from remnant.cytogenetics.iscn import read_karyotype
from remnant.errors import IscnError

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
COHORT = DATA / "ipssm-cohort-a" / "df_clinical.tsv"
CLINICAL = DATA / "karyotypes-a" / "cytogps_start_karyotypes.csv"
CORPUS = DATA / "karyotypes-a" / "iscn_validity_corpus.json"


def read_all(texts):
    """Read strings; whatever they hold, the answer is a karyotype or a refusal with its place."""
    read, refused = [], []
    for text in texts:
        try:
            karyotype = read_karyotype(text)
        except IscnError as error:
            refused.append(error.faults[0].column)
        else:
            changes(karyotype), complexity(karyotype)
            read.append(karyotype)
    assert all(place.startswith("position ") for place in refused)
    return read, refused


@pytest.mark.parametrize(
    ("text", "strict", "cells"),
    [
        ("46,xx,del(5)(q21q33)[18]/46,xx[2]", "46,XX,del(5)(q21q33)[18]/46,XX[2]", 20),
        ("46,XY,del(5)(q13q31)[15]/46,XY[6]", "46,XY,del(5)(q13q31)[15]/46,XY[6]", 21),
        ("44-45,xx,-7[3]/46,xx[7]", "44~45,XX,-7[3]/46,XX[7]", 10),
        ("46XX,del(5)(q13;q33)[4]", "46,XX,del(5)(q13q33)[4]", 4),
        ("46,XX,-7+8[4]", "46,XX,-7,+8[4]", 4),
        ("46,XY[3]//46,XX[17]", "46,XY[3]//46,XX[17]", 20),
        ("46,XX,t(4:12)(q34:q14)[16,one is 4n]", "46,XX,t(4;12)(q34;q14)[16]", 16),
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
    (abnormality,) = read_karyotype("46,XX,der(9)t(8;9)(q13;p22)ins(9;?)(p22;?)[4]").clones[0].abnormalities
    assert [part.kind for part in abnormality.segments] == ["der", "t", "ins"]
    assert abnormality.segments[1].chromosomes == ("8", "9")
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


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("   ", 1),
        ("46", 3),
        ("abc,XX", 1),
        ("5,XX[3]", 1),
        ("46,XX,del(5(q13q33)[3]", 10),
        ("46,XX,dle(5)(q13q33)[3]", 7),
        ("99,XX[3]", 1),
        ("46,XX[10]/47,idem,+8[3]", 14),
        ("46,XX,+8[3]/47,sdl4,+9[2]", 16),
        ("five q minus", 1),
    ],
)
def test_what_could_only_be_guessed_is_refused_with_its_position(text, position):
    with pytest.raises(IscnError) as refusal:
        read_karyotype(text, source="karyotypes.csv", line=7)
    (fault,) = refusal.value.faults
    assert (fault.source, fault.line, fault.column) == ("karyotypes.csv", 7, f"position {position}")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="46,XYxy del(5)(q13q33)[20]/+-78idemslcp~?;*\u00b5_", max_size=60))
def test_any_text_is_read_or_refused(text):
    read, refused = read_all([text])
    assert len(read) + len(refused) == 1


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_text_of_any_script_is_read_or_refused(text):
    read, refused = read_all([text, f"46,XX,{text}[3]"])
    assert len(read) + len(refused) == 2


@pytest.mark.skipif(not COHORT.exists(), reason="../shared/data/ipssm-cohort-a is not beside the repository")
def test_strings_of_a_real_cohort_are_read():
    with COHORT.open() as lines:
        texts = [row["CYTOGENETICS"] for row in csv.DictReader(lines, delimiter="\t")]
    read, refused = read_all([text for text in texts if text not in ("", "NA")])
    assert len(refused) <= 0.02 * (len(read) + len(refused))
    assert sum(karyotype.complete for karyotype in read) >= 0.97 * len(read)
    for karyotype in read:
        again = read_karyotype(str(karyotype))
        assert str(again) == str(karyotype)
        assert again.cells == karyotype.cells


@pytest.mark.skipif(not CLINICAL.exists(), reason="../shared/data/karyotypes-a is not beside the repository")
def test_every_string_that_a_grammar_takes_is_read_whole():
    with CLINICAL.open() as lines:
        rows = list(csv.DictReader(lines))
    taken = [row["karyotype"] for row in rows if row["cytogps_status"] == "Success"]
    read, refused = read_all(taken)
    assert refused == []
    assert all(karyotype.complete for karyotype in read)
    read_all([row["karyotype"] for row in rows])


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/data/karyotypes-a is not beside the repository")
def test_a_corpus_of_valid_and_invalid_strings_is_told_apart():
    corpus = json.loads(CORPUS.read_text())
    silent = ("no cells in brackets", "the changes give 47 chromosomes")  # one of them has a marker too many
    for case in corpus["valid"]:
        karyotype = read_karyotype(case["input"])
        assert [r for r in karyotype.remarks if not r.reading.startswith(silent)] == [], case["input"]
    read, refused = read_all([case["input"] for case in corpus["invalid"]])
    assert read == []
    assert len(refused) == 6
