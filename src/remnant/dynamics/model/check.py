"""Refuse impossible numbers before anything is computed, all at once, each with its bound and unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.bounds import BLOOD, EFFECTS, FASTEST, PARAMETERS, START, STEM_CELLS, Quantity
from remnant.dynamics.model.observables import Blood
from remnant.dynamics.model.parameters import Effect, Parameters, Structure
from remnant.errors import Fault, SettingError

_HINTS = {
    "per month": "rates are per month of 30.4375 days, and a kill is a positive rate",
    "-": "a share of 70 % is written 0.7",
    "cells": "the model counts in healthy pools and needs one",
    "g/dL": "grams per litre are ten times as many",
    "10^9/L": "cells per microlitre are a thousand times as many",
    "days": "a time constant, not a rate",
}


def check_parameters(
    parameters: Parameters,
    *,
    effects: Sequence[Effect] = (),
    drugs: Sequence[str] = (),
    start: Mapping[str, ArrayLike] | None = None,
    stem_cells: ArrayLike | None = None,
    blood: Blood | None = None,
) -> int:
    """Check the numbers of one patient or of many, and count the patients.

    Parameters
    ----------
    parameters : Parameters
        Fields of shape () or (patients,).
    effects : sequence of Effect, optional
        One per drug.
    drugs : sequence of str, optional
        Their names, for the message.
    start : mapping of str to array_like, optional
        Any of `fraction`, `quiescent`, `resistant`.
    stem_cells : array_like, optional
        N_HSC.
    blood : Blood, optional
        How the counts follow the marrow.

    Returns
    -------
    int
        Patients: 1 where all fields are numbers.

    Raises
    ------
    SettingError
        With a fault for each number that is not finite, is outside its bounds (`bounds`), or is an array of
        another length than the rest.
    """
    groups: list[tuple[str, Mapping[str, Quantity], Mapping[str, Any]]]
    groups = [("parameters", PARAMETERS, vars(parameters))]
    for number, effect in enumerate(effects):
        name = drugs[number] if number < len(drugs) else f"drug {number + 1}"
        groups.append((f"effects of {name}", EFFECTS, vars(effect)))
    if start is not None:
        groups.append(("start", START, start))
    if stem_cells is not None:
        groups.append(("start", {"stem_cells": STEM_CELLS}, {"stem_cells": stem_cells}))
    if blood is not None:
        groups.append(("blood", BLOOD, vars(blood)))
    faults: list[Fault] = []
    arrays: list[tuple[str, str, NDArray[np.float64]]] = []
    for source, table, values in groups:
        for name, value in values.items():
            array, fault = _numbers(source, name, table[name], value)
            faults += [fault] if fault else _outside(source, table[name], array)
            arrays.append((source, name, array))
    faults += _unlike(arrays)
    if not faults:
        faults += _too_fast(parameters)
    if faults:
        raise SettingError(faults)
    return max(array.size for _, _, array in arrays)


def check_states(states: ArrayLike, patients: int, structure: Structure) -> NDArray[np.float64]:
    """Return states as an array of shape (patients, 3, 3 + stages), or say what is wrong with them.

    Raises
    ------
    SettingError
        If the shape is another, a number is not finite or below 0, or a patient has no stem cell at all.
    """
    array = np.asarray(states, float)
    wanted = (patients, 3, structure.states)
    if array.shape not in (wanted, wanted[1:], (1, *wanted[1:])):
        hint = "make them with `baseline` and the same structure"
        raise SettingError([Fault("states", None, "shape", str(array.shape), str(wanted), hint)])
    array = np.broadcast_to(array, wanted)
    faults = []
    bad = ~np.isfinite(array) | (array < 0)
    if bad.any():
        who, clone, state = np.argwhere(bad)[0]
        place, found = f"patient {who + 1}, clone {clone}, state {state}", str(array[who, clone, state])
        hint = "cells are counted in healthy pools"
        faults.append(Fault("states", None, place, found, "a number from 0", hint))
    empty = array[:, :, :2].sum(axis=(1, 2)) == 0
    if empty.any():
        place, hint = f"patient {empty.argmax() + 1}", "a marrow without stem cells has no course"
        faults.append(Fault("states", None, place, "zero stem cells", "some stem cells", hint))
    if faults:
        raise SettingError(faults)
    return array


def _numbers(
    source: str, name: str, quantity: Quantity, value: Any
) -> tuple[NDArray[np.float64], Fault | None]:
    try:
        array = np.atleast_1d(np.asarray(value, float))
    except (TypeError, ValueError):
        hint = f"{quantity.symbol}: {quantity.meaning}"
        return np.ones(1), Fault(source, None, name, repr(value), quantity.range, hint)
    return array, None


def _outside(source: str, quantity: Quantity, values: NDArray[np.float64]) -> Iterator[Fault]:
    """Say the first patient whose number is impossible, and count the others."""
    bad = ~quantity.allows(values)
    if not bad.any():
        return
    first = tuple(np.argwhere(bad)[0])
    others = int(bad.sum()) - 1
    place = quantity.name if values.size == 1 else f"{quantity.name}, patient {first[0] + 1}"
    place += f" and {others:,} more" if others else ""
    hint = f"{quantity.symbol} is the {quantity.meaning}: {_HINTS[quantity.unit]}"
    if not np.isfinite(values[first]):
        hint = f"{quantity.symbol} is the {quantity.meaning}: give a number, or leave the patient out"
    yield Fault(source, None, place, f"{values[first]:g}", quantity.range, hint)


def _unlike(arrays: Sequence[tuple[str, str, NDArray[np.float64]]]) -> Iterator[Fault]:
    """Say which arrays are not one number per patient."""
    longest = max(array.shape[0] for _, _, array in arrays)
    for source, name, array in arrays:
        if array.ndim > 1 or array.size not in (1, longest):
            expected = f"one number, or one for each of {longest:,} patients"
            hint = "all arrays run over the same patients"
            yield Fault(source, None, name, f"an array of shape {array.shape}", expected, hint)


def _too_fast(parameters: Parameters) -> Iterator[Fault]:
    """Say where rates that follow from the others are beyond any cell: lambda and b grow as rho falls."""
    p = {name: np.asarray(value, float) for name, value in vars(parameters).items()}
    follow = {
        "division over active, times vigour": p["division"] / p["active"] * np.maximum(p["vigour"], 1),
        "activation_normal over active": p["activation_normal"] * (1 - p["active"]) / p["active"],
    }
    for name, rate in follow.items():
        if np.any(rate > FASTEST):
            hint = "a share in cycle, active, nearer to 1 makes active cells slower"
            expected = f"up to {FASTEST:g} per month"
            yield Fault("parameters", None, name, f"{np.max(rate):g}", expected, hint)
