"""A named set of priors: a disease, the drugs that treat it, and how its numbers differ between patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from difflib import get_close_matches

import numpy as np

from remnant.dynamics.model.bounds import BLOOD, EFFECTS, PARAMETERS, START, STEM_CELLS, Quantity
from remnant.dynamics.model.observables import Blood
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.dynamics.model.priors import Prior
from remnant.dynamics.model.start import Start
from remnant.errors import Fault, SettingError


@dataclass(frozen=True)
class Drug:
    """A drug, how it is given, and what it does at its full dose.

    Parameters
    ----------
    name, title : str
        As a scenario writes it; in words.
    full_dose_mg : float
        The dose that counts as 1.
    days_on, cycle_days : int
        Usual days of treatment in a cycle, and its length.
    effects : tuple of Prior
        Named as the fields of `Effect`; a field left out is fixed at its default.
    source : str
        Of the schedule.
    share : Prior, optional
        Makes it no drug but what goes on when the preset's first drug has stopped: its effects are this share
        of that drug's, in (0, 1), and its own are none. See `remnant.dynamics.treatment.control`.
    """

    name: str
    title: str
    full_dose_mg: float
    days_on: int
    cycle_days: int
    effects: tuple[Prior, ...]
    source: str = ""
    share: Prior | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "effects", _completed(self.effects, EFFECTS, Effect))


@dataclass(frozen=True)
class Preset:
    """Priors of a disease under its drugs.

    Parameters
    ----------
    name, title : str
        As a scenario writes it; in words.
    clone : str
        What the malignant clone carries.
    parameters : tuple of Prior
        Named as the fields of `Parameters`; a field with a default may be left out, and is fixed there.
    start : tuple of Prior
        `fraction`, `quiescent` and `resistant`.
    stem_cells : Prior
        N_HSC.
    drugs : tuple of Drug
        In the order in which every engine meets them.
    blood : tuple of Prior
        Named as the fields of `Blood`; a field left out is fixed at its default.
    source : str
        Of the whole.

    Raises
    ------
    SettingError
        If a prior has no such place, stands twice, or reaches beyond the bounds of its number.
    """

    name: str
    title: str
    clone: str
    parameters: tuple[Prior, ...]
    start: tuple[Prior, ...]
    stem_cells: Prior
    drugs: tuple[Drug, ...]
    blood: tuple[Prior, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        # Every place has its prior, so that no change of one moves the chance that another draws from.
        object.__setattr__(self, "parameters", _completed(self.parameters, PARAMETERS, Parameters))
        object.__setattr__(self, "start", _completed(self.start, START, Start))
        object.__setattr__(self, "blood", _completed(self.blood, BLOOD, Blood))
        faults = [
            fault
            for group, table, priors in self._groups()
            for fault in _faults(f"preset {self.name}", group, table, priors)
        ]
        names = [drug.name for drug in self.drugs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            hint = "give the second another name"
            faults.append(Fault(f"preset {self.name}", None, name, "two drugs", "one of each name", hint))
        if faults:
            raise SettingError(faults)

    def _groups(self) -> list[tuple[str, Mapping[str, Quantity], tuple[Prior, ...]]]:
        drugs = [(f"{drug.name}.", EFFECTS, drug.effects) for drug in self.drugs]
        start = ("start.", START, self.start), ("", {"stem_cells": STEM_CELLS}, (self.stem_cells,))
        return [("", PARAMETERS, self.parameters), *start, ("blood.", BLOOD, self.blood), *drugs]

    def priors(self) -> tuple[tuple[str, Prior], ...]:
        """Return every prior with its name, such as "lenalidomide.active_kill", in a fixed order."""
        return tuple((group + prior.name, prior) for group, _, priors in self._groups() for prior in priors)

    def drug(self, name: str) -> Drug:
        """Return one drug by name, or raise a `SettingError` with the nearest name."""
        found = {drug.name: drug for drug in self.drugs}
        if name not in found:
            raise SettingError([unknown(f"preset {self.name}", "drug", name, found)])
        return found[name]

    @property
    def control(self) -> Drug | None:
        """What goes on when the first drug has stopped; None where nothing does."""
        return next((drug for drug in self.drugs if drug.share is not None), None)

    def with_drugs(self, *drugs: Drug) -> Preset:
        """Return the preset with further drugs; one of the same name takes the place of the old one."""
        new = {drug.name: drug for drug in drugs}
        kept = tuple(new.pop(drug.name, drug) for drug in self.drugs)
        return replace(self, drugs=(*kept, *new.values()))

    def override(self, changes: Mapping[str, Prior | float]) -> Preset:
        """Return the preset with other priors in the places named.

        Parameters
        ----------
        changes : mapping of str to Prior or float
            Names as `priors` gives them, or as they could be: a field of `Parameters`, `drug.effect`. A
            number is the same for all patients.

        Raises
        ------
        SettingError
            If there is no such name (with the nearest), or the number is outside its bounds.
        """
        places = self._places()
        source = f"preset {self.name}"
        faults = [unknown(source, "parameter", name, places) for name in changes if name not in places]
        if faults:
            raise SettingError(faults)
        new = {name: _as_prior(name, places[name], value) for name, value in changes.items()}

        def changed(group: str, priors: tuple[Prior, ...]) -> tuple[Prior, ...]:
            mine = {name.removeprefix(group): prior for name, prior in new.items() if _group(name) == group}
            kept = tuple(mine.pop(prior.name, prior) for prior in priors)
            return (*kept, *mine.values())

        return replace(
            self,
            parameters=changed("", self.parameters),
            start=changed("start.", self.start),
            stem_cells=new.get("stem_cells", self.stem_cells),
            drugs=tuple(replace(drug, effects=changed(f"{drug.name}.", drug.effects)) for drug in self.drugs),
            blood=changed("blood.", self.blood),
        )

    def _places(self) -> dict[str, str]:
        """Return the unit of every number that can have a prior, by its name."""
        units = {name: prior.unit for name, prior in self.priors()}
        for group, table, _ in self._groups():
            units |= {group + name: quantity.unit for name, quantity in table.items()}
        return units


def _completed(priors: tuple[Prior, ...], table: Mapping[str, Quantity], record: type) -> tuple[Prior, ...]:
    """Return the priors in the order of the table, with the defaults of the record where one is left out."""
    given = {prior.name: prior for prior in priors}
    for field in fields(record):
        if field.name not in given and field.default is not MISSING:
            unit = table[field.name].unit
            note = "the default of the model"
            given[field.name] = Prior(
                field.name, unit, "fixed", field.default, source="remnant", mark="choice", note=note
            )
    if len(given) < len(priors) or not given.keys() <= table.keys():
        return priors  # which is refused, with what stands there
    return tuple(given[name] for name in table if name in given)


def unknown(source: str, kind: str, name: str, known: Mapping[str, object]) -> Fault:
    """Say that there is no such name, and which is the nearest."""
    near = get_close_matches(name, known, 1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else "correct the name"
    return Fault(source, None, kind, name, "one of " + ", ".join(known), hint)


def _group(name: str) -> str:
    if name == "stem_cells":
        return "stem_cells"  # a place of its own, no field of `Parameters`
    return name[: name.rfind(".") + 1]


def _as_prior(name: str, unit: str, value: Prior | float) -> Prior:
    short = name[name.rfind(".") + 1 :]
    if isinstance(value, Prior):
        return replace(value, name=short, unit=unit)
    return Prior(short, unit, "fixed", float(value), source="set by the user", mark="choice")


def _faults(source: str, group: str, table: Mapping[str, Quantity], priors: tuple[Prior, ...]) -> list[Fault]:
    names = [prior.name for prior in priors]
    faults = [
        Fault(source, None, group + name, "no prior", quantity.range, f"give the {quantity.meaning} one")
        for name, quantity in table.items()
        if name not in names
    ]
    for prior in priors:
        place = group + prior.name
        if names.count(prior.name) > 1:
            faults.append(Fault(source, None, place, "two priors", "one", "drop one"))
        if prior.name not in table:
            faults.append(unknown(source, place, prior.name, table))
            continue
        quantity, (low, high) = table[prior.name], prior.support
        drawn = np.array([low, high]) if prior.law == "fixed" else prior.quantile([1e-9, 1 - 1e-9])
        if not quantity.allows(drawn).all():
            found = f"{low:g}" if low == high else f"{low:g} to {high:g}"
            hint = f"{quantity.symbol} is the {quantity.meaning}"
            faults.append(Fault(source, None, place, found, quantity.range, hint))
    return faults
