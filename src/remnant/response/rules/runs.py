"""How long a state lasted, seen only on the days of measurement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remnant.response.rules.trace import Verdict

MONITORING_DAYS = 28  # OR6: between two counts further apart than this nobody knows


@dataclass(frozen=True)
class Run:
    """The stretch around one measurement in which a state held.

    Parameters
    ----------
    verdict : Verdict
        Whether it held for long enough.
    first, last : int
        Days of the first and last measurement that certainly belong to it.
    found : str
        How long it held, in words.
    """

    verdict: Verdict
    first: int
    last: int
    found: str


def runs(
    points: Sequence[tuple[int, bool | None]],
    *,
    needed: int,
    gap: int | None = MONITORING_DAYS,
    broken: Callable[[int, int], bool] = lambda first, last: False,  # noqa: ARG005
) -> tuple[Run, ...]:
    """Say for each measurement how long the state around it held.

    A run is as long as its last day less its first (OR2), no two neighbours further apart than `gap`, every
    value qualifying (OR30). It is not evaluable when it could be longer than is known: unknown values,
    insufficient monitoring, support that ended it, or the end of the data.

    Parameters
    ----------
    points : sequence of (int, bool or None)
        Day and whether the state held, None where it cannot be told; in the order of days, one a day.
    needed : int
        Days that it must hold.
    gap : int or None, default 28
        Days between measurements that still count as monitoring; None for measurements that are rare by
        nature, such as marrows.
    broken : callable
        Whether something between two days ends a run, as a transfusion ends one of unsupported counts.

    Returns
    -------
    tuple of Run
        One for each point.

    Examples
    --------
    >>> [run.verdict.value for run in runs([(0, True), (28, True), (56, True), (60, False)], needed=56)]
    ['met', 'met', 'met', 'not met']
    >>> runs([(0, True), (55, True), (90, False)], needed=55)[0].found
    'held on day 0 only: insufficient monitoring'
    """

    def sure(i: int) -> bool:
        (before, held), (after, holds) = points[i - 1], points[i]
        near = gap is None or after - before <= gap
        return held is True and holds is True and near and not broken(before, after)

    def unknown(i: int) -> bool:
        return points[i - 1][1] is not False and points[i][1] is not False

    def possible(i: int) -> bool:
        return unknown(i) and not broken(points[i - 1][0], points[i][0])

    def unseen(i: int, *, support: bool) -> int:
        """Days from point i - 1 to just before point i in which nobody looked."""
        if not 0 < i < len(points):
            return 0
        before, after = points[i - 1][0], points[i][0]
        blind = (gap is None or after - before > gap) and not (support and broken(before, after))
        return after - before - 1 if blind else 0

    def longest(low: int, high: int, *, support: bool = True) -> int:
        """Days from the first to the last of a stretch, and as many beyond as nobody saw."""
        beyond = unseen(low, support=support) + unseen(high + 1, support=support)
        return points[high][0] - points[low][0] + beyond

    surely, perhaps = _stretches(len(points), sure), _stretches(len(points), possible)
    widest = _stretches(len(points), unknown)
    found = []
    for i, (day, held) in enumerate(points):
        first, last = points[surely[i][0]][0], points[surely[i][1]][0]
        low, high = perhaps[i]
        words = f"held on day {first} only" if first == last else f"{last - first} days, {first} to {last}"
        if held is False:
            verdict, words = Verdict.NOT_MET, f"not on day {day}"
        elif held and last - first >= needed:
            verdict = Verdict.MET
        elif longest(low, high) >= needed:
            verdict = Verdict.NOT_EVALUABLE
            known = all(status for _, status in points[low : high + 1])
            words += ": insufficient monitoring" if known else ": some values cannot be judged"
        elif high == len(points) - 1:
            verdict, words = Verdict.NOT_EVALUABLE, words + ": the data end there"
        elif (low, high) != (wide := widest[i]) and (
            wide[1] == len(points) - 1 or longest(*wide, support=False) >= needed
        ):
            # What ended it was support, and not a value: it was not seen to last, nor to fail.
            verdict, words = Verdict.NOT_EVALUABLE, words + ": transfusion or growth factor beyond"
        else:
            # Even without the support the values that failed are too near to each other.
            verdict = Verdict.NOT_MET
        found.append(Run(verdict, first, last, words))
    return tuple(found)


def _stretches(count: int, linked: Callable[[int], bool]) -> list[tuple[int, int]]:
    """First and last index of the unbroken stretch around each of `count` points."""
    stretches: list[tuple[int, int]] = []
    start = 0
    for i in range(1, count + 1):
        if i == count or not linked(i):
            stretches += [(start, i - 1)] * (i - start)
            start = i
    return stretches
