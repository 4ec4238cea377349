"""What a study and a patient come to, in sentences made of values; nothing is said that no value carries.

Three rules hold. What was looked for and not found is said with the bound that the counts support, never as
gone. Persistence is stated with its interval and is no forecast: in the closest sister disease some patients
with persistent stem cells never relapsed. And a silent assay is named together with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from remnant.analysis.findings import Findings
from remnant.cytogenetics import CloneFraction
from remnant.persistence.burden import Burden
from remnant.persistence.fall import BurdenFall
from remnant.persistence.relapse import Relapse
from remnant.persistence.selective import SelectivePersistence
from remnant.report import numbers, phrases, pooling, quiescence, standing
from remnant.report.phrases import counted
from remnant.study.estimate import Estimate

KINDS = {
    "clinical": "Clinical relapse",
    "cytogenetic": "Cytogenetic relapse",
    "clone": "A rise of the clone",
}


def nuclei(abnormal: int, scored: int) -> str:
    """Say a count of nuclei.

    Examples
    --------
    >>> nuclei(0, 25)
    '0 of 25 nuclei'
    """
    return f"{numbers.count(abnormal)} of {numbers.count(scored)} nuclei"


def metaphases(abnormal: int, scored: int, excluded_above: float | None, confidence: float) -> str:
    """Say a count of metaphases, and when none is abnormal what that excludes.

    Examples
    --------
    >>> metaphases(0, 20, 0.139, 0.95)
    '0 of 20 metaphases: excludes only clones above 14 % (one-sided 95 %)'
    """
    said = f"{abnormal} of {counted(scored, 'metaphase')}"
    if abnormal == 0 and excluded_above is not None:
        bound = numbers.percent(excluded_above)
        said += f": excludes only clones above {bound} (one-sided {numbers.coverage(confidence)})"
    return said


def compartments(burdens: Sequence[Burden], clone: str) -> str:
    """Say the clone fraction of every compartment of one visit."""
    alike: dict[str, list[str]] = {}
    for burden in burdens:
        alike.setdefault(phrases.estimate(burden.clone_fraction), []).append(burden.compartment)
    said = [f"{phrases.listing(names)}: {words}" for words, names in alike.items()]
    when = f"On {numbers.day(burdens[0].day)}"
    return f"{when}, cells with {clone} in {'; in '.join(said)}."


def persistence(pair: SelectivePersistence, clone: str, purity: CloneFraction | None = None) -> str:
    """Say whether stem cells are spared at one visit, and what sort purity could do to it.

    Parameters
    ----------
    pair : SelectivePersistence
        The comparison.
    clone : str
        How the clone is called.
    purity : CloneFraction or None
        The stem compartment's slide, for its sort purity.
    """
    phase = (
        "in remission"
        if pair.in_remission
        else "on treatment, not in remission"
        if pair.treated
        else "before treatment"
    )
    when = f"On {numbers.day(pair.day)}, {phase},"
    stem, progenitor = (phrases.estimate(side) for side in (pair.stem, pair.progenitor))
    said = f"{when} {clone} in stem cells: {stem}; in progenitors: {progenitor}."
    if not pair.log_odds.known:
        return f"{said} They cannot be compared: {pair.log_odds.evidence}, {pair.log_odds.reason}."
    said += " " + phrases.odds("The odds of the clone are", pair.log_odds)
    if pair.probability is not None:
        p = numbers.probability(pair.probability)
        said += f"; the posterior probability that stem cells are spared is {p}"
    said += {
        True: ", which meets the level set in the plan.",
        False: ", which does not meet the level set in the plan.",
        None: ".",
    }[pair.spared]
    # Where nothing was found there is nothing for contaminants to explain.
    return said + (_purity(purity) if pair.stem.value is not None else "")


def _purity(clone: CloneFraction | None) -> str:
    if clone is None:
        return ""
    if clone.purity is None:
        return " The purity of the stem sort was not measured: contaminants could explain part of it."
    said = f" The re-run of the stem sort was {numbers.percent(clone.purity)} pure"
    if clone.worst_case_lower is None:
        return f"{said}."
    if clone.worst_case_lower <= 0:
        return f"{said}; contaminants of the sort alone could explain the count."
    return (
        f"{said}; with everything that contaminants could explain taken off, at least "
        f"{numbers.percent(clone.worst_case_lower)} of its nuclei would still be of the clone."
    )


def relapse(event: Relapse) -> str:
    """Say one kind of return: on which day, whether confirmed, or until when it was not seen."""
    kind = KINDS.get(event.kind, event.kind.capitalize())
    if event.day is not None:
        since = ""
        if event.remission_day is not None:
            span = numbers.months(event.day - event.remission_day)
            since = f", {span} after remission on {numbers.day(event.remission_day)}"
        sure = {
            True: "confirmed at a later visit",
            False: "not confirmed at the next visit",
            None: "with no later visit to confirm it",
        }[event.confirmed]
        return f"{kind} {_came(event, event.day)}{since}, {sure}: {event.reason}."
    if event.remission_day is None:
        return f"{kind}: not evaluable, {event.reason}."
    until = "" if event.observed_until is None else f" up to {numbers.day(event.observed_until)}"
    return f"{kind}: none seen{until}, after remission on {numbers.day(event.remission_day)}."


def _came(event: Relapse, day: int) -> str:
    """Say on which day, or between which looks."""
    if event.free_until is None or event.free_until >= day:
        return f"on {numbers.day(day)}"
    return f"after {numbers.day(event.free_until)} and by {numbers.day(day)}"


def patient(findings: Findings, patient_id: str) -> list[str]:
    """Return the verdict on one patient: where they stand, what remains, what returned.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    patient_id : str
        The patient.

    Returns
    -------
    list of str
        Sentences, the most important first.
    """
    said: list[str] = []
    courses = [course for course in findings.courses if course.patient_id == patient_id]
    pairs = [pair for pair in findings.selective if pair.patient_id == patient_id]
    burdens = [burden for burden in findings.burdens if burden.patient_id == patient_id]
    name = findings.plan.clone.name
    said += standing.now(findings, courses)
    slides = {(clone.sample_id, clone.compartment): clone for clone in findings.clones}
    stem = findings.plan.with_role("stem") or "stem"
    compared = [pair for pair in [telling(pairs)] if pair is not None]
    later = [p for p in pairs if compared and p.in_remission and p.log_odds.known and p.day > compared[0].day]
    compared += later[-1:]
    said += [persistence(pair, name, slides.get((pair.sample_id, stem))) for pair in compared]
    fallen = [fall(item, name) for item in findings.falls if item.patient_id == patient_id]
    said += [text for text in fallen if text is not None]
    said += quiescence.sentence(findings, patient_id)
    if burdens and burdens[-1].sample_id not in {pair.sample_id for pair in compared}:
        said.append(compartments([b for b in burdens if b.sample_id == burdens[-1].sample_id], name))
    said += [relapse(event) for event in findings.relapses if event.patient_id == patient_id]
    return said


def fall(item: BurdenFall, clone: str) -> str | None:
    """Say how far the clone fell in progenitors and in stem cells; nothing where neither is known."""
    if not (item.stem.known or item.progenitor.known) or item.after_day is None:
        return None
    said = [f"in progenitors: {_fell(item.progenitor)}", f"in stem cells: {_fell(item.stem)}"]
    when = f"From before treatment to {numbers.day(item.after_day)}"
    text = f"{when}, cells with {clone} per million {'; '.join(said)}"
    if item.probability_stem_less is not None:
        text += (
            "; the posterior probability that they fell less in stem cells is "
            f"{numbers.probability(item.probability_stem_less)}"
        )
    return f"{text}."


def _fell(ratio: Estimate) -> str:
    """Say a ratio of two burdens as a fall or a rise."""
    if ratio.value is not None and ratio.lower is not None and ratio.upper is not None:
        ends = f"{phrases.interval(ratio, numbers.remaining)} left"
        return f"{numbers.fold(ratio.value)} ({ends})"
    if ratio.upper is not None:
        return f"not detected, less than {numbers.remaining(ratio.upper)} left"
    return f"{ratio.evidence} ({ratio.reason})"


def telling(pairs: Sequence[SelectivePersistence]) -> SelectivePersistence | None:
    """Choose the visit that answers the question: the first comparison in remission, as the pooled mean does.

    Where there is none the last visit stands for the patient.
    """
    remission = [pair for pair in pairs if pair.in_remission]
    known = [pair for pair in remission if pair.log_odds.known]
    return next((group[0] for group in (known, remission, pairs[-1:]) if group), None)


def study(findings: Findings) -> list[str]:
    """Return the verdict on the study in three to five sentences."""
    patients = len(findings.timelines)
    visits = sum(len(timeline.visits) for timeline in findings.timelines)
    remissions = {course.patient_id for course in findings.courses if course.in_remission}
    if not patients:
        return ["The study names no patient, so nothing can be judged."]
    said = [
        f"{counted(patients, 'patient')} with {counted(visits, 'sample')}; remission was seen in "
        f"{phrases.share(len(remissions), patients)}."
    ]
    said.append(_spared(findings, remissions))
    if judged(findings):
        said += [pooling.pooled(effect) for effect in findings.pooled if effect.phase == "remission"]
    if returned := _returned(findings):
        said.append(returned)
    silent = sum(not burden.clone_fraction.known for burden in findings.burdens)
    if silent:
        every = len(findings.burdens)
        start = (
            "No clone fraction could be given"
            if silent == every
            else f"Of {counted(every, 'clone fraction')}, {numbers.count(silent)} could not be given"
        )
        said.append(f"{start}: each is listed below with its reason, and none is counted as nought.")
    return said


def judged(findings: Findings) -> list[SelectivePersistence]:
    """Return the comparison of each patient that could be judged in remission, one visit of each."""
    chosen = []
    for timeline in findings.timelines:
        pair = telling([pair for pair in findings.selective if pair.patient_id == timeline.patient_id])
        if pair is not None and pair.in_remission and pair.spared is not None:
            chosen.append(pair)
    return chosen


def _spared(findings: Findings, remissions: set[str]) -> str:
    pairs = judged(findings)
    known, spared = len(pairs), sum(pair.spared is True for pair in pairs)
    if not known:
        why = (
            "no visit is known to be in remission"
            if not remissions
            else "no sample of a remission has both compartments"
        )
        return f"Whether stem cells are spared in remission cannot be judged: {why}."
    level = numbers.percent(findings.plan.analysis.persistence_probability)
    found = f"in {phrases.share(spared, known)} the clone was"
    if known == 1:
        found = "the clone was" if spared else "the clone was not"
    return (
        f"In remission, stem cells could be compared with progenitors in {counted(known, 'patient')}; "
        f"{found} selectively spared in stem cells, at a posterior probability of at least {level}."
    )


def _returned(findings: Findings) -> str:
    parts = []
    for kind, name in (
        ("clinical", "clinical relapse"),
        ("cytogenetic", "cytogenetic relapse"),
        ("clone", "a rise of the clone"),
    ):
        events = [e for e in findings.relapses if e.kind == kind and e.remission_day is not None]
        if events:
            seen = sum(event.day is not None for event in events)
            parts.append(f"{name} in {phrases.share(seen, len(events))}")
    return f"After remission, follow-up so far shows {phrases.listing(parts)}." if parts else ""
