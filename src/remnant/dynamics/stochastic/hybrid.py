"""Advance a cohort through a stretch of a calendar: exact where cells are few, equations where many."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,call-arg"
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.packed import Packed
from remnant.dynamics.model.parameters import DAYS_PER_MONTH, Structure
from remnant.dynamics.stochastic.cells import Cells
from remnant.dynamics.stochastic.checks import SOURCE, check
from remnant.errors import Fault, SettingError

THRESHOLD = 1000.0  # cells: chance moves a pool of this size by 3 % in the time that its cells divide once
METHODS = ("hybrid", "exact", "deterministic")
DIVISIONS = ("symmetric", "independent")
_PLAIN = ["C", "W"]  # a read-only array would be another type, and be compiled for anew


def advance(
    cells: Cells,
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    stem_cells: ArrayLike,
    *,
    seed_key: int,
    patients: NDArray[np.uint64],
    draw: int = 0,
    threshold: float = THRESHOLD,
    structure: Structure = Structure(),  # noqa: B008 - a frozen record
    method: Literal["hybrid", "exact", "deterministic"] = "hybrid",
    division: Literal["symmetric", "independent"] = "symmetric",
    threads: int = 1,
) -> Cells:
    """Follow every patient from the first edge to the last.

    Parameters
    ----------
    cells : Cells
        State of n patients on day `edges[0]`.
    packed : Packed
        Rates and effects of the same patients.
    edges : array_like, shape (segments + 1,)
        Days, rising.
    doses : array_like, shape (segments, drugs) or (n, segments, drugs)
        Relative doses, constant on each segment, at least 0.
    stem_cells : array_like, shape () or (n,)
        Stem cells of the healthy pool, above 0.
    seed_key, patients, draw : int, ndarray of uint64 (n,), int
        The streams of chance: patient i reads the stream (seed_key, patients[i], draw) from number
        `cells.events[i]` on, whoever else is followed. A call that is split at one of its edges gives the
        same cells.
    threshold : float, default 1000
        A malignant or resistant clone of fewer stem cells is followed event by event, until it has twice as
        many.
    structure : Structure
        Which feedback, how many mature stages.
    method : {"hybrid", "exact", "deterministic"}
        "hybrid": normal cells and large clones by the equations. "exact": all clones event by event.
        "deterministic": all by the equations.
    division : {"symmetric", "independent"}
        All or none: a division makes two stem cells or two progenitors. Independent: each daughter by itself.
        Both have the same means.
    threads : int, default 1
        Among how many threads the patients are divided; it cannot change an answer.

    Returns
    -------
    Cells
        On day `edges[-1]`.

    Raises
    ------
    SettingError
        Before anything is computed, if a number is missing, negative or of the wrong shape, or edges do not
        rise.
    """
    n = len(cells)
    who = np.array(patients, np.uint64)
    pools = np.array(np.broadcast_to(np.asarray(stem_cells, float), n), order="C")
    days, dose = np.asarray(edges, float), np.require(doses, float, _PLAIN)
    _check_options(threshold, method, division, threads)
    check(cells, packed, days, dose, pools, who, structure)
    state = (
        np.array(cells.stems, float, order="C"),
        np.array(cells.followers, float, order="C"),
        np.array(cells.events, np.uint64),
    )
    _follow(
        state,
        (np.require(packed.rates, float, _PLAIN), np.require(packed.effects, float, _PLAIN), pools),
        (np.diff(days) / DAYS_PER_MONTH, dose if dose.ndim == 3 else dose[None]),
        (np.uint64(seed_key), who, np.uint64(draw)),
        (float(threshold), METHODS.index(method), structure.feedback == "mature", division == "independent"),
        threads,
    )
    return Cells(*state)


def _follow(state, model, calendar, streams, options, threads):
    """Run the compiled engine on equal parts of the patients."""
    from remnant.dynamics.stochastic.patient import follow_patients

    n = len(state[0])
    ends = np.linspace(0, n, min(threads, max(n, 1)) + 1).astype(int)

    def part(bounds: tuple[int, int]) -> None:
        rows = slice(*bounds)
        own = calendar[1] if len(calendar[1]) == 1 else calendar[1][rows]
        follow_patients(
            *(array[rows] for array in (*state, *model)),
            calendar[0],
            own,
            streams[0],
            streams[1][rows],
            streams[2],
            *options,
        )

    parts = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    if len(parts) == 1:
        part(parts[0])
    else:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(part, parts))


def _check_options(threshold: float, method: str, division: str, threads: int) -> None:
    faults = []
    if not threshold >= 0:
        faults.append(
            Fault(SOURCE, None, "threshold", f"{threshold:g}", "cells, at least 0", "1000 is usual")
        )
    if method not in METHODS:
        faults.append(Fault(SOURCE, None, "method", repr(method), ", ".join(METHODS), "choose one of them"))
    if division not in DIVISIONS:
        faults.append(
            Fault(SOURCE, None, "division", repr(division), ", ".join(DIVISIONS), "choose one of them")
        )
    if threads < 1:
        faults.append(Fault(SOURCE, None, "threads", str(threads), "at least 1", "leave it out for one"))
    if faults:
        raise SettingError(faults)
