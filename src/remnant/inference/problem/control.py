"""What still holds the clone after a long treatment: a share of the effects of the drug, own to each patient.

Nothing that is seen under treatment informs it, so a forecast of what follows a stop has the two humps of its
prior, and says so by its width. Who stopped, and was followed, informs it for himself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remnant.dynamics.model.bounds import EFFECTS
from remnant.dynamics.model.preset import Preset
from remnant.dynamics.treatment import Therapy, controlled
from remnant.observation.likelihood.number import Number


def control_numbers(preset: Preset, drugs: Sequence[str]) -> tuple[Number, ...]:
    """Return the share as a number of each patient; none where the preset has no control among `drugs`."""
    control = preset.control
    if control is None or control.share is None or control.name not in drugs:
        return ()
    return (Number(f"{control.name}.share", control.share, "patient"),)


def with_control(values: Mapping[str, Any], preset: Preset) -> dict[str, Any]:
    """Return the values with the effects of control: its share of those of the preset's first drug.

    Parameters
    ----------
    values : mapping of str to array
        By name, of any shape. Without the share they stay as they are; an effect of the drug that is not
        there is not held either.
    preset : Preset
        Whose.
    """
    control, filled = preset.control, dict(values)
    if control is None or f"{control.name}.share" not in filled:
        return filled
    share, drug = filled[f"{control.name}.share"], preset.drugs[0].name
    for name in EFFECTS:
        if f"{drug}.{name}" in filled:
            whole = filled[f"{drug}.{name}"]
            filled[f"{control.name}.{name}"] = whole + 0 * share if name == "sensitivity" else share * whole
    return filled


def controlled_by(preset: Preset, therapy: Therapy, drugs: Sequence[str]) -> Therapy:
    """Return the therapy with control where the preset's first drug has stopped after a year or more of it.

    Unless control is among `drugs`, those that a fit knows, nothing is added.
    """
    control = preset.control
    if control is None or control.name not in drugs:
        return therapy
    return controlled(therapy, preset.drugs[0].name, control.name)
