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


def test_all_criteria_stand_side_by_side(capsys, tmp_path, patient_rows, write_study):
    folder = write_study(tmp_path / "study", patient_rows(log=(-130, 400), days=(28, 56, 84)))
    code, said = _run(capsys, str(folder), "--criteria", "all")
    assert code == 0
    for title in ("Response at each visit, by criteria", "IWG 2006", "IWG 2018", "IWG 2023"):
        assert title in said.out
    line = next(line for line in said.out.splitlines() if "P1-now" in line)
    assert line.count("HI-E, HI-P, HI-N") == 3
    assert "burden before" in said.out
    assert "NTD" in said.out


def test_json_of_several_criteria_is_keyed_by_their_names(capsys, tmp_path, patient_rows, write_study):
    folder = write_study(tmp_path / "study", patient_rows(log=(-130, 400), days=(28, 56, 84)))
    code, said = _run(capsys, str(folder), "--criteria", "iwg2023", "--criteria", "iwg2018", "--json")
    sets = json.loads(said.out)
    assert (code, list(sets)) == (0, ["iwg2023", "iwg2018"])
    calls = {name: next(c for c in one["calls"] if c["sample_id"] == "P1-now") for name, one in sets.items()}
    assert calls["iwg2023"]["category"] == "CR"
    assert calls["iwg2018"]["category"] == "HI"
    assert calls["iwg2018"]["burden_class"] == "NTD"
    assert all(rule["source"] for call in calls.values() for rule in call["rules"])


def test_what_is_missing_is_said_to_a_person(capsys, tmp_path, patient_rows, write_study):
    folder = write_study(tmp_path / "study", patient_rows(now=(None, 150, 2.0), log=(-130, 400)))
    code, said = _run(capsys, str(folder), "--criteria", "iwg2023")
    assert code == 0
    assert "not evaluable" in said.out
    assert "CR: haemoglobin: not done: no haemoglobin within 14 days of day 84" in said.out


def test_readings_can_be_switched_on_the_command_line(capsys, tmp_path, patient_rows, write_study):
    rows = patient_rows(base=(11.5, 200, 3.0), now=(13.5, 200, 3.0), days=(28, 56, 84), log=(-130, 400))
    folder = str(write_study(tmp_path / "study", rows))
    found = []
    for more in ([], ["--any-haemoglobin"]):
        _, said = _run(capsys, folder, "--criteria", "iwg2018", "--json", *more)
        found.append(next(c for c in json.loads(said.out)["calls"] if c["sample_id"])["category"])
    assert found == ["no response category", "HI"]
    rows = patient_rows(days=(84,), units=((60, 1),), log=(-130, 400))
    folder = str(write_study(tmp_path / "longer", rows))
    _, said = _run(capsys, folder, "--criteria", "iwg2023", "--lead-days", "28", "--json")
    call = next(c for c in json.loads(said.out)["calls"] if c["sample_id"])
    assert call["category"] == "not evaluable"


def test_criteria_of_study_toml_are_the_default(capsys, tmp_path, patient_rows, write_study):
    folder = write_study(tmp_path / "study", patient_rows())
    (folder / "study.toml").write_text('[analysis]\ncriteria = "iwg2018"\n')
    code, said = _run(capsys, str(folder))
    assert code == 0
    assert "Response by IWG 2018" in said.out
