"""What two plates, or the doses of one, can tell apart: power by enumerated or simulated plates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from remnant.planning.doses import Dose
from remnant.planning.outcomes import plate_arrays, possible
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells import dilution
from remnant.stats.wells.single_hit import single_hit_tests
from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_profile import clone_fraction

_STEEPEST, _FAR, _HALVINGS = 12.0, 6.0, 44  # slopes on log dose
SLOPE_PLATES, TYPED_PLATES, PAIRS = 1000, 200, 10_000


@dataclass(frozen=True)
class Chance:
    """A chance, with its Monte Carlo standard error; 0 where it was enumerated."""

    value: float
    error: float


@dataclass(frozen=True)
class SlopePower:
    """Chance that the single-hit test refuses wells whose hits go with the dose to the power `slope`."""

    slope: float
    power: Chance


@dataclass(frozen=True)
class TypedPrecision:
    """How well typed wells tell the clone's share of the units that work.

    Parameters
    ----------
    clone : float
        True share.
    width : Chance
        Expected width of its interval, with the Monte Carlo standard error.
    one_sided : float
        Share of the plates without a colony of either kind, which bound it from one side only.
    """

    clone: float
    width: Chance
    one_sided: float


def slope_power(
    frequency: float,
    doses: tuple[Dose, ...],
    slopes: tuple[float, ...],
    *,
    alpha: float,
    rng: np.random.Generator,
) -> tuple[SlopePower, ...]:
    """Power of the likelihood-ratio test of slope 1; where a slope is infinite, of the score test.

    Hits are f d0 (d / d0)^slope around the geometric mean dose d0. Slope 1 gives the rate of false alarms.
    Empty where there is one dose only: it cannot show a slope.
    """
    d, n = plate_arrays(doses)
    if len(d) < 2:
        return ()
    middle = float(np.exp(np.log(d) @ n / n.sum()))
    found = []
    for slope in slopes:
        hits = frequency * middle * (d / middle) ** slope
        seen = possible(hits, n, rng=rng, plates=SLOPE_PLATES, enumerated=SLOPE_PLATES)
        refused = refuses_single_hit(d, n, seen.positive, alpha=alpha).astype(float)
        found.append(SlopePower(slope, Chance(seen.mean(refused), seen.error(refused))))
    return tuple(found)


def refuses_single_hit(
    dose: FloatArray, tested: FloatArray, positive: FloatArray, *, alpha: float
) -> npt.NDArray[np.bool_]:
    """Whether `single_hit_tests` refuses slope 1, for many plates at once, shape (plates,).

    The profile likelihood of the slope is concave: its top lies where its slope changes sign. Plates whose
    top lies far out may be separated, and are handed to the tests themselves, one by one.
    """
    log_dose = np.log(dose) - np.log(dose) @ tested / tested.sum()
    wells = positive.sum(-1)
    refused = np.zeros(len(positive), bool)
    mixed = np.flatnonzero((wells > 0) & (wells < tested.sum()))
    s = positive[mixed]
    low, high = (np.full(len(mixed), end) for end in (-_STEEPEST, _STEEPEST))
    for _ in range(_HALVINGS):
        slope = (low + high) / 2
        _, rise = _profile(slope, log_dose, tested, s)
        low, high = np.where(rise > 0, slope, low), np.where(rise > 0, high, slope)
    slope = (low + high) / 2
    top, single = (_profile(x, log_dose, tested, s)[0] for x in (slope, np.ones(len(mixed))))
    refused[mixed] = chdtrc(1, 2 * np.maximum(top - single, 0.0)) < alpha
    for far in mixed[np.abs(slope) > _FAR]:
        tests = single_hit_tests(dose, tested, positive[far])
        p = tests.score_log_dose_p if tests.separated else tests.likelihood_ratio_p
        refused[far] = p is not None and p < alpha
    return refused


def _profile(
    slope: FloatArray, log_dose: FloatArray, tested: FloatArray, positive: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood of each plate at its slope, its frequency at its best, and the rise with the slope."""
    scaled = np.exp(slope[:, None] * log_dose)
    n = np.broadcast_to(tested, positive.shape)
    best = dilution.maximum_likelihood(scaled, n, positive)
    hits = best[:, None] * scaled
    rise = (positive * dilution.per_hit(hits) - (n - positive) * hits) @ log_dose
    return dilution.log_likelihood(best, scaled, n, positive), rise


def difference_power(
    first: float, second: float, doses: tuple[Dose, ...], *, alpha: float, rng: np.random.Generator
) -> Chance:
    """Power of the likelihood-ratio test that two plates of this design share one frequency."""
    d, n = plate_arrays(doses)
    both = np.concatenate([d, d])
    wells = np.concatenate([n, n])
    hits = np.concatenate([first * d, second * d])
    seen = possible(hits, wells, rng=rng, plates=PAIRS)
    before, after = np.split(seen.positive, 2, axis=-1)
    apart = _best(d, n, before) + _best(d, n, after)
    chi_square = 2 * np.maximum(apart - _best(both, wells, seen.positive), 0.0)
    refused = (chdtrc(1, chi_square) < alpha).astype(float)
    return Chance(seen.mean(refused), seen.error(refused))


def _best(dose: FloatArray, tested: FloatArray, positive: FloatArray) -> FloatArray:
    """Largest log-likelihood of each plate; 0 where all its wells agree."""
    best = dilution.maximum_likelihood(dose, tested, positive)
    some = (best > 0) & np.isfinite(best)
    value = np.zeros(len(positive))
    value[some] = dilution.log_likelihood(best[some], dose, tested, positive[some])
    return value


def typed_precision(
    frequency: float,
    clone: float,
    doses: tuple[Dose, ...],
    *,
    confidence: float,
    rng: np.random.Generator,
    plates: int = TYPED_PLATES,
) -> TypedPrecision:
    """Expected interval of the clone's share of units, every positive well typed.

    Parameters
    ----------
    frequency : float
        Of all units that work, per cell.
    clone : float
        Share of them that is clonal, in (0, 1).
    doses : tuple of Dose
        The plate.
    confidence : float
        Of the profile-likelihood interval.
    rng : numpy.random.Generator
        Of the simulated plates.
    plates : int
        How many.
    """
    d, n = plate_arrays(doses)
    h_n, h_c = frequency * (1 - clone) * d, frequency * clone * d
    stays_n, stays_c = np.exp(-h_n), np.exp(-h_c)
    kinds = np.stack(
        [stays_n * stays_c, (1 - stays_n) * stays_c, stays_n * (1 - stays_c), (1 - stays_n) * (1 - stays_c)],
        axis=-1,
    )
    drawn = rng.multinomial(n.astype(int), kinds, size=(plates, len(n)))
    unique, times = np.unique(drawn, axis=0, return_counts=True)
    widths, sided = [], []
    for wells in unique.astype(float):
        negative, normal, clonal, both = wells.T
        plate = TypedPlate(d, negative, normal, clonal, both, np.zeros(len(d)))
        sided.append(float(plate.normal_wells == 0 or plate.clone_wells == 0))
        if plate.normal_wells == 0 and plate.clone_wells == 0:
            widths.append(1.0)
            continue
        limits = clone_fraction(plate, confidence=confidence)
        widths.append(limits.upper - limits.lower)
    weight, width = times / plates, np.array(widths)
    mean = float(weight @ width)
    error = float(np.sqrt(max(weight @ width**2 - mean**2, 0.0) / plates))
    return TypedPrecision(clone, Chance(mean, error), float(weight @ np.array(sided)))
