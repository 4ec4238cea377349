from types import ModuleType

import pytest

from remnant.analysis.findings import Findings


@pytest.fixture(scope="session")
def findings(cases: ModuleType) -> Findings:
    """Findings of four patients: two ordinary, one hostile, one with nothing."""
    return cases.example()
