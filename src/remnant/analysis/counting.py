"""What a batch counts in each file: the gates of a tree, or compartments by the automatic recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from remnant.cytometry import GateCount, GateTree, Recipe, gate_tube, read_fcs, read_gates
from remnant.cytometry.fcs.plausible import find_implausible
from remnant.cytometry.gatefiles.read import has_samples
from remnant.cytometry.gates.engine import compiled
from remnant.cytometry.gates.evaluate import Evaluation
from remnant.errors import Fault, FcsError, SettingError
from remnant.scale import stream
from remnant.store import digest, key

_MANY_BYTES = 64 * 1024 * 1024  # a second of NumPy, or of loading kernels


class Counting(Protocol):
    """Counts one data set of one file; it travels to whoever does the work."""

    @property
    def choices(self) -> str:
        """Name of everything that the counts depend on beside the file."""
        ...

    def count(self, path: Path, dataset: int | None, sha256: str) -> tuple[GateCount, ...]:
        """Count one data set; None where the file holds only one."""
        ...


@dataclass(frozen=True)
class GateCounting:
    """The gates of a Gating-ML file or of a FlowJo workspace.

    Parameters
    ----------
    gates : Path
        The file.
    tree : GateTree or None
        Its gates; None for a workspace, which holds some for each of its samples.
    choices : str
        Hash of the file.
    many : bool
        Whether so much is to be counted that compiled kernels are worth loading; it changes no count.
    """

    gates: Path
    tree: GateTree | None
    choices: str
    many: bool = False

    @classmethod
    def of(cls, gates: Path, *, work_bytes: int = 0) -> GateCounting:
        """Read the gates; `work_bytes` are those of all files to count.

        Raises
        ------
        GatingError
            If the file cannot be read.
        """
        tree = None if has_samples(gates) else read_gates(gates)
        return cls(gates, tree, key("gates", digest(gates)), work_bytes >= _MANY_BYTES)

    def count(self, path: Path, dataset: int | None, sha256: str) -> tuple[GateCount, ...]:  # noqa: ARG002
        """Count every gate.

        Raises
        ------
        FcsError
            If the values that the gates use look misread.
        """
        file = read_fcs(path, dataset=dataset)
        tree = self.tree or read_gates(self.gates, tube=file)
        evaluation = Evaluation(tree, file, engine=compiled() if self.many else None)
        if odd := find_implausible(file, evaluation.channels):
            hint = "export it again; if it is right: remnant fcs gate --accept-implausible"
            raise FcsError([Fault(path.name, None, "DATA", found, "plausible values", hint) for found in odd])
        for _ in evaluation.blocks():
            pass
        return evaluation.counts()


@dataclass(frozen=True)
class RecipeCounting:
    """Compartments by the automatic recipe, the same controls for every file.

    Parameters
    ----------
    panel, compartments : tuple of (str, str)
        Marker and channel; compartment and phenotype.
    controls : tuple of (str, str)
        Marker and the path of its FMO tube.
    recipe : Recipe
        Choices of the automatic gates.
    seed : int
        Keys the resamples behind density thresholds, with the hash of each file.
    choices : str
        Hash of all of these and of the bytes of the controls.
    """

    panel: tuple[tuple[str, str], ...]
    compartments: tuple[tuple[str, str], ...]
    controls: tuple[tuple[str, str], ...]
    recipe: Recipe
    seed: int
    choices: str

    @classmethod
    def of(
        cls,
        panel: Mapping[str, str],
        compartments: Mapping[str, str],
        controls: Mapping[str, Path],
        *,
        recipe: Recipe,
        seed: int,
    ) -> RecipeCounting:
        """Gather the choices.

        Raises
        ------
        SettingError
            If a control is not there.
        """
        absent = [str(path) for path in controls.values() if not path.is_file()]
        if absent:
            expected, hint = "an FCS file", "check the path"
            raise SettingError([Fault("command line", None, "--fmo", p, expected, hint) for p in absent])
        files = tuple((marker, str(path)) for marker, path in controls.items())
        given = (tuple(panel.items()), tuple(compartments.items()), files)
        hashes = [digest(path) for path in controls.values()]
        return cls(*given, recipe, seed, key("recipe", repr((*given, recipe, seed)), *hashes))

    def count(self, path: Path, dataset: int | None, sha256: str) -> tuple[GateCount, ...]:
        """Count every compartment among nucleated cells."""
        if dataset is not None:
            hint = "export each data set as a file of its own, or gate by Gating-ML"
            found, expected = "several data sets", "one: the recipe gates whole files"
            raise SettingError([Fault(path.name, None, "$NEXTDATA", found, expected, hint)])
        tube = gate_tube(
            path,
            panel=dict(self.panel),
            compartments=dict(self.compartments),
            controls={marker: Path(file) for marker, file in self.controls},
            recipe=self.recipe,
            rng=stream(self.seed, "gates", sha256),
        )
        return tuple(
            GateCount(
                population.population,
                population.parent,
                population.events or 0,
                population.parent_events,
                (tube.cells or 0) - population.parent_events,
                population.reason,
            )
            for population in tube.populations
        )
