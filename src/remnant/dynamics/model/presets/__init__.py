"""Diseases and drugs whose numbers remnant ships, each number with its source; all can be overridden."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from remnant.dynamics.model.preset import Preset, unknown
from remnant.dynamics.model.presets.cml_imatinib import CML_IMATINIB
from remnant.dynamics.model.presets.del5q_lenalidomide import DEL5Q_LENALIDOMIDE
from remnant.dynamics.model.presets.mpn_interferon import MPN_INTERFERON
from remnant.errors import SettingError

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {preset.name: preset for preset in (DEL5Q_LENALIDOMIDE, CML_IMATINIB, MPN_INTERFERON)}
)

__all__ = ["CML_IMATINIB", "DEL5Q_LENALIDOMIDE", "MPN_INTERFERON", "PRESETS", "preset"]


def preset(name: str) -> Preset:
    """Return a preset by name, or raise a `SettingError` with the nearest name."""
    if name not in PRESETS:
        raise SettingError([unknown("presets", "preset", name, PRESETS)])
    return PRESETS[name]
