"""The whole journey through the command line: on a synthetic study whose truth is known, and on bad input."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from remnant.analysis import analyse, load, save
from remnant.cli.app import app
from remnant.observation import read_truth, simulate_study
from remnant.scale import pools
from remnant.study import read_study


def run(*arguments):
    return CliRunner().invoke(app, [str(part) for part in arguments], catch_exceptions=False)


def earlier_demo(out, names):
    """Lay out what a demo of another patient left; its results say that nothing was done."""
    simulate_study(out / "study", patients=1, seed=8)
    names.mkdir()
    for name in ("study.toml", "patients.csv", "samples.csv"):
        shutil.copy(out / "study" / name, names)
    save(analyse(read_study(names)), out / "results")
    (out / "report.html").write_text("the earlier page")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo of two patients, where an earlier one lay; the folder, and what it printed."""
    out = tmp_path_factory.mktemp("demo") / "demo"
    earlier_demo(out, out.with_name("names"))
    shown = run("demo", "--out", out, "--patients", 2, "--seed", 7, "--engine", "serial")
    assert shown.exit_code == 0, shown.output
    return out, shown.stdout


def test_the_demo_names_its_report_and_says_that_it_is_synthetic(demo):
    out, shown = demo
    assert "synthetic" in shown
    page = (out / "report.html").read_text()
    assert str(out / "report.html") in shown.replace("\n", "")
    assert "Synthetic" in page
    assert "research use" in page.lower()


def test_the_verdicts_of_the_demo_agree_with_its_truth(demo):
    out, _ = demo
    found = {item.sample_id: item.state.value for item in load(out / "results").courses}
    truth = {
        visit.sample_id: visit.state
        for patient in read_truth(out / "study").patients
        for visit in patient.visits
        if visit.sample_id in found
    }
    agree = [sample for sample, state in truth.items() if found[sample] == state]
    assert len(agree) >= 0.7 * len(truth), {key: (found[key], truth[key]) for key in truth}


@pytest.mark.parametrize("mine", ["thesis.docx", "study/patients.csv", "report.html"])
def test_a_demo_writes_over_nothing_but_a_demo(tmp_path, mine):
    (tmp_path / mine).parent.mkdir(exist_ok=True)
    (tmp_path / mine).write_text("x")
    refused = run("demo", "--out", tmp_path, "--patients", 1)
    assert refused.exit_code == 1
    assert "new folder" in refused.stderr
    assert (tmp_path / mine).read_text() == "x"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_second_demo_takes_the_place_of_the_first(demo):
    out, _ = demo
    study = read_study(out / "study")
    assert len(load(out / "results").timelines) == len(read_truth(out / "study").patients) == 2
    assert {f"fcs/{path.name}" for path in (out / "study" / "fcs").iterdir()} == set(study["events"]["file"])
    assert "the earlier page" not in (out / "report.html").read_text()


def test_analyse_resumes_and_prints_for_programs(demo, tmp_path):
    out, _ = demo
    results = tmp_path / "results"
    shutil.copytree(out / "results", results)
    shown = run("analyse", out / "study", "--out", results, "--resume", "--engine", "serial", "--json")
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert {course["state"] for course in answer["courses"]} >= {"untreated"}
    assert len(answer["statements"]) == 5
    found, before = (
        json.loads((folder / "findings.json").read_text(encoding="utf-8"))
        for folder in (results, out / "results")
    )
    assert before.pop("fit")["patients"]  # the demo forecasts too; an analysis does where it is asked to
    assert before.pop("observed")["looks"]
    assert (found.pop("fit"), found.pop("observed")) == (None, None)
    assert found == before


TWO = ("--only", "swimmer", "--only", "course", "--engine", "serial")


@pytest.mark.parametrize("only", [TWO, pytest.param((), marks=pytest.mark.slow)], ids=["two", "all"])
def test_the_report_is_written_again_with_its_figures(demo, tmp_path, only):
    out, _ = demo
    page, figures = tmp_path / "page.html", tmp_path / "figures"
    shown = run("report", out / "results", "--out", page, "--figures", figures, *only, "--json")
    assert shown.exit_code == 0, shown.output
    written = [Path(name) for name in json.loads(shown.stdout)["figures"]]
    assert {path.suffix for path in written} >= {".svg", ".png", ".pdf", ".csv"}
    assert all(path.stat().st_size > 0 for path in written)
    assert page.read_bytes() == (out / "report.html").read_bytes()


def test_persistence_says_where_the_clone_lives(short):
    shown = run("persistence", short, "--engine", "serial", "--json")
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert {item["role"] for item in answer["burdens"]} == {"stem", "progenitor", "bulk"}
    assert {item["phase"] for item in answer["pooled"]} == {"baseline", "remission", "change"}
    assert answer["joint"]["converged"]
    assert {item["phase"] for item in answer["joint"]["sensitivity"]} >= {"remission"}


@pytest.fixture(scope="module")
def short(demo, tmp_path_factory):
    """The study of the demo without its cultures: two visits of the first patient, and one of the second."""
    folder = tmp_path_factory.mktemp("short") / "study"
    shutil.copytree(demo[0] / "study", folder)
    for name in ("colonies.csv", "dilution_plates.csv", "cell_cycle.csv"):
        (folder / name).unlink()
    events = pl.read_csv(folder / "events.csv", comment_prefix="#", infer_schema=False)
    visits = events["sample_id"].unique(maintain_order=True)
    first = visits.filter(visits.str.starts_with("P1-"))[:2]
    second = visits.filter(visits.str.starts_with("P2-"))[:1]
    events = events.filter(pl.col("sample_id").is_in([*first, *second]))
    events.write_csv(folder / "events.csv")
    for path in (folder / "fcs").iterdir():
        if f"fcs/{path.name}" not in set(events["file"]):
            path.unlink()
    return folder


@pytest.fixture
def study(short, tmp_path):
    return shutil.copytree(short, tmp_path / "study")


def cut_a_file(study):
    path = next((study / "fcs").glob("*.fcs"))
    path.write_bytes(path.read_bytes()[:10_000])
    return path.name


def spoil_the_header(study):
    path = next((study / "fcs").glob("*.fcs"))
    path.write_bytes(b"\x89PNG" + path.read_bytes()[4:])
    return path.name


def replace_text(name, old, new):
    def spoil(study):
        text = (study / name).read_text()
        assert old in text
        (study / name).write_text(text.replace(old, new))
        return name

    return spoil


def write(name, content):
    def spoil(study):
        (study / name).write_bytes(content)
        return name

    return spoil


def break_a_karyotype(study):
    table = pl.read_csv(study / "karyotypes.csv", comment_prefix="#", infer_schema=False)
    table.with_columns(iscn=pl.lit("46,XX,del(5(q13q33)[18]")).write_csv(study / "karyotypes.csv")
    return "karyotypes.csv"


@pytest.mark.parametrize(
    "spoil",
    [
        cut_a_file,
        spoil_the_header,
        break_a_karyotype,
        replace_text("study.toml", "[clone]", "[clone]\nmarkre = 'x'"),
        write("fish.csv", b""),
        write("fish.csv", b"sample_id;compartment;probe\nP1-d0;stem;EGR1\n"),
        write("samples.csv", "sample_id,patient_id,day,material\nP1-d0,Zoë,0,marrow\n".encode("latin-1")),
        write("colonies.csv", b"sample_id,compartment\n"),
    ],
    ids=lambda spoil: getattr(spoil, "__name__", "spoil"),
)
def test_bad_input_is_named_and_leaves_no_results(study, tmp_path, spoil):
    name = spoil(study)
    refused = run("analyse", study, "--out", tmp_path / "results", "--engine", "serial")
    assert refused.exit_code == 1
    assert name in refused.stderr
    assert "Traceback" not in refused.output
    assert not (tmp_path / "results").exists()


def test_what_was_counted_before_a_broken_file_serves_the_next_run(study, tmp_path):
    path = sorted((study / "fcs").glob("*.fcs"))[-1]
    whole = path.read_bytes()
    path.write_bytes(whole[:10_000])
    refused = run("analyse", study, "--out", tmp_path / "results", "--engine", "serial")
    assert refused.exit_code == 1
    assert "add --resume" in refused.stderr
    kept = len(list((tmp_path / "results.unfinished").iterdir()))
    assert kept == 2, "the tubes of the first patient"
    path.write_bytes(whole)
    again = run("analyse", study, "--out", tmp_path / "results", "--engine", "serial", "--resume")
    assert again.exit_code == 0, again.output
    assert not (tmp_path / "results.unfinished").exists()
    assert len(load(tmp_path / "results").tubes) > kept


def test_bad_input_is_json_for_programs(study, tmp_path):
    name = cut_a_file(study)
    refused = run("analyse", study, "--out", tmp_path / "results", "--engine", "serial", "--json")
    assert refused.exit_code == 1
    (fault,) = json.loads(refused.stdout)["faults"]
    assert fault["source"] == f"fcs/{name}"
    assert fault["found"]
    assert fault["expected"]


@pytest.mark.parametrize("arguments", [["--engine", "abacus"], ["--engine", "dask=nowhere:1"]])
def test_an_engine_that_is_not_there_is_said_before_any_work(study, tmp_path, arguments, monkeypatch):
    monkeypatch.setattr(pools, "PATIENCE", "1s")
    refused = run("analyse", study, "--out", tmp_path / "results", *arguments)
    assert refused.exit_code == 1
    assert not (tmp_path / "results").exists()


def test_a_report_needs_results(tmp_path):
    for place in (tmp_path, tmp_path / "absent"):
        refused = run("report", place)
        assert refused.exit_code == 1
        assert "remnant analyse" in refused.stderr


@pytest.mark.parametrize("text", ["", "{", '{"plan": 1}'])
def test_broken_results_are_refused(demo, tmp_path, text):
    shutil.copytree(demo[0] / "results", tmp_path / "results")
    (tmp_path / "results/findings.json").write_text(text)
    refused = run("report", tmp_path / "results")
    assert refused.exit_code == 1
    assert "findings.json" in refused.stderr
