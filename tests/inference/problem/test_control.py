"""What holds the clone after a stop is a share of what the drug did."""

import numpy as np
import pytest

from remnant.dynamics import preset
from remnant.dynamics.treatment import Calendar, Therapy
from remnant.inference.forecast.course import follow_draws
from remnant.inference.problem.control import control_numbers, controlled_by, with_control

CML = preset("cml-imatinib")
DRUGS = ("imatinib", "control")
STOP = 1800.0
DAYS = np.array([0.0, 900.0, STOP, STOP + 60, STOP + 200, STOP + 900])


def _share_of_the_clone(shares, therapy, drugs=DRUGS):
    typical = {name: float(prior.quantile(0.5)) for name, prior in CML.priors() if name[:8] != "control."}
    values = {name: np.full(len(shares), value) for name, value in typical.items()}
    states = follow_draws(values | {"control.share": np.array(shares)}, CML, drugs, therapy, DAYS)
    return states[:, :, 1, 3] / states[..., 3].sum(-1)


@pytest.fixture(scope="module")
def courses():
    on = Therapy.single("imatinib", Calendar((0.0,), (1.0,)))
    off = Therapy.single("imatinib", Calendar((0.0, STOP), (1.0, 0.0)))
    shares = [0.0, 1e-3, 0.1, 1.0]
    return _share_of_the_clone(shares, off), _share_of_the_clone(shares, on)


def test_a_clone_that_is_held_wholly_goes_on_as_under_the_drug(courses):
    stopped, treated = courses
    np.testing.assert_allclose(stopped[-1], treated[-1], rtol=1e-4)


def test_the_less_is_held_the_more_returns_and_nothing_changes_before_the_stop(courses):
    stopped, treated = courses
    np.testing.assert_allclose(stopped[:, :3], treated[:, :3], rtol=1e-4)
    assert np.all(np.diff(stopped[:, 3:], axis=0) < 0)
    assert stopped[0, 4] > 100 * stopped[0, 2]


def test_a_fit_that_does_not_know_control_holds_nothing(courses):
    off = Therapy.single("imatinib", Calendar((0.0, STOP), (1.0, 0.0)))
    without = _share_of_the_clone([1.0], off, drugs=("imatinib",))
    np.testing.assert_allclose(without[0], courses[0][0], rtol=1e-3)


def test_each_patient_has_a_share_where_the_preset_has_control():
    (number,) = control_numbers(CML, DRUGS)
    assert (number.name, number.scope) == ("control.share", "patient")
    assert control_numbers(CML, ("imatinib",)) == ()
    assert control_numbers(preset("del5q-lenalidomide"), ("lenalidomide",)) == ()
    therapy = Therapy.single("lenalidomide", Calendar((0.0, 900.0), (1.0, 0.0)))
    assert controlled_by(preset("del5q-lenalidomide"), therapy, ("lenalidomide",)) == therapy


def test_a_share_of_nothing_is_known_to_do_nothing():
    assert with_control({"imatinib.active_kill": 2.0}, CML) == {"imatinib.active_kill": 2.0}
    held = with_control({"imatinib.active_kill": 2.0, "control.share": 0.25}, CML)
    assert held["control.active_kill"] == 0.5


def test_half_of_patients_would_stay_in_remission_as_published():
    """EURO-SKI: 61 % at 6 months, 50 % at 24 (from memory); here as the share of draws below 0.1 %."""
    rng = np.random.default_rng(5)
    shares = CML.control.share.quantile(rng.random(400))
    off = Therapy.single("imatinib", Calendar((0.0, STOP), (1.0, 0.0)))
    ratio = _share_of_the_clone(shares, off)
    free = np.mean(ratio / (2 - ratio) < 1e-3, axis=0)
    assert free[2] == 1
    assert free[4] == pytest.approx(0.61, abs=0.07)
    assert free[5] == pytest.approx(0.50, abs=0.07)
