"""Whether a marker measured before treatment goes with response, or with how long a remission lasts.

Cohorts here are small, so tests are exact where they can be and say the smallest p they could give; effects
are by Firth's penalised likelihood where events are few; and the more markers are asked, the more each must
show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.cox import cox
from remnant.stats.survival.firth_cox import firth_cox
from remnant.stats.survival.log_rank import exact_trend
from remnant.stats.tables.firth import firth_test
from remnant.stats.tables.multiplicity import benjamini_hochberg, holm
from remnant.stats.tables.rank_sum import rank_sum
from remnant.study.estimate import Source

RESPONSE, DURATION = "response", "duration of remission"
FEW = 10  # events per covariate below which maximum likelihood exaggerates (Peduzzi 1995, 1996)


@dataclass(frozen=True)
class MarkerValues:
    """A marker before treatment, patient by patient.

    Parameters
    ----------
    name, unit : str
        As in biomarkers.csv.
    values : dict of str to float
        Patient to value, of the last sample before treatment that has one.
    sources : dict of str to Source
        Patient to the row it was read from.
    """

    name: str
    unit: str
    values: dict[str, float]
    sources: dict[str, Source]


@dataclass(frozen=True)
class Association:
    """A marker and an endpoint.

    Parameters
    ----------
    marker, unit : str
        As measured.
    endpoint : str
        `response` (ever, by the criteria) or `duration of remission` (until clinical relapse).
    patients, events : int
        Patients with marker and endpoint; responders, or relapses, among them.
    measure : str
        `odds ratio` or `hazard ratio`.
    scale : str
        What it is for: `per doubling` where every value is above 0 and they span one doubling or more; else
        `per standard deviation`, where all are above 0 of the logarithm.
    ratio, lower, upper : float or None
        The ratio and its profile-likelihood limits; None where there is none, or a limit is unbounded.
    method : str
        How the ratio was estimated.
    test : str
        How p was found.
    p : float or None
        Two-sided; None where nothing could be tested.
    p_holm, p_false_discovery : float or None
        Adjusted over all markers of this endpoint: after Holm, and after Benjamini and Hochberg.
    smallest_p : float or None
        The least that the exact test could have given; None where the test is not exact.
    confidence : float
        Coverage of the limits.
    not_measured : tuple of str
        Patients with the endpoint and without the marker; nothing is filled in for them.
    remarks : tuple of str
        What a reader must know.
    sources : tuple of Source
        The rows of the marker.
    """

    marker: str
    unit: str
    endpoint: str
    patients: int
    events: int
    measure: str
    scale: str
    ratio: float | None
    lower: float | None
    upper: float | None
    method: str
    test: str
    p: float | None
    p_holm: float | None
    p_false_discovery: float | None
    smallest_p: float | None
    confidence: float
    not_measured: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


def associate(
    markers: Sequence[MarkerValues],
    responded: Mapping[str, bool],
    remissions: Mapping[str, tuple[int, bool]],
    *,
    confidence: float,
) -> tuple[Association, ...]:
    """Ask every marker for both endpoints.

    Parameters
    ----------
    markers : sequence of MarkerValues
        Of one unit each.
    responded : mapping of str to bool
        Patient to whether there was any response; without those in whom it cannot be told.
    remissions : mapping of str to (int, bool)
        Patient to days from remission to relapse, or to the last look, and whether there was a relapse.
    confidence : float
        Coverage of the limits, in (0, 1).

    Returns
    -------
    tuple of Association
        By endpoint, markers in their order.
    """
    responses = [_with_response(marker, responded, confidence) for marker in markers]
    durations = [_with_duration(marker, remissions, confidence) for marker in markers]
    return (*_adjusted(responses), *_adjusted(durations))


def _with_response(marker: MarkerValues, responded: Mapping[str, bool], confidence: float) -> Association:
    known = [patient for patient in responded if patient in marker.values]
    outcome = np.array([responded[patient] for patient in known], bool)
    empty = _empty(marker, RESPONSE, "odds ratio", known, list(responded), outcome, confidence)
    x, scale = _scaled([marker.values[patient] for patient in known])
    if reason := _idle(x, outcome, "responded"):
        return replace(empty, scale=scale, remarks=(reason,))
    test = rank_sum(x, outcome)
    fit = firth_test(np.c_[np.ones(x.size), x], outcome, column=1, confidence=confidence)
    apart = x[outcome].min() > x[~outcome].max() or x[outcome].max() < x[~outcome].min()
    remarks = _few(min(outcome.sum(), (~outcome).sum()), "patients in the smaller group")
    remarks += ["separation: no value of the responders lies among the others"] if apart else []
    return replace(
        empty,
        scale=scale,
        ratio=_finite(np.exp(fit.estimate)),
        lower=_finite(np.exp(fit.lower)),
        upper=_finite(np.exp(fit.upper)),
        method="Firth logistic",
        test="exact rank-sum" if test.exact else "rank-sum, normal law",
        p=test.p,
        smallest_p=test.smallest_p if test.exact else None,
        remarks=tuple(remarks),
    )


def _with_duration(
    marker: MarkerValues, remissions: Mapping[str, tuple[int, bool]], confidence: float
) -> Association:
    known = [patient for patient in remissions if patient in marker.values]
    time = np.array([remissions[patient][0] for patient in known], float)
    event = np.array([remissions[patient][1] for patient in known], bool)
    empty = _empty(marker, DURATION, "hazard ratio", known, list(remissions), event, confidence)
    x, scale = _scaled([marker.values[patient] for patient in known])
    empty = replace(empty, scale=scale)
    if x.size < 2 or not np.ptp(x) > 0:
        return replace(empty, remarks=(_idle(x, event, "relapsed"),))
    penalised, plain = event.sum() < FEW, cox(time, event, x, confidence=confidence)
    fit = firth_cox(time, event, x, confidence=confidence) if penalised or plain is None else plain
    if fit is None or plain is None:
        return replace(empty, remarks=("no relapse while markers differed among those at risk",))
    exact = exact_trend(time, event, x)
    remarks = _few(int(event.sum()), "relapses")
    remarks += ["separation: every relapse was at one end of those at risk"] if plain.infinite.any() else []
    with np.errstate(over="ignore"):
        ratio, lower, upper = np.exp([fit.coefficient[0], fit.lower[0], fit.upper[0]])
    return replace(
        empty,
        ratio=_finite(ratio),
        lower=_finite(lower),
        upper=_finite(upper),
        method="Firth Cox" if penalised else "Cox, Efron's ties",
        test=("penalised " if penalised else "") + "likelihood ratio"
        if exact is None
        else "exact permutation",
        p=fit.likelihood_ratio.p if exact is None else exact.p,
        smallest_p=None if exact is None else exact.smallest_p,
        remarks=tuple(remarks),
    )


def _empty(
    marker: MarkerValues,
    endpoint: str,
    measure: str,
    known: list[str],
    asked: list[str],
    event: np.ndarray[tuple[int], np.dtype[np.bool_]],
    confidence: float,
) -> Association:
    """Say of whom it is, and nothing yet of the association."""
    nothing = (None,) * 3
    lacking = tuple(patient for patient in asked if patient not in marker.values)
    rows = tuple(sorted(marker.sources[patient] for patient in known))
    return Association(
        marker.name, marker.unit, endpoint, len(known), int(event.sum()), measure, "", *nothing,
        "not evaluable", "none", *nothing, None, confidence, lacking, (), rows,
    )  # fmt: skip


def _scaled(values: Sequence[float]) -> tuple[FloatArray, str]:
    """Values in doublings where all are above 0 and they span one, else in standard deviations."""
    x = np.array(values, float)
    name = "per standard deviation"
    if x.size and (x > 0).all():
        x, name = np.log2(x), "per standard deviation of the logarithm"
        if np.ptp(x) >= 1:
            return x, "per doubling"  # within less than a doubling, one would be beyond all that was seen
    spread = float(x.std(ddof=1)) if x.size > 1 else 0.0
    return (x / spread if spread > 0 else x), name


def _idle(x: FloatArray, event: np.ndarray[tuple[int], np.dtype[np.bool_]], verb: str) -> str:
    """Say why there is nothing to test; nothing where there is."""
    if not x.size:
        return "not measured before treatment in anybody with the endpoint"
    if not event.any() or event.all():
        return f"{'everybody' if event.all() else 'nobody'} {verb}: nothing to compare"
    return "" if np.ptp(x) > 0 else "the same value in all"


def _few(events: int, what: str) -> list[str]:
    return [f"{events} {what}, fewer than {FEW}: a weak basis whatever the method"] if events < FEW else []


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) and 0 < value < 1e12 else None


def _adjusted(found: Sequence[Association]) -> list[Association]:
    """Adjust for every marker that could be tested."""
    p = [np.nan if item.p is None else item.p for item in found]
    first, second = (holm(p), benjamini_hochberg(p)) if p else ((), ())

    def known(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    return [
        replace(item, p_holm=known(a), p_false_discovery=known(b))
        for item, a, b in zip(found, first, second, strict=True)
    ]
