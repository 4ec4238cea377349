"""Cytometry: from the events of a tube to the counts of its populations."""

from remnant.cytometry.autogate import gate_tube
from remnant.cytometry.channels import Scatter, find_scatter, resolve_panel
from remnant.cytometry.compensate import SpilloverMatrix, check_spillover, compensate, read_spillover
from remnant.cytometry.evaluate import IN, NOT_EVALUABLE, OUT, GateCount, evaluate
from remnant.cytometry.fcs import EventFile, read_fcs
from remnant.cytometry.fcs_header import Repair
from remnant.cytometry.fcs_layout import Channel
from remnant.cytometry.gate import GateTree
from remnant.cytometry.gatingml import read_gates
from remnant.cytometry.phenotype import Level, MarkerRule, parse_phenotype
from remnant.cytometry.recipe import LowRule, Recipe
from remnant.cytometry.transform import Asinh, Hyperlog, Linear, Log, Logicle
from remnant.cytometry.tube import GatedTube, GateStep, GateView, PopulationCount, Threshold
from remnant.cytometry.write import ChannelSpec, write_fcs

__all__ = [
    "IN",
    "NOT_EVALUABLE",
    "OUT",
    "Asinh",
    "Channel",
    "ChannelSpec",
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
    "Repair",
    "Scatter",
    "SpilloverMatrix",
    "Threshold",
    "check_spillover",
    "compensate",
    "evaluate",
    "find_scatter",
    "gate_tube",
    "parse_phenotype",
    "read_fcs",
    "read_gates",
    "read_spillover",
    "resolve_panel",
    "write_fcs",
]
