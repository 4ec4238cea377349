"""The risk of one patient, taken from the scores of many, with what each item adds to it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from remnant.diagnosis import ipss_m_weights as published
from remnant.diagnosis.ipss_m import SCENARIOS, IpssMScores
from remnant.diagnosis.ipss_r import CATEGORIES, CYTOGENETIC_GROUPS, ITEMS, OUTLOOKS
from remnant.diagnosis.risk import RiskInputs, RiskScores, score
from remnant.diagnosis.risk_records import (
    Contribution,
    Grade,
    IpssM,
    IpssR,
    PatientRisk,
    Scenario,
)
from remnant.diagnosis.risk_remarks import remarks
from remnant.stats.numerics.arrays import FloatArray


def risk_inputs(
    *,
    haemoglobin: float | None = None,
    platelets: float | None = None,
    neutrophils: float | None = None,
    blasts: float | None = None,
    age: float | None = None,
    cytogenetics: str | None = None,
    del5q: bool | None = None,
    del7: bool | None = None,
    del17p: bool | None = None,
    complex_: bool | None = None,
    tp53_mutations: int | None = None,
    tp53_vaf: float | None = None,
    tp53_loss: bool | None = None,
    mutated: Mapping[str, bool | None] | None = None,
) -> RiskInputs:
    """Return what the scores ask of one patient; None is missing, and so is a gene that is not named.

    Parameters
    ----------
    cytogenetics : str or None
        A name of `CYTOGENETIC_GROUPS`.
    mutated : Mapping of str to (bool or None), optional
        Genes of `ipss_m_weights.GENES` that were tested, and whether they are mutated.
    others
        As in `RiskInputs`, units too.
    """

    def one(value: float | None) -> FloatArray:
        return np.array([np.nan if value is None else float(value)])

    group = None if cytogenetics is None else CYTOGENETIC_GROUPS.index(cytogenetics)
    tested = mutated or {}
    return RiskInputs(
        haemoglobin=one(haemoglobin),
        platelets=one(platelets),
        neutrophils=one(neutrophils),
        blasts=one(blasts),
        age=one(age),
        cytogenetics=one(group),
        del5q=one(del5q),
        del7=one(del7),
        del17p=one(del17p),
        complex_=one(complex_),
        tp53_mutations=one(None if tp53_mutations is None else min(tp53_mutations, 2)),
        tp53_vaf=one(tp53_vaf),
        tp53_loss=one(tp53_loss),
        genes={gene: one(tested.get(gene)) for gene in published.GENES},
    )


def patient_risk(given: RiskInputs) -> PatientRisk:
    """Score one patient, as from `risk_inputs`.

    Examples
    --------
    >>> found = patient_risk(risk_inputs(haemoglobin=9.1, platelets=210, blasts=3, cytogenetics="Good"))
    >>> found.ipss_r.score, found.ipss_r.missing, found.ipss_r.sure
    (None, ('neutrophils',), None)
    """
    scores = score(given)
    return PatientRisk(*risk_of(given, scores, 0), remarks(given)[0])


def risk_of(given: RiskInputs, scores: RiskScores, place: int) -> tuple[IpssR, IpssR, IpssM]:
    """Take the scores of the patient at `place`."""
    points = scores.points[place]
    missing = tuple(item for item, point in zip(ITEMS, points, strict=True) if np.isnan(point))
    lowest = Grade(float(scores.lowest[place]), CATEGORIES[scores.lowest_category[place]])
    highest = Grade(float(scores.highest[place]), CATEGORIES[scores.highest_category[place]])
    each = tuple(None if np.isnan(point) else float(point) for point in points)
    if missing:
        ipss_r = IpssR(None, None, lowest, highest, each, missing)
    else:
        outlook = OUTLOOKS[scores.lowest_category[place]]
        ipss_r = IpssR(lowest.score, lowest.category, lowest, highest, each, missing, outlook)
    return ipss_r, _adjusted(scores, place, missing), _ipss_m(given, scores.ipss_m, place)


def _adjusted(scores: RiskScores, place: int, missing: tuple[str, ...]) -> IpssR:
    if np.isnan(scores.adjusted_lowest[place]):
        return IpssR(None, None, None, None, missing=("age", *missing))
    lowest = Grade(float(scores.adjusted_lowest[place]), CATEGORIES[scores.adjusted_lowest_category[place]])
    highest = Grade(
        float(scores.adjusted_highest[place]), CATEGORIES[scores.adjusted_highest_category[place]]
    )
    if missing:
        return IpssR(None, None, lowest, highest, missing=missing)
    return IpssR(lowest.score, lowest.category, lowest, highest)


def _ipss_m(given: RiskInputs, scores: IpssMScores, place: int) -> IpssM:
    best, mean, worst = (
        Scenario(
            float(scores.score[row, place]),
            published.CATEGORIES[scores.category[row, place]],
            float(scores.raw[row, place]),
        )
        for row in range(len(SCENARIOS))
    )
    narrow = bool(scores.narrow[place])
    stable = narrow or best.category == worst.category
    values, parts = scores.values[place], scores.contributions[:, place]
    unsure = np.isnan(values) | (parts[0] != parts[2])
    contributions = tuple(
        Contribution(variable, None if unsure[i] else float(values[i]), *parts[:, i].tolist())
        for i, variable in enumerate(published.VARIABLES)
    )
    missing = missing_variables(scores)[place] + missing_genes(given, scores)[place]
    return IpssM(
        best, mean, worst, mean.score if narrow else None, mean.category if stable else None, missing,
        contributions,
    )  # fmt: skip


MEASURED = ("haemoglobin", "platelets", "blasts", "cytogenetics")  # the first variables of IPSS-M


def missing_variables(scores: IpssMScores) -> list[tuple[str, ...]]:
    """Name the missing items of IPSS-M other than genes, patient by patient."""
    return _named(np.isnan(scores.values[:, : len(MEASURED)]), MEASURED)


def missing_genes(given: RiskInputs, scores: IpssMScores) -> list[tuple[str, ...]]:
    """Name the missing genes, patient by patient.

    TP53 is one where it cannot be said whether both copies are hit, as with one mutation and no word of the
    other copy.
    """
    multihit = scores.values[:, published.VARIABLES.index("TP53multi")]
    genes = [multihit, *(given.genes[gene] for gene in published.GENES)]
    return _named(np.isnan(np.stack(genes, axis=1)), ("TP53", *published.GENES))


def _named(
    missing: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], names: tuple[str, ...]
) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [() for _ in missing]
    for place in np.flatnonzero(missing.any(axis=1)):
        found[place] = tuple(name for name, gone in zip(names, missing[place], strict=True) if gone)
    return found
