"""Each plan in plain words, built from its values: the answer first, then what stands beside it."""

from __future__ import annotations

from math import exp

from remnant.planning.events import EventsPlan
from remnant.planning.nuclei import NucleiPlan
from remnant.planning.patients import PatientsPlan
from remnant.planning.split import Split
from remnant.planning.visits import VisitsPlan
from remnant.planning.wells import WellsPlan
from remnant.planning.wording import asked, chance, duration, listed, one_in, percent, several

FEW_CONTROLS = 10  # slides below which the cut-off says little of the controls' rate


def nuclei_sentence(plan: NucleiPlan) -> str:
    """Say how many nuclei exclude the clone, and how many show it."""
    return f"{_exclusion(plan)} {_showing(plan)}"


def _exclusion(plan: NucleiPlan) -> str:
    found = plan.exclusion
    start = f"To exclude a clone of {asked(plan.clone)} with {asked(plan.confidence)} confidence"
    if found.nuclei is None or found.chance is None:
        return f"{start}, no number of nuclei up to {plan.most:,} suffices."
    said = f"{start}, score {_nuclei(found.nuclei)} and see none abnormal"
    if found.allowed == 0:
        return f"{said}: {percent(found.chance)} of samples without the clone do."
    few = f"{said}. Only {percent(found.chance)} of samples without the clone show none"
    if found.allowed_nuclei is None or found.allowed_chance is None:
        return f"{few}, and no allowance for background brings that to {asked(plan.power)}."
    return (
        f"{few}: better score {found.allowed_nuclei:,} and allow {found.allowed}, which "
        f"{percent(found.allowed_chance)} of them pass."
    )


def _showing(plan: NucleiPlan) -> str:
    found, power = plan.showing, asked(plan.power)
    start = f"To show it with a power of {power}"
    if found.nuclei is None:
        return f"{start}, no number of nuclei up to {plan.most:,} suffices with this probe. {_smallest(plan)}"
    first = ""
    if found.first is not None and found.first < found.nuclei:
        first = (
            f" It is first reached at {found.first:,} and lost again, as the cut-off rises by whole nuclei."
        )
    return (
        f"{start}, score {_nuclei(found.nuclei)}: {found.cutoff} abnormal call the slide. With more nuclei "
        f"the power stays at {power} or above.{first}"
    )


def _nuclei(number: int) -> str:
    return several(number, "nucleus", "nuclei")


def _smallest(plan: NucleiPlan) -> str:
    if plan.smallest_ever is None or plan.smallest is None:
        return "It shows no clone at that power."
    here = f"The smallest clone that {plan.most:,} nuclei show is {_beside(plan.smallest, plan.clone)}."
    if plan.smallest_ever == 0:
        return here
    differ = ", since slides differ by more than counting" if plan.correlation > 0 else ""
    ever = f"One slide of any number shows none below {percent(plan.smallest_ever)}{differ}."
    if 0 < plan.controls < FEW_CONTROLS and plan.method == "beta-binomial":
        slides = several(plan.controls, "control slide leaves", "control slides leave")
        return f"{here} {ever} {slides} the cut-off wide: more of them lower it."
    return f"{here} {ever}"


def _beside(clone: float, planned: float) -> str:
    """Say a clone, finer where it would read as the planned one that it is not."""
    said = percent(clone)
    return said if clone == planned or said != percent(planned) else f"{100 * clone:.3g} %"


def events_sentence(plan: EventsPlan) -> str:
    """Say how many cells reach the goal that was asked for, what a tube does, and how to split the work."""
    parts = [_goal(plan), _acquired(plan), _split(plan.split, plan.confidence)]
    return " ".join(part for part in parts if part)


def _goal(plan: EventsPlan) -> str:
    goal = plan.goals[0]
    start = f"For {goal.said} of a population of {one_in(plan.frequency)}"
    if goal.cells is None or goal.minutes is None:
        return f"{start}, no number of cells suffices: its background varies more between tubes than that."
    volume = "" if goal.millilitres is None else f" or {goal.millilitres:,.3g} ml"
    spent = f"{duration(goal.minutes)}{volume}"
    return f"{start}, acquire {goal.cells:,} cells ({goal.events:,.3g} events expected; {spent})."


def _acquired(plan: EventsPlan) -> str:
    done = plan.acquired
    if done is None:
        return ""
    return (
        f"A tube of {done.cells:,} cells is expected to show {done.events:,.3g} events. Its chance to exceed "
        f"the limit of blank of {done.limit_of_blank} is {percent(done.power)}. No event at all would "
        f"exclude a population above {one_in(done.none_seen)}."
    )


def _split(split: Split | None, confidence: float) -> str:
    if split is None:
        return ""
    target = f"{split.target * 1e6:,.3g} malignant stem cells per million"
    start = f"To bound the compartment below {target} with {asked(confidence)} confidence"
    if split.fewest_nuclei is None or split.best is None:
        return f"{start}, no number of nuclei suffices at this compartment and clone."
    best = split.best
    seen = "none abnormal" if best.abnormal == 0 else f"{best.abnormal} abnormal"
    why = (
        "Scoring is what limits: more sorted cells without more nuclei would not help."
        if best.limited_by == "target"
        else "The sort is what limits: it must first yield so many nuclei."
    )
    return (
        f"{start}, the best split is to acquire {best.cells:,} cells and score {_nuclei(best.nuclei)} with "
        f"{seen} ({duration(60 * best.hours)}). {why} With fewer than {_nuclei(split.fewest_nuclei)} no "
        "number of cells would do."
    )


def wells_sentence(plan: WellsPlan) -> str:
    """Say which wells at which doses, what they will tell, and what they can tell apart."""
    question, found = plan.question, plan.expectation
    start = f"For a frequency of {one_in(question.frequency)}"
    if plan.wells is None or found is None or plan.seen is None:
        return f"{start}, these doses say too little: no number of wells suffices."
    seeded = listed([f"{several(x.wells, 'well', 'wells')} of {x.cells:,.0f} cells" for x in plan.doses])
    told = (
        f"The chance that at least one is positive is {percent(plan.seen)}"
        if question.detect
        else _interval(plan)
    )
    parts = [f"{start}, seed {seeded}. {told}. {_agreement(plan)}."]
    if question.against is not None and plan.difference is not None:
        parts.append(
            f"A second plate at {one_in(question.against)} is told apart with a power of "
            f"{chance(plan.difference.value, plan.difference.error)}."
        )
    if plan.typed is not None:
        width = 100 * plan.typed.width.value
        parts.append(
            f"With colonies typed, a clone of {asked(plan.typed.clone)} of the units has an interval of "
            f"{width:.2g} percentage points on average."
        )
    if len(plan.slopes) > 1:
        said = [
            f"{chance(row.power.value, row.power.error)} of plates at slope {row.slope:g}"
            for row in plan.slopes
            if row.slope != 1
        ]
        parts.append(f"Were the wells not single-hit, the test would refuse {listed(said)}.")
    elif not plan.slopes:
        parts.append("One dose cannot show whether the plate is single-hit.")
    return " ".join(parts)


def _interval(plan: WellsPlan) -> str:
    found = plan.expectation
    assert found is not None
    if found.fold is None:
        return "Hardly any such plate gives an interval"
    error = f" (simulated, ± {found.fold_error:.1g})" if found.simulated else ""
    interval = f"The {asked(plan.question.confidence)} interval"
    return f"{interval} is expected to reach {found.fold:.3g}-fold to either side{error}"


def _agreement(plan: WellsPlan) -> str:
    found = plan.expectation
    assert found is not None
    if max(found.all_negative, found.all_positive) < 1e-4:
        return "That no well or every well is positive has a chance below 0.01 %"
    return (
        f"The chance that no well is positive is {percent(found.all_negative)}, that every well is "
        f"{percent(found.all_positive)}"
    )


def patients_sentence(plan: PatientsPlan) -> str:
    """Say how many patients show it by a test that holds its level, and what the others would do."""
    question, people = plan.question, plan.question.population
    odds = people.progenitor / (1 - people.progenitor) * exp(people.effect)
    clones = f"a clone of {percent(odds / (1 + odds))} in stem against {percent(people.progenitor)}"
    start = f"To show {clones} in progenitor cells with a power of {asked(question.power)}"
    test = plan.tests[plan.by]
    if plan.recommended is None:
        last = plan.rows[-1].power[plan.by]
        reach = chance(last.smooth, last.error)
        said = f"{question.most} patients do not suffice: the {test} reaches {reach}."
        return f"{start}, {said} {_others(plan)}"
    row = next(row for row in plan.rows if row.patients == plan.recommended)
    power, false = row.power[plan.by], row.false_claims[plan.by]
    nuclei = (
        f"{question.assay.stem_nuclei} stem and {question.assay.progenitor_nuclei} progenitor nuclei each"
    )
    wrong = chance(false.value, false.error) if false.value else f"none of {question.trials:,} trials"
    return (
        f"{start}, include {plan.recommended} patients ({nuclei}). The {test} then claims it in "
        f"{chance(power.smooth, power.error)} of trials, and in {wrong} where stem cells are not spared. "
        f"{_others(plan)}"
    )


def _others(plan: PatientsPlan) -> str:
    """Say what a sign test can, and which tests nobody should plan by."""
    alpha, most, sign = plan.question.rule.alpha, plan.question.most, plan.needed[-1]
    reach = f"needs {sign}" if sign is not None else f"needs more than {most}"
    said = f"A sign test {reach}; with fewer than {plan.sign_least} patients it cannot reach p < {alpha:g}."
    at = next((row for row in plan.rows if row.patients == plan.recommended), plan.rows[-1])
    loose = [
        f"{name} ({percent(rate.value)})"
        for name, rate, holds in zip(plan.tests, at.false_claims, plan.holds, strict=True)
        if not holds
    ]
    if not loose:
        return said
    return f"{said} Do not plan by these, which claim falsely where patients differ: {listed(loose)}."


def visits_sentence(plan: VisitsPlan) -> str:
    """Say which schedule sees the recurrence before the disease is back, how early, and how often falsely."""
    course, best, patients = plan.question.course, plan.best, plan.question.patients
    schedule = f"{_nuclei(best.nuclei)} every {best.interval:g} days"
    start = (
        f"{schedule} are the fewest nuclei a year that suffice"
        if plan.enough
        else f"None of these schedules suffices; {schedule} come nearest"
    )
    lead = "" if best.lead is None else f", {best.lead:.0f} days before it on average"
    sure = "" if best.confirmed_lead is None else f", {best.confirmed_lead:.0f} days before relapse"

    def of(value: float, error: float) -> str:
        ends = {0.0: f"none of {patients:,} patients", 1.0: f"all of {patients:,} patients"}
        return ends.get(value, f"{chance(value, error)} of patients")

    return (
        f"{start}. The clone, {asked(course.nadir)} in remission, doubles its odds every "
        f"{course.doubling_days:.3g} days; relapse is at {asked(course.relapse)}. The change test shows the "
        f"return before relapse in {of(best.shown.value, best.shown.error)}{lead}. The next visit has "
        f"confirmed it by then in {of(best.confirmed.value, best.confirmed.error)}{sure}. Where the clone "
        f"stays low it shows a return in {of(best.false.value, best.false.error)}."
    )
