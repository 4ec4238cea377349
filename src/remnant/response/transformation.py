"""Transformation to acute leukaemia, by each definition in use, and as late as marrows can show it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from remnant.response.iwg2006.limits import NATURAL
from remnant.response.record.history import History
from remnant.response.rules.thresholds import Threshold, show
from remnant.study.estimate import Source

WHO = Threshold("blasts of marrow or blood", ">=", "20", "%", "Khoury 2022, Leukemia 36:1703 (WHO 2022)")
FAB = Threshold(
    "blasts of marrow or blood", ">", "30", "%", NATURAL,
    "IWG 2006 counts by the types of FAB, in which 20 to 30 % is still RAEB-t",
)  # fmt: skip
DEFINITIONS = {"WHO": WHO, "FAB": FAB}


@dataclass(frozen=True)
class Transformation:
    """Whether and when a patient's disease became acute leukaemia, by one definition.

    A marrow shows it on its day, but it may have come at any time since the last marrow that did not: the day
    is censored to the interval from `clear_day` to `day`.

    Parameters
    ----------
    patient_id : str
        The patient.
    definition : str
        `WHO` (20 % or more) or `FAB` (more than 30 %, as IWG 2006 counts).
    transformed : bool or None
        Whether blasts reached the limit after the first dose; None where no marrow after it was judged, or
        where they had reached it before.
    day : int or None
        First day that shows it.
    clear_day : int or None
        Day of the last marrow before it, or else of the last marrow, that was below the limit.
    blasts_percent : float or None
        What was found on `day`.
    found_in : str
        `marrow` or `blood`; empty where it was not found.
    limit : str
        The limit, in words.
    reason : str
        What the answer rests on.
    sources : tuple of Source
        The rows of both days.
    """

    patient_id: str
    definition: str
    transformed: bool | None
    day: int | None
    clear_day: int | None
    blasts_percent: float | None
    found_in: str
    limit: str
    reason: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class _Look:
    """Blasts of one day; a marrow comes before the blood of its day."""

    day: int
    found_in: str
    percent: Fraction
    sources: tuple[Source, ...]


def transformations(history: History) -> tuple[Transformation, ...]:
    """Judge transformation by each definition, side by side.

    References
    ----------
    Khoury et al. (2022) Leukemia 36:1703-1719, doi:10.1038/s41375-022-01613-1.
    """
    first = history.treatment.first_dose
    if first is None:
        note = history.treatment.note
        return tuple(_answer(history, name, None, note) for name in DEFINITIONS)
    return tuple(_judge(history, name, first) for name in DEFINITIONS)


def _looks(history: History) -> list[_Look]:
    """Every look at blasts; two marrows of a day that disagree show nothing."""
    marrows = [
        _Look(one.day, "marrow", one.blasts_percent, one.sources) for one in history.marrows if not one.doubt
    ]
    blood = [_Look(one.day, "blood", one.value, (one.source,)) for one in history.blood_blasts]
    return sorted([*marrows, *blood], key=lambda one: (one.day, one.found_in == "blood"))


def _judge(history: History, name: str, first: int) -> Transformation:
    limit, looks = DEFINITIONS[name], _looks(history)
    reached = next((one for one in looks if limit.met(one.percent)), None)
    clear = [one for one in looks if one.found_in == "marrow" and not limit.met(one.percent)]
    if reached is None:
        last = clear[-1] if clear else None
        if last is None or last.day <= first:
            return _answer(history, name, None, "not done: no marrow after the first dose", None, last)
        return _answer(history, name, False, f"not by the marrow of day {last.day}", None, last)
    found = f"{show(reached.percent)} % in the {reached.found_in} on day {reached.day}"
    if reached.day <= first:
        reason = f"not evaluable: {found}, before treatment"
        return _answer(history, name, None, reason, reached)
    before = [one for one in clear if one.day < reached.day]
    return _answer(history, name, True, found, reached, before[-1] if before else None)


def _answer(
    history: History,
    name: str,
    transformed: bool | None,
    reason: str,
    reached: _Look | None = None,
    clear: _Look | None = None,
) -> Transformation:
    sources = (reached.sources if reached else ()) + (clear.sources if clear else ())
    return Transformation(
        history.patient_id,
        name,
        transformed,
        None if reached is None else reached.day,
        None if clear is None else clear.day,
        None if reached is None else float(reached.percent),
        "" if reached is None else reached.found_in,
        str(DEFINITIONS[name]),
        reason,
        sources,
    )
