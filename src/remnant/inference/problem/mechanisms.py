"""Why a clone may outlive its treatment: mechanisms as restrictions of one model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from remnant.dynamics.model.preset import Preset
from remnant.dynamics.model.priors import Prior
from remnant.errors import Fault, SettingError
from remnant.observation.likelihood.number import Number, Scope

SHARED = frozenset(
    {"division", "active", "progenitor_loss", "mature_loss", "mutation", "activation", "sensitivity"}
)  # what the counts of one patient say next to nothing of
BLOOD = frozenset(
    {"blood.haemoglobin", "blood.erythroid_efficacy", "blood.erythroid_compensation"}
)  # fitted only where haemoglobin was measured
KILL = Prior(
    *("active_kill", "per month", "lognormal", 4.0, 1.0),
    source="between the kill of active stem cells and of progenitors of the presets",
    mark="choice",
)


@dataclass(frozen=True)
class Mechanism:
    """A restriction of the model.

    Parameters
    ----------
    name, title, says : str
        As the command writes it; in words; what it claims.
    absent : tuple of str
        Numbers that are 0: of the model, or of every drug.
    follows : tuple of (str, str)
        Effects of every drug that equal another of its effects.
    one_kill : bool
        Whether the kill of active cells has the wide prior `KILL`, since it stands for several.
    """

    name: str
    title: str
    says: str
    absent: tuple[str, ...] = ()
    follows: tuple[tuple[str, str], ...] = ()
    one_kill: bool = False

    def completed(self, values: Mapping[str, Any], drugs: tuple[str, ...]) -> dict[str, Any]:
        """Return the values with what is absent at 0 and what follows another number equal to it."""
        filled = dict(values)
        for name in self.absent:
            for key in (name, *(f"{drug}.{name}" for drug in drugs)):
                if key in filled:
                    filled[key] = 0.0 * filled[key]
        for name, other in self.follows:
            filled |= {f"{drug}.{name}": filled[f"{drug}.{other}"] for drug in drugs}
        return filled

    def silent(self) -> frozenset[str]:
        """Name what is not fitted because it is absent or follows another number."""
        return frozenset(self.absent) | {name for name, _ in self.follows}


_ALIKE = (("progenitor_kill", "active_kill"), ("quiescent_kill", "active_kill"))
_NO_RESISTANCE = ("start.resistant", "mutation", "sensitivity")

MECHANISMS: Mapping[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (
        Mechanism(
            "full",
            "all of them at once",
            "each compartment has its own kill, and a resistant clone may be there",
        ),
        Mechanism(
            "stem-spared",
            "stem cells spared",
            "each compartment has its own kill, and no cell is resistant",
            _NO_RESISTANCE,
        ),
        Mechanism(
            "uniformly-sensitive",
            "all cells alike",
            "every cell of the clone is killed alike, and none is resistant",
            _NO_RESISTANCE,
            _ALIKE,
            one_kill=True,
        ),
        Mechanism(
            "quiescence-only",
            "rest alone protects",
            "cells in cycle are killed alike, cells at rest not at all, and none is resistant",
            (*_NO_RESISTANCE, "quiescent_kill"),
            _ALIKE[:1],
            one_kill=True,
        ),
        Mechanism(
            "pre-existing-resistance",
            "resistant from the start",
            "every sensitive cell is killed alike; a resistant clone is there before treatment",
            ("mutation",),
            _ALIKE,
            one_kill=True,
        ),
        Mechanism(
            "acquired-resistance",
            "resistance arises",
            "every sensitive cell is killed alike; resistant cells arise by mutation alone",
            ("start.resistant",),
            _ALIKE,
            one_kill=True,
        ),
    )
}
FULL = MECHANISMS["full"]


def mechanism_of(name: str) -> Mechanism:
    """Return a mechanism by name, or raise a `SettingError` with the nearest."""
    if name not in MECHANISMS:
        near = get_close_matches(name, MECHANISMS, 1)
        hint = f"did you mean {near[0]}?" if near else "name one of them"
        raise SettingError([Fault("mechanism", None, "name", name, ", ".join(MECHANISMS), hint)])
    return MECHANISMS[name]


def numbers_of(
    preset: Preset, mechanism: Mechanism, drugs: tuple[str, ...], *, blood: bool
) -> tuple[Number, ...]:
    """Return the numbers of the marrow and of its drugs, with whose they are.

    Parameters
    ----------
    preset : Preset
        Priors.
    mechanism : Mechanism
        What is absent or follows another number is not fitted.
    drugs : tuple of str
        Drugs of the preset that were given; effects of others are left out.
    blood : bool
        Whether haemoglobin was measured, so that what it depends on is fitted.
    """
    absent = {drug.name for drug in preset.drugs} - set(drugs)
    numbers = []
    for name, prior in preset.priors():
        group, _, last = name.rpartition(".")
        if group not in absent:
            law = KILL if mechanism.one_kill and group in drugs and last == "active_kill" else prior
            numbers.append(Number(name, law, _scope(name, last, law, mechanism, blood=blood)))
    return tuple(numbers)


def _scope(name: str, last: str, prior: Prior, mechanism: Mechanism, *, blood: bool) -> Scope:
    if prior.law == "fixed" or {name, last} & mechanism.silent() or name == "stem_cells":
        return "fixed"
    if name.startswith("blood."):
        return "patient" if blood and name in BLOOD else "fixed"
    return "shared" if last in SHARED else "patient"
