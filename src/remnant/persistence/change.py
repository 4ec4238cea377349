"""Whether a clone fell or rose between looks, beyond the noise of the assay, over a whole course of looks.

The question is asked again at every look, so a test that errs once in twenty would sooner or later see a
rise in every stable patient; and the lowest of several looks is low by chance, so whatever is held against
it has an easy stand. Here

- a look is held against the *level*, all looks since the last change, pooled;
- a change may lie between any two looks of the level: at each new look every split of it is tried;
- the error that a course is allowed, 1 - probability, is shared out over the looks (alpha spending): a tenth
  for each of the first nine, and the last tenth for all that follow, so that it is never spent, however long
  one looks;
- a rise counts once the next look that can tell agrees, and is withdrawn where it disagrees.

Pools compare by their posteriors, so nuclei, slides that vary, errors of the probe and purity of the sort are
in them. How often a stable clone is called risen or fallen: tests/persistence/test_change_error.py.

References
----------
DeMets & Lan (1994) Stat Med 13:1341-1352 (error shared out over looks); Hawkins, Qiu & Kang (2003) J Qual
Technol 35:355-366 (every split of a growing series).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.posterior import GridPosterior
from remnant.stats.series.looks import Looks
from remnant.study.estimate import Source

PLANNED_LOOKS = 10
BEYOND_DOUBT = 1e-9  # of the error of a look: splits closer than this are told apart by their fit


@dataclass(frozen=True)
class CloneReading:
    """The clone fraction of one compartment at one visit, with its posterior.

    Parameters
    ----------
    day : int
        Days since the patient's anchor.
    posterior : GridPosterior
        Of the fraction, under the Jeffreys prior.
    above_cutoff : bool or None
        Whether the slide is above its cut-off; None without one.
    sources : tuple of Source
        Its slides.
    """

    day: int
    posterior: GridPosterior
    above_cutoff: bool | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Change:
    """A fall or a rise of the clone.

    Parameters
    ----------
    rise : bool
        Whether it rose.
    after_day, day : int
        Last look of the earlier level, and the look that showed the change: it came between them.
    probability : float
        Posterior probability that the later looks are above, or below, the earlier level.
    confirmed : bool or None
        Of a rise: whether the next look that could tell agrees; None where none could yet. A fall asks for no
        second look: confirmed is None.
    earlier, later : float
        The two levels: posterior medians of the pooled looks.
    earlier_looks : int
        Looks in the earlier level.
    shown_at : int
        Index of the look that showed it.
    starts_at : int
        Index of the first look of the later level.
    sources : tuple of Source
        The rows of both.
    settled_at : int or None
        Of a rise: index of the look that agreed with it, or refuted it.
    """

    rise: bool
    after_day: int
    day: int
    probability: float
    confirmed: bool | None
    earlier: float
    later: float
    earlier_looks: int
    shown_at: int
    starts_at: int
    sources: tuple[Source, ...]
    settled_at: int | None = None


def error_at(look: int, probability: float) -> float:
    """Chance of a false change that the `look`-th look, from 1, may add.

    Those of all looks together stay below 1 - probability.

    Examples
    --------
    >>> round(error_at(1, 0.95), 4), round(error_at(30, 0.95), 7)
    (0.005, 1.08e-05)
    """
    assert look >= 1, "looks are counted from 1"
    share = 1.0 / PLANNED_LOOKS
    if look >= PLANNED_LOOKS:  # 1/m(m+1) sums to 1 over m = 1, 2, ...: a tenth for all that follow
        m = look - PLANNED_LOOKS + 1
        share /= m * (m + 1)
    return (1 - probability) * share


def _shares(splits: int) -> FloatArray:
    """What each split may spend of the error of a look: half for the newest look alone, evenly the rest."""
    if splits == 1:
        return np.ones(1)
    return np.append(np.full(splits - 1, 0.5 / (splits - 1)), 0.5)


def clone_changes(
    readings: Sequence[CloneReading], *, probability: float, first: int = 1
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Find every fall and every rise of a clone in one compartment of one patient.

    Parameters
    ----------
    readings : sequence of CloneReading
        In the order of time.
    probability : float
        1 less the chance, over the whole course, that a stable clone is called risen, and the same for
        fallen; in (0.5, 1).
    first : int, default 1
        Looks that make the first level, such as those before treatment; nothing is asked of them.

    Returns
    -------
    changes, withdrawn : tuple of Change
        Falls and rises in the order of time; and rises that the next look did not confirm, whose looks take
        no further part. `shown_at` and `starts_at` are places in `readings`.
    """
    assert 0.5 < probability < 1, "a probability to reach"
    assert first >= 1, "a level has a look"
    kept = list(range(len(readings)))
    withdrawn: list[Change] = []
    while len(kept) > first:
        found = _Course(readings, kept, probability).scan(first)
        if not found or found[-1].confirmed is not False:
            return tuple(found), tuple(withdrawn)
        withdrawn.append(found[-1])
        kept = [look for look in kept if not found[-1].starts_at <= look <= found[-1].shown_at]
    return (), tuple(withdrawn)


def first_below(
    readings: Sequence[CloneReading],
    changes: Sequence[Change],
    *,
    first: int,
    probability: float,
    times: float = 0.5,
) -> int | None:
    """Find the first look at which the clone is below so many times its level before treatment.

    Each look is asked twice, for half of its error each: by itself, and with the looks of its level so far.

    Parameters
    ----------
    readings, first, probability
        As in `clone_changes`.
    changes : sequence of Change
        What `clone_changes` found in them.
    times : float, default 0.5
        Of the level of the first looks, in (0, 1].
    """
    looks = Looks.of([reading.posterior for reading in readings])
    for now in range(first, len(readings)):
        starts = [item.starts_at for item in changes if item.shown_at <= now]
        most = error_at(now - first + 1, probability) / 2
        for start in {now, max(starts[-1] if starts else first, first)}:
            if looks.probability_above((start, now), (0, first - 1), times=times) <= most:
                return now
    return None


class _Course:
    """The looks of one course that are taken to be sound."""

    def __init__(self, readings: Sequence[CloneReading], kept: Sequence[int], probability: float) -> None:
        self.readings = [readings[place] for place in kept]
        self.kept, self.probability = kept, probability
        self.looks = Looks.of([reading.posterior for reading in self.readings])

    def scan(self, first: int) -> list[Change]:
        """Find changes in the order of time, up to the first rise that the next look refutes."""
        found: list[Change] = []
        start = 0
        for now in range(first, len(self.readings)):
            spent = error_at(self.kept[now] - first + 1, self.probability)
            splits = range(max(start + 1, first if start == 0 else 0), now + 1)
            if not splits:
                continue
            above = np.array([self.looks.probability_above((at, now), (start, at - 1)) for at in splits])
            error = spent * _shares(len(splits))
            rise, fall = (1 - above) / error, above / error
            if rise.min() <= 1 and self.readings[now].above_cutoff is not False:
                at = self._split(start, splits, now, rise)
                agrees, by = self._agrees(start, at, now)
                found.append(self._change(start, at, now, rise=True, confirmed=agrees, by=by))
                if agrees is False:
                    return found
                start = at
            elif fall.min() <= 1:
                at = self._split(start, splits, now, fall)
                found.append(self._change(start, at, now, rise=False))
                start = at
        return found

    def _split(self, start: int, splits: Sequence[int], now: int, spent: FloatArray) -> int:
        """Choose the split that shows the change best; of those beyond doubt, the one that fits best.

        A change of half the cells leaves no error at all that a float can hold, and then at many splits.
        """
        alike = [at for at, error in zip(splits, spent, strict=True) if error <= spent.min() + BEYOND_DOUBT]
        return max(alike, key=lambda at: self.looks.fit(start, at, now))

    def _agrees(self, start: int, at: int, now: int) -> tuple[bool | None, int | None]:
        """Whether the next look that can tell agrees with a rise, and which; None where none can yet."""
        for look in range(now + 1, len(self.readings)):
            one = (look, look)
            if self.looks.probability_above(one, (start, at - 1)) >= self.probability:
                if self.readings[look].above_cutoff is not False:
                    return True, self.kept[look]
            elif 1 - self.looks.probability_above(one, (at, now)) >= self.probability:
                return False, self.kept[look]
        return None, None

    def _change(
        self,
        start: int,
        at: int,
        now: int,
        *,
        rise: bool,
        confirmed: bool | None = None,
        by: int | None = None,
    ) -> Change:
        above = self.looks.probability_above((at, now), (start, at - 1))
        rows = (row for reading in self.readings[start : now + 1] for row in reading.sources)
        return Change(
            rise,
            self.readings[at - 1].day,
            self.readings[now].day,
            above if rise else 1 - above,
            confirmed,
            self.looks.median(start, at - 1),
            self.looks.median(at, now),
            at - start,
            self.kept[now],
            self.kept[at],
            tuple(dict.fromkeys(rows)),
            by,
        )
