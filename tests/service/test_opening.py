"""A results folder is opened with one command: its study is found by what its files hold."""

import shutil

import pytest

from remnant.analysis.results import save
from remnant.errors import ResultsError
from remnant.service.opening import open_path
from remnant.service.viewer import LOCAL
from remnant.store.files.trees import tree_files
from remnant.store.house import open_store
from remnant.store.studies.results import latest
from remnant.store.studies.studies import all_studies, revisions


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def demo(study_folder, findings, tmp_path):
    """A folder with a study and its results, and another study beside them."""
    save(findings, tmp_path / "demo" / "results")
    shutil.copytree(study_folder, tmp_path / "demo" / "study")
    other = tmp_path / "demo" / "another"
    other.mkdir()
    (other / "study.toml").write_text('[study]\ntitle = "Another"\n')
    return tmp_path / "demo"


def test_results_on_an_empty_home_bring_the_study_that_lies_beside_them(store, demo, findings):
    opened = open_path(store, LOCAL, demo / "results")
    (record,) = all_studies(store)
    assert opened.address == f"/s/{record.slug}"
    assert "with the study, which lies in study" in opened.said
    assert dict(findings.origin.inputs).items() <= tree_files(store, record.tree).items()
    assert latest(store, record, "analysis").revision == 1
    assert revisions(store, record)[0].why == "with the results in results"


def test_results_opened_twice_are_kept_once(store, demo):
    first, again = (open_path(store, LOCAL, demo / "results") for _ in range(2))
    assert first.address == again.address
    assert "beside it" in again.said
    assert len(all_studies(store)) == 1


def test_a_study_that_only_looks_alike_is_not_taken_for_that_of_the_results(store, demo):
    table = demo / "study" / "fish.csv"
    table.write_text(table.read_text() + "\n")
    with pytest.raises(ResultsError, match="neither here nor in a folder beside them"):
        open_path(store, LOCAL, demo / "results")
    assert all_studies(store) == ()


def test_names_in_a_manifest_open_no_file_outside_the_folder(store, demo, monkeypatch):
    """Results may come from anybody."""
    from remnant.service import opening

    secret = demo / "secret.csv"
    secret.write_text("x")
    sought = opening.digest(secret)
    assert not opening._holds(demo / "study", {"../secret.csv": sought})
    assert not opening._holds(demo / "study", {str(secret): sought})
    (demo / "study" / "link.csv").symlink_to(secret)
    assert not opening._holds(demo / "study", {"link.csv": sought})
    assert not opening._holds(demo / "study", {}), "no file proves no study"
