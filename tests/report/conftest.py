from __future__ import annotations

from types import ModuleType

import pytest

from remnant.analysis.findings import Findings


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
