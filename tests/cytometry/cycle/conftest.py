"""Synthetic tubes of known phases, in memory: what the tests of this folder share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from remnant.cytometry import IN, OUT, read_fcs
from remnant.cytometry.cycle import Control, ControlKind, CyclePlan, measure_cycle
from remnant.cytometry.gates.events import open_tube
from remnant.observation.cell_cycle import (
    CycleAssay,
    CycleTube,
    CyclingCells,
    simulate_cycle,
    write_cycle_tube,
)

BULK = CyclingCells(12_000, (0.35, 0.45, 0.12, 0.08), 100.0)
STEM = CyclingCells(600, (0.75, 0.17, 0.05, 0.03), 4000.0)
POPULATIONS = {"bulk": BULK, "stem": STEM}


@dataclass(frozen=True)
class Written:
    """A tube on disk, with its truth."""

    path: Path
    truth: CycleTube

    @property
    def events(self):
        return open_tube(read_fcs(self.path))

    def codes(self, inside):
        return np.where(inside, np.int8(IN), np.int8(OUT))

    @property
    def alive(self):
        return self.codes(self.truth.alive)

    def members(self, *names, populations=POPULATIONS):
        places = {name: list(populations).index(name) for name in names}
        inside = {name: self.truth.alive & (self.truth.population == n) for name, n in places.items()}
        return {name: self.codes(found) for name, found in inside.items()}


def make(path, *, populations=POPULATIONS, assay=None, without_ki67=False, seed=1, change=None):
    """Write a synthetic tube; `change` may edit its events, which the truth then has too."""
    rng = np.random.default_rng(seed)
    tube = simulate_cycle(populations, assay or CycleAssay(), without_ki67=without_ki67, rng=rng)
    if change is not None:
        change(tube)
    write_cycle_tube(path, tube)
    return Written(path, tube)


def control_of(blank, *names, kind=ControlKind.FMO, populations=POPULATIONS):
    members = blank.members(*names, populations=populations)
    nearest = {name: ((name, codes), ("viable", blank.alive)) for name, codes in members.items()}
    return Control(kind, blank.events, nearest)


def measure(stained, *names, control=None, plan=None, marker="APC-A", seed=1, **options):
    """Measure some populations of a tube among its live cells."""
    names = names or ("stem",)
    return measure_cycle(
        stained.events,
        dna=options.pop("dna", "DAPI-A"),
        marker=marker,
        parent="viable",
        within=options.pop("within", stained.alive),
        compartments=options.pop("compartments", None) or stained.members(*names),
        control=control,
        plan=plan or CyclePlan(),
        rng=np.random.default_rng(seed),
        **options,
    )


@pytest.fixture(scope="session")
def lab():
    """Makes and measures synthetic tubes."""
    return SimpleNamespace(make=make, measure=measure, control_of=control_of, populations=POPULATIONS)


@pytest.fixture(scope="session")
def pair(tmp_path_factory):
    """A stained tube and its FMO."""
    folder = tmp_path_factory.mktemp("cycle")
    return make(folder / "stained.fcs"), make(folder / "fmo.fcs", without_ki67=True, seed=2)


@pytest.fixture(scope="session")
def measured(pair):
    """What is said of the stem cells of `pair`."""
    stained, blank = pair
    return measure(stained, control=control_of(blank, "stem"))
