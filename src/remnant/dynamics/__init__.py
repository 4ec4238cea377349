"""How a clone behaves: stem cells, progenitors and output of normal and malignant clones under therapy."""

from remnant.dynamics.compartments import (
    ACTIVE,
    MALIGNANT,
    MATURE,
    NORMAL,
    PROGENITOR,
    QUIESCENT,
    RESISTANT,
    Parameters,
    baseline,
    healthy,
)
from remnant.dynamics.solver import solve
from remnant.dynamics.treatment import Calendar, Course, Therapy, calendar

__all__ = [
    "ACTIVE",
    "MALIGNANT",
    "MATURE",
    "NORMAL",
    "PROGENITOR",
    "QUIESCENT",
    "RESISTANT",
    "Calendar",
    "Course",
    "Parameters",
    "Therapy",
    "baseline",
    "calendar",
    "healthy",
    "solve",
]
