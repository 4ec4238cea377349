"""Whether a condition holds at a look, in three values: what was not measured is not evaluable.

Kleene's logic: false is -1, not evaluable 0, true 1; all of several hold to the degree of their least.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remnant.cohort.policy.seen import NEUTROPHILS, PLATELETS, Chart, Flags, Floats, Seen
from remnant.cohort.scenario.rules import When

Truth = NDArray[np.int8]
FALSE, UNKNOWN, TRUE = np.int8(-1), np.int8(0), np.int8(1)


def judge(when: When, seen: Seen, chart: Chart, drug: int) -> Truth:
    """Say of each patient whether all that is asked holds, shape (patients,).

    Parameters
    ----------
    when : When
        What is asked.
    seen, chart : Seen, Chart
        This look, and what is remembered of those before.
    drug : int
        Column of the drug to which starting counts and days of treatment belong.
    """
    answer = np.full(chart.patients, TRUE)
    for key, value in when.asked.items():
        answer = np.minimum(answer, _one(key, value, seen, chart, drug))
    return answer


def complete_response(seen: Seen, chart: Chart) -> Truth:
    """Say of whom a marrow shows no abnormal metaphase among as many as were asked for.

    Where none was ever seen there is no clone that could have responded: not evaluable, as in IWG 2006.
    """
    abnormal = np.asarray(seen.metaphases_abnormal)
    enough = (seen.metaphases >= chart.looks.metaphases) & chart.clone_seen
    return _said(abnormal == 0, (abnormal > 0) | ((abnormal == 0) & enough))


def _one(key: str, value: bool | float, seen: Seen, chart: Chart, drug: int) -> Truth:
    if key in _FLAGS:
        truth = _FLAGS[key](seen, chart)
        return truth if value else np.negative(truth)
    if key == "platelets_below_share":
        start = chart.start[PLATELETS, :, drug]
        return _below(seen.measured("platelets"), value * start)
    name, below = _quantity(key)
    if name == "treatment_day":
        days = seen.day - chart.first_dose[:, drug]
        return _known((days >= 0) & ((days < value) == below))  # who was never treated has no such day
    values = _quantities(name, seen, chart, drug)
    truth = _below(values, np.full(len(values), value))
    return truth if below else np.negative(truth)


def _quantity(key: str) -> tuple[str, bool]:
    """Part a key into the quantity and whether it is asked to lie below."""
    for ending, below in (("_below", True), ("_at_least", False)):
        if key.endswith(ending):
            return key.removesuffix(ending), below
    name, below = {"from_day": ("day", False), "before_day": ("day", True)}.get(
        key.removeprefix("treatment_"), (key, True)
    )
    return ("treatment_" + name if key.startswith("treatment_") else name), below


def _quantities(name: str, seen: Seen, chart: Chart, drug: int) -> Floats:
    match name:
        case "day":
            return np.full(chart.patients, float(seen.day))
        case "start_neutrophils":
            return chart.start[NEUTROPHILS, :, drug]
        case "start_platelets":
            return chart.start[PLATELETS, :, drug]
    return seen.measured(name)


def _below(values: Floats, limit: Floats) -> Truth:
    return _said(values < limit, ~(np.isnan(values) | np.isnan(limit)))


def _said(truth: Flags, evaluable: Flags) -> Truth:
    return np.where(evaluable, np.where(truth, TRUE, FALSE), UNKNOWN)


def _known(truth: Flags) -> Truth:
    return np.where(truth, TRUE, FALSE)


def _clone_back(seen: Seen, chart: Chart) -> Truth:
    abnormal = np.asarray(seen.metaphases_abnormal)
    enough = abnormal >= chart.looks.clone_back_metaphases
    # Nobody needs a marrow to know that a clone which never left cannot be back.
    return np.where(chart.responded, _said(enough, abnormal >= 0), FALSE)


_FLAGS: dict[str, Callable[[Seen, Chart], Truth]] = {
    "complete_cytogenetic_response": complete_response,
    "clone_back": _clone_back,
    "transfused": lambda seen, _: _known(np.asarray(seen.transfused, bool)),
    "transfusion_independence_lost": lambda _, chart: _known(chart.lost),
}
