"""How a clone behaves: stem cells, progenitors and output of normal and malignant clones under therapy."""

from remnant.dynamics.deterministic.solver import solve
from remnant.dynamics.model.draw import Drawn, draw
from remnant.dynamics.model.packed import Packed, pack
from remnant.dynamics.model.parameters import (
    ACTIVE,
    MALIGNANT,
    MATURE,
    NORMAL,
    PROGENITOR,
    QUIESCENT,
    RESISTANT,
    Effect,
    Parameters,
    Structure,
)
from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets import PRESETS, preset
from remnant.dynamics.model.priors import Prior
from remnant.dynamics.model.start import Start, baseline, healthy
from remnant.dynamics.treatment import Calendar, Course, Therapy, calendar

__all__ = [
    "ACTIVE",
    "MALIGNANT",
    "MATURE",
    "NORMAL",
    "PRESETS",
    "PROGENITOR",
    "QUIESCENT",
    "RESISTANT",
    "Calendar",
    "Course",
    "Drawn",
    "Drug",
    "Effect",
    "Packed",
    "Parameters",
    "Preset",
    "Prior",
    "Start",
    "Structure",
    "Therapy",
    "baseline",
    "calendar",
    "draw",
    "healthy",
    "pack",
    "preset",
    "solve",
]
