"""Patients from a posterior: which draw is whose, and what is refused of a file of draws."""

import numpy as np
import polars as pl
import pytest

from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.course.posterior import read_posterior
from remnant.cohort.course.simulate import simulate_block
from remnant.cohort.scenario.scenario import Scenario
from remnant.dynamics.model.draw import draw
from remnant.errors import SettingError, TableError
from remnant.scale import Block

SCENARIO = Scenario.model_validate({"title": "Label", "therapy": [{"drug": "lenalidomide", "start_day": 0}]})
PLAN = CohortPlan(SCENARIO, SCENARIO.preset, 7, 0.5, 3)
POPULATION = PLAN.population()


@pytest.fixture
def draws():
    rng = np.random.default_rng(0)
    names = POPULATION.priors()
    return pl.DataFrame(
        {name: prior.quantile(rng.uniform(0.05, 0.95, 3)) for name, prior in names if prior.law != "fixed"}
    )


def written(table, path):
    if path.suffix == ".parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path)
    return path


def simulated(path, patients=7, scenario=SCENARIO):
    posterior = read_posterior(path, scenario)
    plan = CohortPlan(scenario, scenario.preset, patients, 0.5, 3, posterior=posterior)
    return simulate_block(plan, Block(0, patients))


@pytest.mark.parametrize("name", ["draws.csv", "draws.parquet"])
def test_patient_i_has_draw_i_modulo_the_draws(draws, tmp_path, name):
    rows = simulated(written(draws, tmp_path / name))
    for column in draws.columns:
        wanted = [draws[column][i % 3] for i in range(7)]
        assert rows[column].to_numpy() == pytest.approx(wanted, rel=1e-12)


def test_what_the_preset_fixes_may_be_left_out(draws, tmp_path):
    rows = simulated(written(draws, tmp_path / "draws.csv"))
    assert (rows["feedback"] == 1.0).all()


def test_patients_of_one_draw_differ_by_chance_alone(draws, tmp_path):
    rows = simulated(written(draws.head(1), tmp_path / "draws.csv"), patients=20)
    assert rows["division"].n_unique() == 1
    assert rows["stem_fraction_end"].n_unique() > 1


def refused(table, tmp_path, name="draws.csv"):
    with pytest.raises(TableError) as raised:
        read_posterior(written(table, tmp_path / name), SCENARIO)
    return str(raised.value)


def test_a_missing_column_is_named(draws, tmp_path):
    assert "division" in refused(draws.drop("division"), tmp_path)


def test_an_unknown_column_is_named_with_the_nearest(draws, tmp_path):
    text = refused(draws.rename({"division": "divison"}), tmp_path)
    assert "divison" in text
    assert "did you mean division" in text


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf"), None])
@pytest.mark.parametrize("name", ["draws.csv", "draws.parquet"])
def test_an_impossible_number_is_named_with_its_line(draws, tmp_path, wrong, name):
    bad = draws.with_columns(division=pl.Series([0.1, wrong, 0.1], dtype=pl.Float64))
    text = refused(bad, tmp_path, name)
    assert "line 3, column division" in text


def test_everything_wrong_is_said_at_once(draws, tmp_path):
    bad = draws.drop("advantage").with_columns(
        pl.Series("division", ["a", "b", "c"]), pl.Series("start.fraction", [0.5, 1.5, -2.0])
    )
    text = refused(bad, tmp_path)
    assert "advantage" in text
    assert "division" in text
    assert text.count("start.fraction") == 2


def test_a_file_without_rows_or_that_is_no_table_is_refused(draws, tmp_path):
    assert "no rows" in refused(draws.clear(), tmp_path)
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(TableError, match=r"empty\.csv"):
        read_posterior(empty, SCENARIO)
    noise = tmp_path / "noise.parquet"
    noise.write_bytes(b"not parquet")
    with pytest.raises(TableError, match=r"noise\.parquet"):
        read_posterior(noise, SCENARIO)
    with pytest.raises(SettingError, match=r"nowhere\.csv"):
        read_posterior(tmp_path / "nowhere.csv", SCENARIO)


def test_a_file_that_was_changed_since_it_was_checked_is_refused(draws, tmp_path):
    path = written(draws, tmp_path / "draws.csv")
    posterior = read_posterior(path, SCENARIO)
    written(draws.reverse(), path)
    plan = CohortPlan(SCENARIO, SCENARIO.preset, 2, 0.5, 3, posterior=posterior)
    with pytest.raises(SettingError, match="another file"):
        simulate_block(plan, Block(0, 2))


def test_draws_of_the_prior_are_patients_of_the_prior(tmp_path):
    uniforms = np.random.default_rng(1).uniform(size=(5, len(POPULATION.priors())))
    drawn = draw(POPULATION, uniforms)
    names = [name for name, _ in POPULATION.priors()]
    columns = {name: prior.quantile(uniforms[:, k]) for k, (name, prior) in enumerate(POPULATION.priors())}
    rows = simulated(written(pl.DataFrame(columns), tmp_path / "draws.parquet"), patients=5)
    assert rows.select(names).to_numpy() == pytest.approx(np.stack(list(columns.values()), axis=1))
    assert rows["stem_cells"].to_numpy() == pytest.approx(drawn.stem_cells)


def test_what_the_scenario_says_takes_the_place_of_the_draws(draws, tmp_path):
    path = written(draws, tmp_path / "draws.csv")
    said = SCENARIO.model_dump() | {"parameters": {"division": 0.2}}
    assert (simulated(path, scenario=Scenario.model_validate(said))["division"] == 0.2).all()


def test_a_drug_of_the_scenario_needs_no_draws(draws, tmp_path):
    path = written(draws, tmp_path / "draws.csv")
    sleeper = {"full_dose_mg": 5.0, "quiescent_kill": {"median": 1.0, "spread": 0.3}}
    said = {
        "title": "Two drugs",
        "therapy": [{"drug": "lenalidomide", "start_day": 0}, {"drug": "sleeper", "start_day": 0}],
        "drug": {"sleeper": sleeper},
    }
    rows = simulated(path, scenario=Scenario.model_validate(said))
    assert rows["sleeper.quiescent_kill"].n_unique() == 7
    assert rows["division"].n_unique() == 3


def test_draws_of_a_drug_that_nobody_gets_are_no_fault(draws, tmp_path):
    path = written(draws, tmp_path / "draws.csv")
    rows = simulated(path, scenario=Scenario.model_validate({"title": "Nothing is given"}))
    assert rows["division"].n_unique() == 3
    assert "lenalidomide.active_kill" not in rows.columns
