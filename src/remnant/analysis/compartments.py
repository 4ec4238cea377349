"""The assays meet on the sample that they share: counts, clone fractions, burdens, by compartment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from remnant.analysis.findings import TubeResult
from remnant.analysis.plan import Plan
from remnant.cytogenetics import ScoredClone, score_clones
from remnant.cytometry import PopulationCount
from remnant.cytometry.rare.absolute import widen
from remnant.cytometry.rare.verdict import Verdict
from remnant.persistence import (
    Burden,
    CloneReading,
    CompartmentCount,
    JointVisit,
    ScoredBurden,
    ScoredVisit,
    SortedSlides,
    burden_posterior,
    clone_per_million,
    compartment_frequency,
    whole_specimen,
)
from remnant.persistence.burden import MILLION, NO_SAMPLE_COUNT, NO_VOLUME, scaled
from remnant.stats.rare.background import NONE
from remnant.stats.rare.poisson import garwood
from remnant.study.config import Role
from remnant.study.estimate import Estimate, Source
from remnant.study.study import Study

NUCLEATED = "nucleated"
ROLES: tuple[Role, ...] = ("stem", "progenitor", "bulk")
NOT_SCORED = Estimate.not_done("no slide of this compartment")

Clones = Mapping[tuple[str, str], ScoredClone]  # by sample and compartment, with the probe of the clone
Counts = Mapping[tuple[str, str], CompartmentCount]


def score_slides(study: Study, plan: Plan) -> tuple[tuple[ScoredClone, ...], Clones]:
    """Score every slide, and pick those of the clone's own probe for what follows.

    Raises
    ------
    TableError
        With every slide that cannot be read.
    """
    scored = score_clones(
        study["fish"],
        study["fish_controls"],
        cutoff=plan.analysis.cutoff,
        alpha=plan.analysis.cutoff_alpha,
        confidence=plan.analysis.confidence,
        priors=plan.probe,
        roles={name: item.role for name, item in plan.compartments.items()},
    )
    own = [item for item in scored if item.estimate.probe == plan.clone.probe]
    return scored, {(item.estimate.sample_id, item.estimate.compartment): item for item in own}


def count_compartments(study: Study, tubes: Sequence[TubeResult]) -> Counts:
    """Gather counts of compartments: from the tubes of a sample, added up, else from populations.csv."""
    counts: dict[tuple[str, str], CompartmentCount] = {}
    for row in study["populations"].iter_rows(named=True):
        place, source = (row["sample_id"], row["population"]), Source("populations.csv", row["line"])
        if row["parent"] == NUCLEATED:
            counts[place] = CompartmentCount(row["events"], row["parent_events"], sources=(source,))
        elif place not in counts:
            reason = f"counted within {row['parent']}, not within {NUCLEATED} cells"
            counts[place] = CompartmentCount(None, row["parent_events"], reason=reason, sources=(source,))
    gated: dict[tuple[str, str], CompartmentCount] = {}
    for result in tubes:
        for found in result.tube.populations:
            more = _gated(found, result)
            place = result.sample_id, found.population
            gated[place] = more if place not in gated else _together(gated[place], more)
    return counts | gated


def _gated(found: PopulationCount, result: TubeResult) -> CompartmentCount:
    """Take what a tube says of a compartment: its count, how far the cuts may move it, what leaked in."""
    count = CompartmentCount(
        found.events,
        found.parent_events,
        found.events_at_lower,
        found.events_at_upper,
        found.reason,
        (Source(result.file),),
        detected=_verdict(found.population, result),
    )
    limits = found.interval
    if limits is None or limits.cut_lower is None or limits.cut_upper is None:
        return count
    return replace(
        count,
        fewest=limits.cut_lower,
        most=limits.cut_upper,
        leaked=limits.leaked or NONE,
        coverage=limits.confidence,
    )


def _verdict(population: str, result: TubeResult) -> bool | None:
    """Whether the rule of the study calls a compartment detected; None where it makes no call."""
    verdicts = () if result.evidence is None else result.evidence.verdicts
    said = next((item.verdict for item in verdicts if item.population == population), None)
    calls = {Verdict.BELOW_LOD: False, Verdict.BELOW_LOQ: True, Verdict.QUANTIFIED: True}
    return None if said is None else calls.get(said)


def _together(first: CompartmentCount, second: CompartmentCount) -> CompartmentCount:
    """Add the counts of two tubes; a tube that could not be judged adds nothing and is named.

    The cuts of both may rest on one control, so their moves add up in full. What one tube detects is there.
    """
    if first.events is None or second.events is None:
        return second if first.events is None else first
    fewest = [count.events if count.fewest is None else count.fewest for count in (first, second)]
    most = [count.events if count.most is None else count.most for count in (first, second)]
    return CompartmentCount(
        first.events + second.events,
        first.cells + second.cells,
        sum(x or 0 for x in fewest),
        sum(x or 0 for x in most),
        sources=first.sources + second.sources,
        leaked=first.leaked.plus(second.leaked),
        detected=_either(first.detected, second.detected),
        coverage=first.coverage,
    )


def _either(first: bool | None, second: bool | None) -> bool | None:
    if first or second:
        return True
    return None if first is None or second is None else False


def burdens(
    study: Study, plan: Plan, counts: Counts, clones: Clones, tubes: Sequence[TubeResult] = ()
) -> tuple[ScoredBurden, ...]:
    """Multiply frequency and clone fraction of every compartment at every visit."""
    confidence = plan.analysis.confidence
    nucleated = dict(study["samples"].select("sample_id", "nucleated_cells").iter_rows())
    found = []
    for patient, sample, day in study.visits():
        for name, compartment in plan.compartments.items():
            clone = clones.get((sample, name))
            fraction = NOT_SCORED if clone is None else clone.estimate.fraction
            count = counts.get((sample, name))
            if count is not None:
                count = replace(count, variance=plan.rare.count_variance)
            if compartment.phenotype or count is not None:
                frequency = compartment_frequency(count, confidence=confidence)
                posterior = None if clone is None else clone.posterior
                million = clone_per_million(count, fraction, posterior, confidence=confidence)
                product = burden_posterior(count, posterior)
            else:
                (frequency, million), product = whole_specimen(fraction), None
            in_sample = NO_SAMPLE_COUNT
            if (cells := nucleated.get(sample)) is not None:
                how = f"per million x {cells:.3g} nucleated cells of the specimen"
                in_sample = scaled(million, cells / MILLION, reason=how)
            per_ul = _per_ul(million, sample, name, tubes, confidence)
            item = Burden(
                patient, sample, day, name, compartment.role, frequency, fraction, million, in_sample, per_ul
            )
            found.append(ScoredBurden(item, product))
    return tuple(found)


def _per_ul(
    million: Estimate, sample: str, name: str, tubes: Sequence[TubeResult], confidence: float
) -> Estimate:
    """Carry a burden over to cells per µL, by the first tube of the sample that knows its volume.

    A million nucleated cells of the tube are so many µL; beads add the error of their own count.
    """
    for result in tubes:
        found = next((p for p in result.tube.populations if p.population == name), None)
        rows = () if result.evidence is None or result.sample_id != sample else result.evidence.absolute
        row = next((item for item in rows if item.population == name), None)
        if row is None or found is None or not found.events or row.counting_only.value is None:
            continue
        factor = row.counting_only.value / found.events * found.parent_events / MILLION
        per_ul = scaled(
            million, factor, reason=f"per million x {MILLION * factor:.4g} nucleated cells per µL"
        )
        if row.beads and per_ul.known:
            least = float(garwood(row.beads, confidence=confidence)[0])
            return replace(widen(per_ul, 1 - least / row.beads), reason=per_ul.reason, sources=per_ul.sources)
        return per_ul
    return NO_VOLUME


def scored_visits(
    study: Study,
    plan: Plan,
    clones: Clones,
    *,
    treated: Mapping[str, bool],
    remission: Mapping[str, bool | None],
) -> tuple[ScoredVisit, ...]:
    """Pair the stem and the progenitor slides of every visit at which one of them was scored.

    Parameters
    ----------
    study, plan, clones
        The slides.
    treated, remission : Mapping of str to bool, or None where it cannot be told
        By sample: whether treatment had begun before it, and whether the patient was in remission.
    """
    names = [plan.with_role("stem"), plan.with_role("progenitor")]
    visits = []
    for patient, sample, day in study.visits():
        stem, progenitor = (None if name is None else clones.get((sample, name)) for name in names)
        if stem is not None or progenitor is not None:
            visits.append(
                ScoredVisit(patient, sample, day, treated[sample], remission[sample], stem, progenitor)
            )
    return tuple(visits)


def joint_visits(
    study: Study,
    plan: Plan,
    clones: Clones,
    *,
    treated: Mapping[str, bool],
    remission: Mapping[str, bool | None],
) -> tuple[JointVisit, ...]:
    """Gather the slides of every visit, one compartment of each role, for the joint model.

    Parameters
    ----------
    study, plan, clones, treated, remission
        As in `scored_visits`.
    """
    roles = {name: compartment.role for name, compartment in plan.compartments.items()}
    own = {role: plan.with_role(role) for role in ROLES}
    visits = []
    for patient, sample, day in study.visits():
        slides = tuple(
            SortedSlides(role, clone, roles.get(clone.slides.contaminant or ""))
            for role, name in own.items()
            if name is not None and (clone := clones.get((sample, name))) is not None
        )
        if slides:
            visits.append(JointVisit(patient, sample, day, treated[sample], remission[sample], slides))
    return tuple(visits)


def readings(
    study: Study, clones: Clones, patient_id: str, compartment: str | None
) -> tuple[CloneReading, ...]:
    """List a patient's clone fractions of one compartment in the order of time, where they are evaluable."""
    found = []
    for row in study.samples_of(patient_id).iter_rows(named=True):
        clone = clones.get((row["sample_id"], compartment or ""))
        if clone is not None and clone.posterior is not None:
            above = clone.estimate.above_cutoff
            found.append(CloneReading(row["day"], clone.posterior, above, clone.estimate.fraction.sources))
    return tuple(found)


def followed_compartment(study: Study, plan: Plan, clones: Clones, patient_id: str) -> str | None:
    """Name the compartment in which a patient's clone is followed: progenitors, else bulk, scored twice."""
    mine = study.samples_of(patient_id)["sample_id"]
    for role in ("progenitor", "bulk"):
        name = plan.with_role(role)
        if name is not None and sum((sample, name) in clones for sample in mine) > 1:
            return name
    return None
