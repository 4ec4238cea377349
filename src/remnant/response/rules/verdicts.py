"""Verdicts of many looks at once: met, not evaluable and not met, in this order, as small whole numbers.

In that order "every rule must be met" is the least of the verdicts and "one rule is enough" is the greatest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from remnant.response.rules.decimals import Bools

Verdicts = npt.NDArray[np.int8]

MET, OPEN, NOT_MET = np.int8(1), np.int8(0), np.int8(-1)


def verdicts(met: Bools, known: Bools | bool = True) -> Verdicts:
    """Turn yes and no into verdicts, open where the answer is not known."""
    return np.where(known, np.where(met, MET, NOT_MET), OPEN).astype(np.int8, copy=False)


def bounded(met: Bools, raised: Bools, *, asks_for_more: bool) -> Verdicts:
    """Judge numbers of which some are raised, so that they are only upper bounds.

    An upper bound can fail a limit from below but cannot pass it, and the other way round.
    """
    return verdicts(met, ~raised | (met != asks_for_more))


def every(first: Verdicts, *others: Verdicts) -> Verdicts:
    """Combine rules that must all be met: one failure decides, whatever is missing."""
    for other in others:
        first = np.minimum(first, other)
    return first


def some(first: Verdicts, *others: Verdicts) -> Verdicts:
    """Combine rules of which one is enough: one success decides, whatever is missing."""
    for other in others:
        first = np.maximum(first, other)
    return first
