"""The commands on the store: a study goes in and comes out, and every refusal is in words."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app


@pytest.fixture
def remnant(tmp_path, monkeypatch):
    """Runs a command of the store in a home of its own, and returns its answer as JSON."""
    monkeypatch.setenv("REMNANT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REMNANT_DATABASE", raising=False)

    def run(*words, status=0):
        done = CliRunner().invoke(app, ["store", *map(str, words), "--json"])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout)

    return run


def said(*words, status=0):
    done = CliRunner().invoke(app, ["store", *map(str, words)])
    assert done.exit_code == status, done.output
    return done.output


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_study_goes_in_is_revised_backed_up_restored_and_comes_out(remnant, study_folder, tmp_path):
    mine = tmp_path / "mine"
    shutil.copytree(study_folder, mine)
    (mine / "empty").mkdir()
    first = remnant("import", mine, "--who", "anna", "--why", "a start")
    slug = first["study"]["slug"]
    assert (first["study"]["synthetic"], first["patients"], first["empty_folders"]) == (True, 2, ["empty"])
    (mine / "fish.csv").write_bytes((mine / "fish.csv").read_bytes() + b"# read again\r\n")
    again = remnant("import", mine, "--revise", slug, "--who", "ben")
    assert again["study"]["head"] == 2
    assert [study["slug"] for study in remnant("list")["studies"]] == [slug]
    done = remnant("history", slug)["entries"]
    assert [(one["who"], one["what"]) for one in done] == [
        ("ben", "fish.csv"),
        ("ben", "folder"),
        ("anna", "folder"),
    ]
    assert remnant("export", slug, "--out", tmp_path / "out")["files"] == len(contents(mine))
    assert contents(tmp_path / "out") == contents(mine)
    remnant("export", slug, "--out", tmp_path / "old", "--revision", 1)
    assert contents(tmp_path / "old") == contents(study_folder)
    remnant("backup", "--out", tmp_path / "b.tar")
    restored = remnant("restore", tmp_path / "b.tar", "--home", tmp_path / "other")
    assert [study["slug"] for study in restored["studies"]] == [slug]
    assert remnant("verify", "--home", tmp_path / "other") == remnant("verify")
    assert remnant("sweep") == {"removed": False, "spare": []}
    assert slug in said("list")
    assert "ben" in said("history", slug)
    assert "All is as it was kept" in said("verify")
    assert "0 in all" in said("sweep", "--remove")


def test_a_study_with_faults_is_said_and_kept_as_a_draft_only_when_asked(remnant, study_folder, tmp_path):
    bad = tmp_path / "bad"
    shutil.copytree(study_folder, bad)
    (bad / "patients.csv").write_text("patient_id,sxe\nP1,F\n")
    refused = remnant("import", bad, status=1)
    assert refused["error"] == "StudyError"
    assert any(fault["column"] == "sxe" for fault in refused["faults"])
    assert remnant("list") == {"studies": [], "drafts": []}
    kept = remnant("import", bad, "--as-it-is")
    assert kept["study"] is None
    assert kept["faults"] == refused["faults"]
    assert [draft["title"] for draft in remnant("list")["drafts"]] == ["bad"]
    shown = said("import", bad, "--as-it-is")
    assert "sxe" in shown
    assert "draft 2" in shown


def test_every_refusal_is_in_words_and_leaves_nothing(remnant, study_folder, tmp_path):
    (tmp_path / "linked").mkdir()
    shutil.copytree(study_folder, tmp_path / "linked", dirs_exist_ok=True)
    (tmp_path / "linked" / "more.pdf").symlink_to("/etc/hostname")
    (tmp_path / "text.tar").write_text("no archive")
    for words in (
        ("import", tmp_path / "nothing"),
        ("import", tmp_path / "linked"),
        ("import", study_folder, "--revise", "nothing"),
        ("export", "nothing", "--out", tmp_path / "out"),
        ("history", "nothing"),
        ("restore", tmp_path / "nothing.tar", "--home", tmp_path / "new"),
        ("restore", tmp_path / "text.tar", "--home", tmp_path / "new"),
        ("list", "--database", "mysql://host/db"),
        ("list", "--home", tmp_path / "text.tar"),
    ):
        refused = remnant(*words, status=1)
        assert all(fault["hint"] for fault in refused["faults"])
    assert remnant("list") == {"studies": [], "drafts": []}
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "new").exists()


def test_a_changed_file_makes_verify_fail(remnant, study_folder, tmp_path):
    remnant("import", study_folder)
    blob = next((tmp_path / "home").glob("blobs/*/*"))
    blob.chmod(0o600)
    blob.write_bytes(b"")
    refused = remnant("verify", status=1)
    assert [fault["column"] for fault in refused["faults"]] == [f"blob {blob.name}"]
