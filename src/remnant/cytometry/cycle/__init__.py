"""Cell cycle: which cells of a compartment rest, and which divide."""

from remnant.cytometry.cycle.counted import count_phases, read_phases
from remnant.cytometry.cycle.cut import Control, ControlKind
from remnant.cytometry.cycle.gated import (
    CycleStain,
    cycle_by_gates,
    cycle_by_recipe,
    cycle_of_gated,
    refuse_gated,
)
from remnant.cytometry.cycle.peak import DnaPeak, PeakRefusal, PeakTrouble
from remnant.cytometry.cycle.plan import CyclePlan
from remnant.cytometry.cycle.record import (
    CompartmentCycle,
    CutStep,
    DnaModel,
    Phase,
    PhaseFraction,
    PulseGate,
    TubeCycle,
)
from remnant.cytometry.cycle.stain import CycleDoubt, CycleMarkers, find_cycle_markers
from remnant.cytometry.cycle.tube import measure_cycle

__all__ = [
    "CompartmentCycle",
    "Control",
    "ControlKind",
    "CutStep",
    "CycleDoubt",
    "CycleMarkers",
    "CyclePlan",
    "CycleStain",
    "DnaModel",
    "DnaPeak",
    "PeakRefusal",
    "PeakTrouble",
    "Phase",
    "PhaseFraction",
    "PulseGate",
    "TubeCycle",
    "count_phases",
    "cycle_by_gates",
    "cycle_by_recipe",
    "cycle_of_gated",
    "find_cycle_markers",
    "measure_cycle",
    "read_phases",
    "refuse_gated",
]
