"""Cytometry: from the events of a tube to the counts of its populations.

A name is imported when it is first used: reading a file should not wait for what a report needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remnant.cytometry.fcs.channels import Scatter, find_scatter, resolve_panel
    from remnant.cytometry.fcs.file import EventFile, count_data_sets, read_fcs
    from remnant.cytometry.fcs.header import Repair
    from remnant.cytometry.fcs.layout import Channel
    from remnant.cytometry.fcs.write import ChannelSpec, write_fcs
    from remnant.cytometry.gatefiles.read import read_gates
    from remnant.cytometry.gatefiles.write import write_gates
    from remnant.cytometry.gates.evaluate import count_gates, evaluate
    from remnant.cytometry.gates.gate import Axis, GateTree
    from remnant.cytometry.gates.matrix import scaled_matrix
    from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, OUT, GateCount
    from remnant.cytometry.recipe.autogate import GatedCodes, gate_tube, gate_with_codes
    from remnant.cytometry.recipe.drift import Drift, find_drift
    from remnant.cytometry.recipe.opening import Opening
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
    from remnant.cytometry.signal.compensate import (
        SpilloverMatrix,
        check_spillover,
        compensate,
        read_spillover,
        require_channels,
    )
    from remnant.cytometry.signal.control_tube import ControlTube, make_control, read_control
    from remnant.cytometry.signal.estimate_spillover import SpilloverEstimate, estimate_spillover
    from remnant.cytometry.signal.single_stain import SingleStain
    from remnant.cytometry.signal.spillover_table import read_spillover_csv, write_spillover_csv
    from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle
    from remnant.cytometry.strategy.outline import Outline
    from remnant.cytometry.strategy.strategy import (
        HISTOGRAM_TOP,
        RARE,
        DrawnGate,
        GatePlot,
        GatingStrategy,
        JoinedGate,
        prepare_strategy,
    )
    from remnant.cytometry.strategy.ticks import Tick

_HOMES = {
    "fcs.channels": (
        "Scatter",
        "find_scatter",
        "resolve_panel",
    ),
    "fcs.file": (
        "EventFile",
        "count_data_sets",
        "read_fcs",
    ),
    "fcs.header": ("Repair",),
    "fcs.layout": ("Channel",),
    "fcs.write": (
        "ChannelSpec",
        "write_fcs",
    ),
    "gatefiles.read": ("read_gates",),
    "gatefiles.write": ("write_gates",),
    "gates.evaluate": (
        "count_gates",
        "evaluate",
    ),
    "gates.gate": (
        "Axis",
        "GateTree",
    ),
    "gates.matrix": ("scaled_matrix",),
    "gates.membership": (
        "GateCount",
        "IN",
        "NOT_EVALUABLE",
        "OUT",
    ),
    "recipe.autogate": (
        "GatedCodes",
        "gate_tube",
        "gate_with_codes",
    ),
    "recipe.drift": (
        "Drift",
        "find_drift",
    ),
    "recipe.opening": ("Opening",),
    "recipe.phenotype": (
        "Level",
        "MarkerRule",
        "parse_phenotype",
    ),
    "recipe.population": (
        "BothWays",
        "CountInterval",
        "CutComparison",
        "CutWay",
        "PopulationCount",
        "ReferenceMedian",
        "Sweep",
        "SweepStep",
        "Threshold",
    ),
    "recipe.recipe": (
        "LowRule",
        "Recipe",
        "Whose",
    ),
    "recipe.tube": (
        "GateStep",
        "GateView",
        "GatedTube",
    ),
    "signal.compensate": (
        "SpilloverMatrix",
        "check_spillover",
        "compensate",
        "read_spillover",
        "require_channels",
    ),
    "signal.control_tube": (
        "ControlTube",
        "make_control",
        "read_control",
    ),
    "signal.estimate_spillover": (
        "SpilloverEstimate",
        "estimate_spillover",
    ),
    "signal.single_stain": ("SingleStain",),
    "signal.spillover_table": (
        "read_spillover_csv",
        "write_spillover_csv",
    ),
    "signal.transform": (
        "Asinh",
        "Hyperlog",
        "Linear",
        "Log",
        "Logicle",
    ),
    "strategy.outline": ("Outline",),
    "strategy.strategy": (
        "DrawnGate",
        "GatePlot",
        "GatingStrategy",
        "HISTOGRAM_TOP",
        "JoinedGate",
        "RARE",
        "prepare_strategy",
    ),
    "strategy.ticks": ("Tick",),
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "HISTOGRAM_TOP",
    "IN",
    "NOT_EVALUABLE",
    "OUT",
    "RARE",
    "Asinh",
    "Axis",
    "BothWays",
    "Channel",
    "ChannelSpec",
    "ControlTube",
    "CountInterval",
    "CutComparison",
    "CutWay",
    "DrawnGate",
    "Drift",
    "EventFile",
    "GateCount",
    "GatePlot",
    "GateStep",
    "GateTree",
    "GateView",
    "GatedCodes",
    "GatedTube",
    "GatingStrategy",
    "Hyperlog",
    "JoinedGate",
    "Level",
    "Linear",
    "Log",
    "Logicle",
    "LowRule",
    "MarkerRule",
    "Opening",
    "Outline",
    "PopulationCount",
    "Recipe",
    "ReferenceMedian",
    "Repair",
    "Scatter",
    "SingleStain",
    "SpilloverEstimate",
    "SpilloverMatrix",
    "Sweep",
    "SweepStep",
    "Threshold",
    "Tick",
    "Whose",
    "check_spillover",
    "compensate",
    "count_data_sets",
    "count_gates",
    "estimate_spillover",
    "evaluate",
    "find_drift",
    "find_scatter",
    "gate_tube",
    "gate_with_codes",
    "make_control",
    "parse_phenotype",
    "prepare_strategy",
    "read_control",
    "read_fcs",
    "read_gates",
    "read_spillover",
    "read_spillover_csv",
    "require_channels",
    "resolve_panel",
    "scaled_matrix",
    "write_fcs",
    "write_gates",
    "write_spillover_csv",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'remnant.cytometry' has no attribute {name!r}")
    return getattr(import_module(f"remnant.cytometry.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
