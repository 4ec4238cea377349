import json
import sys
from pathlib import Path

import pytest

from remnant.cli import main

sys.path.insert(0, str(Path(__file__).parents[1] / "inference" / "calibration"))
from conjugate import ConjugateTrial


def run(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main([*arguments])
    said = capsys.readouterr()
    return left.value.code or 0, said.out, said.err


@pytest.fixture
def cheap(monkeypatch):
    """Cohorts whose posterior is known, in place of those that take a minute each."""
    monkeypatch.setattr("remnant.inference.calibration.evidence.HierarchyTrial", ConjugateTrial)


def test_every_claim_is_said_with_whether_it_holds(cheap, tmp_path, capsys):
    line = ("simulate", "evidence", str(tmp_path / "proof"), "--cohorts", "30", "--engine", "serial")
    code, text, _ = run(line, capsys)
    assert code == 0
    assert all(row.startswith(("Holds", "Does not hold")) for row in text.splitlines() if row)
    assert "90 % intervals for the day of relapse" in " ".join(text.split())
    code, text, _ = run([*line, "--json"], capsys)
    assert code == 0
    assert json.loads(text)["cohorts"] == 30


def test_a_proof_of_another_seed_is_not_mixed_in(cheap, tmp_path, capsys):
    line = ("simulate", "evidence", str(tmp_path / "proof"), "--cohorts", "2", "--engine", "serial")
    run(line, capsys)
    code, _, faults = run([*line, "--seed", "5"], capsys)
    assert code != 0
    assert "seed" in faults
