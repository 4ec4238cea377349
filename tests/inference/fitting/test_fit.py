"""The whole fit of a small study, in the fast setting: what is said, and that it is said again alike."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remnant.dynamics.treatment import Therapy
from remnant.errors import SettingError
from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.fit import fit_study, forecast_study
from remnant.study import read_study

FAST = Choices(setting="fast", seed=4, horizon_years=2.0)


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """Three patients: nothing found in 200 cells, compartments that contradict one another, and no count."""
    folder = tmp_path_factory.mktemp("hard")
    days = [("A", 0, 0, 0), ("B", 0, 0, 100), ("B", 100, 100, 0), ("B", 200, 0, 100)]
    tables = {
        "patients": ["patient_id", "A", "B", "C"],
        "therapy": [
            "patient_id,drug,start_day,dose_mg",
            *(f"{patient},lenalidomide,0,10" for patient in "AB"),
        ],
        "samples": [
            "sample_id,patient_id,day,material",
            *(f"{patient}{day},{patient},{day},marrow" for patient, day, *_ in days),
        ],
        "fish": [
            "sample_id,compartment,probe,nuclei_scored,nuclei_abnormal",
            *(
                f"{patient}{day},{compartment},EGR1,100,{count}"
                for patient, day, *counts in days
                for compartment, count in zip(("stem", "progenitor"), counts, strict=True)
            ),
        ],
    }
    (folder / "study.toml").write_text('[study]\ntitle = "Hard cases"\nsynthetic = true\n', encoding="utf-8")
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_study(folder)


@pytest.fixture(scope="module")
def fitted(hard, tmp_path_factory):
    held = tmp_path_factory.mktemp("later") / "held.csv"
    held.write_text(
        "patient_id,day,compartment,nuclei_scored,nuclei_abnormal\nA,365,stem,100,0\n", encoding="utf-8"
    )
    return fit_study(hard, FAST, held=held)


def test_every_patient_has_a_defined_answer(hard, fitted):
    """Nothing found, contradiction and nothing counted: each is answered in words, with finite numbers."""
    fit = fitted.fit
    assert fit.patients == ("A", "B")
    assert [one.patient_id for one in fit.refusals] == ["C"]
    for one in fit.relapses:
        assert one.standing in ("in remission", "returned", "no remission yet", "not evaluable")
        assert one.reason
        assert all(0 <= chance.probability <= 1 for chance in one.chances)
    for _, diagnostics in fit.apart:
        assert diagnostics.fit == (not diagnostics.reasons)


def test_two_hundred_normal_cells_leave_little_room_for_a_clone(fitted):
    """Before treatment A has at most a few per cent; what is not counted stays at its prior, and says so."""
    own = {(n.patient_id, n.name): n for n in fitted.fit.numbers}
    assert own["A", "start.fraction"].posterior.q95 < 0.1
    assert own["A", "lenalidomide.progenitor_kill"].from_prior
    assert not own["A", "start.fraction"].from_prior


def test_a_later_slide_is_scored_by_its_forecast(fitted):
    (score,) = fitted.fit.scores
    assert (score.patient_id, score.day, score.line) == ("A", 365, 2)
    assert -10 < score.log_density < 0
    assert any(point.day == 365 and point.patient_id == "A" for point in fitted.fit.curves)


def test_the_same_study_gives_the_same_numbers(hard, fitted):
    again = fit_study(hard, FAST)
    assert replace(again.fit, scores=fitted.fit.scores, curves=fitted.fit.curves) == fitted.fit
    for patient, values in fitted.draws.items():
        for name, drawn in values.items():
            np.testing.assert_array_equal(again.draws[patient][name], drawn)


def test_another_calendar_is_compared_in_the_same_draws(hard, fitted):
    """Stopping cannot make a relapse later; the days asked for are there."""
    found = forecast_study(hard, fitted.fit, fitted.draws, FAST, scenarios={"stop": Therapy()}, days=(30, 45))
    assert {point.scenario for point in found.curves} == {"as planned", "stop"}
    assert {30, 45} <= {point.day for point in found.curves if point.patient_id == "A"}
    assert found.numbers == fitted.fit.numbers
    for one in found.what_ifs:
        assert (one.first, one.second) == ("as planned", "stop")
        assert one.difference >= -0.02


def test_nobody_with_a_count_is_said_and_no_error(hard):
    tables = dict(hard.tables) | {"fish": hard["fish"].filter(pl.lit(False))}
    empty = fit_study(replace(hard, tables=tables), FAST).fit
    assert not empty.patients
    assert not empty.diagnostics.fit
    assert len(empty.refusals) == 3


def test_choices_are_refused_all_at_once():
    with pytest.raises(SettingError) as refused:
        Choices(setting="quick", mechanism="stem-spaed", chains=1, horizon_years=0)
    assert {fault.column for fault in refused.value.faults} == {"setting", "chains", "horizon_years", "name"}
    with pytest.raises(SettingError, match="full setting"):
        Choices(setting="fast", compare=True)
