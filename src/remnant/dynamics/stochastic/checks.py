"""What a cohort must be before it is followed: every fault at once, with the first patient at fault."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,operator,call-overload"
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.model.packed import (
    ADVANTAGE,
    AMPLIFICATION,
    DIVISION,
    EFFECTS,
    MATURE_LOSS,
    MUTATION,
    PROGENITOR_LOSS,
    RATES,
    Packed,
)
from remnant.dynamics.model.parameters import Array, Structure
from remnant.dynamics.stochastic.cells import Cells
from remnant.errors import Fault, SettingError

SOURCE = "stochastic simulation"
_ABOVE_ZERO = {
    DIVISION: "division",
    PROGENITOR_LOSS: "progenitor loss",
    MATURE_LOSS: "mature loss",
    AMPLIFICATION: "amplification",
}


def check(
    cells: Cells,
    packed: Packed,
    edges: Array,
    doses: Array,
    stem_cells: Array,
    patients: NDArray[np.uint64],
    structure: Structure,
) -> None:
    """Raise one `SettingError` with every fault of a cohort and its calendar."""
    n = len(cells)
    faults = [
        *_shapes(cells, packed, edges, doses, stem_cells, patients, structure),
        *_calendar(edges, doses),
        *_negative("stems", cells.stems, "cells"),
        *_negative("followers", cells.followers, "healthy pools"),
        *_negative("effects", packed.effects, "effects at the full dose"),
        *_rates(packed.rates),
        *_bad(
            "stem_cells", stem_cells, stem_cells > 0, "cells of the healthy pool above 0", "an empty marrow?"
        ),
    ]
    if faults:
        raise SettingError(faults)
    assert n == len(patients)


def _shapes(cells, packed, edges, doses, stem_cells, patients, structure):
    n, drugs, segments = len(cells), packed.effects.shape[1:2], max(0, edges.size - 1)
    wanted = {
        "stems": (cells.stems.shape, [(n, 3, 2)]),
        "followers": (cells.followers.shape, [(n, 3, 1 + structure.stages)]),
        "events": (cells.events.shape, [(n,)]),
        "rates": (packed.rates.shape, [(n, RATES, 3)]),
        "effects": (packed.effects.shape, [(n, *drugs, EFFECTS, 3)]),
        "edges": (edges.shape, [(segments + 1,)]),
        "doses": (doses.shape, [(segments, *drugs), (n, segments, *drugs)]),
        "stem_cells": (stem_cells.shape, [(n,)]),
        "patients": (patients.shape, [(n,)]),
    }
    hint = "one row per patient, one dose per segment and drug"
    for name, (found, allowed) in wanted.items():
        if found not in allowed:
            yield Fault(SOURCE, None, name, f"shape {found}", " or ".join(map(str, allowed)), hint)


def _calendar(edges, doses):
    if edges.size < 2 or not np.all(np.isfinite(edges)) or not np.all(np.diff(edges.ravel()) > 0):
        hint = "put the days in order, each once"
        yield Fault(SOURCE, None, "edges", str(edges.tolist()[:8]), "at least two days, rising", hint)
    if not np.all(np.isfinite(doses) & (doses >= 0)):
        hint = "a dose is a share of the full dose"
        worst = doses[~(np.isfinite(doses) & (doses >= 0))][0]
        yield Fault(SOURCE, None, "doses", f"{worst:g}", "numbers from 0", hint)


def _rates(rates):
    if rates.ndim != 3 or rates.shape[1:] != (RATES, 3):
        return
    plain = np.delete(rates, ADVANTAGE, axis=1)
    yield from _negative("rates", plain, "rates per month")
    advantage = rates[:, ADVANTAGE]
    yield from _bad("advantage", advantage, advantage > -1, "above -1", "0 is no advantage")
    for row, name in _ABOVE_ZERO.items():
        yield from _bad(name, rates[:, row], rates[:, row] > 0, "above 0", "give it per month")
    mutation = rates[:, MUTATION]
    yield from _bad(
        "mutation", mutation, mutation <= 1, "a chance from 0 to 1", "per division that self-renews"
    )


def _negative(name, values, what):
    return _bad(name, values, values >= 0, f"{what}, numbers from 0", "is a value missing or negative?")


def _bad(name, values, right, expected, hint):
    wrong = ~(np.isfinite(values) & right)
    if np.any(wrong):
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        rows = int(np.count_nonzero(wrong.reshape(len(values), -1).any(axis=1)))
        place = f"{name}, row {where[0]}" + (f" and {rows - 1} more" if rows > 1 else "")
        yield Fault(SOURCE, None, place, f"{values[where]:g}", expected, hint)
