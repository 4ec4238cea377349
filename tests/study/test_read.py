"""A study folder is read whole, or every fault in it is said at once."""

from __future__ import annotations

import os

import pytest

from remnant.errors import SHOWN, StudyError, TableError
from remnant.study import TABLES, read_study, read_table
from remnant.study.settings import CONFIG_FILE


def places(faults):
    return [(fault.source, fault.line) for fault in faults]


def test_a_study_is_its_files_and_nothing_else(folder):
    study = read_study(folder.root)
    assert study.files == (CONFIG_FILE, "patients.csv", "samples.csv")
    assert [name for name in TABLES if study.has(name)] == ["patients", "samples"]
    assert all(study[name].columns[1:] == [c.name for c in TABLES[name].columns] for name in TABLES)


def test_a_study_finds_its_way_from_a_patient_to_a_line(folder):
    folder.write({"marrows.csv": "sample_id,blasts_fraction\nP1-d90,0.01\nP1-d0,0.03\n"})
    study = read_study(folder.root)
    assert list(study.visits()) == [("P1", "P1-d0", 0), ("P1", "P1-d90", 90)]
    assert study.samples_of("P1")["sample_id"].to_list() == ["P1-d0", "P1-d90"]
    assert study.samples_of("P2").is_empty()
    assert study["marrows"].select("line", "blasts_fraction").rows() == [(2, 0.01), (3, 0.03)]


def test_faults_of_all_files_are_said_at_once_settings_first(folder):
    folder.write({"study.toml": "[study]\ntitel = 'x'\n", "fsh.csv": "a\n1\n", "marrows.csv": b""})
    faults = folder.faults(
        patients="patient_id,birth_year\nP1,1850\n",
        samples="sample_id,patient_id,day,material\nS1,P9,x,marrow\n",
        karyotypes="sample_id,iscn\nS9,\n",
    )
    assert places(faults) == [
        ("study.toml", 2), ("fsh.csv", None), ("karyotypes.csv", 2), ("karyotypes.csv", 2),
        ("marrows.csv", 1), ("patients.csv", 2), ("samples.csv", 2), ("samples.csv", 2),
    ]  # fmt: skip


def test_the_message_is_one_screen_and_counts_the_rest(folder):
    rows = "".join(f"P{i},x,q,z\n" for i in range(3, 30))
    faults = folder.faults(patients="patient_id,birth_year,died,last_contact_day\n" + rows)
    assert [fault.found for fault in faults[:3]] == ["27 faults of this kind"] * 3
    lines = str(StudyError(faults)).splitlines()
    assert len(lines) == SHOWN + 1
    assert f"{len(faults) - SHOWN} more" in lines[-1]


@pytest.mark.parametrize("name", ["patients", "samples"])
def test_a_table_that_every_study_needs_is_asked_for(folder, name):
    (folder.root / f"{name}.csv").unlink()
    assert places(folder.faults()) == [(f"{name}.csv", None)]


@pytest.mark.parametrize(
    ("file", "near"),
    [
        ("fsh.csv", "fish.csv"),
        ("Fish.csv", "fish.csv"),
        ("fish.CSV", "fish.csv"),
        ("fish (1).csv", "fish.csv"),
        ("counts.csv", "blood_counts.csv"),
        ("zzzzzz.csv", None),
    ],
)
def test_a_table_of_an_unknown_name_is_not_passed_over(folder, file, near):
    folder.write({file: "a\n1\n"})
    fault = folder.fault()
    assert (fault.source, fault.found) == (file, "an unknown table")
    assert fault.hint == (f"did you mean {near}?" if near else "move it to a folder beside the tables")


@pytest.mark.parametrize("file", ["fish.tsv", "fish.xlsx", "Fish.txt", "study.xls"])
def test_a_table_in_another_format_is_not_passed_over(folder, file):
    folder.write({file: "a\n1\n"})
    assert folder.fault().found == "a file that is not read"


@pytest.mark.parametrize(
    "file", ["README.md", ".fish.csv", "._fish.csv", "~$study.xlsx", "events.csv.template"]
)
def test_other_files_are_left_alone(folder, file):
    assert read_study(folder.write({file: b"\x00\x01"}).root).patients == ("P1", "P2")


def test_a_folder_called_as_a_table_is_said(folder):
    (folder.root / "fish.csv").mkdir()
    fault = folder.fault()
    assert (fault.source, fault.found) == ("fish.csv", "is a directory")


def test_a_circle_of_links_is_said(folder):
    for file in ("fish.csv", "events.csv"):
        (folder.root / file).symlink_to(folder.root / file)
    assert [fault.found for fault in folder.faults()] == ["too many levels of symbolic links"] * 2


def test_a_file_whose_name_is_not_utf_8_is_said(folder):
    with open(os.path.join(os.fsencode(folder.root), b"f\xe9.csv"), "wb") as file:  # noqa: PTH118, PTH123
        file.write(b"a\n1\n")
    str(folder.fault()).encode()


@pytest.mark.parametrize("kind", ["nothing", "file", "empty", "loop"])
def test_what_is_no_study_folder_is_said_without_its_path(tmp_path, kind):
    root = tmp_path / "study"
    if kind == "file":
        root.write_text("x")
    if kind == "empty":
        root.mkdir()
    if kind == "loop":
        root.symlink_to(root)
    with pytest.raises(StudyError) as caught:
        read_study(root)
    assert len(caught.value.faults) == 1
    assert str(tmp_path) not in str(caught.value)


def test_no_fault_shows_where_the_study_lies(folder):
    folder.write({"study.toml": b"\xff", "fish.csv": "a;b\n", "study.xlsx": b"PK"})
    for fault in folder.faults(
        samples="sample_id\nS1\n", events="sample_id,file,tube,panel\nP1-d0,x,stained,a\n"
    ):
        assert str(folder.root.parent) not in str(fault)


def test_notes_of_every_file_are_kept(folder):
    text = b"\xef\xbb\xbf" + (folder.root / "samples.csv").read_bytes() + b"#P2-d0,P2,0,marrow\n"
    notes = read_study(folder.write({"samples.csv": text}).root).notes
    assert len(notes) == 2
    assert all(note.startswith("samples.csv ") for note in notes)


def test_very_many_wrong_cells_are_counted_and_a_few_are_listed(folder):
    """One slip in every row must not become a million objects."""
    count = 50_000
    text = "patient_id,day,platelets_1e9_per_l\n" + "".join(f"P1,{i % 400},NA\n" for i in range(count))
    faults = folder.faults(blood_counts=text)
    assert [fault.found for fault in faults if fault.line is None] == [f"{count:,} faults of this kind"]
    assert len(faults) < 100


def test_a_table_by_itself_says_all_of_its_faults_and_no_path(tmp_path):
    (tmp_path / "t.csv").write_text("sample_id,iscn\n,46\nS1,\n")
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / "t.csv", TABLES["karyotypes"])
    assert [fault.column for fault in caught.value.faults] == ["sample_id", "iscn"]
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / "absent.csv", TABLES["karyotypes"])
    assert str(tmp_path) not in str(caught.value)
