"""What ends an improvement: a fall from the best count, or transfusion dependence, unless a hold explains it.

A loss is called once it can no longer be withdrawn: a fall once a second count repeats it, one during a hold
once treatment failed to bring the improvement back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.rising import FREE, RAISED, Rising
from remnant.response.iwg2018.units import Freedom
from remnant.response.record.history import VISIT_DAYS, History, Line
from remnant.response.record.treatment import AFTER_HOLD_DAYS, Treatment
from remnant.response.rules.thresholds import show


class Fate(StrEnum):
    """What became of an improvement on a day."""

    KEPT = "kept"
    LOST = "lost"
    RESTORED = "lost during a hold and restored"
    WAITING = "in a hold, or not repeated yet"
    UNKNOWN = "not evaluable"


Words = Callable[[], str]
DEPENDENT_UNITS = int(limits.DEPENDENCE.limit)


@dataclass(frozen=True)
class Loss:
    """A rule of loss on a day: its fate, what was found, in words, and the days that were compared."""

    fate: Fate
    words: Words
    days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Falls:
    """The counts of one line of one patient, held against their best since the first day of improvement.

    A count says the same on every day that it stands for, so it is judged once.
    """

    line: Line
    rising: Rising
    patient: int
    treatment: Treatment
    since: int
    judged: dict[int, Fate | None] = field(default_factory=dict)

    def fate_on(self, day: int) -> Fate:
        """Judge the fall on a day, without the words."""
        fates = {self._fate(place) for place in self.rising.looked(self.patient, day)} - {None}
        fate = fates.pop() if len(fates) == 1 else None
        return fate or Fate.UNKNOWN

    def _fate(self, place: int) -> Fate | None:
        if place not in self.judged:
            loss = self._from_best(place)
            self.judged[place] = None if loss is None else loss.fate
        return self.judged[place]

    def on(self, day: int) -> Loss:
        """Judge the fall on a day from the best value since the first day of the improvement."""
        found = [self._from_best(place) for place in self.rising.looked(self.patient, day)]
        told = [one for one in found if one is not None]
        if not told:
            text = f"not done: no {self.line} of the patient's own within {VISIT_DAYS} days of day {day}"
            return Loss(Fate.UNKNOWN, lambda: text)
        if len({one.fate for one in told}) == 1:
            return told[-1]
        return Loss(
            Fate.UNKNOWN,
            lambda: "not evaluable: " + ", or ".join(one.words() for one in told),
            tuple(day for one in told for day in one.days),
        )

    @cached_property
    def _levels(self) -> dict[int, tuple[int, int]]:
        """Places of the best value free of influence (or -1) and of the highest of all, up to each count."""
        table, best, highest = self.rising, -1, -1
        levels = {}
        for n in range(table.starts[self.patient], table.starts[self.patient + 1]):
            if table.days[n] >= self.since:
                if highest < 0 or table.values[n] > table.values[highest]:
                    highest = n
                if table.status[n] == FREE and (best < 0 or table.values[n] > table.values[best]):
                    best = n
                levels[n] = best, highest
        return levels

    def _from_best(self, place: int) -> Loss | None:
        """Judge one count; None where it is raised and has not fallen, so that it tells nothing."""
        table = self.rising
        day, value, status = table.days[place], table.values[place], table.status[place]
        best, highest = self._levels.get(place, (-1, -1))
        if best < 0:
            return Loss(Fate.UNKNOWN, lambda: f"not evaluable: no {self.line} to fall from", (day,))
        level = table.values[best]

        def words() -> str:
            return f"{self._show(value)} on day {day}, best {self._show(level)} on day {table.days[best]}"

        if self.fell(value, level):
            return self._fallen(place, level, words)
        if status != FREE:
            if status == RAISED:
                return None
            return Loss(Fate.UNKNOWN, lambda: f"not evaluable: {words()}; no log of transfusions", (day,))
        if self.fell(value, table.values[highest]):
            text = f"{self._show(table.values[highest])} on day {table.days[highest]} may have been raised"
            days = day, table.days[highest]
            return Loss(Fate.UNKNOWN, lambda: f"not evaluable: {words()}; {text}", days)
        return Loss(Fate.KEPT, words, (day,))

    def _until(self, place: int) -> range:
        return range(self.rising.starts[self.patient], place + 1)

    def _after(self, place: int) -> range:
        return range(place + 1, self.rising.starts[self.patient + 1])

    def _show(self, value: int) -> str:
        return show(Fraction(value, self.rising.scale))

    def fell(self, value: int, best: int) -> bool:
        """Say whether a value has fallen from the best by as much as the rule asks, and below its floor."""
        if not value * self._floor[0] < self._floor[1]:
            return False
        parts, asked = self._asked
        if limits.FALL[self.line].unit == "%":
            return best > 0 and 100 * (best - value) * parts >= asked * best
        return (best - value) * parts >= asked * self.rising.scale

    @cached_property
    def _floor(self) -> tuple[int, int]:
        """A value times the first is below the second where it is too low for a remission."""
        limit = limits.FLOOR[self.line].limit
        return limit.denominator, limit.numerator * self.rising.scale

    @cached_property
    def _asked(self) -> tuple[int, int]:
        limit = limits.FALL[self.line].limit
        return limit.denominator, limit.numerator

    def _fallen(self, place: int, best: int, words: Words) -> Loss:
        table, day = self.rising, self.rising.days[place]
        hold = self.treatment.hold_behind(day)
        if hold is None:
            return self._repeated(place, best, limits.REPEAT_DAYS, words)
        if _dose_was_raised(self.treatment, hold):
            return self._repeated(place, best, AFTER_HOLD_DAYS, _held(words, hold, " and resumed higher"))
        words, end = _held(words, hold), hold[1] + limits.RESTORED_DAYS
        after = [n for n in self._after(place) if hold[1] < table.days[n] <= end]
        back = next(
            (n for n in after if table.status[n] == FREE and not self.fell(table.values[n], best)), None
        )
        if back is not None:
            text = f"restored, {self._show(table.values[back])} on day {table.days[back]}"
            return Loss(Fate.RESTORED, lambda: f"{words()}; {text}", (day, table.days[back]))
        if table.days[table.starts[self.patient + 1] - 1] < end:
            return Loss(Fate.WAITING, lambda: f"not evaluable: {words()}; not restored yet", (day,))
        return self._repeated(place, best, AFTER_HOLD_DAYS, words)

    def _repeated(self, place: int, best: int, apart: int, words: Words) -> Loss:
        again, days = self._again(place, best, apart), (self.rising.days[place],)
        if again is None:
            return Loss(Fate.WAITING, lambda: f"not evaluable: {words()}; not repeated yet", days)
        if again:
            return Loss(Fate.LOST, lambda: f"{words()}; repeated", days)
        return Loss(Fate.KEPT, lambda: f"{words()}; not repeated", days)

    def _again(self, place: int, best: int, apart: int) -> bool | None:
        """Say whether a count so many days before, with all in between, or the first one after shows it."""
        table, day = self.rising, self.rising.days[place]
        for n in reversed(self._until(place - 1)):
            if not self.fell(table.values[n], best):
                break
            if day - table.days[n] >= apart:
                return True
        for n in self._after(place):
            if table.days[n] - day >= apart:
                if self.fell(table.values[n], best):
                    return True
                # A raised value that has not fallen says nothing of the patient's own.
                return None if table.status[n] != FREE else False
        return None


def _held(words: Words, hold: tuple[int, int], how: str = "") -> Words:
    return lambda: f"{words()}; treatment was held on days {hold[0]} to {hold[1]}{how}"


def dependence(history: History, freedom: Freedom, day: int, *, since: int, improved: bool | None) -> Loss:
    """Judge transfusion dependence, unless the day is known to be `improved` by the units themselves."""
    record, first = history.transfusions, max(since, day - limits.HALF_BASELINE_DAYS + 1)
    units, span = record.red_cell_units(first, day), (first, day)

    def words() -> str:
        return f"{units} units in days {first} to {day}"

    if units < DEPENDENT_UNITS:
        if record.covers(first, day):
            return Loss(Fate.KEPT, words, span)
        text = f"not done: no complete transfusion log over days {first} to {day}"
        return Loss(Fate.UNKNOWN, lambda: text, span)
    if improved:
        return Loss(Fate.KEPT, lambda: f"{words()}; the improvement itself goes on", span)
    if improved is None:
        return Loss(Fate.WAITING, lambda: f"not evaluable: {words()}; the improvement may go on", span)
    hold = history.treatment.hold_behind(day)
    if hold is None or _dose_was_raised(history.treatment, hold):
        return Loss(Fate.LOST, words, span)
    return _dependent_in_hold(freedom, hold, _held(words, hold), span)


def _dependent_in_hold(freedom: Freedom, hold: tuple[int, int], words: Words, span: tuple[int, int]) -> Loss:
    end = hold[1] + limits.RESTORED_DAYS
    states = [freedom.on(day).met for day in freedom.may_begin(hold[1], end)]
    if True in states:
        return Loss(Fate.RESTORED, lambda: f"{words()}; restored, free of them within 8 weeks", span)
    if None in states or freedom.last < end:
        return Loss(Fate.WAITING, lambda: f"not evaluable: {words()}; not restored yet", span)
    return Loss(Fate.LOST, words, span)


def _dose_was_raised(treatment: Treatment, hold: tuple[int, int]) -> bool:
    """Say whether treatment resumed at a dose known to be higher than before the hold."""
    before = [one for one in treatment.given if one.last is not None and one.last + 1 == hold[0]]
    after = [one for one in treatment.given if one.first - 1 == hold[1]]
    return any(
        was.dose_mg is not None and now.dose_mg is not None and now.dose_mg > was.dose_mg
        for was in before
        for now in after
        if was.drug.strip().lower() == now.drug.strip().lower()
    )
