"""What many tests share: a small synthetic study, made and analysed once."""

from pathlib import Path

import pytest

from remnant.analysis import Findings, analyse
from remnant.observation import simulate_study
from remnant.study import read_study

SEED = 7


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory) -> Path:
    """A synthetic study of two patients, with its truth; read it, never write to it."""
    folder = tmp_path_factory.mktemp("synthetic") / "study"
    simulate_study(folder, patients=2, seed=SEED)
    return folder


@pytest.fixture(scope="session")
def findings(study_folder) -> Findings:
    """The findings of `study_folder`."""
    return analyse(read_study(study_folder))
