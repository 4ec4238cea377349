"""A search for a schedule in words and rows."""

from __future__ import annotations

import polars as pl

from remnant.cohort.paired import Value
from remnant.cohort.schedule_record import Cost, Fresh, ScheduleAnswer, TriedSchedule

SHOWN = 30


def schedule_sentence(answer: ScheduleAnswer) -> str:
    """Say which schedule won, by how much on fresh patients, and at what price."""
    tried = f"Of {len(answer.tried):,} schedules"
    winner, fresh = answer.winner, answer.fresh
    if winner is None or fresh is None:
        return f"{tried}, none keeps the limits: ease a limit, or vary something else."
    if answer.verdict == "as written":
        return f"{tried}, the one as written is the best: {_value(fresh.winner, answer)} {answer.meaning}."
    apart = fresh.difference
    mine, theirs = _value(fresh.winner, answer), _value(fresh.written, answer)
    said = f"{tried}, the best is {winner.title}. On {fresh.patients:,} fresh patients it brings {mine} "
    said += f"against {theirs} as written: {answer.meaning}. "
    if apart.value is None or apart.lower is None or apart.upper is None:
        return said + "The difference has no error: there are too few patients."
    low, high = _number(apart.lower, answer), _number(apart.upper, answer)
    said += f"Difference {_signed(apart.value, answer)} (95 % interval of the simulation {low} to {high}): "
    return said + _VERDICTS[answer.verdict] + "." + _price(fresh)


def schedule_rows(answer: ScheduleAnswer) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows: as written, the winner, the front, then the best of the rest."""
    costs = [cost.meaning for cost in answer.tried[0].costs]
    header = ("schedule", "patients", answer.objective, *costs, "treated days", "")
    order = sorted(
        range(len(answer.tried)), key=lambda n: (n != 0, n != answer.best, *_order(answer.tried[n]))
    )
    return header, [_row(n, answer) for n in order[:SHOWN]]


def schedule_frame(answer: ScheduleAnswer) -> pl.DataFrame:
    """Return one row for each schedule that was tried, every number as it is."""
    names = [setting.name for one in answer.tried[:2] for setting in one.settings]
    rows = []
    for number, one in enumerate(answer.tried):
        row: dict[str, object] = {"schedule": one.title}
        row |= dict.fromkeys(names) | {setting.name: setting.level for setting in one.settings}
        row |= {"patients": one.patients, "objective": one.objective.value, "error": one.objective.error}
        row |= {cost.meaning: cost.share for cost in one.costs}
        row |= {"treated_days": one.treated_days, "on_front": one.on_front, "best": number == answer.best}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


_VERDICTS = {
    "better": "better than as written",
    "worse": "worse than as written: its lead in the search was chance",
    "no difference shown": "no difference is shown",
}


def _price(fresh: Fresh) -> str:
    said = [_cost(cost) for cost in fresh.costs if cost.share is not None]
    return f" Its price: {'; '.join(said)}." if said else ""


def _cost(cost: Cost) -> str:
    assert cost.share is not None, "asked only where counts are known"
    assert cost.lower is not None, "a share has limits"
    assert cost.upper is not None, "a share has limits"
    limit = "" if cost.most == 1 else f"; limit {100 * cost.most:g} %, {'kept' if cost.kept else 'NOT kept'}"
    interval = f"{100 * cost.lower:.1f} to {100 * cost.upper:.1f}"
    return f"{cost.meaning} in {100 * cost.share:.1f} % ({interval}{limit})"


def _row(number: int, answer: ScheduleAnswer) -> tuple[str, ...]:
    one = answer.tried[number]
    costs = ["unknown" if cost.share is None else f"{100 * cost.share:.1f} %" for cost in one.costs]
    marks = ["best"] if number == answer.best else []
    marks += ["front"] if one.on_front else []
    marks += ["over a limit"] if not all(cost.kept for cost in one.costs) else []
    value = _value(one.objective, answer)
    return (one.title, f"{one.patients:,}", value, *costs, f"{one.treated_days:,.0f}", ", ".join(marks))


def _order(one: TriedSchedule) -> tuple[bool, float]:
    return not one.on_front, -(one.objective.value or 0.0)


def _value(value: Value, answer: ScheduleAnswer) -> str:
    assert value.value is not None, "every schedule has a mean"
    if answer.objective == "cure" and value.lower is not None and value.upper is not None:
        return f"{_number(value.value, answer)} ({100 * value.lower:.1f} to {100 * value.upper:.1f})"
    return f"{_number(value.value, answer)} ± {_number(value.error or 0.0, answer)}"


def _signed(value: float, answer: ScheduleAnswer) -> str:
    return f"{'+' if value > 0 else ''}{_number(value, answer)}"


def _number(value: float, answer: ScheduleAnswer) -> str:
    return f"{100 * value:.1f} %" if answer.objective == "cure" else f"{value:,.0f}"
