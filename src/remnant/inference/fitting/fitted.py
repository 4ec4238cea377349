"""What a fit leaves behind: what it says, and the draws that it says it of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from remnant.inference.records import Fit

Array: TypeAlias = NDArray[np.float64]
Draws: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True)
class Fitted:
    """A fit and its draws.

    Parameters
    ----------
    fit : Fit
        Everything that is shown.
    draws : mapping of str to mapping of str to ndarray, shape (draws,)
        By patient and number; chains stand one behind the other, all of one length.
    population : mapping of str to ndarray, shape (draws,)
        Numbers of a patient who was not seen, draw by draw.
    hierarchy : mapping of str to ndarray
        What a later fit against this population needs, as arrays by name.
    sample_stats : mapping of str to ndarray, shape (chains, draws)
        Of the sampler, such as "diverging", "energy", "tree_depth"; empty where no chain was run.
    """

    fit: Fit
    draws: Mapping[str, Draws]
    population: Draws = field(default_factory=dict)
    hierarchy: Mapping[str, Array] = field(default_factory=dict)
    sample_stats: Mapping[str, Array] = field(default_factory=dict)
