"""What many tests share: a small synthetic study, made and analysed once."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is not a failure; examples are still drawn anew on every run.
settings.register_profile("remnant", deadline=None)
settings.load_profile("remnant")

SEED = 7


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory) -> Path:
    """A synthetic study of two patients, with its truth; read it, never write to it."""
    from remnant.observation import simulate_study

    folder = tmp_path_factory.mktemp("synthetic") / "study"
    simulate_study(folder, patients=2, seed=SEED)
    return folder


@pytest.fixture(scope="session")
def findings(study_folder):
    """The findings of `study_folder`."""
    from remnant.analysis import analyse
    from remnant.study import read_study

    return analyse(read_study(study_folder))
