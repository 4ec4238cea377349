"""The chance that no cell of the clone is left, without simulation."""

from remnant.dynamics.extinction.backward import AccuracyError, Survival, survival
from remnant.dynamics.extinction.birth_death import (
    Family,
    family,
    log_no_immigrant_left,
    ultimate_extinction,
)
from remnant.dynamics.extinction.cure import Stopping, cure_curve, cure_on_stopping, cure_probability
from remnant.dynamics.extinction.environment import Signal
from remnant.dynamics.extinction.visit import cure_from

__all__ = [
    "AccuracyError",
    "Family",
    "Signal",
    "Stopping",
    "Survival",
    "cure_curve",
    "cure_from",
    "cure_on_stopping",
    "cure_probability",
    "family",
    "log_no_immigrant_left",
    "survival",
    "ultimate_extinction",
]
