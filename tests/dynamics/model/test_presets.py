"""The presets show the courses that they are named for, and can be changed in every number."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.dynamics import (
    MALIGNANT,
    PRESETS,
    QUIESCENT,
    Course,
    Drug,
    Effect,
    Parameters,
    Prior,
    Therapy,
    baseline,
    calendar,
    draw,
    pack,
    preset,
    solve,
)
from remnant.dynamics.model.bounds import BLOOD, EFFECTS, PARAMETERS, START, STEM_CELLS
from remnant.dynamics.model.draw import draws_from_columns
from remnant.dynamics.model.observables import clone_fraction
from remnant.dynamics.model.parameters import DAYS_PER_MONTH
from remnant.errors import SettingError

PLACES = [(name, place) for name in PRESETS for place, _ in PRESETS[name].priors()]
TABLES = {"start": START, "blood": BLOOD}


def _quantity(place):
    group, _, short = place.rpartition(".")
    if place == "stem_cells":
        return STEM_CELLS
    return TABLES.get(group, EFFECTS if group else PARAMETERS)[short]


def _uniforms(chosen, patients, seed=4):
    return np.random.default_rng(seed).random((patients, len(chosen.priors())))


def _course(chosen, uniforms, days, *, until=20_000):
    """Return the states of patients on the drug of a preset until a day."""
    drug, drawn = chosen.drugs[0], draw(chosen, uniforms)
    plan = calendar(
        [Course(0, until, drug.full_dose_mg, drug.days_on, drug.cycle_days)], full_dose_mg=drug.full_dose_mg
    )
    start = baseline(drawn.parameters, **vars(drawn.start))
    return solve(
        pack(drawn.parameters, drawn.effects[:1]),
        Therapy.single(drug.name, plan),
        days,
        start,
        tolerance=1e-6,
    )


def _typical(chosen):
    return np.full((1, len(chosen.priors())), 0.5)


def _slopes(days, fraction, first, last):
    """Return slopes of the log of each patient's fraction, per day, by least squares."""
    during = (days >= first) & (days <= last)
    return np.polyfit(days[during], np.log(fraction[during]), 1)[0]


# Chronic myeloid leukaemia: Stein 2011 fits the log of BCR::ABL1 by three slopes per day under imatinib,
# -0.052 (standard deviation 0.018), -0.0057 (0.0038), and a third that is small, mostly negative.

MONTHS = DAYS_PER_MONTH * np.arange(0, 97)


@pytest.fixture(scope="module")
def sensitive():
    """CML of cells that can become resistant no more: the third slope is that of the sensitive clone."""
    return preset("cml-imatinib").override({"mutation": 0.0, "start.resistant": 0.0})


def test_bcr_abl1_falls_in_three_phases(sensitive):
    days = np.unique(np.concatenate([np.arange(0, 100, 5), MONTHS]))
    fraction = clone_fraction(_course(sensitive, _typical(sensitive), days), "mature")
    first, second, third = (
        _slopes(days, fraction, *span).item() for span in ((20, 80), (180, 540), (4 * 365, 8 * 365))
    )
    assert -0.070 < first < -0.034
    assert -0.0095 < second < -0.0019
    assert second / 4 < third < 0


def test_the_slopes_of_most_patients_are_those_published(sensitive):
    days = np.unique(np.concatenate([np.arange(0, 100, 5), MONTHS[:20]]))
    fraction = clone_fraction(_course(sensitive, _uniforms(sensitive, 200), days), "mature")
    first, second = _slopes(days, fraction, 20, 80), _slopes(days, fraction, 180, 540)
    assert np.median(first) == pytest.approx(-0.052, abs=0.008)
    assert np.std(first) == pytest.approx(0.018, abs=0.006)
    assert np.median(second) == pytest.approx(-0.0050, abs=0.0015)
    assert np.mean((second < -0.0057 + 2 * 0.0038) & (second > -0.0057 - 2 * 0.0038)) > 0.9


def test_bcr_abl1_returns_within_months_of_stopping(sensitive):
    """Quiescent cells are still there, and progenitors regrow from them before any other sign."""
    stop = 5 * 365
    days = [0, stop, stop + 180, stop + 720]
    fraction = clone_fraction(_course(sensitive, _typical(sensitive), days, until=stop), "mature")[:, 0]
    assert fraction[1] < 1e-3 < 100 * fraction[1] < fraction[2] < fraction[3]


# Myeloproliferative neoplasm: the allele burden halves in 25 months on interferon (Andersen 2017); it drives
# cells out of quiescence (Mosca 2021).


def test_the_burden_of_mature_cells_halves_in_some_25_months_on_interferon():
    chosen = preset("mpn-interferon")
    fraction = clone_fraction(_course(chosen, _typical(chosen), MONTHS[:40]), "mature")[:, 0]
    assert np.all(np.diff(fraction) < 0)
    assert 20 <= np.argmax(fraction < fraction[0] / 2) <= 30
    many = clone_fraction(_course(chosen, _uniforms(chosen, 200), MONTHS[:80]), "mature")
    halved = np.where((half := many < many[0] / 2).any(axis=0), half.argmax(axis=0), 80)
    assert 20 <= np.median(halved) <= 32


def test_interferon_drives_malignant_cells_out_of_quiescence():
    chosen = preset("mpn-interferon")
    without = chosen.override({"interferon.activation": 0.0})
    resting = [_course(p, _typical(p), [0, 365, 730])[:, 0, MALIGNANT, QUIESCENT] for p in (chosen, without)]
    assert np.all(np.diff(resting[0]) < 0)
    assert np.all(resting[0][1:] < resting[1][1:])


def test_the_clone_returns_slowly_after_interferon_was_stopped():
    chosen = preset("mpn-interferon")
    months = MONTHS[[0, 36, 60, 96]]
    fraction = clone_fraction(_course(chosen, _typical(chosen), months, until=int(months[1])), "stem")[:, 0]
    assert fraction[1] < fraction[2] < fraction[3] < fraction[0]


# Every preset.


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_every_number_has_its_unit_and_a_word_on_where_it_comes_from(name, place):
    prior = dict(PRESETS[name].priors())[place]
    assert prior.unit == _quantity(place).unit
    assert prior.mark == "choice" or prior.source
    assert _quantity(place).allows(prior.quantile(np.array([1e-9, 0.5, 1 - 1e-9]))).all()


@pytest.mark.parametrize("name", PRESETS)
def test_every_number_of_the_model_has_a_prior(name):
    chosen = PRESETS[name]
    places = [place for place, _ in chosen.priors()]
    assert len(set(places)) == len(places)
    assert {field.name for field in fields(Parameters)} <= set(places)
    for drug in chosen.drugs:
        assert {f"{drug.name}.{field.name}" for field in fields(Effect)} <= set(places)


@pytest.mark.parametrize("name", PRESETS)
@settings(max_examples=10)
@given(chance=st.floats(1e-9, 1 - 1e-9))
def test_every_patient_that_can_be_drawn_can_be_computed(name, chance):
    """However far out in every prior at once."""
    chosen = PRESETS[name]
    drawn = draw(chosen, np.full((1, len(chosen.priors())), chance))
    packed = pack(drawn.parameters, drawn.effects)
    assert np.isfinite(packed.rates).all()
    assert np.isfinite(packed.effects).all()
    assert np.isfinite(baseline(drawn.parameters, **vars(drawn.start))).all()


def test_an_unknown_preset_is_named_with_the_nearest():
    with pytest.raises(SettingError, match="did you mean cml-imatinib"):
        preset("cml_imatinib")


# Changes.


def test_a_number_can_be_set_for_all_patients_and_moves_no_other():
    chosen = preset("del5q-lenalidomide")
    changed = chosen.override({"active": 0.5, "lenalidomide.active_kill": 2.0, "start.fraction": 0.9})
    assert [place for place, _ in changed.priors()] == [place for place, _ in chosen.priors()]
    before, after = (draw(p, _uniforms(chosen, 5)) for p in (chosen, changed))
    assert after.parameters.active.tolist() == [0.5] * 5
    assert after.effects[0].active_kill.tolist() == [2.0] * 5
    assert after.start.fraction.tolist() == [0.9] * 5
    assert np.array_equal(after.parameters.division, before.parameters.division)
    assert np.array_equal(after.effects[0].progenitor_kill, before.effects[0].progenitor_kill)


def test_a_prior_can_take_the_place_of_another():
    prior = Prior("any", "any", "uniform", lower=1e4, upper=2e4)
    changed = preset("cml-imatinib").override({"stem_cells": prior})
    assert changed.stem_cells.name == "stem_cells"
    assert changed.stem_cells.unit == "cells"
    assert 1e4 <= draw(changed, _typical(changed)).stem_cells[0] <= 2e4


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"activ": 0.5}, "did you mean active"),
        ({"lenalidomide.activ_kill": 0.5}, "did you mean lenalidomide.active_kill"),
        ({"active": 1.5}, "above 0 and below 1"),
        ({"lenalidomide.active_kill": -1.0}, "from 0"),
        ({"stem_cells": 0.0}, "from 1 cells"),
        ({"division": float("nan")}, "numbers"),
        ({"start.fraction": Prior("f", "-", "normal", 0.5, 1.0)}, "from 0 to 1"),
    ],
)
def test_a_change_that_cannot_be_is_refused(changes, found):
    with pytest.raises(SettingError) as caught:
        preset("del5q-lenalidomide").override(changes)
    assert found in str(caught.value)


def test_a_further_drug_moves_no_number_of_the_first():
    chosen = preset("del5q-lenalidomide")
    second = Drug(
        "second",
        "an agent against resting cells",
        1.0,
        28,
        28,
        (Prior("quiescent_kill", "per month", "fixed", 0.2),),
    )
    both = chosen.with_drugs(second)
    names = [place for place, _ in both.priors()]
    assert names[: len(chosen.priors())] == [place for place, _ in chosen.priors()]
    assert draw(both, _typical(both)).effects[1].quiescent_kill.tolist() == [0.2]
    assert both.drug("second") == second
    again = both.with_drugs(replace(second, title="another"))
    assert [drug.name for drug in again.drugs] == ["lenalidomide", "second"]
    with pytest.raises(SettingError, match="did you mean second"):
        both.drug("secnd")


def test_a_preset_without_a_prior_that_it_needs_is_refused():
    chosen = preset("cml-imatinib")
    kept = tuple(prior for prior in chosen.parameters if prior.name != "division")
    with pytest.raises(SettingError, match="no prior"):
        replace(chosen, parameters=kept)
    with pytest.raises(SettingError, match="two priors"):
        replace(chosen, parameters=(*chosen.parameters, chosen.parameters[0]))
    with pytest.raises(SettingError, match="two drugs"):
        replace(chosen, drugs=chosen.drugs * 2)


# Drawing.


def test_the_median_patient_has_the_medians():
    chosen = preset("del5q-lenalidomide").override({"division": Prior("d", "", "lognormal", 0.11, 0.35)})
    assert draw(chosen, _typical(chosen)).parameters.division[0] == pytest.approx(0.11)


@pytest.mark.parametrize(
    "uniforms", [np.full((2, 3), 0.5), np.full(4, 0.5), np.zeros((1, 47)), np.full((1, 47), np.nan)]
)
def test_chance_of_another_shape_or_range_is_refused(uniforms):
    chosen = preset("cml-imatinib")
    assert len(chosen.priors()) == 47
    with pytest.raises(SettingError):
        draw(chosen, uniforms)


def test_draws_of_a_posterior_take_the_place_of_priors():
    chosen = preset("cml-imatinib")
    uniforms = _uniforms(chosen, 3)
    columns = {"division": [0.1, 0.2, 0.3], "imatinib.active_kill": [0.5, 0.6, 0.7]}
    taken, drawn = draws_from_columns(chosen, columns, uniforms=uniforms), draw(chosen, uniforms)
    assert taken.parameters.division.tolist() == columns["division"]
    assert taken.effects[0].active_kill.tolist() == columns["imatinib.active_kill"]
    assert np.array_equal(taken.parameters.active, drawn.parameters.active)
    whole = {place: prior.quantile([0.3, 0.4]) for place, prior in chosen.priors() if prior.law != "fixed"}
    assert draws_from_columns(chosen, whole).start.fraction.shape == (2,)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"division": [0.1]}, "no such column"),
        ({"divison": [0.1]}, "did you mean division"),
    ],
)
def test_draws_that_lack_a_number_are_refused_unless_priors_may_fill_in(columns, found):
    with pytest.raises(SettingError) as caught:
        draws_from_columns(preset("cml-imatinib"), columns)
    assert found in str(caught.value)


@pytest.mark.parametrize("column", [[0.1, -0.2], [0.1, np.nan], [0.1, 0.1, 0.1]])
def test_draws_outside_the_bounds_or_of_other_patients_are_refused(column):
    chosen = preset("cml-imatinib")
    with pytest.raises(SettingError, match=r"division|patients"):
        draws_from_columns(chosen, {"division": column}, uniforms=_uniforms(chosen, 2))
