"""Control stands exactly where a long treatment has stopped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.dynamics.treatment import Calendar, Therapy
from remnant.dynamics.treatment.control import YEAR_DAYS, controlled


def _held(switches, doses):
    therapy = Therapy.single("imatinib", Calendar(tuple(switches), tuple(doses)))
    return controlled(therapy, "imatinib", "control").calendars[1]


def test_a_stop_after_years_is_held_at_the_last_dose_until_treatment_begins_again():
    held = _held((0.0, 700.0, 1000.0, 1400.0), (1.0, 0.5, 0.0, 1.0))
    assert held.dose([500, 999, 1000, 1399, 1400, 3000]).tolist() == [0, 0, 0.5, 0.5, 0, 0]


def test_an_interruption_in_the_first_year_is_not_held():
    held = _held((0.0, 200.0, 260.0, 2000.0), (1.0, 0.0, 1.0, 0.0))
    assert held.dose([230, 1999, 2000, 9000]).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("therapy", [Therapy(), Therapy.single("imatinib", Calendar((0.0,), (1.0,)))])
def test_nothing_is_held_before_a_stop(therapy):
    assert controlled(therapy, "imatinib", "control").calendars[-1] == Calendar()


@given(
    st.lists(st.tuples(st.integers(1, 900), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=8),
    st.integers(0, 8000),
)
def test_control_is_never_given_with_the_drug_nor_before_a_year_of_it(courses, day):
    days = np.cumsum([0, *(length for length, _ in courses)])[:-1].astype(float)
    calendar = Calendar(tuple(days), tuple(dose for _, dose in courses))
    therapy = Therapy.single("imatinib", calendar)
    once = controlled(therapy, "imatinib", "control")
    held, drug = (float(one.dose(day)) for one in reversed(once.calendars))
    treated = (calendar.dose(np.arange(day)) > 0).sum()
    assert held == 0 or drug == 0
    assert (held > 0) == (drug == 0 and treated >= YEAR_DAYS)
    assert controlled(once, "imatinib", "control") == once
