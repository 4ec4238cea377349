"""A store with a study so small that it is analysed in two seconds, on either database."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from remnant.store.files.trees import put_folder
from remnant.store.house import open_store
from remnant.store.studies.studies import create_study

VISITS = ("P2-d0", "P2-d183", "P2-d372")


def _databases():
    """The fixtures of the store: its databases are started in one way."""
    path = Path(__file__).parents[1] / "store" / "conftest.py"
    spec = importlib.util.spec_from_file_location("databases", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_there = _databases()
cluster, fresh_postgresql, database = _there.cluster, _there.fresh_postgresql, _there.database


@pytest.fixture(scope="session")
def small_study(study_folder, tmp_path_factory) -> Path:
    """One synthetic patient, three visits, and nothing but their tubes."""
    folder = tmp_path_factory.mktemp("small") / "study"
    (folder / "fcs").mkdir(parents=True)
    for name, column, kept in (
        ("patients.csv", "patient_id", ("P2",)),
        ("samples.csv", "sample_id", VISITS),
        ("events.csv", "sample_id", VISITS),
    ):
        lines = [line for line in (study_folder / name).read_text().splitlines() if line[0] != "#"]
        place = lines[0].split(",").index(column)
        own = [line for line in lines[1:] if line.split(",")[place] in kept]
        (folder / name).write_text("\n".join([lines[0], *own]) + "\n")
    for visit in VISITS:
        for path in (study_folder / "fcs").glob(f"{visit}*.fcs"):
            shutil.copy(path, folder / "fcs")
    shutil.copy(study_folder / "study.toml", folder)
    return folder


@pytest.fixture
def shelf(tmp_path, small_study):
    """A function that opens a store with the small study, and gives both."""
    opened = []

    def make(name="home", url=None):
        store = open_store(tmp_path / name, url)
        opened.append(store)
        tree = put_folder(store, small_study)
        return store, create_study(store, who="anna", title="Small", tree=tree, synthetic=True)

    yield make
    for store in opened:
        store.close()
