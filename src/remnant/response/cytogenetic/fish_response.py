"""Response by interphase FISH, by the cut-off for so many nuclei: beside the metaphases, never as them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from remnant.errors import Fault, SettingError
from remnant.response.rules.thresholds import Threshold
from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.study.estimate import Estimate, Source

REDUCED = Threshold(
    "reduction of the abnormal fraction of nuclei",
    ">=",
    "50",
    "%",
    "as for metaphases: Cheson 2006, Blood 108:419, table 3",
    "OR42, OR45: a field of its own; the paper speaks of metaphases",
)


@dataclass(frozen=True)
class FishCount:
    """Nuclei of one sample, scored with one probe.

    Parameters
    ----------
    sample_id : str
        The sample.
    day : int
        Days since the patient's anchor.
    abnormal, scored : int
        Nuclei with the clone's pattern, of so many; 0 of 0 for a hybridisation that failed.
    cutoff_count : int or None
        Smallest count that is abnormal for so many nuclei, at least 1; None where the laboratory has none.
    source : Source
        The row.
    probe : str
        Probe; each has its own course.
    """

    sample_id: str
    day: int
    abnormal: int
    scored: int
    cutoff_count: int | None
    source: Source
    probe: str = ""

    @property
    def positive(self) -> bool | None:
        """Whether the count reaches the cut-off; None without nuclei or without a cut-off."""
        if not self.scored or self.cutoff_count is None:
            return None
        return self.abnormal >= self.cutoff_count


@dataclass(frozen=True)
class FishResponse:
    """Response by FISH at one sample.

    Parameters
    ----------
    patient_id, sample_id : str
        The sample.
    day : int
        Days since the patient's anchor.
    probe : str
        Probe.
    response : str
        `complete` (below the cut-off), `partial` (at least half of the fraction gone), `none`, or
        `not assessable`. Never a cytogenetic response: that needs metaphases (OR45).
    abnormal, scored : int
        Nuclei of the clone, of so many.
    cutoff_count : int or None
        Smallest abnormal count for so many nuclei.
    fraction : Estimate
        Fraction of nuclei scored abnormal; not corrected for errors of the probe. Below the cut-off it is
        not detected, and its bound holds for the count that was seen.
    excluded_above, excluded_above_two_sided : float or None
        Below the cut-off: clones above this fraction of nuclei are excluded; None otherwise.
    found_above : float or None
        Clones above this fraction would have reached the cut-off with the confidence asked for.
    reduction : float or None
        1 - (k/n) / (k0/n0); None without a positive baseline.
    relapse : bool or None
        Whether the clone is back after a complete response by FISH: the cut-off is reached here and in the
        next sample. None where there is no next sample yet.
    reason : str
        What the response rests on.
    missing : tuple of str
        What would be needed to say more.
    sources : tuple of Source
        This sample and its baseline.
    """

    patient_id: str
    sample_id: str
    day: int
    probe: str
    response: str
    abnormal: int
    scored: int
    cutoff_count: int | None
    fraction: Estimate
    excluded_above: float | None
    excluded_above_two_sided: float | None
    found_above: float | None
    reduction: float | None
    relapse: bool | None
    reason: str
    missing: tuple[str, ...]
    sources: tuple[Source, ...]


def fish_responses(
    patient_id: str, counts: Sequence[FishCount], *, first_dose: int, confidence: float = 0.95
) -> tuple[FishResponse, ...]:
    """Judge every count of nuclei after the first dose against the last one up to it, probe by probe.

    Parameters
    ----------
    patient_id : str
        The patient.
    counts : sequence of FishCount
        The patient's bulk samples, in any order; sorted compartments are not bulk, and do not belong here.
    first_dose : int
        Day of the first dose; a sample of that day is taken to be drawn before it.
    confidence : float, default 0.95
        Coverage of intervals and bounds, in (0, 1).

    Returns
    -------
    tuple of FishResponse
        In the order of days, then probes.

    Raises
    ------
    SettingError
        If a count is not 0 <= abnormal <= scored, or a cut-off is not from 1 to scored + 1.

    References
    ----------
    OR44 and OR45 are our readings; no criteria set defines a response by FISH.
    """
    check_nuclei(counts)
    responses: list[FishResponse] = []
    for probe in dict.fromkeys(one.probe for one in counts):
        mine = sorted((o for o in counts if o.probe == probe), key=lambda one: (one.day, one.sample_id))
        before = [one for one in mine if one.day <= first_dose]
        baseline = next((one for one in reversed(before) if one.scored), None)
        complete = False
        for place, now in enumerate(mine):
            if now.day <= first_dose:
                continue
            after = next((one for one in mine[place + 1 :] if one.positive is not None), None)
            found = _response(patient_id, now, baseline, confidence, relapse=_relapse(now, after, complete))
            complete = complete or found.response == "complete"
            responses.append(found)
    return tuple(sorted(responses, key=lambda one: (one.day, one.sample_id, one.probe)))


def fish_fraction(count: FishCount, confidence: float) -> Estimate:
    """Return the fraction of nuclei scored abnormal; below the cut-off it is not detected (OR53)."""
    if not count.scored:
        return Estimate.not_evaluable("no nucleus could be scored", (count.source,))
    if count.positive or (count.positive is None and count.abnormal):
        lower, upper = clopper_pearson(count.abnormal, count.scored, confidence=confidence)
        value = count.abnormal / count.scored
        return Estimate.detected(
            value,
            float(lower),
            float(upper),
            confidence=confidence,
            reason="Clopper-Pearson",
            sources=(count.source,),
        )
    bound = float(upper_bound(count.abnormal, count.scored, confidence=confidence))
    reason = f"exact binomial, {count.abnormal} of {count.scored} nuclei"
    return Estimate.not_detected(bound, confidence=confidence, reason=reason, sources=(count.source,))


def check_nuclei(counts: Sequence[FishCount]) -> None:
    """Refuse counts that cannot be.

    Raises
    ------
    SettingError
        With every row at fault.
    """
    faults = []
    for one in counts:
        place = one.source.file, one.source.line
        if not 0 <= one.abnormal <= one.scored:
            found = f"{one.abnormal} of {one.scored}"
            faults.append(Fault(*place, "nuclei", found, "0 <= abnormal <= scored", "are the two swapped?"))
        elif one.scored and one.cutoff_count is not None and not 1 <= one.cutoff_count <= one.scored + 1:
            expected = f"a count from 1 to {one.scored + 1}"
            hint = "the smallest abnormal count for these nuclei, not a percentage"
            faults.append(Fault(*place, "cut-off", str(one.cutoff_count), expected, hint))
    if faults:
        raise SettingError(faults)


def _response(
    patient_id: str, now: FishCount, baseline: FishCount | None, confidence: float, *, relapse: bool | None
) -> FishResponse:
    reduction = _reduction(now, baseline)
    response, reason, missing = _judge(now, baseline, reduction)
    one_sided = two_sided = found_above = None
    if now.positive is False:
        one_sided = float(upper_bound(now.abnormal, now.scored, confidence=confidence))
        two_sided = float(clopper_pearson(now.abnormal, now.scored, confidence=confidence)[1])
    if now.positive is not None and now.cutoff_count is not None and now.cutoff_count <= now.scored:
        # The clone that reaches the cut-off this surely is the upper limit of the largest count below it.
        found_above = float(upper_bound(now.cutoff_count - 1, now.scored, confidence=confidence))
    return FishResponse(
        patient_id,
        now.sample_id,
        now.day,
        now.probe,
        response,
        now.abnormal,
        now.scored,
        now.cutoff_count,
        fish_fraction(now, confidence),
        one_sided,
        two_sided,
        found_above,
        None if reduction is None else float(reduction),
        relapse,
        reason,
        missing,
        (now.source,) if baseline is None else (now.source, baseline.source),
    )


def _judge(
    now: FishCount, baseline: FishCount | None, reduction: Fraction | None
) -> tuple[str, str, tuple[str, ...]]:
    """Return the response, what it rests on, and what is missing."""
    found = f"{now.abnormal} of {now.scored} nuclei"
    if not now.scored:
        return "not assessable", "not evaluable: no nucleus scored", ("nuclei",)
    if now.positive is None:
        return "not assessable", f"{found}; no cut-off", (f"a cut-off for {now.scored} nuclei",)
    found += f", cut-off {now.cutoff_count}"
    if baseline is None or not baseline.positive:
        missing = ("a baseline at or above its cut-off",)
        return "not assessable", f"{found}; no positive baseline", missing
    if not now.positive:
        return "complete", found, ()
    assert reduction is not None, "both samples have nuclei and the baseline is positive"
    against = f"{found}; {baseline.abnormal} of {baseline.scored} at baseline"
    return "partial" if REDUCED.met(100 * reduction) else "none", against, ()


def _reduction(now: FishCount, baseline: FishCount | None) -> Fraction | None:
    if baseline is None or not baseline.positive or not now.scored:
        return None
    return 1 - Fraction(now.abnormal, now.scored) / Fraction(baseline.abnormal, baseline.scored)


def _relapse(now: FishCount, after: FishCount | None, complete: bool) -> bool | None:
    """Return after a complete response by FISH, confirmed at the next sample (OR44)."""
    if not complete or not now.positive:
        return False
    return None if after is None else bool(after.positive)
