import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytogenetics.chromosome import chromosome_of
from remnant.cytogenetics.nuc_ish import read_nuc_ish
from remnant.cytogenetics.signals import nuclei_with_change, other_patterns
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
        ("nuc ish (d5s23x2,egr1x1) [3 / 20]", 3, 20),
        ("nuc ish 5p15(D5S23x2),5q31(EGR1x1)[7/25]", 7, 25),
        ("nuc ish(D5S23x2,EGR1x3~5)[7/25]", 7, 25),
    ],
)
def test_nuclei_of_the_clone(text, abnormal, scored):
    found = nuclei_with_change(read_nuc_ish(text), "EGR1")
    assert (found.abnormal, found.scored, found.uncertain) == (abnormal, scored, False)


def test_a_fusion_counts_for_both_of_its_probes():
    result = read_nuc_ish("nuc ish(ABL1x3),(BCRx3),(ABL1 con BCRx2)[400]")
    fusion = result.patterns[0].signals[2]
    assert (fusion.probes, fusion.relation, fusion.copies) == (("ABL1", "BCR"), "con", 2)
    assert nuclei_with_change(result, "BCR").abnormal == 400


def test_a_probe_whose_name_holds_an_x_and_a_number_keeps_it():
    (signal,) = read_nuc_ish("nuc ish(RUNX1x3)[10/50]").patterns[0].signals
    assert (signal.probes, signal.copies) == (("RUNX1",), 3)


def test_without_a_control_probe_a_monosomy_cannot_be_told():
    assert nuclei_with_change(read_nuc_ish("nuc ish(EGR1x1)[10/200]"), "EGR1").uncertain


def test_without_nuclei_there_is_no_count():
    result = read_nuc_ish("nuc ish 4cen(D4Z1x2),4p16.3(D4S96x1)")
    assert result.scored is None
    assert nuclei_with_change(result, "D4S96").scored is None
    assert result.remarks[0].reading.startswith("no nuclei")


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300))
def test_what_is_written_reads_back(abnormal, normal):
    if abnormal + normal == 0:
        return
    text = f"nuc ish(D5S23x2,EGR1x1)[{abnormal}/{abnormal + normal}]"
    assert str(read_nuc_ish(text)) == text


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("ish del(5)(q31q31)(EGR1-)[12]", 1),
        ("nuc ish(EGR1x1)[210/200]", 16),
        ("nuc ish(D5S23x2,EGR1)[20/200]", 17),
        ("nuc ish(D5S23x2,EGR1x1[20/200]", 8),
        ("nuc ish", 8),
        ("nuc ish(D5S23x2,EGR1x1)[many]", 24),
        ("nuc ish(D5S23x2,,EGR1x1)[2/20]", 17),
        ("nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23x1,EGR1x1)[80/200]", 8),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_position(text, position):
    with pytest.raises(IscnError) as refusal:
        read_nuc_ish(text)
    assert refusal.value.faults[0].column == f"position {position}"


def test_a_probe_that_was_not_hybridised_is_refused():
    with pytest.raises(IscnError, match="it names D5S23, EGR1"):
        nuclei_with_change(read_nuc_ish("nuc ish(D5S23x2,EGR1x1)[1/20]"), "D7S486")


@settings(deadline=None)
@given(st.text(max_size=50))
def test_any_text_is_read_or_refused(text):
    for whole in (text, f"nuc ish{text}", f"nuc ish(EGR1x1){text}"):
        with contextlib.suppress(IscnError):
            assert read_nuc_ish(whole).patterns


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


@pytest.mark.parametrize(
    ("probe", "home"),
    [("D5S23", "5"), ("DXZ1", "X"), ("CEP8", "8"), ("20q12", "20"), ("TP 53", "17"), ("LSI", None)],
)
def test_a_probe_is_placed_by_its_locus_or_its_gene(probe, home):
    assert chromosome_of(probe) == home
