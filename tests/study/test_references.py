"""Names point somewhere, and files are where they are said to be."""

from __future__ import annotations

import pytest

from remnant.study import read_study

FISH = "sample_id,compartment,probe,nuclei_scored,nuclei_abnormal,contaminant\n"
POPULATIONS = "sample_id,population,parent,events,parent_events\n"
EVENTS = "sample_id,file,tube,panel,control_for\n"


def place(fault):
    return fault.source, fault.line, fault.column


@pytest.mark.parametrize(
    ("table", "text", "column", "near"),
    [
        ("samples", "sample_id,patient_id,day,material\nS1,P11,0,marrow\n", "patient_id", "P1"),
        ("karyotypes", 'sample_id,iscn\nP1-d9,"46,XX[20]"\n', "sample_id", "P1-d90"),
        ("fish", FISH + "P1-d0,stm,EGR1,40,3,\n", "compartment", "stem"),
        ("fish", FISH + "P1-d0,stem,EGR1,40,3,progenitr\n", "contaminant", "progenitor"),
        ("populations", POPULATIONS + "P1-d0,blk,nucleated,1,2\n", "population", "bulk"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_named_with_the_nearest(folder, table, text, column, near):
    fault = folder.fault(**{table: text})
    assert place(fault) == (f"{table}.csv", 2, column)
    assert fault.hint == f"did you mean {near}?"


def test_an_unknown_name_like_no_other_says_what_to_do(folder):
    assert "declare it" in folder.fault(fish=FISH + "P1-d0,zzzzzzz,EGR1,40,3,\n").hint


def test_unknown_names_are_found_beside_other_faults_of_the_table(folder):
    faults = folder.faults(fish=FISH + "P1-d0,stem,EGR1,x,3,\nP9-d9,stem,EGR1,40,3,\n")
    assert {(fault.line, fault.column) for fault in faults} == {(2, "nuclei_scored"), (3, "sample_id")}


@pytest.mark.parametrize(
    "broken", ["patient_id,sx\nP1,female\n", "patient_id\nP1,\n", "", "patient_id\n\u200b\n"]
)
def test_nothing_is_held_against_names_while_their_table_is_broken(folder, broken):
    assert {fault.source for fault in folder.faults(patients=broken)} == {"patients.csv"}


def test_compartments_are_not_asked_for_while_the_settings_are_broken(folder):
    folder.write({"study.toml": "[compartments.lsc]\nrol = 'stem'\n"})
    assert {fault.source for fault in folder.faults(fish=FISH + "P1-d0,lsc,EGR1,40,3,\n")} == {"study.toml"}


@pytest.fixture
def tube(folder):
    (folder.root / "fcs").mkdir()
    (folder.root / "fcs" / "P1.fcs").write_bytes(b"FCS3.1")
    return folder


def test_an_event_file_that_is_there_is_sound(tube):
    tube.write(
        {"events.csv": EVENTS + "P1-d0,fcs/P1.fcs,stained,hspc,\nP1-d0,./fcs/../fcs/P1.fcs,fmo,hspc,CD38\n"}
    )
    assert read_study(tube.root)["events"].height == 2


def test_a_missing_event_file_is_named_with_the_nearest(tube):
    fault = tube.fault(events=EVENTS + "P1-d0,fcs/P2.fcs,stained,hspc,\n")
    assert place(fault) == ("events.csv", 2, "file")
    assert fault.hint == "did you mean P1.fcs?"


@pytest.mark.parametrize("path", ["../secret.fcs", "/etc/hostname", "fcs/../../x.fcs", "out.fcs"])
def test_an_event_file_outside_the_folder_is_refused(tube, path):
    (tube.root.parent / "secret.fcs").write_bytes(b"FCS3.1")
    (tube.root / "out.fcs").symlink_to(tube.root.parent / "secret.fcs")
    fault = tube.fault(events=f"{EVENTS}P1-d0,{path},stained,hspc,\n")
    assert fault.expected == "a path inside the study folder"


@pytest.mark.parametrize(
    "path", ["fcs", "loop.fcs", "x" * 300 + ".fcs", "fcs/P1.fcs/more.fcs", "fcs\\P1.fcs"]
)
def test_an_event_file_that_is_no_file_is_refused(tube, path):
    (tube.root / "loop.fcs").symlink_to(tube.root / "loop.fcs")
    fault = tube.fault(events=f"{EVENTS}P1-d0,{path},stained,hspc,\n")
    assert place(fault) == ("events.csv", 2, "file")
    assert str(tube.root) not in str(fault)


@pytest.mark.parametrize("tube_kind", ["fmo", "single_stain"])
@pytest.mark.parametrize("marker", ["", "CD83"])
def test_a_control_names_the_marker_that_it_is_for(tube, tube_kind, marker):
    fault = tube.fault(events=f"{EVENTS}P1-d0,fcs/P1.fcs,{tube_kind},hspc,{marker}\n")
    assert place(fault) == ("events.csv", 2, "control_for")
    assert "CD34, CD38" in fault.expected


def test_an_undeclared_panel_is_refused(tube):
    fault = tube.fault(events=f"{EVENTS}P1-d0,fcs/P1.fcs,stained,hspcs,\n")
    assert (fault.column, fault.hint) == ("panel", "did you mean hspc?")


def test_many_missing_files_are_counted(tube):
    rows = "".join(f"P1-d0,fcs/{i}.fcs,stained,hspc,\n" for i in range(50))
    faults = tube.faults(events=EVENTS + rows)
    assert faults[0].found == "50 faults of this kind"
    assert len(faults) == 21
