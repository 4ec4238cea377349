from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.response import Verdict
from remnant.response.rules.runs import runs
from remnant.response.rules.spans import key_of
from remnant.response.rules.stretches import stretches

MEANING = {1: Verdict.MET, 0: Verdict.NOT_EVALUABLE, -1: Verdict.NOT_MET}
STATE = {True: 1, None: 0, False: -1}
steps = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([True, True, True, False, None]), st.booleans()),
    max_size=12,
)


@settings(deadline=None)
@given(
    st.lists(steps, min_size=1, max_size=4),
    st.integers(1, 60),
    st.sampled_from([28, None]),
    st.booleans(),
)
def test_many_patients_at_once_are_judged_as_each_by_itself(patients, needed, gap, supported):
    keys, states, broken, expected = [], [], [], []
    for number, course in enumerate(patients):
        ends = np.cumsum([apart for apart, _, _ in course]).tolist()
        cut = {day for day, (_, _, broke) in zip(ends, course, strict=True) if broke and supported}
        points = [(day, held) for day, (_, held, _) in zip(ends, course, strict=True)]
        found = runs(points, needed=needed, gap=gap, broken=lambda _, last, cut=cut: last in cut)
        expected += [(run.verdict, run.first) for run in found]
        keys += [int(key_of(number, day)) for day in ends]
        states += [STATE[held] for _, held in points]
        broken += [day in cut for day in ends]
    ours = stretches(
        np.array(keys, np.int64),
        np.array(states, np.int8),
        needed=needed,
        gap=gap,
        broken=np.array(broken, bool),
    )
    assert [MEANING[int(verdict)] for verdict in ours.verdicts] == [verdict for verdict, _ in expected]
    for key, first, (verdict, day) in zip(keys, ours.first, expected, strict=True):
        if verdict.value == "met":
            assert keys[first] - key == day - (key - int(key_of(key >> 32, 0)))
