import json
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "reference/survival"
NUMBERS = {"NA": np.nan, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf, None: np.nan}


def numbers(values):
    """Turn what R wrote into an array."""
    return np.array([numbers(v) if isinstance(v, list) else NUMBERS.get(v, v) for v in values], float)


def stored(name):
    cases = json.loads((FOLDER / name).read_text())
    found = cases["sets"] if isinstance(cases, dict) else cases
    assert found, f"no case in {name}: the tests that use it would prove nothing"
    return found


def _own(case):
    rows = [[s["time"], s["event"], s["x"], s["z"]] for s in case["data"]]
    return np.array(rows, float).T


@pytest.fixture(params=stored("survival_reference.json"), ids=lambda case: f"{len(case['data'])} subjects")
def reference(request):
    """A reference set: (time, event, x, z) and the answers."""
    return _own(request.param), request.param


@pytest.fixture(
    params=list(enumerate(stored("further.json"))), ids=lambda pair: f"{pair[0]}-{pair[1]['kind']}"
)
def further(request):
    """A further set: (time, event, x, z, entry, stratum) and the answers."""
    case = request.param[1]
    return np.array(case["subjects"], float).T, case


@pytest.fixture
def as_numbers():
    return numbers
