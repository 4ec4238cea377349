"""FISH and metaphases of one sample: whether they agree, and how surprising it is where they do not.

Both count cells of one marrow, but not the same cells: metaphases come from cells that divide in culture,
nuclei from all. Normal cells may grow better than the clone, or worse, so the fractions differ without error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import binom

from remnant.response.cytogenetic.fish_response import FishCount, check_nuclei
from remnant.response.cytogenetic.metaphase_count import CLONE_METAPHASES, MetaphaseCount, check_metaphases
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.study.estimate import Source

SURPRISING = 0.05  # chance below which a result speaks against a fraction
CULTURE = (
    "metaphases come from cells that divide in culture, and normal cells may grow better than the clone, "
    "or worse"
)
COVER = "a probe sees only its own locus: is it lost in this clone?"


class Agreement(StrEnum):
    """Which of the two assays shows the clone."""

    BOTH = "both show the clone"
    NEITHER = "neither shows the clone"
    FISH_ONLY = "FISH only"
    METAPHASES_ONLY = "metaphases only"
    NOT_COMPARABLE = "not comparable"


class Surprise(StrEnum):
    """How far the two counts are from each other by chance alone."""

    NONE = "not contradictory"
    SOME = "surprising, within the error of the FISH fraction"
    MUCH = "contradictory"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Discordance:
    """FISH and metaphases of one sample side by side.

    Parameters
    ----------
    patient_id, sample_id : str
        The sample.
    day : int
        Days since the patient's anchor.
    probe : str
        Probe of the FISH count.
    agreement : Agreement
        Which of the two shows the clone.
    abnormal_metaphases, metaphases : int
        Of the karyotype.
    abnormal_nuclei, nuclei, cutoff_count : int or None
        Of the FISH count.
    probability : float or None
        Chance of so few metaphases of the clone, or of so many, were its fraction that of the nuclei: the
        smaller tail, the count itself included.
    probability_at_limit : float or None
        The same at the end of the interval of the FISH fraction that fits the metaphases best.
    surprise : Surprise
        Not contradictory: the first chance is at least 5 %. Contradictory: even the second is below.
    reason : str
        In words, with the counts.
    remarks : tuple of str
        Why the two may differ without error.
    sources : tuple of Source
        Both rows.
    """

    patient_id: str
    sample_id: str
    day: int
    probe: str
    agreement: Agreement
    abnormal_metaphases: int
    metaphases: int
    abnormal_nuclei: int
    nuclei: int
    cutoff_count: int | None
    probability: float | None
    probability_at_limit: float | None
    surprise: Surprise
    reason: str
    remarks: tuple[str, ...]
    sources: tuple[Source, ...]


def discordances(
    patient_id: str,
    metaphases: Sequence[MetaphaseCount],
    fish: Sequence[FishCount],
    *,
    confidence: float = 0.95,
) -> tuple[Discordance, ...]:
    """Compare the metaphases and the nuclei of every sample that has both.

    Parameters
    ----------
    patient_id : str
        The patient.
    metaphases : sequence of MetaphaseCount
        One for each sample, in any order.
    fish : sequence of FishCount
        Bulk samples; several probes of a sample are compared one by one.
    confidence : float, default 0.95
        Of the interval of the FISH fraction, in (0, 1).

    Returns
    -------
    tuple of Discordance
        In the order of days, then probes.

    Raises
    ------
    SettingError
        If a count cannot be.

    Examples
    --------
    >>> row = Source("example", 1)
    >>> found = discordances(
    ...     "P1",
    ...     [MetaphaseCount("S1", 180, 0, 20, (), row)],
    ...     [FishCount("S1", 180, 20, 200, 7, row)],
    ... )
    >>> found[0].agreement.value, round(found[0].probability, 2), found[0].surprise.value
    ('FISH only', 0.12, 'not contradictory')
    """
    check_metaphases(metaphases)
    check_nuclei(fish)
    found: list[Discordance] = []
    for count in metaphases:
        earlier = [one for one in metaphases if (one.day, one.sample_id) < (count.day, count.sample_id)]
        known = any(one.abnormal >= CLONE_METAPHASES for one in earlier)
        found += [
            _compare(patient_id, count, nuclei, known=known, confidence=confidence)
            for nuclei in fish
            if nuclei.sample_id == count.sample_id
        ]
    return tuple(sorted(found, key=lambda one: (one.day, one.sample_id, one.probe)))


def metaphase_tail(abnormal: int, scored: int, fraction: float) -> float:
    """Chance of so few abnormal metaphases, or of so many, in a clone of `fraction`; the smaller of both.

    Examples
    --------
    >>> round(metaphase_tail(0, 20, 0.10), 3), round(metaphase_tail(20, 20, 0.5), 7)
    (0.122, 1e-06)
    """
    few = float(binom.cdf(abnormal, scored, fraction))
    many = float(binom.sf(abnormal - 1, scored, fraction))
    return min(few, many, 1.0)


def _compare(
    patient_id: str, count: MetaphaseCount, nuclei: FishCount, *, known: bool, confidence: float
) -> Discordance:
    # One metaphase of a known clone is the clone (OR41); without one on record it takes two.
    seen = count.abnormal >= (1 if known else CLONE_METAPHASES)
    agreement = _agreement(count, nuclei, seen=seen)
    first = second = None
    if count.scored and nuclei.scored:
        first = metaphase_tail(count.abnormal, count.scored, nuclei.abnormal / nuclei.scored)
        second = _at_limit(count, nuclei, confidence)
    surprise = _surprise(first, second)
    return Discordance(
        patient_id,
        count.sample_id,
        count.day,
        nuclei.probe,
        agreement,
        count.abnormal,
        count.scored,
        nuclei.abnormal,
        nuclei.scored,
        nuclei.cutoff_count,
        first,
        second,
        surprise,
        _reason(count, nuclei, agreement, first),
        _remarks(agreement, surprise),
        (count.source, nuclei.source),
    )


def _agreement(count: MetaphaseCount, nuclei: FishCount, *, seen: bool) -> Agreement:
    if not count.scored or nuclei.positive is None:
        return Agreement.NOT_COMPARABLE
    if seen == nuclei.positive:
        return Agreement.BOTH if seen else Agreement.NEITHER
    return Agreement.METAPHASES_ONLY if seen else Agreement.FISH_ONLY


def _at_limit(count: MetaphaseCount, nuclei: FishCount, confidence: float) -> float:
    """Chance of the metaphases at the FISH fraction within its interval that fits them best."""
    lower, upper = (
        float(end) for end in clopper_pearson(nuclei.abnormal, nuclei.scored, confidence=confidence)
    )
    best = min(max(count.abnormal / count.scored, lower), upper)
    return metaphase_tail(count.abnormal, count.scored, best)


def _surprise(first: float | None, second: float | None) -> Surprise:
    if first is None or second is None:
        return Surprise.UNKNOWN
    if first >= SURPRISING:
        return Surprise.NONE
    return Surprise.SOME if second >= SURPRISING else Surprise.MUCH


def _reason(count: MetaphaseCount, nuclei: FishCount, agreement: Agreement, first: float | None) -> str:
    cells = f"{count.abnormal} of {count.scored} metaphases, {nuclei.abnormal} of {nuclei.scored} nuclei"
    if nuclei.cutoff_count is not None:
        cells += f" (cut-off {nuclei.cutoff_count})"
    if agreement is Agreement.NOT_COMPARABLE:
        lacking = (
            "no metaphase" if not count.scored else "no nucleus scored" if not nuclei.scored else "no cut-off"
        )
        return f"{cells}: {lacking}"
    assert first is not None, "both counts have cells"
    percent = 100 * nuclei.abnormal / nuclei.scored
    return f"{cells}: a chance of {first:.2g} in metaphases of a clone of {percent:.3g} %"


def _remarks(agreement: Agreement, surprise: Surprise) -> tuple[str, ...]:
    if agreement is Agreement.NOT_COMPARABLE:
        return ()
    remarks = []
    if agreement in (Agreement.FISH_ONLY, Agreement.METAPHASES_ONLY) or surprise is not Surprise.NONE:
        remarks.append(CULTURE)
    if agreement is Agreement.METAPHASES_ONLY:
        remarks.append(COVER)
    return tuple(remarks)
