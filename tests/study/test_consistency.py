"""Contradictions between tables, each said where it can be mended."""

from __future__ import annotations

import pytest

from remnant.study import read_study


def place(fault):
    return fault.source, fault.line, fault.column


def test_a_sound_study_has_no_fault(folder):
    assert read_study(folder.root).patients == ("P1", "P2")


def test_a_sample_drawn_before_its_patient_was_born_is_refused(folder):
    fault = folder.fault(samples="sample_id,patient_id,day,material\nS1,P1,-30000,marrow\n")
    assert place(fault) == ("samples.csv", 2, "day")
    assert "1950" in fault.expected


def test_a_sample_in_the_year_of_birth_is_possible(folder):
    folder.write({"patients.csv": "patient_id,birth_year,anchor_date\nP1,2020,2020-01-15\n"})
    folder.write({"samples.csv": "sample_id,patient_id,day,material\nS1,P1,-10,blood\n"})
    assert read_study(folder.root).has("samples")


@pytest.mark.parametrize("table", ["samples", "blood_counts", "transfusions"])
def test_a_patient_is_not_measured_after_the_last_contact(folder, table):
    rows = {
        "samples": "sample_id,patient_id,day,material\nS1,P1,401,marrow\n",
        "blood_counts": "patient_id,day,haemoglobin_g_per_dl\nP1,401,9\n",
        "transfusions": "patient_id,day,product,units\nP1,401,red_cells,2\n",
    }
    fault = folder.fault(**{table: rows[table]})
    assert place(fault) == (f"{table}.csv", 2, "day")
    assert "400" in fault.expected


def test_a_death_needs_its_day(folder):
    fault = folder.fault(patients="patient_id,died\nP1,yes\nP2,no\n")
    assert place(fault) == ("patients.csv", 2, "last_contact_day")


HEAD = "patient_id,drug,start_day,end_day\n"


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("P1,L,0,100\nP1,L,100,200\n", 3),  # both end days count
        ("P1,L,0,\nP1,L,50,60\n", 3),  # an open course goes on
        ("P1,L,50,60\nP1,L,0,\n", 2),  # in whatever order they stand
        ("P1,L,0,100\nP1,L,10,20\nP1,L,30,40\n", 3),  # the longest earlier course counts, not the last
    ],
)
def test_overlapping_courses_of_one_drug_are_refused(folder, rows, line):
    assert place(folder.faults(therapy=HEAD + rows)[0]) == ("therapy.csv", line, "start_day")


def test_a_third_course_inside_the_first_is_refused_too(folder):
    faults = folder.faults(therapy=HEAD + "P1,L,0,100\nP1,L,10,20\nP1,L,30,40\n")
    assert [fault.line for fault in faults] == [3, 4]
    assert all("line 2, until day 100" in fault.expected for fault in faults)


@pytest.mark.parametrize(
    "rows", ["P1,L,0,99\nP1,L,100,\n", "P1,L,0,\nP1,M,0,\n", "P1,L,0,\nP2,L,0,\n", "P1,L,5,5\n"]
)
def test_courses_one_after_another_or_of_other_drugs_are_sound(folder, rows):
    assert read_study(folder.write({"therapy.csv": HEAD + rows}).root).has("therapy")


def test_a_course_that_ends_before_it_starts_is_refused(folder):
    fault = folder.fault(therapy=HEAD + "P1,L,100,0\n")
    assert place(fault) == ("therapy.csv", 2, "end_day")
    assert "swapped" in fault.hint


def test_overlapping_logs_are_joined_by_a_person(folder):
    fault = folder.fault(transfusion_log="patient_id,start_day,end_day\nP1,0,100\nP1,50,200\n")
    assert place(fault) == ("transfusion_log.csv", 3, "start_day")


LOG = "patient_id,start_day,end_day\nP1,-100,-50\nP1,0,100\n"
GIVEN = "patient_id,day,product,units\n"


@pytest.mark.parametrize(
    ("row", "sound"), [("P1,0", True), ("P1,100", True), ("P1,-20", False), ("P2,0", False)]
)
def test_a_transfusion_lies_inside_a_complete_log(folder, row, sound):
    folder.write({"transfusion_log.csv": LOG, "transfusions.csv": f"{GIVEN}{row},red_cells,2\n"})
    if sound:
        assert read_study(folder.root).has("transfusions")
    else:
        assert place(folder.fault()) == ("transfusions.csv", 2, "day")


def test_transfusions_without_any_log_are_taken_as_they_are(folder):
    assert read_study(folder.write({"transfusions.csv": f"{GIVEN}P1,-20,red_cells,2\n"}).root).has(
        "transfusions"
    )


SLIDE = (
    "sample_id,compartment,probe,nuclei_scored,nuclei_abnormal,iscn,purity_events,purity_in_gate\n"
    "P1-d0,stem,EGR1,"
)


def test_a_slide_on_which_hybridisation_failed_is_a_result(folder):
    fish = read_study(folder.write({"fish.csv": f"{SLIDE}0,0,,,\n"}).root)["fish"]
    assert fish.select("nuclei_scored", "nuclei_abnormal").row(0) == (0, 0)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (",,,,", "nuclei_scored"),
        ("40,,,,", "nuclei_abnormal"),
        (",3,,,", "nuclei_scored"),
        ("40,3,,200,", "purity_in_gate"),
        ("40,3,,,190", "purity_events"),
        ("40,,nuc ish(EGR1x1)[3/40],,", "nuclei_abnormal"),
    ],
)
def test_counts_of_a_slide_come_in_pairs(folder, cells, column):
    assert place(folder.fault(fish=f"{SLIDE}{cells}\n")) == ("fish.csv", 2, column)


def test_a_slide_may_be_a_nuc_ish_string(folder):
    assert read_study(folder.write({"fish.csv": f"{SLIDE},,nuc ish(EGR1x1)[3/40],,\n"}).root).has("fish")


def test_more_abnormal_than_scored_is_refused(folder):
    fault = folder.fault(fish=f"{SLIDE}3,40,,,\n")
    assert place(fault) == ("fish.csv", 2, "nuclei_abnormal")
    assert fault.expected == "at most nuclei_scored = 3"


PLATE = (
    "sample_id,compartment,assay,cells_per_well,wells_tested,wells_positive,"
    "wells_normal_only,wells_clone_only,wells_both\nP1-d0,stem,LTC-IC,100,"
)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("24,6,1,5,", "wells_both"),
        ("24,6,,5,1", "wells_normal_only"),
        ("24,6,3,3,1", "wells_both"),
        ("0,0,,,", "wells_tested"),
        ("24,25,,,", "wells_positive"),
    ],
)
def test_wells_add_up(folder, cells, column):
    assert place(folder.fault(dilution_plates=f"{PLATE}{cells}\n")) == ("dilution_plates.csv", 2, column)


@pytest.mark.parametrize("cells", ["24,6,,,", "24,6,1,4,0", "24,0,0,0,0"])
def test_wells_untyped_or_typed_in_part_are_sound(folder, cells):
    assert read_study(folder.write({"dilution_plates.csv": f"{PLATE}{cells}\n"}).root).has("dilution_plates")


def test_nothing_is_concluded_from_a_table_with_faults_of_its_own(folder):
    """A course whose last day cannot be read does not go on for ever."""
    fault = folder.fault(therapy=HEAD + "P1,L,0,x\nP1,L,50,60\n")
    assert place(fault) == ("therapy.csv", 2, "end_day")
