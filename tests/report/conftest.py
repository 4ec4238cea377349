from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from remnant.analysis.findings import Findings


def _load() -> ModuleType:
    path = Path(__file__).with_name("example.py")
    spec = importlib.util.spec_from_file_location("report_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """The module that writes findings by hand."""
    return _load()


@pytest.fixture(scope="session")
def findings(cases: ModuleType) -> Findings:
    """Findings of four patients: two ordinary, one hostile, one with nothing."""
    return cases.example()


@pytest.fixture(scope="session")
def nothing(cases: ModuleType) -> Findings:
    """Findings of a study without a patient."""
    return cases.empty()


@pytest.fixture(scope="session")
def names_only(cases: ModuleType) -> Findings:
    """Findings of a study that names two patients and two samples, and nothing was measured."""
    return cases.names_only()
