"""What happened when: first, sustained and lost states, read from courses look by look.

Every function takes states as flags of shape (looks, patients) and answers with the number of a look for each
patient, or `NEVER`. A state is known at the looks alone: an event is dated by the look that shows it.
"""

from __future__ import annotations

import numpy as np

from remnant.cohort.course.courses import Flags, Floats, Ints

NEVER = -1


def first(state: Flags) -> Ints:
    """Return the first look at which the state holds."""
    return np.where(state.any(axis=0), state.argmax(axis=0), NEVER)


def first_after(state: Flags, look: Ints, *, beyond: int = 0) -> Ints:
    """Return the first look later than `look + beyond` at which the state holds; `NEVER` where `look` is."""
    later = np.arange(len(state))[:, None] > look + beyond
    return np.where(look == NEVER, NEVER, first(state & later))


def sustained(state: Flags, days: Ints, least: int) -> Flags:
    """Return where the state holds at this look and at every one until `least` days later, all within sight.

    Examples
    --------
    >>> free = np.array([[True], [True], [True], [False], [True]])
    >>> sustained(free, np.array([0, 28, 56, 84, 112]), 56)[:, 0].tolist()
    [True, False, False, False, False]
    """
    broken = np.concatenate([np.zeros((1, state.shape[1]), np.int64), np.cumsum(~state, axis=0)])
    end = np.searchsorted(days, days + least)  # the look that completes the stretch
    seen = end < len(days)
    last = np.where(seen, end, 0)
    return np.asarray(seen[:, None] & (broken[last + 1] == broken[:-1]))


def twice(state: Flags, examined: Flags) -> Flags:
    """Return where the state holds at two examined looks in a row, of which this is the second.

    Examples
    --------
    >>> seen = np.array([[True], [False], [True], [True]])
    >>> twice(seen, seen)[:, 0].tolist()
    [False, False, True, True]
    """
    before = np.zeros(state.shape[1], bool)
    answer = np.zeros_like(state)
    for look in range(len(state)):
        answer[look] = state[look] & examined[look] & before
        before = np.where(examined[look], state[look], before)
    return answer


def lasting(state: Flags) -> Ints:
    """Return the look from which the state holds to the end of the horizon."""
    kept = np.logical_and.accumulate(state[::-1], axis=0)[::-1]
    return first(kept)


def reached_twice(level: Floats) -> Floats:
    """Return the level that this look and the one before both reach: one good day alone is scatter."""
    return np.concatenate([level[:1], np.minimum(level[1:], level[:-1])])
