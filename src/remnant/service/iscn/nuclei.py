"""Interphase results probe by probe, as the JSON answer lists them."""

from __future__ import annotations

from typing import Any

from remnant.cytogenetics.in_situ.signals import NucIsh, Pattern, Signal, is_abnormal, is_changed


def nuclei_entries(result: NucIsh) -> list[dict[str, Any]]:
    """List every probe of every pattern, in the order of the report.

    `abnormal` counts the nuclei in which the probe differs from a normal nucleus; `alone` says whether it
    differs from the other probes of its chromosome too: 1R1G is a monosomy, and no del(5q) (OR51).
    """
    return [
        _entry(signal, pattern, place)
        for place, pattern in enumerate(result.patterns)
        for signal in pattern.signals
    ]


def _entry(signal: Signal, pattern: Pattern, place: int) -> dict[str, Any]:
    abnormal = is_abnormal(signal, pattern)
    return {
        "probe": signal.name,
        "probes": list(signal.probes),
        "relation": signal.relation,
        "copies": signal.copies,
        "copies_at_most": signal.copies_at_most,
        "level": signal.level,
        "band": signal.band,
        "chromosome": signal.chromosome,
        "abnormal": pattern.cells if abnormal else 0,
        "nuclei": pattern.scored,
        "alone": abnormal and is_changed(pattern, signal.probes[0]),
        "pattern": place,
        "pattern_nuclei": pattern.cells,
        "normal_pattern": pattern.normal,
        "hybridisation": pattern.hybridisation,
    }
