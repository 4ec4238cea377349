"""Contradictions between tables, each said where it can be mended."""

from __future__ import annotations

from datetime import date, timedelta

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


@pytest.mark.parametrize(
    ("patient", "table", "place_"),
    [
        ("P1,2020-01-15,400,yes", "therapy", ("therapy.csv", 2, "start_day")),
        ("P1,2020-01-15,400,no", "therapy", ("therapy.csv", 2, "start_day")),
        ("P1,2020-01-15,400,yes", "transfusion_log", ("transfusion_log.csv", 2, "end_day")),
    ],
)
def test_nobody_is_treated_or_recorded_after_death_or_last_contact(folder, patient, table, place_):
    rows = {
        "therapy": "patient_id,drug,start_day\nP1,L,401\n",
        "transfusion_log": "patient_id,start_day,end_day\nP1,0,401\n",
    }
    head = "patient_id,anchor_date,last_contact_day,died\n"
    assert place(folder.fault(patients=f"{head}{patient}\n", **{table: rows[table]})) == place_


def test_a_course_ends_with_the_patient_and_a_log_of_the_living_may_be_kept_on(folder):
    head = "patient_id,anchor_date,last_contact_day,died\n"
    fault = folder.fault(
        patients=f"{head}P1,2020-01-15,400,yes\n", therapy="patient_id,drug,start_day,end_day\nP1,L,0,401\n"
    )
    assert place(fault) == ("therapy.csv", 2, "end_day")
    assert "death" in fault.expected
    folder.write({"patients.csv": f"{head}P1,2020-01-15,400,no\n"})
    folder.write({"transfusion_log.csv": "patient_id,start_day,end_day\nP1,0,401\n"})
    assert read_study(folder.root).has("therapy")


def test_what_has_not_happened_yet_is_refused_with_its_date(folder):
    """An anchor of yesterday, and rows that lie days ahead of it: a year typed wrong."""
    yesterday = date.today() - timedelta(days=1)
    patients = f"patient_id,anchor_date\nP1,{yesterday}\n"
    rows = {
        "samples": "sample_id,patient_id,day,material\nP1-d0,P1,30,marrow\n",
        "blood_counts": "patient_id,day,haemoglobin_g_per_dl\nP1,30,9\n",
        "transfusions": "patient_id,day,product,units\nP1,30,red_cells,2\n",
        "therapy": "patient_id,drug,start_day,end_day\nP1,L,0,30\n",
    }
    faults = folder.faults(patients=patients, **rows)
    assert {fault.source for fault in faults} == {f"{name}.csv" for name in rows}
    assert all(str(yesterday + timedelta(days=30)) in fault.found for fault in faults)
    assert any("leave it empty while the course goes on" in fault.hint for fault in faults)


def test_an_anchor_or_a_last_contact_in_the_future_is_one_fault_and_not_one_for_every_row(folder):
    later = date.today() + timedelta(days=400)
    fault = folder.fault(patients=f"patient_id,anchor_date\nP1,{later}\n")
    assert place(fault) == ("patients.csv", 2, "anchor_date")
    now = date.today() - timedelta(days=100)
    fault = folder.fault(patients=f"patient_id,anchor_date,last_contact_day\nP1,{now},101\n")
    assert place(fault) == ("patients.csv", 2, "last_contact_day")


def test_today_has_happened(folder):
    folder.write({"patients.csv": f"patient_id,anchor_date,last_contact_day\nP1,{date.today()},0\n"})
    folder.write({"samples.csv": "sample_id,patient_id,day,material\nS1,P1,0,marrow\n"})
    assert read_study(folder.root).has("samples")


@pytest.mark.parametrize(("birth", "sound"), [(2021, False), (2020, True), (1905, True), (1904, False)])
def test_an_age_on_day_0_is_one_that_a_person_can_have(folder, birth, sound):
    folder.write({"samples.csv": "sample_id,patient_id,day,material\nS1,P1,400,marrow\n"})
    folder.write({"patients.csv": f"patient_id,birth_year,anchor_date\nP1,{birth},2020-01-15\n"})
    if sound:
        assert read_study(folder.root).has("patients")
    else:
        assert place(folder.fault()) == ("patients.csv", 2, "birth_year")


def test_two_counts_of_one_patient_and_day_contradict_each_other(folder):
    fault = folder.fault(blood_counts="patient_id,day,haemoglobin_g_per_dl\nP1,0,9\nP1,0,11\n")
    assert (*place(fault), fault.found) == ("blood_counts.csv", 3, "day", "patient_id P1, day 0")


@pytest.mark.parametrize(
    ("neutrophils", "leukocytes", "sound"),
    [
        ("1.9", "4.2", True),
        ("2.04", "2.0", True),
        ("45", "4.2", False),
        ("4.2", "1.9", False),
        ("3", "", True),
    ],
)
def test_neutrophils_are_a_part_of_the_leukocytes(folder, neutrophils, leukocytes, sound):
    row = f"patient_id,day,neutrophils_1e9_per_l,leukocytes_1e9_per_l\nP1,0,{neutrophils},{leukocytes}\n"
    folder.write({"blood_counts.csv": row})
    if sound:
        assert read_study(folder.root).has("blood_counts")
    else:
        assert place(folder.fault()) == ("blood_counts.csv", 2, "neutrophils_1e9_per_l")


@pytest.mark.parametrize(
    ("column", "typed", "hint"),
    [
        ("haemoglobin_g_per_dl", "98", "divide by 10"),
        ("platelets_1e9_per_l", "250000", "divide by 1000"),
        ("neutrophils_1e9_per_l", "1900", "divide by 1000"),
        ("leukocytes_1e9_per_l", "4200", "divide by 1000"),
        ("blasts_fraction", "3", "0.05"),
        ("platelets_1e9_per_l", "-5", "divide by 1000"),
    ],
)
def test_a_count_in_another_unit_is_refused_with_what_to_do(folder, column, typed, hint):
    fault = folder.fault(blood_counts=f"patient_id,day,{column}\nP1,0,{typed}\n")
    assert place(fault) == ("blood_counts.csv", 2, column)
    assert typed in fault.found
    assert hint in fault.hint


def test_one_drug_in_two_spellings_is_one_drug(folder):
    fault = folder.fault(therapy=HEAD + "P1,Lenalidomide,0,100\nP1,lenalidomide,50,60\n")
    assert place(fault) == ("therapy.csv", 3, "start_day")
