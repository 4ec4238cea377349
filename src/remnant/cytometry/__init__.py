"""Cytometry: from the events of a tube to the counts of its populations."""

from remnant.cytometry.fcs.channels import Scatter, find_scatter, resolve_panel
from remnant.cytometry.fcs.file import EventFile, read_fcs
from remnant.cytometry.fcs.header import Repair
from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.fcs.write import ChannelSpec, write_fcs
from remnant.cytometry.gates.evaluate import IN, NOT_EVALUABLE, OUT, GateCount, evaluate
from remnant.cytometry.gates.gate import GateTree
from remnant.cytometry.gates.gatingml import read_gates
from remnant.cytometry.recipe.autogate import gate_tube
from remnant.cytometry.recipe.drift import Drift, find_drift
from remnant.cytometry.recipe.phenotype import Level, MarkerRule, parse_phenotype
from remnant.cytometry.recipe.population import (
    BothWays,
    CountInterval,
    CutComparison,
    CutWay,
    PopulationCount,
    ReferenceMedian,
    Sweep,
    SweepStep,
    Threshold,
)
from remnant.cytometry.recipe.recipe import LowRule, Recipe, Whose
from remnant.cytometry.recipe.tube import GatedTube, GateStep, GateView
from remnant.cytometry.signal.compensate import SpilloverMatrix, check_spillover, compensate, read_spillover
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle

__all__ = [
    "IN",
    "NOT_EVALUABLE",
    "OUT",
    "Asinh",
    "BothWays",
    "Channel",
    "ChannelSpec",
    "CountInterval",
    "CutComparison",
    "CutWay",
    "Drift",
    "EventFile",
    "GateCount",
    "GateStep",
    "GateTree",
    "GateView",
    "GatedTube",
    "Hyperlog",
    "Level",
    "Linear",
    "Log",
    "Logicle",
    "LowRule",
    "MarkerRule",
    "PopulationCount",
    "Recipe",
    "ReferenceMedian",
    "Repair",
    "Scatter",
    "SpilloverMatrix",
    "Sweep",
    "SweepStep",
    "Threshold",
    "Whose",
    "check_spillover",
    "compensate",
    "evaluate",
    "find_drift",
    "find_scatter",
    "gate_tube",
    "parse_phenotype",
    "read_fcs",
    "read_gates",
    "read_spillover",
    "resolve_panel",
    "write_fcs",
]
