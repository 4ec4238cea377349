"""Patients drawn from a preset: from chance by its quantiles, or from the draws of a posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.check import check_parameters
from remnant.dynamics.model.observables import Blood
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.dynamics.model.preset import Preset, unknown
from remnant.dynamics.model.start import Start
from remnant.errors import Fault, SettingError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """Numbers of many patients; every field an array of shape (patients,).

    Parameters
    ----------
    parameters : Parameters
        Without a drug.
    start : Start
        Before treatment.
    stem_cells : ndarray
        N_HSC.
    effects : tuple of Effect
        In the order of the drugs of the preset.
    blood : Blood
        How the counts follow the marrow.
    """

    parameters: Parameters
    start: Start
    stem_cells: Array
    effects: tuple[Effect, ...]
    blood: Blood


def draw(preset: Preset, uniforms: ArrayLike) -> Drawn:
    """Turn chance into patients.

    Parameters
    ----------
    preset : Preset
        Priors.
    uniforms : array_like, shape (patients, k)
        In (0, 1), one column per prior in the order of `preset.priors()`, fixed ones too.

    Raises
    ------
    SettingError
        If the shape is another or a number is not within (0, 1).
    """
    names = preset.priors()
    chance = _chance(uniforms, len(names))
    return _drawn(preset, {name: prior.quantile(chance[:, k]) for k, (name, prior) in enumerate(names)})


def draws_from_columns(
    preset: Preset, columns: Mapping[str, ArrayLike], *, uniforms: ArrayLike | None = None
) -> Drawn:
    """Take patients from the draws of a posterior.

    Parameters
    ----------
    preset : Preset
        Names its numbers.
    columns : mapping of str to array_like, shape (patients,)
        By the names of `preset.priors()`.
    uniforms : array_like, shape (patients, k), optional
        As for `draw`: numbers that `columns` lack come from their priors. Without it they are refused, except
        those that the preset fixes.

    Raises
    ------
    SettingError
        If a name is unknown or missing, or a number is outside its bounds.
    """
    names = dict(preset.priors())
    source = f"draws for {preset.name}"
    faults = [unknown(source, "column", name, names) for name in columns if name not in names]
    for name, prior in names.items():
        if uniforms is None and name not in columns and prior.law != "fixed":
            hint = "add it, or let missing numbers come from their priors"
            faults.append(Fault(source, None, name, "no such column", "one number per draw", hint))
    if faults:
        raise SettingError(faults)
    values: dict[str, Array] = {name: np.asarray(value, float) for name, value in columns.items()}
    patients = max((value.size for value in values.values()), default=1)
    chance = np.full((patients, len(names)), 0.5) if uniforms is None else _chance(uniforms, len(names))
    for k, (name, prior) in enumerate(names.items()):
        if name not in values:
            values[name] = prior.quantile(chance[:, k])
    return _drawn(preset, values)


def _chance(uniforms: ArrayLike, columns: int) -> Array:
    chance = np.asarray(uniforms, float)
    if chance.ndim != 2 or chance.shape[1] != columns:
        hint = "one column per prior, in their order"
        raise SettingError(
            [Fault("uniforms", None, "shape", str(chance.shape), f"(patients, {columns})", hint)]
        )
    if not np.all((chance > 0) & (chance < 1)):
        hint = "the ends are values that no patient has"
        raise SettingError(
            [Fault("uniforms", None, "values", "0, 1, beyond or not a number", "within (0, 1)", hint)]
        )
    return chance


def _drawn(preset: Preset, values: Mapping[str, Array]) -> Drawn:
    def group(prefix: str, priors: Any) -> dict[str, Any]:
        return {prior.name: values[prefix + prior.name] for prior in priors}

    parameters = Parameters(**group("", preset.parameters))
    start = Start(**group("start.", preset.start))
    effects = tuple(Effect(**group(f"{drug.name}.", drug.effects)) for drug in preset.drugs)
    stem_cells = values["stem_cells"]
    names = [drug.name for drug in preset.drugs]
    blood = Blood(**group("blood.", preset.blood))
    check_parameters(
        parameters, effects=effects, drugs=names, start=vars(start), stem_cells=stem_cells, blood=blood
    )
    return Drawn(parameters, start, stem_cells, effects, blood)
