"""The events of a tube with their gates, and all that is needed to know where they come from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.gates.gate import GateTree
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE
from remnant.cytometry.signal.compensate import (
    SpilloverMatrix,
    compensate_one,
    read_spillover,
    require_channels,
)
from remnant.errors import Fault, GatingError

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


@dataclass(frozen=True)
class ExportedGate:
    """One gate of an export.

    Parameters
    ----------
    id, parent : str
        As in the tree; the parent of a root gate is empty.
    column : str
        Name of its column: the id, without a slash and unlike any other.
    events, not_evaluable : int
        Events of the whole tube in the gate, and those that could not be judged.
    reason : str
        Why the gate could not be evaluated at all; empty if it could.
    """

    id: str
    parent: str
    column: str
    events: int
    not_evaluable: int
    reason: str


@dataclass(frozen=True)
class GatedEvents:
    """Some or all events of a tube.

    Parameters
    ----------
    file : EventFile
        The tube.
    sha256 : str
        Fingerprint of its bytes.
    version : str
        Of remnant.
    numbers : ndarray of int, shape (n,)
        Place of each event in the file, from 1.
    within : str
        The gate that the events lie in; empty for all events.
    stored : ndarray, shape (n, channels)
        Values on the scale of the file; NaN where an event has none.
    values : ndarray, shape (n, channels)
        The same, with the dyes of `spillover` compensated.
    spillover : SpilloverMatrix or None
        What was compensated with; None for values as stored.
    gates : tuple of ExportedGate
        In the order of the tree.
    codes : tuple of ndarray of int8, shape (n,)
        `OUT`, `NOT_EVALUABLE` or `IN` in each of `gates`.
    """

    file: EventFile
    sha256: str
    version: str
    numbers: NDArray[np.int64]
    within: str
    stored: Floats
    values: Floats
    spillover: SpilloverMatrix | None
    gates: tuple[ExportedGate, ...]
    codes: tuple[Codes, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Name per channel: its `$PnN`, with its number where two channels share it."""
        return _unlike([channel.name for channel in self.file.channels])

    def is_compensated(self, channel: Channel) -> bool:
        """Say whether the values of a channel were compensated."""
        return self.spillover is not None and channel.name in self.spillover.dyes


def collect_events(
    file: EventFile,
    tree: GateTree | None = None,
    codes: Mapping[str, Codes] | None = None,
    *,
    within: str | None = None,
    compensated: bool = True,
    spillover: SpilloverMatrix | None = None,
) -> GatedEvents:
    """Gather the events of a tube, or of one gate, with their membership in every gate.

    Parameters
    ----------
    file : EventFile
        The tube.
    tree : GateTree, optional
        Its gates.
    codes : mapping of str to ndarray of int8, shape (events,), optional
        As `evaluate` returned them; a gate of the tree that it lacks is not evaluable.
    within : str, optional
        Only the events in this gate, not those that it could not judge.
    compensated : bool, default True
        Whether `values` are compensated.
    spillover : SpilloverMatrix, optional
        By this matrix instead of the file's own, if it has one.

    Returns
    -------
    GatedEvents
        What it holds in memory grows with the events within, not with those of the file.

    Raises
    ------
    GatingError
        If `within` is no gate that could be evaluated, or the codes are of another tube.
    CompensationError
        If a dye of the matrix is no channel of the file.
    """
    known = dict(codes or {})
    faults = [
        Fault(
            file.path.name,
            None,
            f"gate {name}",
            f"{len(code)} events",
            f"{file.events}",
            "codes of another tube?",
        )
        for name, code in known.items()
        if len(code) != file.events
    ]
    if within is not None and within not in known:
        expected = ", ".join(known) or "a gate; there is none"
        faults.append(
            Fault(file.path.name, None, "within", within, expected, "name a gate that was evaluated")
        )
    if faults:
        raise GatingError(faults)
    rows = np.arange(file.events) if within is None else np.flatnonzero(known[within] == IN)
    matrix = (spillover or read_spillover(file)) if compensated else None
    stored = np.empty((len(rows), len(file.channels)))
    for place, channel in enumerate(file.channels):
        stored[:, place] = file.column(channel.number)[rows]
    gates = _gates(tree, known)
    unknown = np.full(len(rows), NOT_EVALUABLE, dtype=np.int8)
    return GatedEvents(
        file=file,
        sha256=_fingerprint(file.path),
        version=version("remnant"),
        numbers=rows + 1,
        within=within or "",
        stored=stored,
        values=_compensate(file, stored, matrix),
        spillover=matrix,
        gates=gates,
        codes=tuple(known[gate.id][rows] if gate.id in known else unknown for gate in gates),
    )


def _compensate(file: EventFile, stored: Floats, matrix: SpilloverMatrix | None) -> Floats:
    if matrix is None:
        return stored
    places = {channel.name: channel.number - 1 for channel in file.channels}
    require_channels(matrix, file)
    values = stored.copy()
    for dye in matrix.dyes:
        values[:, places[dye]] = compensate_one(lambda name: stored[:, places[name]], matrix, dye)
    return values


def _gates(tree: GateTree | None, codes: Mapping[str, Codes]) -> tuple[ExportedGate, ...]:
    """Describe every gate of the tree; without a tree, every gate that has codes."""
    parents: dict[str, str] = dict.fromkeys(codes, "")
    reasons: dict[str, str] = {}
    if tree is not None:
        parents = {gate.id: gate.parent or "" for gate in tree.gates} | {gate.id: "" for gate in tree.broken}
        reasons = {gate.id: gate.reason for gate in tree.broken}
    columns = _unlike(["event", *(gate.replace("/", "|") for gate in parents)])[1:]
    described = []
    for (name, parent), column in zip(parents.items(), columns, strict=True):
        code = codes.get(name)
        inside = 0 if code is None else int(np.sum(code == IN))
        unknown = 0 if code is None else int(np.sum(code == NOT_EVALUABLE))
        reason = reasons.get(name, "not evaluable on this tube") if code is None else ""
        described.append(ExportedGate(name, parent, column, inside, unknown, reason))
    return tuple(described)


def _unlike(names: Sequence[str]) -> tuple[str, ...]:
    """Add its place, from 1, to every name that stands more than once."""
    again: list[str] = []
    for place, name in enumerate(names, start=1):
        own = name if names.count(name) == 1 else f"{name} {place}"
        while own in again:
            own += "'"
        again.append(own)
    return tuple(again)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
