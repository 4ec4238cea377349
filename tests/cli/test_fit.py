"""The commands fit and forecast: what they hand on, print and refuse; the fit is made by hand here."""

import json
import shutil
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from remnant.analysis import load
from remnant.cli.app import app
from remnant.dynamics.model.presets import preset
from remnant.inference.fitting import fit as fitting
from remnant.inference.fitting.fitted import Fitted
from remnant.study import read_study

DRAWS = 40
STOP = 'title = "{title}"\npreset = "{preset}"\n{more}'


def run(*arguments):
    return CliRunner().invoke(app, [str(part) for part in arguments], catch_exceptions=False)


def named(made, names, **kinds):
    """A fit by hand whose patients are those of a study."""
    fit = made.made_fit(len(names), **kinds)
    to = dict(zip(fit.patients, names, strict=True))

    def own(rows):
        return tuple(
            replace(r, patient_id=to.get(r.patient_id, r.patient_id)) if hasattr(r, "patient_id") else r
            for r in rows
        )

    lists = (
        "numbers",
        "curves",
        "lines",
        "relapses",
        "cures",
        "what_ifs",
        "next_measurements",
        "check_rows",
        "scores",
    )
    apart = tuple((to[name], one) for name, one in fit.apart)
    return replace(fit, patients=tuple(names), apart=apart, **{key: own(getattr(fit, key)) for key in lists})


@pytest.fixture(scope="module")
def study_folder(study_folder, tmp_path_factory):
    """Who was treated, and six slides of each; neither event files nor cultures."""
    folder = tmp_path_factory.mktemp("slides") / "study"
    folder.mkdir()
    for name in ("study.toml", "patients.csv", "samples.csv", "therapy.csv"):
        shutil.copy(study_folder / name, folder)
    slides = pl.read_csv(study_folder / "fish.csv", comment_prefix="#", infer_schema=False)
    place = pl.int_range(pl.len()).over(pl.col("sample_id").str.head(2))
    slides.filter(place < 6).write_csv(folder / "fish.csv")
    return folder


def stand_in(monkeypatch, made):
    """Stand in for the fit itself; what it was asked is kept."""
    kept = {"fit": True, "calls": []}

    def fit_study(
        study, choices, *, held=None, population=None, folder=None, executor=None, progress=lambda *_: None
    ):
        kept["calls"].append({"choices": choices, "held": held, "population": population, "folder": folder})
        progress("chain 1", 1, 2)
        fit = named(made, study.patients, fit=kept["fit"], setting=choices.setting)
        fit = replace(
            fit, preset=study.config.mechanism.preset, mechanism=choices.mechanism, seed=choices.seed
        )
        rng = np.random.default_rng(choices.seed)
        values = {
            n: {name: prior.quantile(rng.uniform(size=DRAWS)) for name, prior in preset(fit.preset).priors()}
            for n in study.patients
        }
        return Fitted(fit, values, values[study.patients[0]], {"shift": np.zeros((DRAWS, 2))})

    def forecast_study(study, fit, draws, choices, *, scenarios, held, days, progress):
        kept["forecast"] = {"scenarios": scenarios, "held": held, "days": days, "draws": draws}
        other = named(made, study.patients, scenario=next(iter(scenarios), None))
        return replace(other, diagnostics=fit.diagnostics, notes=fit.notes)

    monkeypatch.setattr(fitting, "fit_study", fit_study)
    monkeypatch.setattr(fitting, "forecast_study", forecast_study)
    return kept


@pytest.fixture
def asked(monkeypatch, made):
    return stand_in(monkeypatch, made)


@pytest.fixture(scope="module")
def fit_folder(made, study_folder, tmp_path_factory):
    """A fit folder; read it, never write to it."""
    out = tmp_path_factory.mktemp("fitted") / "fit"
    with pytest.MonkeyPatch.context() as monkeypatch:
        stand_in(monkeypatch, made)
        assert run("fit", study_folder, "--out", out, "--engine", "serial").exit_code == 0
    return out


def scenario(path, *, title="Stop", preset="del5q-lenalidomide", more=""):
    path.write_text(STOP.format(title=title, preset=preset, more=more), encoding="utf-8")
    return path


def test_a_fit_prints_who_relapses_when_and_names_its_page(asked, study_folder, tmp_path):
    shown = run("fit", study_folder, "--out", tmp_path / "fit", "--engine", "serial", "--seed", 5)
    assert shown.exit_code == 0, shown.output
    assert "by 2 y" in shown.stdout
    assert "molecular" in shown.stdout
    assert "87 %" in shown.stdout
    assert "must not be used" not in shown.output
    assert (tmp_path / "fit" / "fit.html").is_file()
    assert asked["calls"][0]["choices"].seed == 5
    assert not list(tmp_path.glob("*.unfinished"))


def test_an_unfit_fit_is_marked_on_the_screen_the_page_and_in_json(asked, study_folder, tmp_path):
    asked["fit"] = False
    shown = run("fit", study_folder, "--out", tmp_path / "fit", "--engine", "serial")
    assert shown.stdout.startswith("This fit must not be used: R-hat reaches 1.08")
    assert "(must not be used)" in shown.stdout
    assert "This fit must not be used" in shown.stderr
    assert "This fit must not be used" in (tmp_path / "fit" / "fit.html").read_text(encoding="utf-8")
    printed = json.loads(
        run("fit", study_folder, "--out", tmp_path / "fit", "--engine", "serial", "--json").stdout
    )
    assert printed["diagnostics"]["fit"] is False


def test_json_is_the_fit_with_curves_by_patient_and_day_and_finite_numbers(asked, study_folder, tmp_path):
    shown = run("fit", study_folder, "--out", tmp_path / "fit", "--engine", "serial", "--json")

    def never(word):
        raise AssertionError(word)

    printed = json.loads(shown.stdout, parse_constant=never)
    point = printed["curves"][0]
    assert {"patient_id", "scenario", "day", "quantity", "value"} <= set(point)
    assert set(point["value"]) == {"mean", "q05", "q25", "q50", "q75", "q95"}
    assert printed["scores"][0]["log_density"] < 0


def test_the_same_fit_is_not_made_twice_but_another_choice_is(asked, study_folder, tmp_path):
    out = tmp_path / "fit"
    command = ("fit", study_folder, "--out", out, "--engine", "serial")
    for more in ((), (), ("--seed", 9), ("--seed", 9, "--fresh")):
        assert run(*command, *more).exit_code == 0
    assert len(asked["calls"]) == 3
    folders = {call["folder"] for call in asked["calls"]}
    assert len(folders) == 2  # chains of one choice are never gone on with under another
    assert {folder.parent for folder in folders} == {tmp_path / "fit.unfinished"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--setting", "quick"), "fast or full"),
        (("--mechanism", "stem-spare"), "stem-spared"),
        (("--chains", "1"), "2 to 64"),
        (("--horizon-years", "0"), "above 0"),
        (("--score", "no-such.csv"), "a file that is there"),
        (("--population", "no-such-fit"), "no-such-fit"),
    ],
)
def test_a_wrong_choice_is_refused_in_words_before_any_work(asked, study_folder, tmp_path, more, said):
    shown = run("fit", study_folder, "--out", tmp_path / "fit", *more)
    assert shown.exit_code == 1
    assert said in shown.stderr
    assert not asked["calls"]


def test_a_population_of_another_mechanism_or_one_that_must_not_be_used_is_refused(
    asked, study_folder, fit_folder, tmp_path
):
    shown = run(
        "fit", study_folder, "--out", tmp_path / "b", "--population", fit_folder, "--mechanism", "stem-spared"
    )
    assert shown.exit_code == 1
    assert "stem-spared" in shown.stderr
    asked["fit"] = False
    assert run("fit", study_folder, "--out", tmp_path / "bad", "--engine", "serial").exit_code == 0
    shown = run("fit", study_folder, "--out", tmp_path / "c", "--population", tmp_path / "bad")
    assert shown.exit_code == 1
    assert "must not be used" in shown.stderr
    assert (
        run(
            "fit", study_folder, "--out", tmp_path / "d", "--population", fit_folder, "--engine", "serial"
        ).exit_code
        == 0
    )
    assert asked["calls"][-1]["population"] == fit_folder / "hierarchy.npz"


def test_the_draws_are_written_for_arviz(asked, study_folder, tmp_path):
    arviz = pytest.importorskip("arviz")
    file = tmp_path / "fit.nc"
    shown = run("fit", study_folder, "--out", tmp_path / "fit", "--engine", "serial", "--arviz", file)
    assert shown.exit_code == 0, shown.output
    data = arviz.from_netcdf(file)
    assert data.posterior.sizes["draw"] * data.posterior.sizes["chain"] == DRAWS
    wrong = run(
        "fit",
        study_folder,
        "--out",
        tmp_path / "fit",
        "--engine",
        "serial",
        "--arviz",
        tmp_path / "no" / "f.nc",
    )
    assert wrong.exit_code == 1


def test_without_arviz_it_says_how_to_get_it_before_any_work(asked, study_folder, tmp_path, monkeypatch):
    import remnant.analysis.fit_arviz as module

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", missing)
    shown = run("fit", study_folder, "--out", tmp_path / "fit", "--arviz", tmp_path / "f.nc")
    assert shown.exit_code == 1
    assert 'pip install "remnant[interop]"' in shown.stderr
    assert not asked["calls"]


def test_a_forecast_hands_on_calendars_days_and_draws_and_prints_the_pairs(
    asked, study_folder, fit_folder, tmp_path
):
    more = '[[therapy]]\ndrug = "lenalidomide"\nstart_day = 0\nend_day = 55\n'
    files = [scenario(tmp_path / "a.toml"), scenario(tmp_path / "b.toml", title="Go on", more=more)]
    shown = run(
        "forecast", study_folder, "--fit", fit_folder, "--scenario", files[0], "--scenario", files[1],
        "--days", "60, 30,30", "--out", tmp_path / "out",
    )  # fmt: skip
    assert shown.exit_code == 0, shown.output
    got = asked["forecast"]
    assert list(got["scenarios"]) == ["Stop", "Go on"]
    assert got["scenarios"]["Stop"].drugs == ()
    assert got["scenarios"]["Go on"].calendars[0].dose(3.0) == 1.0
    assert got["days"] == (30, 60)
    assert {len(v["division"]) for v in got["draws"].values()} == {DRAWS}
    assert "in place of" in shown.stdout
    assert (tmp_path / "out" / "fit.html").is_file()


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"preset": "cml-imatinib"}, "cml-imatinib"),
        ({"more": "[parameters]\ndivision = 0.2\n"}, "parameters.division"),
    ],
)
def test_a_scenario_of_another_model_is_refused(asked, study_folder, fit_folder, tmp_path, kinds, said):
    file = scenario(tmp_path / "a.toml", **kinds)
    shown = run("forecast", study_folder, "--fit", fit_folder, "--scenario", file)
    assert shown.exit_code == 1
    assert said in shown.stderr
    assert "forecast" not in asked


def test_two_scenarios_of_one_title_are_told_apart(asked, study_folder, fit_folder, tmp_path):
    files = [scenario(tmp_path / name) for name in ("a.toml", "b.toml")]
    run(
        "forecast",
        study_folder,
        "--fit",
        fit_folder,
        "--scenario",
        files[0],
        "--scenario",
        files[1],
    )
    assert list(asked["forecast"]["scenarios"]) == ["Stop", "Stop (b.toml)"]


@pytest.mark.parametrize("days", ["soon", "0", "-3", "1.5", "30;60"])
def test_days_that_are_none_are_refused(asked, study_folder, fit_folder, days):
    shown = run("forecast", study_folder, "--fit", fit_folder, f"--days={days}")
    assert shown.exit_code == 1
    assert "such as --days 30,60,90" in shown.stderr


def test_a_forecast_without_its_fit_or_of_another_study_is_refused(asked, study_folder, fit_folder, tmp_path):
    assert run("forecast", study_folder, "--fit", tmp_path / "none").exit_code == 1
    copy = tmp_path / "study"
    shutil.copytree(study_folder, copy)
    (copy / "fish.csv").write_text((copy / "fish.csv").read_text().rstrip("\n").rpartition("\n")[0] + "\n")
    shown = run("forecast", copy, "--fit", fit_folder)
    assert shown.exit_code == 1
    assert "fit it again" in shown.stderr


def test_a_fit_goes_into_the_findings_and_the_report(asked, study_folder, fit_folder, tmp_path):
    shown = run(
        "analyse", study_folder, "--out", tmp_path / "results", "--fit", fit_folder, "--engine", "serial"
    )
    assert shown.exit_code == 0, shown.output
    found = load(tmp_path / "results")
    assert found.fit is not None
    assert found.fit.patients == read_study(study_folder).patients
    assert run("report", tmp_path / "results").exit_code == 0
    assert 'data-group="forecasts"' in (tmp_path / "results" / "report.html").read_text(encoding="utf-8")


def test_analyse_with_a_forecast_uses_the_fast_setting(asked, study_folder, tmp_path):
    shown = run(
        "analyse", study_folder, "--out", tmp_path / "results", "--forecast", "--engine", "serial", "--json"
    )
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["fit"]["diagnostics"]["setting"] == "fast"
    assert asked["calls"][0]["choices"].setting == "fast"
