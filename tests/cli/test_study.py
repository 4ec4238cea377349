"""`remnant new` and `remnant check`: whatever a folder holds, there is an answer and never a traceback."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.study.template import write_template


@pytest.fixture
def study(tmp_path):
    write_template(tmp_path / "study")
    return tmp_path / "study"


def check(path, *options):
    return CliRunner().invoke(app, ["check", str(path), *options])


def refused(study):
    """Check that the study is refused in both ways alike, and return the faults."""
    for_people, for_programs = check(study), check(study, "--json")
    for result in (for_people, for_programs):
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 1
        assert "Traceback" not in result.output
        assert str(study.parent) not in result.output
    answer = json.loads(for_programs.stdout)
    assert set(answer) == {"error", "faults"}
    assert answer["error"] == "StudyError"
    assert for_people.stdout == ""
    for fault in answer["faults"][:20]:
        assert set(fault) == {"source", "line", "column", "found", "expected", "hint"}
        assert f"found {fault['found']}; expected {fault['expected']}" in for_people.stderr
    return answer["faults"]


def test_a_new_study_is_sound(tmp_path):
    made = CliRunner().invoke(app, ["new", str(tmp_path / "my-study")])
    assert made.exit_code == 0
    assert "remnant check" in made.output
    checked = check(tmp_path / "my-study")
    assert checked.exit_code == 0
    assert "nothing to mend" in checked.output
    assert "not done: events" in checked.output


def test_a_new_study_for_a_program(tmp_path):
    made = CliRunner().invoke(app, ["new", str(tmp_path / "my-study"), "--json"])
    assert "study.toml" in json.loads(made.stdout)["files"]


def test_a_sound_study_for_a_program(study):
    answer = json.loads(check(study, "--json").stdout)
    assert answer["rows"]["fish"] == 1
    assert answer["notes"] == []


def test_a_new_study_is_not_written_over_an_old_one(study):
    again = CliRunner().invoke(app, ["new", str(study), "--json"])
    assert again.exit_code == 1
    assert json.loads(again.stdout)["error"] == "SettingError"


def test_a_byte_order_mark_is_accepted_with_a_note(study):
    (study / "fish.csv").write_bytes(b"\xef\xbb\xbf" + (study / "fish.csv").read_bytes())
    result = check(study)
    assert result.exit_code == 0
    assert "Note: fish.csv begins with a byte-order mark" in result.output


FISH = "sample_id,compartment,probe,nuclei_scored,nuclei_abnormal\n"
PLATE = "sample_id,compartment,assay,cells_per_well,wells_tested,wells_positive\n"
COUNTS = "patient_id,day,platelets_1e9_per_l\n"
DATED = "patient_id,date,platelets_1e9_per_l\n"

BAD = {
    "semicolons": ("fish.csv", FISH.replace(",", ";") + "P1-d0;stem;EGR1;40;3\n"),
    "tabs": ("fish.csv", FISH.replace(",", "\t") + "P1-d0\tstem\tEGR1\t40\t3\n"),
    "UTF-16": ("fish.csv", (FISH + "P1-d0,stem,EGR1,40,3\n").encode("utf-16")),
    "Latin-1": ("patients.csv", "patient_id,diagnosis\nP1,Myelodysplasie, Zo\u00eb\n".encode("latin-1")),
    "a date of a spreadsheet": ("blood_counts.csv", DATED + "P1,03/04/2020,240\n"),
    "a number for a date": ("blood_counts.csv", DATED + "P1,44123,240\n"),
    "a number for a date as day": ("blood_counts.csv", COUNTS + "P1,44123,240\n"),
    "0 bytes": ("fish.csv", b""),
    "a header only": ("fish.csv", FISH),
    "a missing column": ("samples.csv", "sample_id,patient_id,day\nP1-d0,P1,0\n"),
    "0 wells": ("dilution_plates.csv", PLATE + "P1-d0,stem,LTC-IC,100,0,0\n"),
    "a misspelt key": ("study.toml", "[clone]\nmaker = 'del(5q)'\n"),
    "broken TOML": ("study.toml", "[clone\n"),
    "Latin-1 TOML": ("study.toml", "[study]\ntitle = 'Zo\u00eb'\n".encode("latin-1")),
    "an open quote": ("fish.csv", FISH + 'P1-d0,stem,"EGR1,40,3\n'),
    "ragged rows": ("fish.csv", FISH + "P1-d0,stem,EGR1,40\nP1-d0,stem,EGR1,40,3,9\n"),
    "a NUL byte": ("fish.csv", FISH + "P1-d0,stem,EGR1,40,\0\n"),
    "a very long cell": ("fish.csv", FISH + f"P1-d0,stem,EGR1,{'9' * 100_000},3\n"),
    "a cell beyond all bounds": ("fish.csv", FISH + f"P1-d0,stem,{'x' * 1_000_000},40,3\n"),
    "a header beyond all bounds": ("fish.csv", f"{'x' * 100_000},probe\n1,2\n"),
    "a workbook that is none": ("study.xlsx", b"PK\x03\x04"),
    "a picture": ("fish.csv", b"\x89PNG\r\n\x1a\n\x00\x00"),
    "a web page": ("fish.csv", "<!DOCTYPE html>\n<html><body>Log in</body></html>\n"),
    "an unknown table": ("fsh.csv", FISH),
}


@pytest.mark.parametrize(("file", "content"), BAD.values(), ids=BAD)
def test_a_bad_file_is_said_and_never_a_traceback(study, file, content):
    (study / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = refused(study)
    assert {fault["source"] for fault in faults} == {file}
    assert len(check(study).stderr) < 10_000


def test_a_slide_without_nuclei_is_a_result(study):
    (study / "fish.csv").write_text(FISH + "P1-d0,stem,EGR1,0,0\n")
    assert check(study).exit_code == 0


@pytest.mark.parametrize("file", ["fish.csv", "study.toml", "patients.csv"])
def test_a_folder_or_a_circle_of_links_in_place_of_a_file_is_said(study, file):
    (study / file).unlink()
    (study / file).mkdir()
    assert refused(study)[0]["source"] == file
    (study / file).rmdir()
    (study / file).symlink_to(study / file)
    assert refused(study)[0]["source"] == file


def test_a_file_that_may_not_be_read_is_said(study, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert {fault["found"] for fault in refused(study)} == {"permission denied"}


@pytest.mark.parametrize("kind", ["file", "absent", "empty", "loop"])
def test_what_is_no_study_is_said(tmp_path, kind):
    path = tmp_path / "study"
    if kind == "file":
        path.write_text("x")
    elif kind == "empty":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    (fault,) = refused(path)
    assert fault["source"] == "study"


ROWS = pytest.mark.parametrize("rows", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])


@ROWS
def test_very_many_rows_are_read(study, rows):
    patients = "".join(f"Q{i}\n" for i in range(1000))
    (study / "patients.csv").write_text(f"patient_id\nP1\n{patients}")
    counts = "".join(f"Q{i // 1000},{i % 1000},{i % 300}\n" for i in range(rows))
    (study / "blood_counts.csv").write_text(COUNTS + counts)
    answer = json.loads(check(study, "--json").stdout)
    assert answer["rows"]["blood_counts"] == rows


@ROWS
def test_very_many_wrong_rows_are_a_screenful(study, rows):
    """The number is true; the faults are not a million objects, nor a million lines."""
    (study / "blood_counts.csv").write_text(COUNTS + "".join(f"Z{i},x,NA\n" for i in range(rows)))
    result = check(study)
    assert result.exit_code == 1
    assert result.stderr.count(f"{rows:,} faults of this kind") == 3
    assert len(result.stderr.splitlines()) <= 41
    assert len(json.loads(check(study, "--json").stdout)["faults"]) < 100


def test_a_karyotype_of_another_sex_is_said_and_the_study_stays_sound(study):
    iscn = '"46,XY,del(5)(q13q33)[15]/46,XY[5]"'
    (study / "karyotypes.csv").write_text(f"sample_id,iscn\nP1-d0,{iscn}\n")
    (study / "patients.csv").write_text("patient_id,sex\nP1,female\n")
    notes = json.loads(check(study, "--json").stdout)["notes"]
    assert any("karyotypes.csv, line 2" in note and "a male" in note for note in notes)
    assert "the sex chromosomes are those of a male" in check(study).stdout
    (study / "patients.csv").write_text("patient_id,sex\nP1,male\n")
    assert json.loads(check(study, "--json").stdout)["notes"] == []


def test_a_karyotype_that_cannot_be_read_is_a_fault_of_the_study(study):
    (study / "karyotypes.csv").write_text('sample_id,iscn\nP1-d0,"46,XX,del(5)(q13q33[15]"\n')
    faults = refused(study)
    assert [fault["line"] for fault in faults] == [2]
    assert faults[0]["column"] == "iscn"
    assert " at position " in faults[0]["found"]
