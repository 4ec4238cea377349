"""A calendar that changes on a day."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remnant.dynamics.treatment import Calendar, Therapy, continued

DAYS = st.lists(st.integers(0, 400), min_size=1, max_size=6, unique=True).map(sorted)


@st.composite
def calendars(draw):
    days = draw(DAYS)
    doses = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=len(days), max_size=len(days)))
    return Calendar(tuple(map(float, days)), tuple(doses))


@given(calendars(), calendars(), st.integers(0, 500))
def test_the_past_is_kept_and_the_future_begins_on_the_day_of_the_change(before, after, day):
    both = continued(Therapy.single("a", before), day, Therapy.single("a", after)).calendars[0]
    when = np.arange(0, 1000)
    expected = np.where(when < day, before.dose(when), after.dose(np.maximum(when - day, 0)))
    np.testing.assert_array_equal(both.dose(when), expected)


@given(calendars(), calendars())
def test_a_drug_that_the_new_therapy_lacks_is_stopped(before, after):
    both = continued(Therapy.single("a", before), 100, Therapy.single("b", after))
    assert both.drugs == ("a", "b")
    assert not both.calendars[0].dose(np.arange(100, 900)).any()
    assert not both.calendars[1].dose(np.arange(0, 100)).any()
