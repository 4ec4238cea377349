"""The command that simulates virtual cohorts: what it writes and says, and what it refuses."""

import json

import polars as pl
import pytest

from remnant.cli import main

SCENARIO = """
title = "{title}"
preset = "del5q-lenalidomide"
years = 1.0

[[therapy]]
drug = "lenalidomide"
start_day = 0
{more}
"""


def run(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["simulate", "cohort", *map(str, arguments)])
    output = capsys.readouterr()
    return stopped.value.code, output.out, output.err


def scenario(path, title="One year", more=""):
    path.write_text(SCENARIO.format(title=title, more=more), encoding="utf-8")
    return path


FEW = ["--patients", 12, "--engine", "serial"]


def test_a_cohort_is_written_and_shown(tmp_path, capsys):
    file, out = scenario(tmp_path / "a.toml"), tmp_path / "out"
    code, text, _ = run([*FEW, "--scenario", file, "--out", out, "--trajectories", 2], capsys)
    assert code == 0
    assert "One year: 12 virtual patients, 1 years" in text
    assert "SYNTHETIC" in text
    rows = pl.read_parquet(out / "patients.parquet")
    assert rows["patient"].to_list() == list(range(12))
    assert rows["synthetic"].all()
    assert (rows["horizon_day"] == 365).all()
    assert pl.read_parquet(out / "trajectories.parquet")["patient"].unique().to_list() == [0, 1]
    columns = (out / "COLUMNS.md").read_text()
    courses = pl.read_parquet(out / "trajectories.parquet").columns
    assert all(f"`{name}`" in columns for name in (*rows.columns, *courses))


def test_json_holds_the_summary_that_is_kept(tmp_path, capsys):
    out = tmp_path / "out"
    code, text, _ = run([*FEW, "--years", 0.5, "--out", out, "--json"], capsys)
    answer = json.loads(text)
    assert code == 0
    kept = json.loads((out / "summary.json").read_text())
    assert answer["cohorts"][0]["summary"] == kept
    assert kept["notice"].startswith("SYNTHETIC")
    assert sorted(answer["cohorts"][0]["files"] + ["patients.json"]) == sorted(
        path.name for path in out.iterdir()
    )


def test_without_a_scenario_the_drug_is_given_as_its_label_says(tmp_path, capsys):
    out = tmp_path / "out"
    options = [*FEW, "--years", 0.5, "--preset", "cml-imatinib", "--out", out, "--json"]
    _, text, _ = run(options, capsys)
    assert json.loads(text)["cohorts"][0]["summary"]["title"] == "Label: imatinib 400 mg daily"
    rows = pl.read_parquet(out / "patients.parquet")
    assert (rows["imatinib.full_dose_days"] == rows["horizon_day"]).all()


def test_the_same_bytes_from_any_engine_and_block_size(tmp_path, capsys):
    file = scenario(tmp_path / "a.toml")
    kept = []
    for number, options in enumerate((["serial"], ["processes", "--block-size", 5])):
        out = tmp_path / f"out{number}"
        more = ["--years", 0.3, "--scenario", file, "--out", out, "--engine", *options]
        assert run(["--patients", 12, *more], capsys)[0] == 0
        kept.append({name: (out / name).read_bytes() for name in ("patients.parquet", "summary.json")})
    assert kept[0] == kept[1]


def test_a_finished_cohort_is_left_as_it_is_and_can_be_made_anew(tmp_path, capsys):
    options = [*FEW, "--years", 0.3, "--out", tmp_path / "out"]
    assert run(options, capsys)[0] == 0
    before = (tmp_path / "out" / "patients.parquet").read_bytes()
    for more in ([], ["--no-resume"]):
        assert run([*options, *more], capsys)[0] == 0
        assert (tmp_path / "out" / "patients.parquet").read_bytes() == before


def test_another_cohort_does_not_go_into_the_folder_of_the_first(tmp_path, capsys):
    options = [*FEW, "--years", 0.3, "--out", tmp_path / "out"]
    assert run(options, capsys)[0] == 0
    code, _, faults = run([*options, "--seed", 4], capsys)
    assert code == 1
    assert "seed" in faults


def test_scenarios_are_compared_in_the_same_patients(tmp_path, capsys):
    one = scenario(tmp_path / "a.toml", "For ever")
    two = scenario(tmp_path / "b.toml", "Three months", "end_month = 3")
    out = tmp_path / "out"
    code, text, _ = run([*FEW, "--scenario", one, "--scenario", two, "--out", out], capsys)
    assert code == 0
    assert "[1] For ever; [2] Three months" in text
    first, second = (pl.read_parquet(out / f"scenario-{n}" / "patients.parquet") for n in (1, 2))
    assert first["division"].equals(second["division"])
    assert not first["stem_fraction_end"].equals(second["stem_fraction_end"])
    assert (out / "comparison.json").exists()
    assert "SYNTHETIC" in (out / "comparison.csv").read_text()


def test_a_posterior_takes_the_place_of_the_priors(tmp_path, capsys):
    out = tmp_path / "out"
    draws = tmp_path / "draws.csv"
    draws.write_text("division\n0.1\n")
    options = [*FEW, "--years", 0.3, "--out", out, "--posterior", draws]
    code, _, faults = run(options, capsys)
    assert code == 1
    assert "draws.csv, advantage: found no such column" in faults
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--patients", 0], "--patients"),
        (["--years", 0], "--years"),
        (["--years", "nan"], "--years"),
        (["--years", -3], "--years"),
        (["--seed", -1], "--seed"),
        (["--method", "guess"], "--method"),
        (["--preset", "cml-imatinb"], "cml-imatinib"),
        (["--engine", "abacus"], "--engine"),
        (["--trajectories", 1_000_000], "--trajectories"),
    ],
)
def test_impossible_options_are_refused_before_anything_is_made(tmp_path, capsys, options, named):
    out = tmp_path / "out"
    code, text, faults = run(["--engine", "serial", "--out", out, *options], capsys)
    assert code == 1
    assert named in faults
    assert text == ""
    assert not out.exists()


def test_faults_are_json_for_programs(tmp_path, capsys):
    code, text, _ = run(["--patients", 0, "--years", -1, "--out", tmp_path / "o", "--json"], capsys)
    assert code == 1
    assert [fault["column"] for fault in json.loads(text)["faults"]] == ["--patients", "--years"]


def test_a_scenario_that_cannot_be_read_is_named_with_its_line(tmp_path, capsys):
    file = scenario(tmp_path / "a.toml", more="dose = 3")
    code, _, faults = run([*FEW, "--scenario", file, "--out", tmp_path / "o"], capsys)
    assert code == 1
    assert "a.toml" in faults
    assert "dose" in faults


def test_scenarios_of_two_diseases_are_not_compared(tmp_path, capsys):
    one, two = scenario(tmp_path / "a.toml"), tmp_path / "b.toml"
    two.write_text('title = "CML"\npreset = "cml-imatinib"\nyears = 1.0\n')
    code, _, faults = run([*FEW, "--scenario", one, "--scenario", two, "--out", tmp_path / "o"], capsys)
    assert code == 1
    assert "preset" in faults
    assert not (tmp_path / "o").exists()
