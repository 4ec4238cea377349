"""Which gate before which: parents and operands first, in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from remnant.cytometry.gates.gate import BooleanGate, Gate
from remnant.errors import Fault, GatingError


def gate_order(gates: Iterable[Gate]) -> list[Gate]:
    """Order gates so that each follows its parent and its operands.

    Raises
    ------
    GatingError
        If a gate descends from itself.
    """
    by_id = {gate.id: gate for gate in gates}
    try:
        order = list(
            TopologicalSorter({gate.id: needs(gate) & by_id.keys() for gate in by_id.values()}).static_order()
        )
    except CycleError as error:
        cycle = " > ".join(error.args[1])
        hint = "one of these parents is wrong"
        raise GatingError([Fault("gates", None, "parent", f"a circle: {cycle}", "a tree", hint)]) from None
    return [by_id[name] for name in order]


def needs(gate: Gate) -> set[str]:
    """Ids of the gates that must be known before `gate`."""
    operands = {o.gate for o in gate.operands} if isinstance(gate, BooleanGate) else set()
    return operands | ({gate.parent} if gate.parent else set())
