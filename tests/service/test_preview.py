"""A row says while it is typed what the analysis will say of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytogenetics import estimate_clones, make_cutoff
from remnant.report import phrases
from remnant.service.entry.preview import preview_karyotype, preview_plate, preview_slide
from remnant.study import read_study

SLIDE = {"sample_id": "P2-d0", "compartment": "progenitor", "probe": "EGR1"}
KINDS = {"detected", "not detected", "not evaluable", "not done"}


@pytest.fixture(scope="module")
def study():
    return read_study(Path(__file__).parent / "small")


def answers(preview):
    return {one.name: one.answer for one in preview.answers}


def test_a_slide_says_what_the_analysis_says_of_the_saved_one(study):
    (saved,) = [
        clone
        for clone in estimate_clones(
            study["fish"], study["fish_controls"], roles={"stem": "stem", "progenitor": "progenitor"}
        )
        if (clone.sample_id, clone.compartment) == ("P1-d90", "progenitor")
    ]
    row = {"sample_id": "P1-d90", "compartment": "progenitor", "probe": "EGR1"}
    said = preview_slide(study, row | {"nuclei_scored": "200", "nuclei_abnormal": "4"}, line=6)
    assert answers(said)["Clone"] == phrases.estimate(saved.fraction)
    assert "With 1 slide saved before" not in answers(said)
    again = preview_slide(study, row | {"nuclei_scored": "200", "nuclei_abnormal": "4"})
    assert "With 1 slide saved before" in answers(again)


@settings(max_examples=25)
@given(nuclei=st.integers(1, 500), share=st.floats(0, 1))
def test_the_cutoff_is_that_of_the_controls_for_so_many_nuclei(study, nuclei, share):
    abnormal = round(share * nuclei)
    said = preview_slide(study, SLIDE | {"nuclei_scored": str(nuclei), "nuclei_abnormal": str(abnormal)})
    controls = study["fish_controls"].select("nuclei_abnormal", "nuclei_scored").rows()
    fewest = make_cutoff(controls).count_for(nuclei)
    reached = "reached" if abnormal >= fewest else "not reached"
    limit = answers(said)["Cut-off for so many nuclei"]
    assert limit.startswith(f"{fewest} abnormal of {nuclei}: {reached} (5 control slides of EGR1")
    assert (said.answers[0].evidence == "detected") == (abnormal >= fewest)


def test_nuc_ish_stands_for_the_two_counts(study):
    typed = preview_slide(study, SLIDE | {"nuclei_scored": "200", "nuclei_abnormal": "150"})
    read = preview_slide(study, SLIDE | {"iscn": "nuc ish(D5S23x2,EGR1x1)[150/200]"})
    assert answers(read) == answers(typed)


def test_nuc_ish_that_cannot_be_read_is_marked_at_its_place(study):
    said = preview_slide(study, SLIDE | {"iscn": "nuc ish(D5S23x2,EGR1x1[150/200]"})
    assert (said.before, said.at) == ("nuc ish", "(")
    assert said.faults


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({}, "not done"),
        ({"nuclei_scored": "40"}, "not done"),
        ({"nuclei_scored": "0", "nuclei_abnormal": "0"}, "not evaluable"),
        ({"nuclei_scored": "40", "nuclei_abnormal": "0"}, "not detected"),
        ({"nuclei_scored": "40", "nuclei_abnormal": "38"}, "detected"),
    ],
)
def test_a_slide_has_the_four_kinds_of_answer(study, row, kind):
    assert preview_slide(study, SLIDE | row).answers[0].evidence == kind


def test_a_slide_whose_counts_are_swapped_has_a_fault_and_no_answer(study):
    said = preview_slide(study, SLIDE | {"nuclei_scored": "4", "nuclei_abnormal": "40"})
    assert said.answers == ()
    assert [fault.column for fault in said.faults] == ["nuclei_abnormal"]


def dose(cells, tested, positive, **typed):
    return {
        "cells_per_well": str(cells),
        "wells_tested": str(tested),
        "wells_positive": str(positive),
    } | typed


@pytest.mark.parametrize(
    ("doses", "kind"),
    [
        ([], "not done"),
        ([{}], "not done"),
        ([dose(100, 24, "")], "not evaluable"),
        ([dose(100, 24, 0)], "not detected"),
        ([dose(100, 24, 9), {}, dose(300, 24, 20)], "detected"),
    ],
)
def test_a_plate_has_the_four_kinds_of_answer(study, doses, kind):
    assert preview_plate(study, doses).answers[0].evidence == kind


def test_a_plate_says_frequency_fit_and_the_clone_among_its_units(study):
    typed = {"wells_normal_only": "3", "wells_clone_only": "5", "wells_both": "1"}
    said = answers(preview_plate(study, [dose(30, 24, 9, **typed), dose(100, 24, 20)]))
    assert said["Frequency"].startswith("1 in 59 (95 % interval")
    assert said["Clone among the units"].startswith("61 %")
    assert "single-hit is 1" in said["Single-hit fit"]
    one = answers(preview_plate(study, [dose(100, 24, 9)]))
    assert one["Single-hit fit"].startswith("not evaluable")


@pytest.mark.parametrize(
    "doses", [[dose(100, 24, 30)], [dose(100, 24, "x")], [dose(0, 24, 3)], [dose(9, 0, 0)]]
)
def test_wells_that_cannot_be_have_a_fault(study, doses):
    assert preview_plate(study, doses).faults


def test_a_karyotype_is_read_clone_by_clone(study):
    said = preview_karyotype(study, "46,XX,del(5)(q13q33)[18]/46,XX[2]")
    assert answers(said) == {
        "del(5q)": "18 of 20 cells",
        "Clone 1": "del(5)(q13q33) · 18 cells",
        "Clone 2": "normal · 2 cells",
    }


def test_twenty_normal_metaphases_exclude_only_a_clone_above_their_bound(study):
    said = preview_karyotype(study, "46,XY[20]")
    assert answers(said)["del(5q)"] == "0 of 20 cells, not detected, below 14 % (one-sided 95 %)"


def test_repairs_are_told_with_their_place(study):
    said = preview_karyotype(study, "46,xx,del5(q13q33)[18]/46,XX[2]")
    assert said.faults == ()
    assert [remark.split(":")[0] for remark in said.remarks] == [
        "position 4 'x'",
        "position 7 'del5(q13q33)'",
    ]


def test_the_place_of_an_error_is_marked(study):
    said = preview_karyotype(study, "46,XX,del(5)(q13q33[18]")
    assert (said.before, said.at, said.after) == ("46,XX,del(5)", "(", "q13q33[18]")


@given(text=st.text(max_size=40) | st.text(st.sampled_from("46,XYdel()[]/5q13 "), max_size=40))
def test_whatever_is_typed_as_a_karyotype_is_answered(study, text):
    said = preview_karyotype(study, text)
    assert said.answers or said.faults
    assert {one.evidence for one in said.answers} <= KINDS | {""}
