"""`remnant simulate scenario` and `remnant simulate schedule`, as a person asks them."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cohort.scenario.file import read_scenario
from remnant.cohort.scenario.shipped import NAMES, shipped

SMALL = ("--patients", "20", "--years", "1", "--engine", "serial")


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def written(tmp_path) -> Path:
    """A scenario file as the command writes it."""
    path = tmp_path / "mine.toml"
    result = run("simulate", "scenario", "stop-at-response", "--out", path)
    assert result.exit_code == 0, result.output
    return path


def test_scenarios_are_listed_with_what_they_are():
    result = run("simulate", "scenario")
    assert result.exit_code == 0
    for name in NAMES:
        assert name in result.stdout
        assert shipped(name).title in result.stdout
    listed = json.loads(run("simulate", "scenario", "--json").stdout)
    assert [one["name"] for one in listed] == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_written_scenario_can_be_read_again(name, tmp_path):
    path = tmp_path / f"{name}.toml"
    assert run("simulate", "scenario", name, "--out", path).exit_code == 0
    assert read_scenario(path) == shipped(name)


def test_a_scenario_is_printed_where_no_file_is_named():
    result = run("simulate", "scenario", "label")
    assert result.stdout.startswith("# Lenalidomide as its label has it")
    answer = json.loads(run("simulate", "scenario", "label", "--json").stdout)
    assert answer["text"] == result.stdout
    assert answer["scenario"]["therapy"][0]["drug"] == "lenalidomide"


def test_a_file_is_written_over_only_when_asked(written):
    again = ("simulate", "scenario", "label", "--out", written)
    result = run(*again)
    assert result.exit_code == 1
    assert "mine.toml, --out: found file exists; expected a new file" in result.output
    assert run(*again, "--force").exit_code == 0
    assert read_scenario(written) == shipped("label")


def test_a_misspelt_scenario_is_named_with_the_nearest(tmp_path):
    result = run("simulate", "scenario", "lable", "--json")
    assert result.exit_code == 1
    assert "did you mean label?" in json.loads(result.stdout)["faults"][0]["hint"]
    assert run("simulate", "scenario", "--out", tmp_path / "x.toml").exit_code == 1


def test_a_schedule_is_searched_and_told_in_one_sentence(written, tmp_path):
    out = tmp_path / "tried.csv"
    result = run(
        "simulate", "schedule", "--scenario", written, *SMALL, "--vary", "lenalidomide.dose_mg=5,20",
        "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "Of 3 schedules" in result.stdout
    assert "nobody was measured" in result.stdout
    table = pl.read_csv(out)
    assert table["lenalidomide.dose_mg"].to_list() == [None, 5.0, 20.0]
    assert table["best"].sum() == 1


def test_a_program_reads_the_search_as_json(written):
    asked = ("simulate", "schedule", "--scenario", written, *SMALL, "--json")
    vary = ("--vary", "rule.1.for_days=0,336", "--objective", "cure")
    answer = json.loads(run(*asked, *vary).stdout)
    found = answer["schedule"]
    assert answer["sentence"]
    assert found["combinations"] == 2
    assert found["tried"][0]["title"] == "as written"
    assert found["years"] == 1
    assert found["fresh"] is None or found["fresh"]["patients"] == 20


@pytest.mark.slow
def test_the_engine_changes_nothing(written):
    asked = (
        "simulate",
        "schedule",
        "--scenario",
        written,
        *SMALL,
        "--json",
        "--vary",
        "rule.1.for_days=0,336",
    )
    assert run(*asked, "--engine", "processes").stdout == run(*asked).stdout


def test_everything_wrong_with_the_options_is_said_at_once(written):
    result = run(
        *("simulate", "schedule", "--scenario", written, "--out", "no/such/folder.csv", "--json"),
        *("--vary", "lenalidomide.dose=5", "--vary", "rule.9.for_days=1", "--limit", "platelet:28:5%"),
        *("--objective", "curre", "--relapse", "molekular", "--engine", "serail", "--method", "hybird"),
        *("--patients", "0", "--years", "0", "--seed", "-1"),
    )  # fmt: skip
    assert result.exit_code == 1
    faults = json.loads(result.stdout)["faults"]
    said = [fault["column"] for fault in faults]
    assert said == [
        "--objective", "--relapse", "--out", "", "count", "--vary", "--vary",
        "--patients", "--years", "--seed", "--method",
    ]  # fmt: skip
    assert "did you mean platelets?" in faults[4]["hint"]


def test_a_scenario_that_cannot_be_read_says_file_line_and_key(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('[[therapy]]\ndrug = "lenalidomid"\nstart_day = 0\n')
    result = run("simulate", "schedule", "--scenario", path, "--vary", "lenalidomide.dose_mg=5")
    assert result.exit_code == 1
    assert "bad.toml, line 2, column therapy.1.drug" in result.output
    assert "did you mean lenalidomide?" in result.output
    missing = run("simulate", "schedule", "--scenario", tmp_path / "none.toml", "--vary", "a.b=5")
    assert missing.exit_code == 1
    assert "none.toml: found no such file or directory" in missing.output


def test_a_level_that_means_nothing_is_refused_before_the_search(written):
    result = run("simulate", "schedule", "--scenario", written, *SMALL, "--vary", "lenalidomide.dose_mg=5,-5")
    assert result.exit_code == 1
    assert "greater than or equal to 0" in result.output


def test_nothing_to_vary_is_refused(written):
    result = run("simulate", "schedule", "--scenario", written)
    assert result.exit_code == 1
    assert "at least one key to vary" in result.output


@pytest.mark.parametrize("command", ["scenario", "schedule"])
def test_help_shows_a_line_that_works(command):
    result = run("simulate", command, "--help")
    assert result.exit_code == 0
    assert f"Example: remnant simulate {command}" in " ".join(result.stdout.split())
