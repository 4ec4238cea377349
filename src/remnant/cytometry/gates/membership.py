"""Membership of events in gates: in, out or not evaluable, and the counts of a gate.

The codes are such that Kleene's three-valued logic is arithmetic: `and` is the minimum, `or` the maximum,
`not` is 2 less the code.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OUT, IN, NOT_EVALUABLE = 0, 2, 1
UNDECIDED = 3  # of a kernel: nearer to an edge than its arithmetic is sure of; never leaves this package
Codes = NDArray[np.int8]


@dataclass(frozen=True)
class GateCount:
    """How many events of its parent lie in a gate.

    Parameters
    ----------
    gate, parent : str
        Ids; the parent of a root gate is `all events`.
    events : int
        Events in the gate and its parents.
    evaluable, not_evaluable : int
        Events of the parent that could and could not be judged; they add up to the parent.
    reason : str
        Why the gate could not be evaluated at all; then the three counts are 0.
    """

    gate: str
    parent: str
    events: int
    evaluable: int
    not_evaluable: int
    reason: str = ""


def count_codes(gate: str, parent: str, codes: Codes, within: Codes) -> GateCount:
    """Count the events of a parent (`within`) by their code."""
    judged = codes[within == IN]
    inside, unknown = int(np.count_nonzero(judged == IN)), int(np.count_nonzero(judged == NOT_EVALUABLE))
    return GateCount(gate, parent, inside, len(judged) - unknown, unknown)


def code(inside: NDArray[np.bool_], good: NDArray[np.bool_]) -> Codes:
    """Code events from whether they are inside, and whether that can be said."""
    codes = np.multiply(inside, IN, dtype=np.int8)  # OUT is 0
    codes[~good] = NOT_EVALUABLE
    return codes
