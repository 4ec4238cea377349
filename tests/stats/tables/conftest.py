import json
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "reference" / "fish" / "fraction" / "expected.json"
WHOLE = json.loads(REFERENCE.read_text())
TABLES, STRATA = WHOLE["two_by_two"], WHOLE["paired_strata"]
assert TABLES, "no tables found: the tests below would pass by testing nothing"
assert STRATA, "no strata found: the tests below would pass by testing nothing"


def _named(case):
    return case["case_id"]


@pytest.fixture(params=TABLES, ids=_named)
def one_table(request):
    """Two by two counts with answers from R and from 40-digit arithmetic."""
    return request.param


@pytest.fixture(params=STRATA, ids=_named)
def paired(request):
    """Patients with two compartments, and answers from R and from 40-digit arithmetic."""
    return request.param


@pytest.fixture
def counts(paired):
    return [paired["input"][name] for name in ("k1", "n1", "k2", "n2")]
