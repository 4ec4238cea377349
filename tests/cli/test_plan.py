import json

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.service.plans.typed import read_number

NUCLEI = ["nuclei", "--clone", "5%", "--most", "300", "--control", "2/200", "--control", "1/200"]
EVENTS = ["events", "--frequency", "1e-5"]
WELLS = ["wells", "--frequency", "1/300", "--wells", "24"]
VISITS = ["visits", "--nuclei", "20", "--every", "30,90d", "--patients", "20"]
PATIENTS = ["patients", "--stem", "30%", "--trials", "20", "--most", "6"]
PLANS = [NUCLEI, EVENTS, WELLS, VISITS, PATIENTS]


def run(*words):
    return CliRunner().invoke(app, ["plan", *map(str, words)])


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[0])
def test_every_plan_ends_in_one_sentence_and_says_what_it_assumed(words):
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.strip().splitlines()
    assert lines[-1].endswith(".")
    assert any(line.startswith("Assumed: ") for line in lines)
    assert "absent" not in result.stdout
    assert "nan" not in result.stdout.lower().replace("nano", "").split()


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[0])
def test_every_plan_is_told_to_a_program_as_to_a_person(words):
    answer = json.loads(run(*words, "--json").stdout)
    assert answer["sentence"] == run(*words).stdout.strip().splitlines()[-1]
    assert answer["plan"]["assumed"]


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[0])
def test_a_plan_is_drawn_as_its_ending_says(words, tmp_path):
    file = tmp_path / "plan.svg"
    result = run(*words, "--figure", file)
    assert result.exit_code == 0, result.stderr
    assert file.read_text().count("<path") > 5


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("html", b"<!DOCTYPE html>"), ("json", b"{")]
)
def test_a_figure_is_written_in_every_form(ending, start, tmp_path):
    file = tmp_path / f"plan.{ending}"
    assert run(*EVENTS, "--figure", file).exit_code == 0
    content = file.read_bytes()
    assert content.lstrip().startswith(start)
    if ending == "html":
        assert b'src="http' not in content


def test_25_events_at_1_in_100_000_are_two_and_a_half_million_cells():
    assert "acquire 2,500,000 cells (25 events expected" in run(*EVENTS, "--cv", "20%").stdout


def test_a_perfect_probe_excludes_a_clone_of_5_percent_with_59_nuclei():
    words = ["nuclei", "--clone", "0.05", "--most", "300", "--false-positive", "0%", "--false-negative", "0"]
    answer = json.loads(run(*words, "--json").stdout)
    assert answer["plan"]["exclusion"]["nuclei"] == 59
    assert "score 59 nuclei and see none abnormal" in answer["sentence"]


def test_percent_decimal_and_one_in_are_the_same_question():
    said = {
        run("nuclei", "--most", "200", "--clone", text).stdout
        for text in ("5%", "5 %", "0.05", "1/20", "5e-2")
    }
    assert len(said) == 1


def test_controls_are_read_from_a_table(tmp_path):
    table = tmp_path / "controls.csv"
    table.write_text("probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,C1,200,2\nEGR1,C2,200,1\n")
    own, typed = run("nuclei", "--clone", "5%", "--controls", table, "--most", 300), run(*NUCLEI)
    assert own.stdout == typed.stdout
    table.write_text("probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,C1,200,2\nTP53,C2,200,1\n")
    assert "slides of one probe" in run("nuclei", "--clone", "5%", "--controls", table).stderr


def test_a_target_brings_the_best_split():
    result = run("events", "--frequency", "1e-3", "--target", "2e-5", "--blank", "3/1000000")
    assert "the best split is to acquire" in result.stdout
    assert "best" in result.stdout


def test_every_slip_of_a_command_is_told_at_once():
    words = [
        "--clone",
        "5",
        "--power",
        "2",
        "--false-negative",
        "0,02",
        "--control",
        "x",
        "--figure",
        "a.gif",
    ]
    result = run("nuclei", *words)
    assert result.exit_code == 1
    for part in ("--clone", "write 5% for 5 percent", "--power", "with a point", "K/N", "--figure"):
        assert part in result.stderr
    assert len(result.stderr.strip().splitlines()) == 5


def test_slips_are_told_to_a_program_too():
    answer = json.loads(run("events", "--frequency", "2", "--cv", "no", "--json").stdout)
    assert answer["error"] == "SettingError"
    assert [fault["column"] for fault in answer["faults"]] == ["--frequency", "--cv"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("nuclei --clone 0", "--clone"),
        ("nuclei --clone nan", "--clone"),
        ("nuclei --clone 5% --purity 90%", "--contaminant-clone: found nothing"),
        ("nuclei --clone 5% --purity 9/4 --contaminant-clone 0%", "K at most N"),
        ("nuclei --clone 5% --false-positive 0.6 --false-negative 0.5", "sum to below 1"),
        ("nuclei --clone 5% --control 200/200", "sum to below 1"),
        ("nuclei --clone 5% --method guess", "choose one of them"),
        ("nuclei --clone 5% --most 1e9", "whole number from 10 to 10,000"),
        ("events --frequency 1e-5 --background -1", "--background"),
        ("events --frequency 1e-5 --background 1 --blank 1/100", "leave the mean out"),
        ("events --frequency 1e-5 --lod 50 --loq 20", "what is quantified is detected"),
        ("events --frequency 1e-5 --clone 5%", "--target beside it"),
        ("events --frequency 1e-5 --acquire 2.5", "whole number"),
        ("wells --frequency 1/0", "--frequency"),
        ("wells --frequency 1/300 --between 1/50 1/100", "widen the range"),
        ("wells --frequency 1/300 --wells 96 --detect", "leave one of them out"),
        ("wells --frequency 1/300 --precision 1", "--precision"),
        ("wells --frequency 1/300 --doses 100,x", "--doses"),
        ("wells --frequency 1/300 --doses 1,2,3 --wells 2", "give more wells"),
        ("visits --nadir 60% --relapse 50%", "are the two swapped?"),
        ("visits --nadir 1% --baseline 1.5%", "needs a remission"),
        ("visits --doubling 30 --slope 1", "leave one of them out"),
        ("visits --every 0", "--every"),
        ("visits --engine magic", "--engine"),
        ("patients --stem 30% --effect 1", "leave one of them out"),
        ("patients --effect 99", "--effect"),
        ("patients --nuclei-stem 0", "--nuclei-stem"),
        ("patients --purity 0.1", "--purity"),
        ("patients --decision guess", "pooled or joint"),
        ("patients --most 2", "--most"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(words, found):
    result = run(*words.split())
    assert result.exit_code == 1, result.stdout
    assert found in result.stderr


def test_a_decimal_comma_is_never_read_as_thousands():
    assert read_number("1,000") == 1000
    assert read_number("0,05") != 0.05
    assert read_number("0,05") != 5


def test_help_shows_a_line_that_works():
    for words in PLANS:
        assert "Example: remnant plan" in " ".join(run(words[0], "--help").stdout.split())
