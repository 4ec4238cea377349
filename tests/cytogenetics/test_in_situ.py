import contextlib
import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytogenetics.in_situ.read import is_in_situ, read_in_situ
from remnant.errors import IscnError

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "karyotypes-a"


def test_metaphases_are_kept_apart_from_nuclei():
    found = read_in_situ("nuc ish(D5S23x2,EGR1x1)[150/200].ish del(5)(q31q31)(EGR1-)[12]")
    assert found.nuclei.scored == 200
    (pattern,) = found.metaphases
    assert (pattern.cells, pattern.findings[0].abnormality) == (12, "del(5)(q31q31)")
    (signal,) = pattern.findings[0].signals
    assert (signal.probes, signal.sign, signal.copies) == (("EGR1",), "-", None)


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        (
            "ish t(6;12)(q23;p13)(MYB+;ETV6+,MYB-)",
            [("MYB", "+", 0), ("ETV6", "+", 1), ("MYB", "-", 1)],
        ),
        ("ish i(8)(q10)(MYC++,D8Z2+)", [("MYC", "++", 0), ("D8Z2", "+", 0)]),
        ("ish der(5) (5pter->5q13::5q33->5qter)(TERT+, EGR1-)", [("TERT", "+", 0), ("EGR1", "-", 0)]),
        ("ish idic(?)(5' KMT2A++)", [("5'KMT2A", "++", 0)]),
        ("ish der(21)t(8;21)(RUNX1+,RUNX1T1-)", [("RUNX1", "+", 0), ("RUNX1T1", "-", 0)]),
        ("ish der(8)(wcp8+)", [("wcp8", "+", 0)]),
    ],
)
def test_signs_of_probes_on_chromosomes(text, signals):
    (pattern,) = read_in_situ(text).metaphases
    (finding,) = pattern.findings
    assert [(s.probes[0], s.sign, s.chromosome) for s in finding.signals] == signals


def test_copies_of_probes_on_chromosomes():
    one, two = read_in_situ("ish 22q11.2(D22S75x1)[5]/22q11.2(D22S75x2)[15]").metaphases
    assert [(p.cells, p.findings[0].abnormality) for p in (one, two)] == [(5, "22q11.2"), (15, "22q11.2")]
    assert [p.findings[0].signals[0].copies for p in (one, two)] == [1, 2]


def test_several_chromosomes_of_one_metaphase_are_several_findings():
    (pattern,) = read_in_situ("ish del(11)(q22q23)(ATM-),add(17)(p13)(TP53-)[cp8]").metaphases
    assert [str(finding) for finding in pattern.findings] == ["del(11)(q22q23)(ATM-)", "add(17)(p13)(TP53-)"]
    assert (pattern.cells, pattern.composite) == (8, True)


def test_an_abnormality_without_a_probe_is_said():
    found = read_in_situ("ish del(5)(q31q31)")
    assert [remark.unread for remark in found.remarks] == [True]


def test_an_array_counts_copies_and_no_cells():
    found = read_in_situ("arr[GRCh38] 5q14.1q33.3(80000000_155000000)x1[0.6]")
    (finding,) = found.arrays[0].findings
    assert (found.arrays[0].build, finding.chromosome, finding.bands) == ("GRCh38", "5", "q14.1q33.3")
    assert (finding.start, finding.end, finding.copies, finding.fraction) == (80000000, 155000000, 1, 0.6)
    assert found.nuclei is None
    assert found.metaphases == ()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("arr 5q14.1q33.3(80,000,000-155,000,000)x1", [("5", "q14.1q33.3", 80000000, 155000000, 1, None)]),
        ("arr(1-22)x2,(X,Y)x1", [("1-22", "", None, None, 2, None), ("X,Y", "", None, None, 1, None)]),
        ("ARR[hg19] 8X2~3", [("8", "", None, None, 2, None)]),
        ("arr 5q14q33x1[60%]", [("5", "q14q33", None, None, 1, 0.6)]),
        ("arr snp 17p13.3p11.2(1_22000000)x2 hmz[0.4]", [("17", "p13.3p11.2", 1, 22000000, 2, 0.4)]),
        ("arr Xp22.33q28(1_2)x3", [("X", "p22.33q28", 1, 2, 3, None)]),
    ],
)
def test_regions_of_arrays(text, read):
    (result,) = read_in_situ(text).arrays
    found = [(f.chromosome, f.bands, f.start, f.end, f.copies, f.fraction) for f in result.findings]
    assert found == read


def test_a_result_of_another_kind_is_kept_and_said_to_be_unread():
    found = read_in_situ("nuc ish(CEP8x3)[20/100].ogm[GRCh38] 5q14q33(1_2)x1.ish (EGR1x1)[3]")
    assert found.unread == ("ogm[GRCh38] 5q14q33(1_2)x1",)
    assert [remark.unread for remark in found.remarks] == [True]
    assert found.metaphases[0].cells == 3


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("words", 1),
        ("arr", 4),
        ("ish", 4),
        ("arr 5q31(9_1)x1", 10),
        ("arr 5q31(1_9)x1[6]", 17),
        ("arr 25q31(1_9)x1", 5),
        ("ish del(5)(q31q31)(EGR1-,D5S23)[12]", 26),
        ("ish del(5)(q31q31)(EGR1-)[12/10]", 26),
        ("nuc ish(EGR1x1)[2/20].arr 5q31(9_1)x1", 32),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_position(text, position):
    with pytest.raises(IscnError) as refusal:
        read_in_situ(text)
    (fault,) = refusal.value.faults
    assert fault.column == f"position {position}"
    assert fault.expected
    assert fault.hint


@pytest.mark.parametrize(
    "text",
    [
        "nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23x2,EGR1x2)[50/200],(CEP8x3)[9/100]",
        "ish t(6;12)(MYB+;ETV6+,MYB-),del(5)(q31q31)(EGR1-)[12]/5q31(EGR1x2)[8]",
        "arr[GRCh38] 5q14.1q33.3(80000000_155000000)x1[0.6],8x3,(1-22)x2",
        "nuc ish(MYC amp,IGHx2~4)(IGH con MYCx1)[3/40].ish del(5)(q31)(EGR1-x1)[cp5].arr 7q22q36x1~2 mos",
    ],
)
def test_the_strict_spelling_reads_back_to_itself(text):
    assert str(read_in_situ(text)) == text
    assert not any(remark.unread for remark in read_in_situ(text).remarks)


def test_an_in_situ_result_alone_is_told_from_a_karyotype():
    assert all(map(is_in_situ, ("nuc ish(A)", "ISH (A)", " nuc_ish", "arr 5", ".nucish(A)", "ogm x")))
    assert not any(map(is_in_situ, ("46,XX[20].nuc ish(A)", "", "isochromosome", "array", "finish")))


REAL = [SHARED / "cytogps_start_karyotypes.csv"]


@pytest.mark.skipif(not REAL[0].exists(), reason="needs shared/data/karyotypes-a")
def test_every_in_situ_result_of_real_reports_is_read_whole():
    with REAL[0].open(encoding="utf-8") as file:
        texts = [row["karyotype"] for row in csv.DictReader(file)]
    tails = [text[text.rindex(mark) + 1 :] for text in texts for mark in (".ish", ".nuc ish") if mark in text]
    assert len(tails) > 20
    for tail in tails:
        found = read_in_situ(tail)
        assert found.metaphases or found.nuclei
        assert not any(remark.unread for remark in found.remarks)
        assert str(read_in_situ(str(found))) == str(found)


WRITTEN = (
    "nuc ish|ish |arr|ogm|[GRCh38] |(|)|[|]|/|,|;|.| |x2|x1~3|X1|\N{MULTIPLICATION SIGN}3|EGR1|D5S23|RUNX1|"
    "5'KMT2A| con | sep | amp|-|++|150/200|[7/25]|[cp3]|75%|[75%]|5q31|5q14.1q33.3|(80000000_155000000)|hmz|"
    "0.6|del(5)|nucish(EGR1x1)[3/20]|\t|\n|\u2028|\x00|\u00e9|\U0001f9ec|\u0663|99999999999999999999"
)
PARTS = st.sampled_from(WRITTEN.split("|"))
TEXTS = st.one_of(
    st.lists(PARTS, max_size=14).map("".join),
    st.lists(st.one_of(PARTS, st.text(max_size=3)), max_size=10).map("".join),
)


def _read_or_refused(text):
    with contextlib.suppress(IscnError):
        found = read_in_situ(text)
        if not found.remarks:
            assert str(read_in_situ(str(found))) == str(found), text


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_any_text_is_read_or_refused_and_what_is_read_can_be_written(text):
    _read_or_refused(text)
    _read_or_refused(f"nuc ish{text}")


@pytest.mark.slow
@settings(deadline=None, max_examples=50_000)
@given(TEXTS)
def test_a_hundred_thousand_texts_are_read_or_refused(text):
    _read_or_refused(text)
    _read_or_refused(f"nuc ish({text}")
