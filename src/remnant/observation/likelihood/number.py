"""A number that a fit leaves unknown: its law, and who shares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remnant.dynamics.model.priors import Prior

Scope = Literal["patient", "shared", "fixed"]


@dataclass(frozen=True)
class Number:
    """One number of the model or of an assay.

    Parameters
    ----------
    name : str
        Unique, such as "fish.dispersion".
    prior : Prior
        Its law over patients or laboratories, with its source.
    scope : {"patient", "shared", "fixed"}
        Each patient has an own value; all share one; or it is known.
    """

    name: str
    prior: Prior
    scope: Scope


def number(name: str, prior: Prior, scope: Scope) -> Number:
    """Make a number; one whose prior has no spread is fixed, whoever would share it."""
    return Number(name, prior, "fixed" if prior.law == "fixed" else scope)
