"""FlowJo 10 workspaces to gates as records; nothing that a workspace names is ever opened.

Each sample of a workspace carries its whole tree, the copy of its groups included, so the tree of
the sample is the one that counts. Names repeat in a tree, so a gate is named by its path.

References
----------
Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690 (the elements FlowJo borrows);
White et al. (2021) Front Immunol 12:768541, doi:10.3389/fimmu.2021.768541 (what FlowJo writes where).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.flowjo_sample import choose_sample
from remnant.cytometry.gatefiles.flowjo_scales import Parameters
from remnant.cytometry.gatefiles.flowjo_shapes import BINNED, build_shape
from remnant.cytometry.gatefiles.gatingml import MAXIMUM_GATES
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import (
    BooleanGate,
    BrokenGate,
    EllipsoidGate,
    Gate,
    GateTree,
    Operand,
    Operator,
    PolygonGate,
)
from remnant.cytometry.gates.order import gate_order
from remnant.errors import CompensationError, GatingError, SettingError

# Most of a workspace is how it looks; none of it is needed to count.
PASSED_OVER = frozenset({"Graph", "custom_info", "Cytometers", "LayoutEditor", "TableEditor", "Columns"})
JOINS = {"AndNode": Operator.AND, "OrNode": Operator.OR, "NotNode": Operator.NOT}


def read_workspace(root: Element, *, tube: EventFile | None = None, sample: str | None = None) -> GateTree:
    """Read the gates of one sample of a FlowJo workspace.

    Parameters
    ----------
    root : Element
        The `Workspace`.
    tube : EventFile, optional
        Finds the sample by the name of its file or its `$FIL`.
    sample : str, optional
        Name or id of the sample, where the tube does not tell.

    Returns
    -------
    GateTree
        Gates by their path, such as `lymphocytes/CD4+`; what could not be read stands in `broken`.

    Raises
    ------
    GatingError
        If it is not known which sample is meant, its matrix cannot be used, or a path repeats.
    """
    chosen, notes = choose_sample(root, tube, sample)
    try:
        parameters = Parameters(chosen, tube)
    except CompensationError as error:
        raise GatingError([replace(f, line=chosen.line) for f in error.faults]) from None
    tree = _Tree(parameters)
    for node in (child for child in chosen.children if child.name == "SampleNode"):
        for population, parent in _populations(node, None):
            tree.add(population, parent)
    tree.settle()
    found = parameters.spillover
    matrices = ((found.name, found.matrix),) if found else ()
    return GateTree(tuple(tree.gates), matrices, tuple(tree.broken), (*notes, *parameters.notes, *tree.notes))


def _populations(node: Element, parent: str | None) -> Iterator[tuple[Element, str | None]]:
    """Walk the tree of a sample: each population with the path of its parent."""
    for group in (child for child in node.children if child.name == "Subpopulations"):
        for population in group.children:
            if population.name == "Population" or population.name in JOINS:
                yield population, parent
                yield from _populations(population, _path(population, parent))


def _path(population: Element, parent: str | None) -> str:
    name = fields.attribute(population, "name")
    return f"{parent}/{name}" if parent else name


class _Tree:
    """Gathers the gates of one sample."""

    def __init__(self, parameters: Parameters):
        self.parameters = parameters
        self.gates: list[Gate] = []
        self.broken: list[BrokenGate] = []
        self.notes: list[str] = []
        self.lines: dict[str, int] = {}

    def add(self, population: Element, parent: str | None) -> None:
        name = _path(population, parent)
        if name in self.lines:
            hint = f"it is also on line {self.lines[name]}: rename one in FlowJo"
            raise fields.fault(population, f"gate {name}: name", name, "a path of its own", hint)
        self.lines[name] = population.line
        if len(self.lines) > MAXIMUM_GATES:
            raise fields.fault(
                population, "gates", f"more than {MAXIMUM_GATES:,}", "fewer", "split the workspace"
            )
        try:
            gates = self.build(population, name, parent)
        except (GatingError, SettingError) as error:
            # A setting knows no file; it is read on the line of the population.
            faults = [
                replace(
                    f,
                    source=population.source,
                    line=f.line or population.line,
                    column=f"gate {name}: {f.column}",
                )
                for f in error.faults
            ]
            self.broken.append(BrokenGate(name, population.line, str(GatingError(faults)), len(self.gates)))
            return
        self.gates += gates
        if any(isinstance(gate, PolygonGate | EllipsoidGate) for gate in gates):
            self.notes.append(f"gate {name} (line {population.line}) {BINNED}")

    def build(self, population: Element, name: str, parent: str | None) -> list[Gate]:
        if population.name == "Population":
            drawn = [
                child for child in fields.child(population, "Gate").children if not child.name.startswith("{")
            ]
            if len(drawn) != 1:
                raise fields.fault(
                    population, "Gate", f"{len(drawn)} shapes", "one", "save the workspace again"
                )
            return build_shape(drawn[0], name, parent, self.parameters)
        operator = JOINS[population.name]
        dependents = [c for c in fields.child(population, "Dependents").children if c.name == "Dependent"]
        operands = tuple(Operand(fields.attribute(c, "name").strip("/")) for c in dependents)
        if not operands or (operator is Operator.NOT and len(operands) != 1):
            expected = "1 population" if operator is Operator.NOT else "1 or more"
            raise fields.fault(population, "Dependents", f"{len(operands)}", expected, "check it in FlowJo")
        return [BooleanGate(name, parent, operator, operands)]

    def settle(self) -> None:
        """Set aside gates that refer to populations that are not there, and refuse circles."""
        known = self.lines.keys() | {gate.id for gate in self.gates}
        for gate in [g for g in self.gates if isinstance(g, BooleanGate)]:
            missing = [o.gate for o in gate.operands if o.gate not in known]
            if missing:
                place = self.gates.index(gate)
                self.gates.remove(gate)
                self.broken = [replace(b, place=b.place - (b.place > place)) for b in self.broken]
                reason = f"refers to {missing[0]}, which is no population of this sample: check it in FlowJo"
                self.broken.append(
                    BrokenGate(gate.id, self.lines[gate.id], f"gate {gate.id}: {reason}", place)
                )
        gate_order(self.gates)
