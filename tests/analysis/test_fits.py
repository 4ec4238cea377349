"""A fit folder: it is read back, its draws serve a virtual cohort, and a changed study is refused."""

import shutil

import numpy as np
import polars as pl
import pytest

from remnant.analysis.fit_arviz import to_arviz
from remnant.analysis.fit_looks import observed
from remnant.analysis.fit_posterior import posterior_table
from remnant.analysis.fits import load_arrays, load_draws, load_fit, manifest_of, refuse_changed, save_fit
from remnant.cohort.course.posterior import read_posterior
from remnant.cohort.scenario.scenario import Scenario
from remnant.dynamics.model.presets import preset
from remnant.errors import ResultsError, SettingError, StudyError
from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.fitted import Fitted
from remnant.study import read_study

DRAWS = 80


@pytest.fixture(scope="module")
def fitted(made):
    """Two patients, four chains of twenty draws; a number of an assay, one that all share, one at nothing."""
    rng = np.random.default_rng(1)
    shared = rng.uniform(0.005, 0.02, DRAWS)

    def values(who):
        own = {
            name: prior.quantile(rng.uniform(size=DRAWS))
            for name, prior in preset("del5q-lenalidomide").priors()
        }
        absent = {"start.resistant": np.zeros(DRAWS)}
        return (
            {n: v for n, v in own.items() if n not in ("stem_cells", "mutation")}
            | absent
            | {"fish.dispersion": shared}
        )

    fit = made.made_fit(2)
    stats = {"diverging": np.zeros((4, 20), bool), "energy": rng.normal(size=(4, 20))}
    return Fitted(
        fit, {n: values(n) for n in fit.patients}, values(""), {"shift": rng.normal(size=(DRAWS, 3))}, stats
    )


@pytest.fixture(scope="module")
def study(study_folder):
    return read_study(study_folder)


@pytest.fixture(scope="module")
def folder(fitted, made, study, tmp_path_factory):
    out = tmp_path_factory.mktemp("fits") / "fit"
    save_fit(fitted, made.made_observed(fitted.fit), manifest_of(study, Choices()), out)
    return out


def test_a_fit_is_read_back_as_it_was_written(folder, fitted, made):
    saved = load_fit(folder)
    assert saved.fit == fitted.fit
    assert saved.observed == made.made_observed(fitted.fit)
    assert saved.manifest.choices == Choices()
    draws = load_draws(folder)
    for patient, values in fitted.draws.items():
        assert set(draws[patient]) == set(values)
        assert all(np.array_equal(draws[patient][name], values[name]) for name in values)
    assert np.array_equal(load_arrays(folder / "hierarchy.npz")["shift"], fitted.hierarchy["shift"])


def test_every_table_says_whether_it_may_be_used_and_that_it_is_synthetic(folder):
    tables = list((folder / "tables").glob("*.parquet"))
    assert {"numbers", "curves", "relapses", "chances", "check_rows"} <= {t.stem for t in tables}
    for table in tables:
        rows = pl.read_parquet(table)
        assert rows["may_be_used"].all(), table
        assert rows["synthetic"].all(), table


@pytest.mark.parametrize(
    "name", ["population.parquet", "posterior/01-S-01.parquet", "posterior/02-S-02.parquet"]
)
def test_the_draws_serve_as_posterior_of_a_virtual_cohort(folder, name):
    scenario = Scenario.model_validate({"therapy": [{"drug": "lenalidomide", "start_day": 0}]})
    assert read_posterior(folder / name, scenario).draws == DRAWS


def test_what_the_fit_does_not_have_is_named_as_drawn_from_the_prior(folder):
    manifest = load_fit(folder).manifest
    assert "stem_cells" in manifest.from_prior
    assert dict(manifest.patients) == {
        "S-01": "posterior/01-S-01.parquet",
        "S-02": "posterior/02-S-02.parquet",
    }


def test_a_number_outside_its_prior_is_moved_to_the_bound_and_named():
    made = posterior_table({"division": np.array([-1.0, 0.1])}, "del5q-lenalidomide", seed=3, who="A")
    low, _ = dict(preset("del5q-lenalidomide").priors())["division"].support
    assert made.moved == ("division",)
    assert made.table["division"].to_list() == [low, 0.1]


def test_a_number_of_the_prior_does_not_depend_on_who_else_is_there():
    one = posterior_table({"division": np.full(9, 0.1)}, "del5q-lenalidomide", seed=3, who="A").table
    again = posterior_table({"division": np.full(9, 0.2)}, "del5q-lenalidomide", seed=3, who="A").table
    other = posterior_table({"division": np.full(9, 0.1)}, "del5q-lenalidomide", seed=3, who="B").table
    assert one["stem_cells"].equals(again["stem_cells"])
    assert not one["stem_cells"].equals(other["stem_cells"])


def test_a_study_that_changed_since_is_refused_with_every_file(folder, study, study_folder, tmp_path):
    saved = load_fit(folder)
    refuse_changed(saved, study)
    copy = tmp_path / "study"
    shutil.copytree(study_folder, copy)
    for name in ("fish.csv", "blood_counts.csv"):
        text = (copy / name).read_text()
        (copy / name).write_text(text.rstrip("\n").rpartition("\n")[0] + "\n")
    with pytest.raises(StudyError) as refused:
        refuse_changed(saved, read_study(copy))
    assert {fault.source for fault in refused.value.faults} == {"fish.csv", "blood_counts.csv"}
    assert all("fit it again" in fault.hint for fault in refused.value.faults)


def test_the_key_of_a_fit_changes_with_files_and_choices(study, tmp_path):
    key = manifest_of(study, Choices()).key
    assert key == manifest_of(study, Choices()).key
    assert key != manifest_of(study, Choices(seed=1)).key
    held = tmp_path / "held.csv"
    held.write_text("patient_id\n")
    assert key != manifest_of(study, Choices(), {"--score": held}).key


def test_a_folder_with_other_files_is_not_written_over_and_an_error_leaves_the_old_fit(
    folder, fitted, made, study, tmp_path
):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    seen, manifest = made.made_observed(fitted.fit), manifest_of(study, Choices())
    with pytest.raises(SettingError):
        save_fit(fitted, seen, manifest, tmp_path / "mine")

    def fails(path, manifest):
        raise RuntimeError("the page broke")

    with pytest.raises(RuntimeError):
        save_fit(fitted, seen, manifest, folder, page=fails)
    assert load_fit(folder).fit == fitted.fit


def test_a_folder_without_a_fit_is_refused(tmp_path):
    with pytest.raises(ResultsError):
        load_fit(tmp_path)


def test_arviz_gets_posterior_sample_stats_and_observed_data(folder, fitted):
    data = to_arviz(folder)
    assert set(data.groups()) == {"posterior", "sample_stats", "observed_data"}
    assert data.posterior.sizes["chain"] == 4
    assert data.posterior.sizes["draw"] == 20
    found = data.posterior["division"].sel(patient="S-02").values
    assert np.array_equal(found.ravel(), fitted.draws["S-02"]["division"])
    assert data.posterior["fish.dispersion"].dims == ("chain", "draw")
    assert data.sample_stats["energy"].shape == (4, 20)
    assert data.observed_data.sizes["observation"] == len(fitted.fit.check_rows)
    assert data.posterior.attrs["may_be_used"] == 1


def test_what_was_observed_is_gathered_with_its_own_intervals(study):
    seen = observed(study)
    assert {look.quantity for look in seen.looks} >= {"stem fraction", "progenitor fraction", "haemoglobin"}
    assert {dose.patient_id for dose in seen.doses} <= set(study.patients)
    for look in seen.looks:
        if look.value is None:
            assert look.lower == 0
            assert look.upper > 0
        elif look.quantity.endswith("fraction"):
            assert 0 <= look.lower <= look.value <= look.upper <= 1
