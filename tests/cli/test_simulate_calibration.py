import json

import pytest

from remnant.cli import main
from remnant.cohort.calibration import compare as module
from remnant.cohort.calibration.targets import TARGETS
from remnant.errors import UnfinishedError

FEW = ("simulate", "calibration", "--patients", "40", "--engine", "serial")


def run(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main([*arguments])
    said = capsys.readouterr()
    return left.value.code or 0, said.out, said.err


def test_every_published_figure_stands_beside_the_model(capsys):
    code, text, _ = run(FEW, capsys)
    rows = text.splitlines()[2:]
    assert code == 0
    assert len(rows) == len(TARGETS)
    for row, target in zip(rows, TARGETS, strict=True):
        assert target.meaning in row
        assert row.split("|")[-2].strip() in ("inside", "missed", "not seen", "no figure published")


def test_programs_get_the_same_rows(capsys):
    code, text, _ = run([*FEW, "--json"], capsys)
    answer = json.loads(text)
    assert code == 0
    assert [one["row"]["target"]["name"] for one in answer] == [target.name for target in TARGETS]
    shown = next(one for one in answer if one["row"]["target"]["name"] == "complete_response")
    assert 0 <= shown["row"]["lower"] <= shown["row"]["model"] <= shown["row"]["upper"] <= 1


def test_a_law_that_does_not_exist_is_named_before_anything_is_simulated(capsys):
    code, _, faults = run([*FEW, "--method", "guess"], capsys)
    assert code == 1
    assert "--method: found 'guess'" in faults


def test_a_trial_in_which_patients_cannot_be_followed_has_no_figures(monkeypatch):
    def broken(plan, patients):
        raise ArithmeticError("lost")

    monkeypatch.setattr(module, "follow", broken)
    with pytest.raises(UnfinishedError, match=r"virtual patients .*lost \(tried 3 times\)"):
        module.calibrate(40, 1)
