"""Chains on disk: each a file that is whole or not there, in a folder of one density and one plan."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from remnant.errors import Fault, ResultsError
from remnant.inference.sampler.chain import Plan, Progress
from remnant.inference.sampler.kernel import Rows, State
from remnant.scale.whole import clear_parts, usable, whole_file

PLAN = "chains.json"
COMPUTING = ("remnant", "numpy", "scipy", "jax", "jaxlib", "numpyro")
DIGEST = hashlib.sha256().digest_size
CLOSE = 1e-9  # relative; another density at the same points differs by more


@dataclass(frozen=True)
class Checkpoints:
    """The chains of one plan in a folder."""

    folder: Path

    def claim(self, plan: Plan, chains: int, looked: np.ndarray) -> None:
        """Take the folder for a plan and a density, or prove that it is theirs.

        Parameters
        ----------
        plan : Plan
            Of the chains. A folder may be continued with more draws.
        chains : int
            Number of chains.
        looked : ndarray
            Log density at points that are the same whenever this dimension is looked at.

        Raises
        ------
        ResultsError
            If the folder holds chains of something else, with all that differs.
        """
        ours = _said(plan, chains, looked)
        with usable(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            clear_parts(self.folder)
        theirs = self._claimed()
        if theirs is None:
            for path in self.folder.glob("chain-*.npz"):
                path.unlink()  # of a plan that nobody knows
            with whole_file(self.folder / PLAN) as file:
                file.write(json.dumps(ours, indent=1).encode())
        elif faults := _differences(self.folder, theirs, ours):
            raise ResultsError(faults)

    def _claimed(self) -> dict[str, Any] | None:
        try:
            claimed = json.loads((self.folder / PLAN).read_bytes())
        except (OSError, ValueError):
            return None
        return claimed if isinstance(claimed, dict) else None

    def keep(self, progress: Progress) -> None:
        """Write a chain as it is now."""
        arrays = {f"state.{name}": value for name, value in progress.state._asdict().items()}
        arrays |= {f"held.{name}": value for name, value in progress.held._asdict().items()}
        packed = io.BytesIO()
        np.savez(packed, count=np.array([progress.done, progress.spent]), **arrays)
        with whole_file(self._path(progress.chain)) as file:
            file.write(hashlib.sha256(packed.getbuffer()).digest())
            file.write(packed.getbuffer())

    def found(self, chain: int) -> Progress | None:
        """Return a chain as it was kept; None where there is no whole file of it."""
        try:
            content = self._path(chain).read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            return None
        with np.load(io.BytesIO(content[DIGEST:])) as kept:
            state = State(*(kept[f"state.{name}"] for name in State._fields))
            held = Rows(*(kept[f"held.{name}"] for name in Rows._fields))
            done, spent = (int(number) for number in kept["count"])
        return Progress(chain, done, state, held, spent)

    def _path(self, chain: int) -> Path:
        return self.folder / f"chain-{chain}.npz"


def _said(plan: Plan, chains: int, looked: np.ndarray) -> dict[str, Any]:
    """Return what a folder says of itself."""
    return {
        "dimension": plan.dimension,
        "chains": chains,
        "seed": plan.seed,
        "warm-up": plan.warmup,
        "dense mass": plan.dense,
        "target acceptance": plan.target_accept,
        "greatest depth": plan.max_depth,
        "first points": _fingerprint(plan.start),
        "first inverse mass": _fingerprint(plan.inverse_mass),
        "program": {name: version(name) for name in COMPUTING},
        "log density": [value if np.isfinite(value) else None for value in looked.tolist()],
    }


def _fingerprint(array: np.ndarray | None) -> str:
    return "none" if array is None else hashlib.sha256(array.tobytes()).hexdigest()[:16]


def _differences(folder: Path, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Fault]:
    hint = "name another folder, or remove this one"
    return [
        Fault(str(folder), None, name, str(theirs.get(name, "nothing")), str(value), hint)
        for name, value in ours.items()
        if not _same(theirs.get(name), value)
    ]


def _same(theirs: Any, ours: Any) -> bool:
    if not (isinstance(ours, list) and isinstance(theirs, list)):
        return bool(theirs == ours)
    return len(ours) == len(theirs) and all(
        a == b or (None not in (a, b) and abs(a - b) <= CLOSE * (1 + abs(b)))
        for a, b in zip(theirs, ours, strict=True)
    )
