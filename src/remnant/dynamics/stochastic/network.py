"""Any network of first-order reactions, event by event: each cell of a species reacts at its own rates.

The plain form of the exact simulation, in which every cell that dies is an event, progenitors too. The clones
of a patient are one such network where nothing feeds back; it is what the hybrid is measured against.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.packed import Packed
from remnant.dynamics.model.parameters import MALIGNANT, RESISTANT, Array
from remnant.dynamics.stochastic.rates import (
    ACTIVE_DEATH,
    DIVIDING,
    MU,
    PROGENITOR_DEATH,
    QUIESCENT_DEATH,
    RESTING,
    ROWS,
    WAKING,
    at_dose,
    renewed,
    signal,
)
from remnant.scale.philox import STREAM_WORDS, Words, compiled, exponential, open_stream, uniform

Counts = NDArray[np.int64]
NETWORK_EVENTS = np.uint64(5)  # purpose of the stream


@dataclass(frozen=True)
class Network:
    """First-order reactions.

    Parameters
    ----------
    species : tuple of str
        Kinds of cells.
    reactant : ndarray of int, shape (reactions,)
        The kind of cell that reacts.
    change : ndarray of int, shape (reactions, species)
        What one reaction adds.
    rates : ndarray, shape (segments, reactions)
        Per cell and month, on each segment.
    """

    species: tuple[str, ...]
    reactant: Counts
    change: Counts
    rates: Array


def clones(
    packed: Packed,
    doses: ArrayLike,
    *,
    load: float = 0.0,
    progenitors: bool = True,
    independent: bool = False,
) -> Network:
    """Return the malignant and the resistant clone of the first patient as a network, in a niche at rest.

    Parameters
    ----------
    packed : Packed
        Rates and effects.
    doses : array_like, shape (segments, drugs)
        Relative doses.
    load : float, default 0
        Load of the niche; it does not matter where kappa is 0.
    progenitors : bool, default True
        Whether progenitors are counted; else they are only lost.
    independent : bool, default False
        Whether the daughters of a division choose each by itself.

    Returns
    -------
    Network
        Species Q, A (and P) of the malignant clone, then of the resistant one. Reactions that never happen
        are left out.
    """
    names = "QAP" if progenitors else "QA"
    species = tuple(f"{name}_{clone}" for clone in "mr" for name in names)
    dose, now, kinds = np.asarray(doses, float), np.zeros((ROWS, 3)), len(names)
    tables = []
    for segment in range(len(dose)):
        at_dose.py_func(0, packed.rates, packed.effects, dose[None], 0, segment, 1, now)
        tables.append(
            [row for c in (MALIGNANT, RESISTANT) for row in _reactions(now, c, load, kinds, independent)]
        )
    rates = np.array([[rate for _, _, rate in table] for table in tables])
    used = rates.any(axis=0)
    change = np.zeros((len(tables[0]), len(species)), np.int64)
    for row, (_, changes, _) in zip(change, tables[0], strict=True):
        for place, by in changes.items():
            if place < len(species):
                row[place] += by
    reactant = np.array([kind for kind, _, _ in tables[0]])
    return Network(species, reactant[used], change[used], rates[:, used])


def _reactions(now, c, load, kinds, independent):
    """Return (reactant, changes by species, rate) of each reaction of clone c."""
    q = 0 if c == MALIGNANT else kinds
    a, p = q + 1, q + 2 if kinds == 3 else 10**6  # progenitors that are not counted have a place nowhere
    renewal, mu = renewed.py_func(signal.py_func(load, now), now, c), now[MU, c] if c == MALIGNANT else 0.0
    mutant = kinds + 1  # the active cells of the resistant clone
    both = renewal**2 if independent else renewal
    one = 2 * renewal * (1 - renewal) if independent else 0.0
    division = now[DIVIDING, c]
    yield q, {q: -1, a: 1}, now[WAKING, c]
    yield a, {q: 1, a: -1}, now[RESTING, c]
    yield a, {a: 1}, division * both * (1 - mu)
    yield a, {mutant: 1}, division * both * mu
    yield a, {p: 1}, division * one * (1 - mu / 2)
    yield a, {a: -1, mutant: 1, p: 1} if c == MALIGNANT else {p: 1}, division * one * mu / 2
    yield a, {a: -1, p: 2}, division * (1 - both - one)
    yield a, {a: -1}, now[ACTIVE_DEATH, c]
    yield q, {q: -1}, now[QUIESCENT_DEATH, c]
    if kinds == 3:
        yield p, {p: -1}, now[PROGENITOR_DEATH, c]


def simulate(
    network: Network, months: ArrayLike, initial: ArrayLike, *, seed_key: int, patients: Words, draw: int = 0
) -> Array:
    """Run a network once for every patient, through segments of these lengths.

    Parameters
    ----------
    network : Network
        As many segments of rates.
    months : array_like, shape (segments,)
        Length of each segment.
    initial : array_like, shape (species,)
        Cells at the start.
    seed_key, patients, draw : int, ndarray of uint64 (n,), int
        Streams, as for `advance`.

    Returns
    -------
    ndarray, shape (n, species)
        Cells at the end.
    """
    order = np.lexsort((-network.rates.sum(axis=0), network.reactant))
    first = np.searchsorted(network.reactant[order], np.arange(len(network.species) + 1))
    who = np.ascontiguousarray(patients, np.uint64)
    counts = np.tile(np.asarray(initial, float), (len(who), 1))
    lengths = np.ascontiguousarray(months, float)
    assert lengths.shape == network.rates.shape[:1], "one length for each segment of rates"
    rates, change = np.ascontiguousarray(network.rates[:, order]), network.change[order].astype(float)
    _run(counts, lengths, rates, change, first, np.uint64(seed_key), who, np.uint64(draw))
    return counts


@compiled
def _run(counts, months, rates, change, first, seed_key, patients, draw):
    """Gillespie's direct method; sorted by reactant, species s has reactions first[s] to first[s + 1]."""
    kinds = counts.shape[1]
    stream, x, pace = np.empty(STREAM_WORDS, np.uint64), np.empty(kinds), np.empty(kinds)
    for n in range(counts.shape[0]):
        open_stream(stream, seed_key, patients[n], draw, NETWORK_EVENTS, np.uint64(0))
        for s in range(kinds):
            x[s] = counts[n, s]
        for segment in range(months.shape[0]):
            for s in range(kinds):
                pace[s] = 0.0
                for j in range(first[s], first[s + 1]):
                    pace[s] += rates[segment, j]
            t = 0.0
            while True:
                total = 0.0
                for s in range(kinds):
                    total += x[s] * pace[s]
                if total <= 0.0:
                    break
                t += exponential(stream) / total
                if t >= months[segment]:
                    break
                place, s = uniform(stream) * total, 0
                while s < kinds - 1 and place >= x[s] * pace[s]:
                    place -= x[s] * pace[s]
                    s += 1
                place, j = place / x[s], first[s]
                while j < first[s + 1] - 1 and place >= rates[segment, j]:
                    place -= rates[segment, j]
                    j += 1
                for k in range(kinds):
                    x[k] += change[j, k]
        for s in range(kinds):
            counts[n, s] = x[s]
