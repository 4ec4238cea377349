from dataclasses import fields, replace

import numpy as np
import pytest

from remnant.dynamics import Effect, Parameters, Start, pack
from remnant.dynamics.model.bounds import BLOOD, EFFECTS, PARAMETERS, START
from remnant.dynamics.model.check import check_parameters
from remnant.dynamics.model.observables import Blood
from remnant.errors import SettingError

RIGHT = Parameters(0.11, 0.2, 0.05, 0.25, 1.0, 6.0)


def _faults(*args, **given):
    with pytest.raises(SettingError) as caught:
        check_parameters(*args, **given)
    return caught.value.faults


@pytest.mark.parametrize(
    ("record", "table"), [(Parameters, PARAMETERS), (Effect, EFFECTS), (Start, START), (Blood, BLOOD)]
)
def test_every_number_of_the_model_has_unit_and_bounds(record, table):
    assert [field.name for field in fields(record)] == list(table) or record is Blood
    assert {field.name for field in fields(record)} == set(table)
    for quantity in table.values():
        assert quantity.unit
        assert quantity.meaning
        assert quantity.lower < quantity.upper


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_rate_is_held_to_its_bounds(name):
    quantity = PARAMETERS[name]
    wrong = [quantity.lower - 1, np.nan, np.inf, *([quantity.lower] if quantity.open else [])]
    if np.isfinite(quantity.upper):
        wrong.append(quantity.upper + 1)
    for value in wrong:
        (fault,) = _faults(replace(RIGHT, **{name: value}))
        assert fault.column == name
        assert fault.expected == quantity.range


@pytest.mark.parametrize("name", EFFECTS)
def test_every_effect_is_held_to_its_bounds(name):
    for value in (-0.1, np.nan, np.inf):
        (fault,) = _faults(RIGHT, effects=[Effect(**{name: value})], drugs=["lenalidomide"])
        assert (fault.source, fault.column) == ("effects of lenalidomide", name)


def test_all_faults_are_said_at_once_and_the_patient_is_named():
    wrong = replace(RIGHT, division=np.array([0.1, -0.1, -0.2]), active=1.0)
    start = {"fraction": np.array([0.5, 0.5, 1.5])}
    faults = _faults(wrong, effects=[Effect(active_kill=-1.0)], start=start, stem_cells=0)
    said = {(fault.source, fault.column) for fault in faults}
    assert said == {
        ("parameters", "division, patient 2 and 1 more"),
        ("parameters", "active"),
        ("effects of drug 1", "active_kill"),
        ("start", "fraction, patient 3"),
        ("start", "stem_cells"),
    }
    assert all(fault.hint for fault in faults)


def test_arrays_run_over_the_same_patients():
    faults = _faults(replace(RIGHT, division=np.full(3, 0.1), active=np.full(2, 0.2)))
    assert [fault.column for fault in faults] == ["active"]
    faults = _faults(replace(RIGHT, division=np.full((2, 2), 0.1)))
    assert [fault.column for fault in faults] == ["division"]


def test_words_are_no_numbers():
    (fault,) = _faults(replace(RIGHT, division="often"))
    assert "often" in fault.found


def test_rates_that_follow_are_held_to_what_a_cell_can_do():
    """Ten divisions a month of which one cell in a million makes all."""
    (fault,) = _faults(replace(RIGHT, division=10.0, active=1e-6, activation_normal=0.0))
    assert "active" in fault.column


def test_patients_are_counted():
    assert check_parameters(RIGHT) == 1
    assert check_parameters(replace(RIGHT, active=np.array([0.1, 0.2]))) == 2


def test_nothing_impossible_is_packed():
    with pytest.raises(SettingError):
        pack(replace(RIGHT, division=-1.0))
    with pytest.raises(SettingError):
        pack(RIGHT, [Effect(sensitivity=2.0)])
