import json

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

SLIDES = """sample_id,compartment,probe,nuclei_scored,nuclei_abnormal,iscn,purity_events,purity_in_gate
P1,stem,EGR1,40,36,,210,205
P1,progenitor,EGR1,200,2,,,
P2,stem,EGR1,,,"nuc ish(D5S23x2,EGR1x1)[15/40]",,
P2,progenitor,EGR1,0,0,,,
"""
CONTROLS = "probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,C1,200,1\nEGR1,C2,200,0\nEGR1,C3,200,3\n"


def run(*words):
    return CliRunner().invoke(app, ["fish", *map(str, words)])


@pytest.fixture
def tables(tmp_path):
    slides, controls = tmp_path / "fish.csv", tmp_path / "fish_controls.csv"
    slides.write_text(SLIDES)
    controls.write_text(CONTROLS)
    return slides, controls


def test_two_counts_give_a_fraction_with_its_assumptions():
    words = (
        "--abnormal",
        12,
        "--scored",
        40,
        "--purity",
        "190/200",
        "--control",
        "2/200",
        "--control",
        "1/200",
    )
    result = run("fraction", *words)
    assert result.exit_code == 0
    assert "12/40" in result.stdout
    assert "3 of 400 control nuclei" in result.stdout


def test_nothing_abnormal_is_said_with_its_bound():
    words = "fraction", "--abnormal", 0, "--scored", 25
    assert "not detected, below 11 %" in run(*words, "--slide-correlation", 0).stdout
    assert "not detected, below 12 %" in run(*words).stdout


def test_a_table_gives_every_compartment_as_json(tables):
    slides, controls = tables
    result = run("fraction", slides, "--controls", controls, "--json")
    answer = json.loads(result.stdout)
    assert [clone["fraction"]["evidence"] for clone in answer] == [
        "detected",
        "not detected",
        "detected",
        "not evaluable",
    ]
    assert answer[0]["fraction"]["sources"] == [{"file": "fish.csv", "line": 2}]


def test_a_contaminant_given_beside_the_counts_is_no_second_answer():
    words = ["--abnormal", "3", "--scored", "40", "--purity", "170/200", "--contaminant", "120/200", "--json"]
    clone = json.loads(run("fraction", *words).stdout)
    assert clone["worst_case_lower"] == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--abnormal 50 --scored 40", "are the two swapped?"),
        ("--abnormal 5", "--nuclei: found nothing"),
        ("--abnormal 5 --scored 40 --control 7", "write it as 2/200"),
        ("--abnormal 5 --scored 40 --purity 9/4", "K at most N"),
        ("--abnormal 5 --scored 40 --method guess", "choose one of them"),
    ],
)
def test_a_slip_is_said_and_mendable(words, found):
    result = run("fraction", *words.split())
    assert result.exit_code == 1
    assert found in result.stderr


def test_cutoffs_grow_with_the_nuclei(tables):
    result = run("cutoff", tables[1], "--nuclei", 20, "--nuclei", 200, "--json")
    cutoffs = json.loads(result.stdout)["cutoffs"]
    assert {cutoff["method"] for cutoff in cutoffs} >= {"beta-binomial", "mean-plus-sd"}
    assert all(cutoff["counts"]["20"] < cutoff["counts"]["200"] for cutoff in cutoffs)
    assert "of 500" in run("cutoff", tables[1]).stdout


def test_compartments_are_compared(tables):
    slides, controls = tables
    first, second = json.loads(run("compare", slides, "--controls", controls, "--json").stdout)
    assert first["probability"] > 0.99
    assert second["log_odds"]["evidence"] == "not evaluable"
    assert "P(spared)" in run("compare", slides).stdout


def test_compartments_by_other_names_must_be_named(tables):
    result = run("compare", tables[0], "--stem", "HSC")
    assert result.exit_code == 1
    assert "set --stem" in result.stderr
