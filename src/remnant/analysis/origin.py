"""What findings were made from, and by what, so that they can be made again."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version

from remnant.analysis.plan import Plan
from remnant.store import digest
from remnant.study.study import Study

COMPUTING = ("numpy", "scipy", "polars", "pydantic")


@dataclass(frozen=True)
class Origin:
    """What the findings were made from, and by what.

    Parameters
    ----------
    version : str
        Version of remnant.
    python : str
        Version of Python.
    packages : tuple of str
        Name and version of each library that computes.
    inputs : tuple of (str, str)
        Each file of the study with its SHA-256.
    seed : int
        Keys every stream of chance.
    plan_digest : str
        SHA-256 of every choice.
    """

    version: str
    python: str
    packages: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    seed: int
    plan_digest: str


def origin(study: Study, plan: Plan) -> Origin:
    """Hash every file that the study names, its tables and its events."""
    matrices = {plan.gates.spillover_of(panel) for panel in study["events"]["panel"].drop_nulls()}
    files = sorted({*study.files, *study["events"]["file"], *filter(None, matrices)})
    return Origin(
        version("remnant"),
        platform.python_version(),
        tuple(f"{name} {version(name)}" for name in COMPUTING),
        tuple((name, digest(study.root / name)) for name in files),
        plan.analysis.seed,
        plan.digest,
    )
