"""Blood in a marrow aspirate: how much there may be, and what the marrow then held.

Of the nucleated cells of an aspirate a share b came with blood. A fraction f seen in the aspirate is then
(1 - b) m + b p, with m in undiluted marrow and p in blood, so m = (f - b p) / (1 - b). Where the population
is absent from blood, dilution only lowers it: m is at least f.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from remnant.cytometry.rare.count import RareCount, check_counts
from remnant.errors import Fault, SettingError
from remnant.stats.fractions import proportion
from remnant.study.estimate import Estimate


@dataclass(frozen=True)
class BloodShare:
    """Share of an aspirate's nucleated cells that came with blood.

    Parameters
    ----------
    lower, upper : float
        Between which it lies, in [0, 1).
    source : str
        How it was found.
    """

    lower: float
    upper: float
    source: str


@dataclass(frozen=True)
class DilutionCorrected:
    """A rare fraction with and without the correction, side by side.

    Parameters
    ----------
    observed : Estimate
        Fraction of the aspirate, as counted.
    corrected : Estimate
        Fraction of marrow without blood, under the blood share; its limits span the whole range.
    share : BloodShare
        The blood.
    sentence : str
        Both in words.
    """

    observed: Estimate
    corrected: Estimate
    share: BloodShare
    sentence: str


def share_from_counts(
    *,
    marrow_red_1e12_per_l: float,
    marrow_nucleated_1e9_per_l: float,
    blood_red_1e12_per_l: float,
    blood_white_1e9_per_l: float,
    uncertainty: float = 0.0,
) -> BloodShare:
    """Take red cells as the tracer of blood: (red, marrow / red, blood) x (white, blood / nucleated, marrow).

    It rests on one assumption: that all red cells of the aspirate came with blood. The idea is Holdrinet's;
    the formula here follows from the assumption and was not copied from the paper (citation to complete).

    Parameters
    ----------
    marrow_red_1e12_per_l, marrow_nucleated_1e9_per_l : float
        Red and nucleated cells of the aspirate.
    blood_red_1e12_per_l, blood_white_1e9_per_l : float
        Red and white cells of blood drawn at the same time.
    uncertainty : float
        Relative uncertainty of the whole product, in [0, 1).

    Raises
    ------
    SettingError
        If a count is not above 0, or there would be more blood cells than cells.
    """
    counts = {
        "marrow red cells": marrow_red_1e12_per_l,
        "marrow nucleated cells": marrow_nucleated_1e9_per_l,
        "blood red cells": blood_red_1e12_per_l,
        "blood white cells": blood_white_1e9_per_l,
    }
    faults = [
        Fault("haemodilution", None, name, f"{value:g}", "a count above 0", "check the analyser's report")
        for name, value in counts.items()
        if not (isfinite(value) and value > 0)
    ]
    if not 0 <= uncertainty < 1:
        hint = "write 10 % as 0.10"
        faults.append(Fault("haemodilution", None, "uncertainty", f"{uncertainty:g}", "0 to 1", hint))
    if faults:
        raise SettingError(faults)
    share = marrow_red_1e12_per_l / blood_red_1e12_per_l * blood_white_1e9_per_l / marrow_nucleated_1e9_per_l
    if share * (1 - uncertainty) >= 1:
        hint = "the aspirate holds no more nucleated cells than its blood alone would: it is blood"
        raise SettingError([Fault("haemodilution", None, "blood share", f"{share:.2f}", "below 1", hint)])
    upper = min(share * (1 + uncertainty), 1 - 1e-6)
    return BloodShare(share * (1 - uncertainty), upper, "red and white counts of marrow and blood")


def share_bound_from_marker(
    aspirate_events: int,
    aspirate_parent: int,
    blood_events: int,
    blood_parent: int,
    *,
    confidence: float = 0.95,
) -> BloodShare:
    """Bound the blood share by a population that blood carries, such as mature CD16-bright neutrophils.

    Blood brings b p of it, and the aspirate holds no less than what blood brings: b <= f / p. Marrow has some
    of its own, so this is a bound and no estimate. Each fraction takes half of what confidence leaves.

    Parameters
    ----------
    aspirate_events, aspirate_parent : int
        The population, of the nucleated cells of the aspirate.
    blood_events, blood_parent : int
        The same, of blood drawn at the same time.
    confidence : float, default 0.95
        Of the bound.

    Raises
    ------
    SettingError
        If counts cannot be, or the population is not seen in blood.
    """
    check_counts(aspirate_events, aspirate_parent, "aspirate")
    check_counts(blood_events, blood_parent, "blood")
    if blood_events == 0 or aspirate_parent == 0:
        hint = "take a population that blood carries"
        raise SettingError([Fault("blood", None, "events", str(blood_events), "1 or more", hint)])
    half = (1 + confidence) / 2
    high = float(proportion.upper_bound(aspirate_events, aspirate_parent, confidence=half))
    low = float(proportion.lower_bound(blood_events, blood_parent, confidence=half))
    return BloodShare(0.0, min(high / low, 1 - 1e-6), "a population that blood carries")


def correct_for_blood(
    count: RareCount, share: BloodShare, *, blood_fraction: tuple[float, float] = (0.0, 0.0)
) -> DilutionCorrected:
    """Give a rare fraction with and without the blood.

    Parameters
    ----------
    count : RareCount
        Of the population among nucleated cells of the aspirate.
    share : BloodShare
        Share that came with blood; of an interval, both ends are carried through.
    blood_fraction : (float, float)
        Between which the fraction in blood lies; (0, 0) where it is absent there.

    Returns
    -------
    DilutionCorrected
        With a value at the middle of the blood share.

    Raises
    ------
    SettingError
        If an interval is not one.
    """
    low, high = blood_fraction
    faults = [
        Fault("haemodilution", None, name, f"{a:g} to {b:g}", "0 <= lower <= upper < 1", "swapped?")
        for name, a, b in (("blood share", share.lower, share.upper), ("fraction in blood", low, high))
        if not 0 <= a <= b < 1
    ]
    if faults:
        raise SettingError(faults)
    observed = count.fraction
    if not observed.known:
        sentence = f"Not evaluable, with or without correction: {observed.reason}."
        return DilutionCorrected(observed, observed, share, sentence)
    assert observed.upper is not None
    assert observed.confidence is not None
    # In b the corrected fraction is monotone, so its extremes lie at the ends of the share.
    ends = (share.lower, share.upper)
    upper = max(_undiluted(observed.upper, b, low) for b in ends)
    if observed.value is None or observed.lower is None:
        corrected = Estimate.not_detected(upper, confidence=observed.confidence)
        sentence = (
            f"Fewer than {1e6 * observed.upper:.3g} per million as counted, {1e6 * upper:.3g} without blood"
        )
    else:
        lower = min(_undiluted(observed.lower, b, high) for b in ends)
        middle = _undiluted(observed.value, sum(ends) / 2, (low + high) / 2)
        middle = min(max(middle, lower), upper)
        corrected = Estimate.detected(middle, lower, upper, confidence=observed.confidence)
        sentence = (
            f"{1e6 * observed.value:.3g} per million as counted ({1e6 * observed.lower:.3g} to "
            f"{1e6 * observed.upper:.3g}), {1e6 * middle:.3g} without blood "
            f"({1e6 * lower:.3g} to {1e6 * upper:.3g})"
        )
    blood = f"{100 * share.lower:.3g} to {100 * share.upper:.3g} % of nucleated cells from blood"
    return DilutionCorrected(observed, corrected, share, f"{sentence}; {blood}, by {share.source}.")


def _undiluted(fraction: float, share: float, in_blood: float) -> float:
    """(f - b p) / (1 - b), within [0, 1]."""
    return min(max((fraction - share * in_blood) / (1 - share), 0.0), 1.0)
