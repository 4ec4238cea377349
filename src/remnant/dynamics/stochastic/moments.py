r"""Means and covariances of a network of first-order reactions: what every simulation must meet.

With reaction j at rate k_j per cell of its reactant s_j, adding v_j::

    m' = A m,   C' = A C + C A^T + sum_j k_j m_{s_j} v_j v_j^T,   A = sum_j k_j v_j e_{s_j}^T

Filters follow the counts without noise of their own, M' = r (P - M): they are further rows of A. Exact, since
every rate is linear.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import expm

from remnant.dynamics.model.parameters import Array
from remnant.dynamics.stochastic.network import Network


@dataclass(frozen=True)
class Filter:
    """A continuous quantity that follows another one: value' = rate (source - value).

    Parameters
    ----------
    source : int
        Place of what it follows: a species, or an earlier filter after all species.
    rate : float
        Per month.
    """

    source: int
    rate: float


@dataclass(frozen=True)
class Moments:
    """Mean (k,) and covariance (k, k) of the species and the filters."""

    mean: Array
    covariance: Array


def moments(
    network: Network, months: ArrayLike, initial: ArrayLike, *, filters: tuple[Filter, ...] = ()
) -> Moments:
    """Return the moments at the end of segments of these lengths.

    Mean and covariance together are linear in themselves, so each segment is one matrix exponential.

    Parameters
    ----------
    network : Network
        Reactions; as many segments of rates.
    months : array_like, shape (segments,)
        Length of each segment.
    initial : array_like, shape (species + filters,)
        What there is at the start, for certain.
    filters : tuple of Filter
        What follows the counts.
    """
    mean = np.asarray(initial, float)
    size, species = len(mean), len(network.species)
    assert size == species + len(filters), "one start for each species and each filter"
    covariance = np.zeros((size, size))
    for length, rates in zip(np.asarray(months, float), network.rates, strict=True):
        drift, noise = np.zeros((size, size)), np.zeros((size * size, size))
        for kind, change, rate in zip(network.reactant, network.change, rates, strict=True):
            added = np.concatenate([change, np.zeros(len(filters))])
            drift[:, kind] += rate * added
            noise[:, kind] += rate * np.outer(added, added).ravel()
        for place, each in enumerate(filters, species):
            drift[place, each.source] += each.rate
            drift[place, place] -= each.rate
        one = np.eye(size)
        whole = np.block(
            [
                [drift, np.zeros((size, size * size))],
                [noise, np.kron(drift, one) + np.kron(one, drift)],
            ]
        )
        state = expm(whole * length) @ np.concatenate([mean, covariance.ravel()])
        mean, covariance = state[:size], state[size:].reshape(size, size)
    return Moments(mean, covariance)
