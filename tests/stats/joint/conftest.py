"""Studies of `studies.py`, for the tests of the joint model."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def study():
    """A function that lays out a study without counts."""
    spec = importlib.util.spec_from_file_location("joint_studies", Path(__file__).with_name("studies.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.study
