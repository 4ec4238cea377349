"""Whether the clone grows although the patient takes the full dose.

A clone that grows while the drug is held or reduced shows nothing of resistance. So growth beyond assay noise
counts only where every day since the look before it, and at least the 28 days before it, had the dose at
which the patient began. A clone that starts near 100 % cannot grow: it is resistant from the first where,
after 16 weeks of full dose, it is shown not to have fallen below half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.persistence.change import Change, CloneReading
from remnant.stats.series.looks import Looks
from remnant.study.estimate import Source

WASHOUT_DAYS = 28  # a hold may show for so long after it: OR9
PRIMARY_DAYS = 112  # of full dose before a clone is called resistant from the first: 16 weeks, as IWG 2018


@dataclass(frozen=True)
class DosePeriod:
    """Days of one course of the drug; `last` None while it goes on.

    Parameters
    ----------
    first, last : int, and int or None
        Both included.
    mg_per_day : float or None
        Dose averaged over a cycle; None where it is not recorded.
    source : Source
        The row.
    """

    first: int
    last: int | None
    mg_per_day: float | None
    source: Source

    def covers(self, day: int) -> bool:
        """Whether the drug was given on `day`, or its cycle rested."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Resistance:
    """What growth of the clone, or its failure to fall, says of one patient.

    Parameters
    ----------
    patient_id, of : str
        Whose, and the compartment or series in which the clone was followed.
    kind : str
        `acquired resistance` (it fell, then rose on full dose), `primary resistance` (it rose without having
        fallen, or is shown not to have fallen), `growth while dose reduced`, `growth while held`,
        `growth after the last dose`, `growth, dose not known`, `no resistance shown`, or `not evaluable`.
    resistant : bool or None
        True for the first two; False where growth has another explanation, or where there is none; None where
        it cannot be told.
    after_day, day : int or None
        Growth came between them; for one that never fell, `day` is the look that shows it.
    confirmed : bool or None
        Whether the next look agrees with the growth.
    full_mg_per_day, least_mg_per_day : float or None
        Dose at the start, and the least in the days that count.
    reason : str
        In words.
    sources : tuple of Source
        Slides and courses behind it.
    """

    patient_id: str
    of: str
    kind: str
    resistant: bool | None
    after_day: int | None
    day: int | None
    confirmed: bool | None
    full_mg_per_day: float | None
    least_mg_per_day: float | None
    reason: str
    sources: tuple[Source, ...] = ()


def judge_resistance(
    patient_id: str,
    of: str,
    readings: Sequence[CloneReading],
    changes: Sequence[Change],
    doses: Sequence[DosePeriod],
    *,
    treated_from: int | None,
    probability: float,
) -> Resistance:
    """Judge the resistance of one patient's clone.

    Parameters
    ----------
    patient_id, of : str
        Whose, and where it was followed.
    readings : sequence of CloneReading
        In the order of time.
    changes : sequence of Change
        What `clone_changes` found in them.
    doses : sequence of DosePeriod
        Courses of the drug of the first dose, in the order of time.
    treated_from : int or None
        First dose.
    probability : float
        Posterior probability that a clone has not fallen below half, to be called resistant from the first.
    """
    if treated_from is None or not doses:
        reason = "no course of a drug with its days" if treated_from is not None else "not treated"
        return Resistance(patient_id, of, "not evaluable", None, None, None, None, None, None, reason)
    if not any(item.day > treated_from for item in readings):
        reason = "no clone fraction on treatment"
        return Resistance(patient_id, of, "not evaluable", None, None, None, None, None, None, reason)
    fallen: list[Change] = []
    first_other: Resistance | None = None
    for item in changes:
        if not item.rise:
            fallen.append(item)
            continue
        found = _growth(patient_id, of, item, doses, fallen=bool(fallen))
        if found.resistant:
            return found
        first_other = first_other or found
    return first_other or _never_fell(patient_id, of, readings, fallen, doses, treated_from, probability)


def _growth(
    patient_id: str, of: str, rise: Change, doses: Sequence[DosePeriod], *, fallen: bool
) -> Resistance:
    first = max(min(rise.after_day + 1, rise.day - WASHOUT_DAYS), doses[0].first)
    kind, resistant, least, words = _dose_over(doses, first, rise.day)
    if resistant:
        kind = "acquired resistance" if fallen else "primary resistance"
    reason = (
        f"the clone rose from {100 * rise.earlier:.2g} % to {100 * rise.later:.2g} % between days "
        f"{rise.after_day} and {rise.day}; {words}"
    )
    rows = (item.source for item in doses if any(item.covers(day) for day in (first, rise.day)))
    return Resistance(
        patient_id, of, kind, resistant, rise.after_day, rise.day, rise.confirmed, doses[0].mg_per_day,
        least, reason, tuple(dict.fromkeys((*rise.sources, *rows))),
    )  # fmt: skip


def _dose_over(
    doses: Sequence[DosePeriod], first: int, last: int
) -> tuple[str, bool | None, float | None, str]:
    """Say what was taken on every day from `first` to `last`: kind, whether all full, the least, words."""
    span = f"days {first} to {last}"
    ends = [item.last for item in doses]
    stopped = None if None in ends else max(end for end in ends if end is not None)
    if stopped is not None and last > stopped:
        kind = "growth after the last dose"
        return kind, False, 0.0, f"the drug ended on day {stopped}: not resistance"
    taken: list[float | None] = []
    for day in range(first, last + 1):
        own = [item.mg_per_day for item in doses if item.covers(day)]
        if not own:
            return (
                "growth while held",
                False,
                0.0,
                f"the drug was held on day {day}, within {span}: not resistance",
            )
        taken.append(None if None in own else sum(x for x in own if x is not None))
    full = doses[0].mg_per_day
    if full is None or None in taken:
        return "growth, dose not known", None, None, f"a dose within {span} is not recorded"
    least = min(x for x in taken if x is not None)
    # A thousandth: 10 mg on 21 of 28 days and 7.5 mg every day are one dose, to rounding.
    if least < full * (1 - 1e-3):
        words = f"{least:.3g} mg a day at the least over {span}, {full:.3g} at the start: not resistance"
        return "growth while dose reduced", False, least, words
    return "", True, least, f"full dose, {least:.3g} mg a day or more, over {span}"


def _never_fell(
    patient_id: str,
    of: str,
    readings: Sequence[CloneReading],
    fallen: Sequence[Change],
    doses: Sequence[DosePeriod],
    treated_from: int,
    probability: float,
) -> Resistance:
    """Judge a clone that did not grow: it fell, or it is shown not to have, or neither."""
    none = "no resistance shown"
    full = doses[0].mg_per_day
    if fallen:
        return Resistance(
            patient_id, of, none, False, None, None, None, full, None,
            f"the clone fell by day {fallen[0].day} and has not grown beyond assay noise", fallen[0].sources,
        )  # fmt: skip
    before = sum(item.day <= treated_from for item in readings)
    late = [n for n, item in enumerate(readings) if item.day >= treated_from + PRIMARY_DAYS]
    if not before or not late:
        what = "before treatment" if not before else f"after {PRIMARY_DAYS} days of treatment"
        reason = f"no clone fraction {what}"
        return Resistance(patient_id, of, "not evaluable", None, None, None, None, full, None, reason)
    looks = Looks.of([item.posterior for item in readings])
    for place in late:
        chance = looks.probability_above((place, place), (0, before - 1), times=0.5)
        _, on_full, least, words = _dose_over(doses, treated_from, readings[place].day)
        if chance >= probability and on_full:
            rows = (*readings[0].sources, *readings[place].sources, *(item.source for item in doses))
            return Resistance(
                patient_id, of, "primary resistance", True, None, readings[place].day, None, full, least,
                f"not below half of its fraction before treatment (chance {min(chance, 0.999):.3g}); {words}",
                tuple(dict.fromkeys(rows)),
            )  # fmt: skip
    reason = "neither a fall nor growth nor the lack of a fall is shown, on full dose, beyond assay noise"
    return Resistance(patient_id, of, none, None, None, None, None, full, None, reason)
