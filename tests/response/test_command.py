from __future__ import annotations

import json

import pytest

from remnant.cli import main


def _run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["response", *arguments])
    return stopped.value.code, capsys.readouterr()


def test_the_command_names_the_category_and_the_rules_that_fired(capsys, tmp_path, patient_rows, write_study):
    folder = write_study(tmp_path / "study", patient_rows())
    code, said = _run(capsys, str(folder), "--criteria", "iwg2006")
    assert code == 0
    assert "Response by IWG 2006" in said.out
    assert "haemoglobin 12 g/dL on day 84" in said.out
    assert "Cytogenetic response: not done" in said.out


def test_the_command_reads_karyotypes_for_the_clone(capsys, tmp_path, patient_rows, write_study):
    rows = patient_rows()
    rows["karyotypes"] = [
        {"sample_id": "P1-base", "iscn": '"46,XX,del(5)(q13q33)[18]/46,XX[2]"'},
        {"sample_id": "P1-now", "iscn": '"46,XX[20]"'},
    ]
    code, said = _run(capsys, str(write_study(tmp_path / "study", rows)))
    assert code == 0
    assert "complete" in said.out
    assert "14 %" in said.out


def test_json_carries_every_rule(capsys, tmp_path, patient_rows, write_study):
    code, said = _run(capsys, str(write_study(tmp_path / "study", patient_rows())), "--json")
    call = next(call for call in json.loads(said.out)["calls"] if call["sample_id"])
    assert (code, call["category"], call["confirmed"]) == (0, "CR", True)
    assert {"rule", "found", "limit", "verdict", "source", "reading", "rows"} <= call["rules"][0].keys()


def test_unknown_criteria_exit_1_and_name_the_nearest(capsys, tmp_path, patient_rows, write_study):
    code, said = _run(capsys, str(write_study(tmp_path / "study", patient_rows())), "--criteria", "iwg2007")
    assert code == 1
    assert "did you mean iwg2006?" in said.err
