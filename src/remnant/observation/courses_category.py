"""The category of IWG 2006 on every day, from what is true on every day.

A daily reading of the published tables on arrays: no noise, no gaps, no missing items, haemoglobin without
transfused cells. Nothing is taken from `remnant.response`; an engine that looks every few weeks at measured
values is held against this.

References
----------
Cheson et al. (2006) Blood 108:419-425, doi:10.1182/blood-2005-10-4149, tables 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from remnant.observation.blood import Transfusion
from remnant.observation.courses_body import FIRST_DAY, Array, Body
from remnant.observation.courses_outline import Person

Bools = NDArray[np.bool_]
Span = tuple[int, int]

CATEGORIES = (
    "CR", "relapse", "disease progression", "failure", "PR", "marrow CR", "stable disease",
    "no response category",
)  # fmt: skip
LIMITS = {"haemoglobin": 11.0, "platelets": 100.0, "neutrophils": 1.0}  # of a CR
LASTS, IMPROVES, STABLE = 28, 56, 56  # days
NEAR = 14  # days between a marrow and a count that belongs to it
REPEATED, HELD = 7, 28  # days until a fall is one, and after a hold
WINDOW, DEPENDENT = 56, 4  # days, units
BANDS = ((0.05, 0.05), (0.10, 0.10), (0.20, 0.20), (0.301, 0.30))  # base below, blasts above
FAB = (0.05, 0.20, 0.30)
NEVER = 10**6


def spans(days: NDArray[np.int64], holds: Bools) -> tuple[Span, ...]:
    """First and last day of every stretch of days on which a condition holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    starts, stops = days[edges[::2]].tolist(), days[edges[1::2] - 1].tolist()
    return tuple(zip(starts, stops, strict=True))


def first_day(days: NDArray[np.int64], holds: Bools) -> int | None:
    """First day on which a condition holds."""
    return int(days[holds.argmax()]) if holds.any() else None


def lasting(body: Body, holds: Bools, needed: int) -> Bools:
    """Keep stretches of at least `needed` days, and the one that the end of the course cuts short."""
    kept = np.zeros(len(holds), bool)
    for first, last in spans(body.days, holds):
        if last - first >= needed or last == body.days[-1]:
            kept[first - FIRST_DAY : last - FIRST_DAY + 1] = True
    return kept


def categories(body: Body, person: Person, given: Sequence[Transfusion]) -> NDArray[np.int8]:
    """Return the place in `CATEGORIES` of every day; of days until the first dose, that of none."""
    treated, base = body.days > 0, body.blasts[-FIRST_DAY - 1]
    halved = body.blasts <= np.round(base / 2, 6)
    complete = treated & (body.blasts <= 0.05) & _counts(body, tuple(LIMITS), clear=True)
    low = tuple(name for name, limit in LIMITS.items() if getattr(body, name)[-FIRST_DAY - 1] < limit)
    clear = bool(body.blood_blasts[-FIRST_DAY - 1] > 0)
    enough = _counts(body, low, clear=clear) if low else lasting(body, treated & halved, LASTS)
    partial = treated & (body.blasts > 0.05) & halved & enough
    in_marrow = lasting(body, treated & (base > 0.05) & (body.blasts <= 0.05) & halved, LASTS)
    remission = _after(body, complete | partial)
    marrow = _after(body, complete | partial | in_marrow)
    steps = (
        complete,
        relapse(body, person, given, remission),
        progression(body, person, given, marrow),
        treated & np.any([(base <= edge) & (body.blasts > edge) for edge in FAB], axis=0),
        partial,
        in_marrow,
        body.days > STABLE,
    )
    found = np.full(len(body.days), len(steps), np.int8)
    for place, holds in reversed(list(enumerate(steps))):
        found[holds] = place
    return found


def _after(body: Body, holds: Bools) -> int:
    first = first_day(body.days, holds)
    return NEVER if first is None else first


def _counts(body: Body, lines: Sequence[str], *, clear: bool) -> Bools:
    """Say when these lines are well, and have been or will be for four weeks; and the blood free of blasts.

    Counts of two weeks before or after a marrow belong to it, so those four weeks may begin or end so near.
    """
    well = np.all([getattr(body, name) >= LIMITS[name] for name in lines], axis=0) & (body.days >= 0)
    free = body.blood_blasts == 0
    four_weeks = lasting(body, well & free, LASTS)
    near = np.convolve(four_weeks, np.ones(2 * NEAR + 1), "same") > 0
    return np.asarray(well & near & (free | (not clear)))


def relapse(body: Body, person: Person, given: Sequence[Transfusion], since: int) -> Bools:
    """Say on which days a patient in remission `since` has relapsed, whatever else holds."""
    after, base = body.days > since, body.blasts[-FIRST_DAY - 1]
    worse = body.blasts >= max(base, 0.05)
    worse |= _fallen(body, person, "haemoglobin", since, drop=1.5)
    worse |= _fallen(body, person, "platelets", since, share=0.5)
    worse |= _fallen(body, person, "neutrophils", since, share=0.5)
    worse |= units(body, given, since) >= DEPENDENT
    return np.asarray(after & worse)


def progression(body: Body, person: Person, given: Sequence[Transfusion], marrow: int) -> Bools:
    """Say on which days the disease has progressed; `marrow` is the first day of a remission of it."""
    worse = blast_progression(body) | _new_dependence(body, person, given)
    worse |= _fallen(body, person, "haemoglobin", 0, drop=2.0, from_base=True)
    for name in ("platelets", "neutrophils"):
        since = min(marrow, _improved(body, name))
        worse |= (body.days > since) & _fallen(body, person, name, since, share=0.5)
    return np.asarray((body.days > 0) & worse)


def blast_progression(body: Body) -> Bools:
    """Say on which days blasts have risen by half, beyond the band that they began in."""
    base = body.blasts[-FIRST_DAY - 1]
    top = next((above for below, above in BANDS if base < below), 1.0)
    return np.asarray(
        (body.days > 0) & (body.blasts > top) & (body.blasts >= np.round(1.5 * base, 6)) & (body.blasts > 0)
    )


def _fallen(
    body: Body,
    person: Person,
    name: str,
    since: int,
    *,
    drop: float = 0.0,
    share: float = 1.0,
    from_base: bool = False,
) -> Bools:
    """Say when a line has fallen from its best since a day, below the limit of a CR, and again a week on."""
    values: Array = getattr(body, name)
    best = np.maximum.accumulate(np.where(body.days >= since, values, -1.0))
    if from_base:
        best = np.maximum(best, values[-FIRST_DAY - 1])
    # Rounded: 12.4 - 1.5 and 10.9 are one number to a person.
    ceiling = np.where(best > 0, np.round(best * share - drop, 6), -1.0)
    ceiling = np.minimum(ceiling, LIMITS[name] - 0.001)
    inside = body.days >= since
    held = _held(body, person)
    kept = np.zeros(len(values), bool)
    for apart, here in ((REPEATED, ~held), (HELD, held)):
        # After a hold a fall that nobody could repeat is not one; without, it is until the opposite is seen.
        unseen = np.full(apart, np.inf if apart == HELD else -1.0)
        later = np.concatenate([values, unseen])[apart:]
        kept |= here & ((_highest(values, inside, apart) <= ceiling) | (later <= ceiling))
    return np.asarray(inside & (values <= ceiling) & kept)


def _highest(values: Array, inside: Bools, days: int) -> Array:
    """Highest value from so many days before each day up to it; infinite where it began inside of them."""
    known = np.concatenate([np.full(days, np.inf), np.where(inside, values, np.inf)])
    return np.asarray(sliding_window_view(known, days + 1).max(axis=1))


def _held(body: Body, person: Person) -> Bools:
    """Days of a hold, and the four weeks after it."""
    held = np.zeros(len(body.days), bool)
    for before, after in zip(person.courses, person.courses[1:], strict=False):
        if after.start_day > before.end_day + 1:
            held |= (body.days > before.end_day) & (body.days <= after.start_day - 1 + HELD)
    return held


def units(body: Body, given: Sequence[Transfusion], since: int) -> Array:
    """Red cells of the 56 days up to each day, from the day `since`."""
    daily = np.zeros(len(body.days))
    for one in given:
        daily[one.day - FIRST_DAY] += one.units * (one.day >= since)
    total = np.concatenate([np.zeros(WINDOW), np.cumsum(daily)])
    return np.asarray(total[WINDOW:] - total[:-WINDOW])


def observed_until(person: Person, last_day: int) -> int:
    """Last day on which independence counts: last contact, or four weeks after the last dose."""
    return min(last_day, person.courses[-1].end_day + HELD)


def _new_dependence(body: Body, person: Person, given: Sequence[Transfusion]) -> Bools:
    """Say when four units were given in eight weeks, where they were not before, or after 56 free days."""
    until = observed_until(person, int(body.days[-1]))
    before = sum(one.units for one in given if -WINDOW <= one.day < 0)
    taken = {one.day for one in given}
    free = np.array([0 <= day <= until and day not in taken for day in body.days.tolist()])
    runs = [first for first, last in spans(body.days, free) if last - first + 1 >= WINDOW]
    again = runs[0] + WINDOW if runs else NEVER
    found = (body.days > again) & (units(body, given, again) >= DEPENDENT)
    if before < DEPENDENT:
        found |= (body.days > 0) & (body.days <= again) & (units(body, given, 0) >= DEPENDENT)
    return np.asarray(found)


def _improved(body: Body, name: str) -> int:
    """First day of haematologic improvement of platelets or neutrophils."""
    values: Array = getattr(body, name)
    base = values[-FIRST_DAY - 1]
    if base >= LIMITS[name]:
        return NEVER
    if name == "neutrophils":
        risen = (values >= 2 * base) & (np.round(values - base, 6) > 0.5)
    else:
        risen = (values > 20) & (values >= 2 * base) if base < 20 else values >= base + 30
    runs = [first for first, last in spans(body.days, risen & (body.days >= 0)) if last - first >= IMPROVES]
    return runs[0] if runs else NEVER
