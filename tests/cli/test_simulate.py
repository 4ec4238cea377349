import json

import pytest

from remnant.cli import main


def _run(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    output = capsys.readouterr()
    return stopped.value.code, output.out, output.err


def test_a_study_is_written_and_its_truth_shown(tmp_path, capsys):
    target = str(tmp_path / "study")
    code, out, _ = _run(["simulate", "study", target, "--patients", "1", "--engine", "serial"], capsys)
    assert code == 0
    assert "SYNTHETIC" in out
    assert "remnant analyse" in out
    again, _, faults = _run(["simulate", "study", target, "--engine", "serial"], capsys)
    assert again == 1
    assert "study.toml" in faults
    assert "new folder" in faults


def test_json_carries_the_truth(tmp_path, capsys):
    arguments = ["simulate", "study", str(tmp_path / "s"), "--patients", "1", "--seed", "3", "--json"]
    code, out, _ = _run([*arguments, "--engine", "serial"], capsys)
    answer = json.loads(out)
    assert code == 0
    assert answer["truth"]["patients"][0]["patient_id"] == "P1"
    assert "study.toml" in answer["files"]


@pytest.mark.parametrize("wrong", [["--patients", "0"], ["--seed", "-1"]])
def test_impossible_numbers_are_wrong_usage(tmp_path, capsys, wrong):
    code, _, _ = _run(["simulate", "study", str(tmp_path / "s"), *wrong], capsys)
    assert code == 2
    assert not (tmp_path / "s").exists()
