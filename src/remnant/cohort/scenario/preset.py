"""The preset of a scenario, with the drugs and the priors that the scenario puts in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from remnant.cohort.scenario.scenario import OwnDrug, Quantity, Scenario
from remnant.dynamics.model import bounds
from remnant.dynamics.model.preset import Drug, Preset, unknown
from remnant.dynamics.model.presets import preset
from remnant.dynamics.model.priors import Law, Prior
from remnant.errors import Fault, SettingError

SOURCE = "written in the scenario"


def preset_of(scenario: Scenario) -> Preset:
    """Return the scenario's preset; its drugs are those of the preset, then the scenario's own."""
    return preset_with(scenario.preset, scenario.drug, scenario.parameters)


def preset_with(name: str, own: Mapping[str, OwnDrug], parameters: Mapping[str, Quantity]) -> Preset:
    """Return a preset with further drugs and other priors.

    Raises
    ------
    SettingError
        If there is no such parameter (with the nearest), or it cannot have that median and spread.
    """
    base = preset(name).with_drugs(*(_drug(key, drug) for key, drug in own.items()))
    priors = dict(base.priors())
    places = _places(base)
    faults = [unknown("[parameters]", key, key, places) for key in parameters if key not in places]
    if faults:
        raise SettingError(faults)
    return base.override(
        {key: _prior(key, places[key], value, priors.get(key)) for key, value in parameters.items()}
    )


def _drug(name: str, drug: OwnDrug) -> Drug:
    effects = tuple(_prior(key, bounds.EFFECTS[key], value, None) for key, value in drug.effects.items())
    title, source = drug.title or name, drug.source
    return Drug(name, title, drug.full_dose_mg, drug.days_on, drug.cycle_days, effects, source)


def _places(base: Preset) -> dict[str, bounds.Quantity]:
    """Return the bounds of every number that can have a prior, by its name."""
    tables = {"": bounds.PARAMETERS, "start.": bounds.START}
    tables |= {f"{drug.name}.": bounds.EFFECTS for drug in base.drugs}
    found = {group + key: value for group, table in tables.items() for key, value in table.items()}
    found["stem_cells"] = bounds.STEM_CELLS
    for prior in base.blood:
        low, high = prior.support if prior.law != "fixed" else (prior.lower, prior.upper)
        found[f"blood.{prior.name}"] = bounds.Quantity(prior.name, "", prior.unit, "", low, high)
    return found


def _prior(key: str, place: bounds.Quantity, value: Quantity, was: Prior | None) -> Prior:
    """Make the prior with a median and a spread: on log odds within 0 to 1, else on logs."""
    short = key.rpartition(".")[2]
    if not place.allows(np.array([value.median])).all():
        hint = f"{place.meaning}: is the unit right?" if place.meaning else "is the unit right?"
        raise SettingError([Fault("[parameters]", None, key, f"{value.median:g}", place.range, hint)])
    if value.spread == 0:
        return Prior(short, place.unit, "fixed", value.median, source=SOURCE, mark="choice")
    low, high = place.lower, place.upper
    if was is not None and was.law != "fixed":
        low, high = max(low, was.lower), min(high, was.upper)
        if not low <= value.median <= high:
            hint = "a number without a spread may leave the range of the prior"
            found, expected = f"a median of {value.median:g}", f"{low:g} to {high:g}, the range of the prior"
            raise SettingError([Fault("[parameters]", None, key, found, expected, hint)])
    law: Law = "logit-normal" if place.upper == 1 else "lognormal"
    inside = 0 < value.median < (1 if law == "logit-normal" else np.inf)
    if inside:
        odds = float(np.log(value.median / (1 - value.median))) if law == "logit-normal" else value.median
        return Prior(short, place.unit, law, odds, value.spread, low, high, SOURCE, "choice")
    hint = "write the number alone: at the end of its range it cannot differ between patients"
    found, expected = f"a median of {value.median:g} with a spread", "a median inside the range"
    raise SettingError([Fault("[parameters]", None, key, found, expected, hint)])
