"""Each plan in plain words, built from its values; what was not seen is bounded."""

from __future__ import annotations

from math import exp

from remnant.planning.events import EventsPlan
from remnant.planning.nuclei import NucleiPlan
from remnant.planning.patients import PatientsPlan
from remnant.planning.split import Split
from remnant.planning.visits import VisitsPlan
from remnant.planning.wells import WellsPlan


def percent(value: float) -> str:
    """Say a fraction in percent, to three digits."""
    return f"{100 * value:.3g} %"


def nuclei_sentence(plan: NucleiPlan) -> str:
    """Say how many nuclei exclude the clone, and how many show it."""
    return f"{_exclusion(plan)} {_showing(plan)}"


def _exclusion(plan: NucleiPlan) -> str:
    found = plan.exclusion
    start = f"To exclude a clone of {percent(plan.clone)} with {percent(plan.confidence)} confidence"
    if found.nuclei is None or found.chance is None:
        return f"{start}, no number of nuclei up to {plan.most:,} suffices."
    said = f"{start}, score {_nuclei(found.nuclei)} and see none abnormal"
    if found.allowed == 0:
        return f"{said}, as {percent(found.chance)} of samples without the clone do."
    few = f"; only {percent(found.chance)} of samples without the clone show none"
    if found.allowed_nuclei is None or found.allowed_chance is None:
        return f"{said}{few}, and no allowance for background brings that to {percent(plan.power)}."
    return (
        f"{said}{few}, so score {found.allowed_nuclei:,} and allow {found.allowed}, "
        f"as {percent(found.allowed_chance)} of them do."
    )


def _showing(plan: NucleiPlan) -> str:
    found, power = plan.showing, percent(plan.power)
    start = f"To show a clone of {percent(plan.clone)} with a power of {power}"
    if found.nuclei is None:
        smallest = _smallest(plan)
        return f"{start}, no number of nuclei up to {plan.most:,} suffices with this probe: {smallest}."
    first = ""
    if found.first is not None and found.first < found.nuclei:
        first = f" (first reached at {found.first:,}, then lost again: the cut-off rises by whole nuclei)"
    return (
        f"{start}, score {_nuclei(found.nuclei)}, called from {found.cutoff} abnormal: "
        f"from there on the power stays at {power} or above{first}."
    )


def _nuclei(number: int) -> str:
    return "1 nucleus" if number == 1 else f"{number:,} nuclei"


def _smallest(plan: NucleiPlan) -> str:
    if plan.smallest_ever is None or plan.smallest is None:
        return "it shows no clone at that power"
    here = f"the smallest clone that {plan.most:,} nuclei show is {percent(plan.smallest)}"
    if plan.smallest_ever == 0:
        return here
    ever = f"the smallest that any number of nuclei of one slide shows is {percent(plan.smallest_ever)}"
    return f"{here}, and {ever}, since slides differ by more than counting"


def one_in(frequency: float) -> str:
    """Say a frequency as labs do, 1 in so many."""
    return f"1 in {1 / frequency:,.0f}"


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
    spent = f"{_time(goal.minutes)}{volume}"
    return f"{start}, acquire {goal.cells:,} cells ({goal.events:,.3g} events expected; {spent})."


def _time(minutes: float) -> str:
    """Say a time in the unit in which it is planned."""
    if minutes < 1:
        return f"{60 * minutes:.2g} seconds"
    if minutes < 120:
        return f"{minutes:.3g} minutes"
    return f"{minutes / 60:.3g} hours" if minutes < 48 * 60 else f"{minutes / 1440:,.0f} days"


def _acquired(plan: EventsPlan) -> str:
    done = plan.acquired
    if done is None:
        return ""
    return (
        f"A tube of {done.cells:,} cells is expected to show {done.events:,.3g} events and exceeds the "
        f"limit of blank of {done.limit_of_blank} with a chance of {percent(done.power)}; no event at all "
        f"would exclude a population above {one_in(done.none_seen)}."
    )


def _split(split: Split | None, confidence: float) -> str:
    if split is None:
        return ""
    target = f"{split.target * 1e6:,.3g} malignant stem cells per million"
    start = f"To bound the compartment below {target} with {percent(confidence)} confidence"
    if split.fewest_nuclei is None or split.best is None:
        return f"{start}, no number of nuclei suffices at this compartment and clone."
    best = split.best
    seen = "none abnormal" if best.abnormal == 0 else f"{best.abnormal} abnormal"
    why = (
        "scoring is what limits: more sorted cells without more nuclei would not help"
        if best.limited_by == "target"
        else "the sort is what limits: it must first yield so many nuclei"
    )
    return (
        f"{start}, the best split is to acquire {best.cells:,} cells and score {best.nuclei:,} nuclei with "
        f"{seen} ({best.hours:.3g} hours); {why}, and with fewer than {split.fewest_nuclei:,} nuclei no "
        f"number of cells would do."
    )


def wells_sentence(plan: WellsPlan) -> str:
    """Say which wells at which doses, what they will tell, and what they can tell apart."""
    asked, found = plan.question, plan.expectation
    start = f"For a frequency of {one_in(asked.frequency)}"
    if plan.wells is None or found is None or plan.seen is None:
        return f"{start}, these doses say too little: no number of wells suffices."
    seeded = ", ".join(f"{_wells(row.wells)} of {row.cells:,.0f} cells" for row in plan.doses)
    told = (
        f"at least one is positive with a chance of {percent(plan.seen)}" if asked.detect else _interval(plan)
    )
    parts = [f"{start}, seed {seeded}: {told}; {_agreement(plan)}."]
    if asked.against is not None and plan.difference is not None:
        parts.append(
            f"A second plate at {one_in(asked.against)} is told apart with a power of "
            f"{_chance(plan.difference.value, plan.difference.error)}."
        )
    if plan.typed is not None:
        width = 100 * plan.typed.width.value
        parts.append(
            f"With colonies typed, a clone of {percent(plan.typed.clone)} of the units has an interval of "
            f"{width:.2g} percentage points on average."
        )
    if len(plan.slopes) > 1:
        said = ", ".join(
            f"{_chance(row.power.value, row.power.error)} at slope {row.slope:g}"
            for row in plan.slopes
            if row.slope != 1
        )
        parts.append(f"The single-hit test refuses {said}.")
    elif not plan.slopes:
        parts.append("One dose cannot show whether the plate is single-hit.")
    return " ".join(parts)


def _wells(number: int) -> str:
    return "1 well" if number == 1 else f"{number:,} wells"


def _interval(plan: WellsPlan) -> str:
    found = plan.expectation
    assert found is not None
    if found.fold is None:
        return "hardly any such plate gives an interval"
    error = f" (simulated, ± {found.fold_error:.2g})" if found.simulated else ""
    interval = f"the {percent(plan.question.confidence)} interval"
    return f"{interval} is expected to reach {found.fold:.3g}-fold to either side{error}"


def _agreement(plan: WellsPlan) -> str:
    found = plan.expectation
    assert found is not None
    return (
        f"no well is positive with a chance of {small(found.all_negative)} and every well with one of "
        f"{small(found.all_positive)}"
    )


def small(chance: float) -> str:
    """Say a chance, the smallest as a bound."""
    return "below 0.01 %" if chance < 1e-4 else percent(chance)


def _chance(value: float, error: float) -> str:
    return percent(value) if error == 0 else f"{100 * value:.3g} % (± {100 * error:.2g})"


def patients_sentence(plan: PatientsPlan) -> str:
    """Say how many patients the study's own analysis needs, and what the other tests would do."""
    asked, people = plan.question, plan.question.population
    odds = people.progenitor / (1 - people.progenitor) * exp(people.effect)
    clones = f"{percent(odds / (1 + odds))} against {percent(people.progenitor)}"
    effect = f"a clone of {clones} in stem and progenitor cells (log-odds {people.effect:+.2f})"
    start = f"To show {effect} with a power of {percent(asked.power)}"
    needed = plan.needed[0]
    if needed is None:
        last = plan.rows[-1]
        reach = _chance(last.power[0].smooth, last.power[0].error)
        short = f"{asked.most} patients do not suffice: the pooled analysis reaches {reach}"
        return f"{start}, {short}. {_tests(plan)}"
    row = next(row for row in plan.rows if row.patients == needed)
    power = _chance(row.power[0].smooth, row.power[0].error)
    false = _chance(row.false_claims[0].value, row.false_claims[0].error)
    return (
        f"{start}, include {needed} patients of {asked.assay.stem_nuclei} stem and "
        f"{asked.assay.progenitor_nuclei} progenitor nuclei: the pooled analysis then claims it in {power} "
        f"of trials, and in {false} where stem cells are not spared. {_tests(plan)}"
    )


def _tests(plan: PatientsPlan) -> str:
    """Say what a sign test can, and which tests claim too often where patients differ."""
    alpha, least = plan.question.rule.alpha, plan.sign_least
    sign = plan.needed[-1]
    most = plan.question.most
    reach = f"needs {sign}" if sign is not None else f"needs more than {most}"
    said = f"A sign test {reach}, and with fewer than {least} patients it cannot reach p < {alpha:g} at all."
    at = next((row for row in plan.rows if row.patients == plan.needed[0]), plan.rows[-1])
    loose = [
        f"{name} ({percent(rate.value)})"
        for name, rate in zip(plan.tests[1:], at.false_claims[1:], strict=True)
        if rate.value - 3 * rate.error > alpha / 2
    ]
    if not loose:
        return said
    return f"{said} Where patients differ so, these claim more often than their level: {', '.join(loose)}."


def visits_sentence(plan: VisitsPlan) -> str:
    """Say which schedule sees the recurrence before the disease is back, how early, and how often falsely."""
    course, best = plan.question.course, plan.best
    feared = (
        f"a clone of {percent(course.nadir)} whose odds double every {course.doubling_days:.3g} days, and "
        f"that is back clinically at {percent(course.relapse)}"
    )
    schedule = f"{best.nuclei} nuclei every {best.interval:g} days"
    shown = _chance(best.shown.value, best.shown.error)
    confirmed = _chance(best.confirmed.value, best.confirmed.error)
    false = _chance(best.false.value, best.false.error)
    start = (
        f"For {feared}, {schedule} are the fewest nuclei a year that suffice"
        if plan.enough
        else f"For {feared}, none of these schedules suffices; {schedule} come nearest"
    )
    lead = "" if best.lead is None else f", {best.lead:.0f} days before it on average"
    sure = "" if best.confirmed_lead is None else f" ({best.confirmed_lead:.0f} days before)"
    return (
        f"{start}: the change test shows the return before clinical relapse in {shown} of patients{lead}, "
        f"and the next visit has confirmed it by then in {confirmed}{sure}; where the clone stays low it "
        f"shows one in {false}."
    )
