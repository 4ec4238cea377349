"""A number that a fit finds: its law before the data, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remnant.dynamics.model.priors import Prior

Scope = Literal["patient", "shared", "fixed"]


@dataclass(frozen=True)
class Number:
    """A number of the marrow, of a drug or of an assay.

    Parameters
    ----------
    name : str
        Qualified, such as "lenalidomide.active_kill" or "fish.dispersion".
    prior : Prior
        Its law over patients, or over what it may be where all share it.
    scope : {"patient", "shared", "fixed"}
        Each patient's own; one for all; or the prior's median, not fitted.
    """

    name: str
    prior: Prior
    scope: Scope
