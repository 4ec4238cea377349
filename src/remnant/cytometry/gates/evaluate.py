"""Gates on the events of a file: block by block, the children on their parent's events only.

An event whose value is not a number is in no gate and not in its complement. Nothing of the file is copied
whole: a block is read where it lies, each gate looks at the rows of its parent and at the channels that it
names, and memory does not grow with the file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.engine import NUMPY, Engine, Judge, engine_for
from remnant.cytometry.gates.events import EventBlock, open_tube
from remnant.cytometry.gates.exact import join, judge
from remnant.cytometry.gates.gate import BooleanGate, Gate, GateTree
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, UNDECIDED, Codes, GateCount
from remnant.cytometry.gates.order import gate_order, needs
from remnant.cytometry.gates.translate import axes_of, build_program, channels_of, lay_out
from remnant.cytometry.signal.compensate import SpilloverMatrix
from remnant.errors import RemnantError

PROGRAMMED_EVENTS = 1 << 14  # below this, making tables and cells costs more than they spare


@dataclass(frozen=True)
class MembershipBlock:
    """Membership of a range of events.

    Parameters
    ----------
    begin, end : int
        The range, as in a slice.
    codes : mapping of str to ndarray of int8, shape (end - begin,)
        `OUT`, `NOT_EVALUABLE` or `IN`, for every gate that could be placed.
    """

    begin: int
    end: int
    codes: Mapping[str, Codes]


def evaluate(
    tree: GateTree,
    file: EventFile,
    *,
    spillover: SpilloverMatrix | None = None,
    engine: Engine | None = None,
    threads: int = 1,
) -> tuple[tuple[GateCount, ...], dict[str, Codes]]:
    """Evaluate every gate of a tree on every event of a file.

    Parameters
    ----------
    tree : GateTree
        Gates and matrices.
    file : EventFile
        The tube.
    spillover : SpilloverMatrix, optional
        Taken in place of the matrix that the file carries.
    engine : Engine, optional
        Kernels that do the work; the answer is the same on each.
    threads : int, default 1
        How many of them at once, in compiled kernels; the answer does not depend on it.

    Returns
    -------
    counts : tuple of GateCount
        In the order of the tree; a gate that cannot be placed says why, and does not stop the others.
    codes : dict of str to ndarray of int8, shape (events,)
        `OUT`, `NOT_EVALUABLE` or `IN`, for every gate that could be placed.
    """
    evaluation = Evaluation(tree, file, spillover=spillover, engine=engine, threads=threads)
    codes = {name: np.empty(file.events, dtype=np.int8) for name in evaluation.placed}
    for block in evaluation.blocks():
        for name, part in block.codes.items():
            codes[name][block.begin : block.end] = part
    return evaluation.counts(), codes


def count_gates(
    tree: GateTree,
    file: EventFile,
    *,
    spillover: SpilloverMatrix | None = None,
    engine: Engine | None = None,
    threads: int = 1,
) -> tuple[GateCount, ...]:
    """Count the events of every gate as `evaluate` does, and keep no membership.

    Memory stays at some blocks of events, however large the file is.
    """
    evaluation = Evaluation(tree, file, spillover=spillover, engine=engine, threads=threads)
    for _ in evaluation.blocks():
        pass
    return evaluation.counts()


class Evaluation:
    """The evaluation of one tree on one file: placed gate by gate, then block by block, counting.

    Parameters
    ----------
    tree, file, spillover, engine, threads
        As in `evaluate`.
    block_events : int
        Events in a block, by default what suits the engine; the answer does not depend on it.
    """

    def __init__(
        self,
        tree: GateTree,
        file: EventFile,
        *,
        spillover: SpilloverMatrix | None = None,
        engine: Engine | None = None,
        block_events: int | None = None,
        threads: int = 1,
    ):
        self._tree, self._file, self._threads = tree, file, threads
        self._engine = engine or engine_for(file.events)
        self._block_events = block_events or self._engine.block_events
        self._tube = open_tube(file, dict(tree.matrices), spillover=spillover)
        self._reasons: dict[str, str] = {}
        self._gates: list[Gate] = []
        numbers = self._place()
        self._stored, self._columns = lay_out(file, numbers)
        self._programs = self._program() if file.events >= PROGRAMMED_EVENTS else {}
        self._totals = {gate.id: np.zeros(3, dtype=np.int64) for gate in self._gates}

    @property
    def placed(self) -> tuple[str, ...]:
        """Gates that can be placed on this file."""
        return tuple(gate.id for gate in self._gates)

    @property
    def channels(self) -> tuple[int, ...]:
        """Numbers of the channels that the gates ask for."""
        return tuple(sorted(self._columns.places))

    def counts(self) -> tuple[GateCount, ...]:
        """Return what the blocks so far have counted, in the order of the tree."""
        nothing = np.zeros(3, dtype=np.int64)
        found = []
        for gate in self._tree.gates:
            inside, evaluable, unknown = self._totals.get(gate.id, nothing).tolist()
            parent, reason = gate.parent or "all events", self._reasons.get(gate.id, "")
            found.append(GateCount(gate.id, parent, inside, evaluable, unknown, reason))
        found += [GateCount(gate.id, "", 0, 0, 0, gate.reason) for gate in self._tree.broken]
        return tuple(found)

    def blocks(self) -> Iterator[MembershipBlock]:
        """Yield membership from the first event to the last; every block is counted as it passes."""
        for begin, end, placed in self._judge_in_order():
            for gate in self._gates:
                one = placed[gate.id]
                parent = placed[gate.parent].inside if gate.parent else end - begin
                self._totals[gate.id] += (one.inside, parent - one.unknown, one.unknown)
            yield MembershipBlock(begin, end, {name: one.codes for name, one in placed.items()})

    def _judge_in_order(self) -> Iterator[tuple[int, int, dict[str, _Placed]]]:
        """Judge block after block; with threads some ahead of the one that is asked for."""
        spans = self._file.spans(self._block_events)
        if self._threads == 1 or self._engine is NUMPY:
            yield from ((begin, end, self._judge_block(begin, end)) for begin, end in spans)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            ahead: deque[tuple[int, int, Future[dict[str, _Placed]]]] = deque()
            for begin, end in spans:
                ahead.append((begin, end, pool.submit(self._judge_block, begin, end)))
                if len(ahead) > 2 * self._threads:
                    first, last, future = ahead.popleft()
                    yield first, last, future.result()
            for begin, end, future in ahead:
                yield begin, end, future.result()

    def _place(self) -> set[int]:
        """Find the channels of every gate; one that names what is not there takes its children with it."""
        numbers: set[int] = set()
        placed: set[str] = set()
        for gate in gate_order(self._tree.gates):
            if missing := sorted(needs(gate) - placed):
                self._reasons[gate.id] = f"gate {missing[0]} is not evaluable"
                continue
            try:
                numbers |= set().union(*(channels_of(axis, self._tube) for axis in axes_of(gate)))
            except RemnantError as error:
                self._reasons[gate.id] = str(error)
                continue
            placed.add(gate.id)
            self._gates.append(gate)
        return numbers

    def _program(self) -> dict[str, Judge]:
        found = {gate.id: build_program(gate, self._tube, self._columns) for gate in self._gates}
        return {name: self._engine.bind(one) for name, one in found.items() if one is not None}

    def _judge_block(self, begin: int, end: int) -> dict[str, _Placed]:
        block = self._read(begin, end)
        root = _Placed(np.full(block.size, IN, dtype=np.int8), np.arange(block.size), block.size)
        placed: dict[str, _Placed] = {}
        for gate in self._gates:
            parent = placed[gate.parent] if gate.parent else root
            if isinstance(gate, BooleanGate):
                known = {name: one.codes for name, one in placed.items()}
                found = _Placed.of(join(gate, parent.codes, known), parent)
            else:
                found = self._judge(gate, block, parent)
            placed[gate.id] = found
        return placed

    def _read(self, begin: int, end: int) -> EventBlock:
        places, factors = self._columns.places, self._columns.factors
        if self._stored is not None:
            stored = np.asarray(self._stored[begin:end])
        else:
            stored = self._file.matrix(sorted(places), begin, end)
        return EventBlock(stored, places, factors, self._tube)

    def _judge(self, gate: Gate, block: EventBlock, parent: _Placed) -> _Placed:
        """Judge by the program of a gate, and what it leaves undecided, or all, exactly."""
        assert not isinstance(gate, BooleanGate), "a Boolean gate is joined, not judged"
        codes = np.zeros(block.size, dtype=np.int8)
        rows, run = parent.rows, self._programs.get(gate.id)
        if run is not None:
            judged = run(block.stored, rows, codes)
            if not judged.odd and not parent.doubtful:
                return _Placed(codes, judged.kept, len(judged.kept))
            rows = np.flatnonzero(codes == UNDECIDED)
        codes[rows] = judge(gate, block, rows)
        return _Placed.of(np.minimum(codes, parent.codes), parent)


@dataclass(frozen=True, eq=False)
class _Placed:
    """A gate on a block.

    Parameters
    ----------
    codes : ndarray of int8, shape (events,)
    rows : ndarray of int
        Rows that are not out.
    inside : int
        Rows that are in.
    unknown : int
        Rows of the parent that cannot be judged.
    """

    codes: Codes
    rows: NDArray[np.intp]
    inside: int
    unknown: int = 0

    @property
    def doubtful(self) -> bool:
        """Whether a row is not evaluable; then those beneath are at most that."""
        return len(self.rows) > self.inside

    @classmethod
    def of(cls, codes: Codes, parent: _Placed) -> _Placed:
        unknown = np.count_nonzero((codes == NOT_EVALUABLE) & (parent.codes == IN))
        return cls(codes, np.flatnonzero(codes), int(np.count_nonzero(codes == IN)), int(unknown))
