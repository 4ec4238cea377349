"""Modules beside the tests of the joint model, which the tests load by their files."""

import importlib.util
import sys
from pathlib import Path

import pytest


def beside(name):
    """Load a module of this folder."""
    spec = importlib.util.spec_from_file_location(f"joint_{name}", Path(__file__).with_name(f"{name}.py"))
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def study():
    """A function that lays out a study without counts."""
    return beside("studies").study


@pytest.fixture(scope="session")
def worlds():
    """Studies of fixed truths, and what each method said of them."""
    return beside("worlds")
