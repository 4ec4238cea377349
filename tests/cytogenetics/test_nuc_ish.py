import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytogenetics.in_situ.nuc_ish import read_nuc_ish
from remnant.cytogenetics.in_situ.signals import nuclei_with_change, other_patterns
from remnant.errors import IscnError


@pytest.mark.parametrize(
    ("text", "abnormal", "scored"),
    [
        ("nuc ish(D5S23x2,EGR1x1)[150/200]", 150, 200),
        ("nuc ish(D5S23,D5S721)x2,(EGR1x1)[150/200]", 150, 200),
        ("nuc ish(D5S23,D5S721x2,EGR1x1)[150/200]", 150, 200),
        ("nuc ish(D5S23,D5S721,EGR1)x2[200]", 0, 200),
        ("nuc ish(D5S23x2,EGR1x2)[200]", 0, 200),
        ("nuc ish(D5S23x2,EGR1x1)[0/40]", 0, 40),
        ("nuc ish(D5S23x1,EGR1x1)[9/200]", 0, 200),
        ("nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23x1,EGR1x1)[8/200]", 150, 200),
        ("nuc ish(D5S23x2,EGR1x1)[150]/(D5S23,EGR1)x2[50]", 150, 200),
        ("nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23,EGR1)x2[50]", 150, 200),
        ("nuc ish (d5s23x2,egr1x1) [3 / 20]", 3, 20),
        ("nuc ish 5p15(D5S23x2),5q31(EGR1x1)[7/25]", 7, 25),
        ("nuc ish 5p15.2(D5S23,D5S721)x2;5q31.2(EGR1)x1 [7/25]", 7, 25),
        ("nuc ish(D5S23x2,EGR1x3~5)[7/25]", 7, 25),
        ("nuc ish(D5S23x2,EGR1x3-5)[7/25]", 7, 25),
        ("NUC ISH(D5S23X2,EGR1X1)[7/25]", 7, 25),
        ("nuc_ish(D5S23x2)(EGR1x1)[7/25]", 7, 25),
        ("nucish (D5S23 × 2, EGR1 × 1)[7/25]", 7, 25),
        ("nuc ish: D5S23x2,EGR1x1[7/25]", 7, 25),
        ("nuc ish(D5S23*2,EGR1*1)[7 of 25 nuclei]", 7, 25),
        ("nuc ish(D5S23x2,EGR1x1)[7]/[25]", 7, 25),
        ("nuc ish(D5S23x2,EGR1-x1)[7/25]", 7, 25),
        ("nuc ish(D5S23x2,EGR1x1)[7/25](28%)", 7, 25),
        ("nuc ish(D5S23x2,LSI EGR1x1)[7/25].", 7, 25),
        ("nuc ish\uff08D5S23x2\uff0cEGR1x1\uff09[7\uff0f25]", 7, 25),
        ("nuc ish(D5S23x2,EGR1x1)[7/25]/(D5S23x2,EGR1x2)[18/25]", 7, 25),
    ],
)
def test_nuclei_of_the_clone(text, abnormal, scored):
    found = nuclei_with_change(read_nuc_ish(text), "EGR1")
    assert (found.abnormal, found.scored, found.uncertain) == (abnormal, scored, False)


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("(RUNX1x3)", [("RUNX1", 3)]),
        ("(RUNX1,PAX5)x2", [("RUNX1", 2), ("PAX5", 2)]),
        ("(RUNX1X3,IGHX2)", [("RUNX1", 3), ("IGH", 2)]),
        ("(runx1x1,mycx3)", [("RUNX1", 1), ("MYC", 3)]),
        ("(DXZ1x2,CEP Xx1)", [("DXZ1", 2), ("CEP X", 1)]),
        ("(wcp7x2,cep8 x 3)", [("wcp7", 2), ("cep8", 3)]),
        ("(RP11-12A4x2)", [("RP11-12A4", 2)]),
        ("(5' IGHx2)", [("5'IGH", 2)]),
        ("(MYC amp)", [("MYC", None)]),
        ("(MYC)amp", [("MYC", None)]),
        ("(D21S259/D21S341x3)", [("D21S259/D21S341", 3)]),
        ("(ABL1 CON BCRX1)", [("ABL1 con BCR", 1)]),
        ("(5'MLLsep3'MLLx1)", [("5'MLL sep 3'MLL", 1)]),
        ("(ASS1 con ABL1 con BCRx1)", [("ASS1 con ABL1 con BCR", 1)]),
        ("(D13S319x0)", [("D13S319", 0)]),
    ],
)
def test_a_name_that_holds_an_x_and_a_number_keeps_it(text, signals):
    (pattern,) = read_nuc_ish(f"nuc ish{text}[10/50]").patterns
    assert [(s.name, s.copies) for s in pattern.signals] == signals


def test_a_fusion_counts_for_both_of_its_probes():
    result = read_nuc_ish("nuc ish(ABL1x3),(BCRx3),(ABL1 con BCRx2)[400]")
    fusion = result.patterns[0].signals[2]
    assert (fusion.probes, fusion.relation, fusion.copies) == (("ABL1", "BCR"), "con", 2)
    assert nuclei_with_change(result, "BCR").abnormal == 400
    assert "every nucleus scored is taken to show it" in result.remarks[0].reading


@pytest.mark.parametrize(
    ("text", "abnormal"),
    [
        ("(MLLx2)(5'MLL sep 3'MLLx1)[12/200]", 12),
        ("(5'KMT2A,3'KMT2A)x2(5'KMT2A con 3'KMT2Ax1)[12/200]", 12),
        ("(5'KMT2Ax2,3'KMT2Ax1)(5'KMT2A con 3'KMT2Ax1)[12/200]", 12),
        ("(5'KMT2A,3'KMT2A)x2(5'KMT2A con 3'KMT2Ax2)[12/200]", 0),
        ("(KMT2Ax2)[12/200]", 0),
    ],
)
def test_two_halves_of_one_gene_belong_together(text, abnormal):
    """A break-apart probe is normal joined: a dual-fusion probe is not."""
    assert nuclei_with_change(read_nuc_ish(f"nuc ish{text}"), "KMT2A").abnormal == abnormal


def test_several_hybridisations_each_count_their_own_nuclei():
    result = read_nuc_ish(
        "nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23,EGR1)x2[50/200],(D7Z1,D7S486)x2[300].nuc ish(CEP8x3)[20/100]"
    )
    assert [pattern.hybridisation for pattern in result.patterns] == [0, 0, 1, 2]
    assert [nuclei_with_change(result, probe).scored for probe in ("EGR1", "D7S486", "CEP8")] == [
        200,
        300,
        100,
    ]
    assert result.scored == 300


def test_the_same_probe_in_two_hybridisations_is_counted_in_the_nuclei_of_both():
    result = read_nuc_ish("nuc ish(D5S23x2,EGR1x1)[15/200].nuc ish(D5S23x2,EGR1x1)[9/100]")
    assert nuclei_with_change(result, "EGR1").abnormal == 24
    assert nuclei_with_change(result, "EGR1").scored == 300


def test_patterns_of_the_same_nuclei_count_them_once_however_they_are_parted():
    for mark in ("/", ",", ";", ".", ".nuc ish", "/nuc ish"):
        result = read_nuc_ish(f"nuc ish(D5S23x2,EGR1x1)[15/200]{mark}(D5S23x1,EGR1x1)[9/200]")
        assert len(result.hybridisations) == 1
        assert nuclei_with_change(result, "EGR1").scored == 200


def test_other_probes_behind_a_slash_are_another_hybridisation_and_said():
    result = read_nuc_ish("nuc ish(D5S23x2,EGR1x1)[150/200]/(CEP8x3)[80/200]")
    assert len(result.hybridisations) == 2
    assert any("another hybridisation" in remark.reading for remark in result.remarks)


def test_without_a_control_probe_a_monosomy_cannot_be_told():
    assert nuclei_with_change(read_nuc_ish("nuc ish(EGR1x1)[10/200]"), "EGR1").uncertain


def test_without_nuclei_there_is_no_count():
    result = read_nuc_ish("nuc ish 4cen(D4Z1x2),4p16.3(D4S96x1)")
    assert result.scored is None
    assert [signal.band for signal in result.patterns[0].signals] == ["4cen", "4p16.3"]
    assert nuclei_with_change(result, "D4S96").scored is None
    assert result.remarks[0].reading.startswith("no nuclei")


@pytest.mark.parametrize("cells", ["[75%]", "[75 %]", "[75.5%/200]"])
def test_a_percentage_is_no_count_and_is_said(cells):
    result = read_nuc_ish(f"nuc ish(D5S23x2,EGR1x1){cells}")
    assert nuclei_with_change(result, "EGR1").abnormal is None
    assert any("a percentage, not a count" in remark.reading for remark in result.remarks)


def test_one_x_signal_is_normal_beside_one_y_and_two_beside_none():
    result = read_nuc_ish("nuc ish(DXZ1,DYZ3)x1[190/200]/(DXZ1x2,DYZ3x0)[10/200]")
    assert [pattern.normal for pattern in result.patterns] == [True, True]
    lost = read_nuc_ish("nuc ish(DXZ1x1,DYZ3x0)[30/200]")
    assert not lost.patterns[0].normal
    assert nuclei_with_change(read_nuc_ish("nuc ish(DXZ1x1,DYZ3x2)[30/200]"), "DYZ3").abnormal == 30


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("nuc ish(D5S23,D5S721)x2,(EGR1x1)[150/200]", "nuc ish(D5S23x2,D5S721x2,EGR1x1)[150/200]"),
        ("nuc ish(ABL1,BCR)x3(ABL1 con BCRx2)[50/200]", "nuc ish(ABL1x3,BCRx3)(ABL1 con BCRx2)[50/200]"),
        ("NUCISH (egr1 X 1 , d5s23 X 2) [3 / 20]", "nuc ish(EGR1x1,D5S23x2)[3/20]"),
        ("nuc ish(D5S23x2,EGR1x2)[200]", "nuc ish(D5S23x2,EGR1x2)[200]"),
        ("nuc ish 5q31(EGR1x1-2)", "nuc ish(EGR1x1~2)"),
        ("nuc ish(MYC)amp[9/20];CEP8x2[40]", "nuc ish(MYC amp)[9/20],(CEP8x2)[40]"),
    ],
)
def test_probes_of_one_hybridisation_share_one_bracket(text, strict):
    assert str(read_nuc_ish(text)) == strict
    assert str(read_nuc_ish(strict)) == strict


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("ish del(5)(q31q31)(EGR1-)[12]", 1),
        ("nuc ish(EGR1x1)[2/20].ish del(5)(q31q31)(EGR1-)[12]", 22),
        ("nuc ish(EGR1x1)[210/200]", 16),
        ("nuc ish(D5S23x2,EGR1)[20/200]", 17),
        ("nuc ish(D5S23x2,EGR1x1[20/200]", 8),
        ("nuc ish", 8),
        ("nuc ish(D5S23x2,EGR1x1)[many]", 24),
        ("nuc ish(D5S23x2,EGR1x1)[-3/20]", 24),
        ("nuc ish(D5S23x2,EGR1x1)[3.5/20]", 24),
        ("nuc ish(D5S23x2,EGR1x1)[3/20/40]", 24),
        ("nuc ish(D5S23x2,EGR1x1)[]", 24),
        ("nuc ish(D5S23x2,EGR1x1)[99999999999/20]", 24),
        ("nuc ish(D5S23x2,,EGR1x1)[2/20]", 17),
        ("nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23x1,EGR1x1)[80/200]", 8),
        ("nuc ish(D5S23x2,EGR1x1)(150/200)", 25),
        ("nuc ish(D5S23x2,EGR1-)[15/200]", 21),
        ("nuc ish(D5S23x2,EGR1x3~1)[15/200]", 21),
        ("nuc ish(D5S23,EGR1x1)x2[15/200]", 19),
        ("nuc ish(D5S23x2,EGR1x1,EGR1x2)[15/200]", 24),
        ("nuc ish()[15/200]", 9),
        ("nuc ish(RUNX1)[15/200]", 9),
        ("nuc ish(ABL1 con BCR sep CEP9x2)[15/200]", 9),
        ("  nuc ish(EGR1x1)[210/200]", 18),
        ("nuc ish(EGR1xx1)[20/200]", 9),
        ("nuc ish(EGR1x1.5)[20/200]", 16),
        ("nuc ish(EGR1x-1)[20/200]", 9),
        ("nuc ish(x1)[20/200]", 9),
        ("nuc ish(EGR1x1)[20,200]", 16),
        ("nuc ish(EGR1x1)[1/0]", 16),
        ("nuc ish(EGR1x1)[20/200].46,XX[20]", 27),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_position(text, position):
    with pytest.raises(IscnError) as refusal:
        read_nuc_ish(text)
    (fault,) = refusal.value.faults
    assert fault.column == f"position {position}"
    assert fault.found
    assert fault.expected
    assert fault.hint


def test_positions_are_counted_from_the_start_of_the_line():
    with pytest.raises(IscnError, match="position 116"):
        read_nuc_ish("nuc ish(EGR1x1)[210/200]", start=100)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nuc ish(D5S23x2,egr1x1)[7/25]", "egr1"),
        ("nuc ish(D5S23x2,IGHX1)[7/25]", "X1"),
        ("nuc ish(D5S23x2,EGR1x1)[7/25] and more", "and more"),
        ("nuc ish probe(D5S23x2,EGR1x1)[7/25]", "probe"),
        ("nuc ish D5S23x2,(EGR1x1)[7/25]", "D5S23x2"),
        ("nuc ish(D5S23x2,EGR1x1)[cp7/25]", "[cp7/25]"),
        (
            "nuc ish(D5S23x2,EGR1x1)[7/25]/(D5S23,EGR1)x2[20/30]",
            "(D5S23x2,EGR1x1)[7/25]/(D5S23,EGR1)x2[20/30]",
        ),
    ],
)
def test_what_was_forgiven_is_said_with_its_place(text, found):
    remarks = read_nuc_ish(text).remarks
    assert [(text.index(found) + 1, found)] == [(remark.position, remark.found) for remark in remarks]


def test_a_probe_that_was_not_hybridised_is_refused():
    with pytest.raises(IscnError, match="it names D5S23, EGR1"):
        nuclei_with_change(read_nuc_ish("nuc ish(D5S23x2,EGR1x1)[1/20]"), "D7S486")


THREE = (
    "nuc ish(D5S23x2,EGR1x1,D7Z1x2)[40/200]/(D5S23x1,EGR1x1,D7Z1x2)[11/200]/(D5S23x2,EGR1x2,D7Z1x1)[6/200]"
)


def test_three_colours_tell_a_deletion_from_a_monosomy_and_from_another_chromosome():
    """D7Z1 lies elsewhere: only D5S23 can say whether the whole of chromosome 5 is gone."""
    result = read_nuc_ish(THREE)
    assert nuclei_with_change(result, "EGR1").abnormal == 40
    said = other_patterns(result, "EGR1")
    assert [line.split()[0] for line in said] == ["11", "6"]
    assert nuclei_with_change(result, "D7Z1").abnormal == 6


def test_without_a_control_of_its_chromosome_every_other_probe_is_one():
    assert nuclei_with_change(read_nuc_ish("nuc ish(ABC1x1,XYZ9x2)[5/50]"), "ABC1").abnormal == 5


def test_a_band_places_a_probe_whose_name_does_not():
    text = "nuc ish 5p15(ABC1x1),5q31(XYZ9x1),7q31(QRS2x2)[5/50]"
    assert nuclei_with_change(read_nuc_ish(text), "XYZ9").abnormal == 0


NAMES = ("D5S23", "EGR1", "D7Z1", "RUNX1", "PAX5", "CEP8", "5'KMT2A", "IGH", "TP53", "RP11-12A4", "D13S319")
COPIES = st.one_of(
    st.integers(0, 9).map(lambda low: f"x{low}"),
    st.tuples(st.integers(0, 4), st.integers(5, 9)).map(lambda pair: f"x{pair[0]}~{pair[1]}"),
    st.just(" amp"),
)


@st.composite
def results(draw):
    """Draw a nuc ish result in the strict spelling."""
    hybridisations = []
    for _ in range(draw(st.integers(1, 3))):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
        scored, patterns = draw(st.integers(10, 500)), []
        for _ in range(draw(st.integers(1, 3))):
            signals = ",".join(name + draw(COPIES) for name in names)
            joined = f"({names[0]} con {names[1]}x1)" if len(names) > 1 and draw(st.booleans()) else ""
            patterns.append(f"({signals}){joined}[{draw(st.integers(0, scored // 4))}/{scored}]")
        hybridisations.append("/".join(patterns))
    return "nuc ish" + ",".join(hybridisations)


@settings(deadline=None)
@given(results())
def test_what_is_written_reads_back(text):
    read = read_nuc_ish(text)
    again = read_nuc_ish(str(read))
    assert str(again) == str(read)
    assert [(p.signals, p.cells, p.scored) for p in again.patterns] == [
        (p.signals, p.cells, p.scored) for p in read.patterns
    ]


@settings(deadline=None)
@given(results(), st.sampled_from(["spaces", "times", "hyphen", "capitals", "marker"]))
def test_the_spellings_of_tired_people_mean_the_same(text, habit):
    changed = {
        "spaces": text.replace(",", " , ").replace("(", " ( ").replace("x", " x ").replace("/", " / "),
        "times": text.replace("x", "\N{MULTIPLICATION SIGN}"),
        "hyphen": text.replace("~", "-"),
        "capitals": text.replace("x", "X").replace("nuc ish", "NUC ISH"),
        "marker": text.replace("nuc ish", "nuc_ish ").replace("],", "].nuc ish "),
    }[habit]
    assert str(read_nuc_ish(changed)) == str(read_nuc_ish(text))


@settings(deadline=None)
@given(results(), st.data())
def test_no_pattern_has_more_nuclei_than_its_hybridisation(text, data):
    place = data.draw(st.integers(0, len(text)))
    damaged = text[:place] + data.draw(st.sampled_from("([])/,x~[7]")) + text[place + 1 :]
    with contextlib.suppress(IscnError):
        for patterns in read_nuc_ish(damaged).hybridisations:
            for one in patterns:
                assert one.cells is None or one.scored is None or one.cells <= one.scored


@settings(deadline=None)
@given(st.text(max_size=50))
def test_any_text_is_read_or_refused(text):
    for whole in (text, f"nuc ish{text}", f"nuc ish(EGR1x1){text}"):
        with contextlib.suppress(IscnError):
            assert read_nuc_ish(whole).patterns
