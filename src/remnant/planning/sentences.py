"""Each plan in plain words, built from its values; what was not seen is bounded."""

from __future__ import annotations

from remnant.planning.events import EventsPlan
from remnant.planning.nuclei import NucleiPlan
from remnant.planning.split import Split


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
    said = f"{start}, score {found.nuclei:,} nuclei and see none abnormal"
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
        f"{start}, score {found.nuclei:,} nuclei, called from {found.cutoff} abnormal ones: "
        f"from there on the power stays at {power} or above{first}."
    )


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
    took = f"{goal.minutes:,.3g} minutes" if goal.minutes < 120 else f"{goal.minutes / 60:,.3g} hours"
    volume = "" if goal.millilitres is None else f" or {goal.millilitres:,.3g} ml"
    return f"{start}, acquire {goal.cells:,} cells ({goal.events:,.3g} events expected; {took}{volume})."


def _acquired(plan: EventsPlan) -> str:
    done = plan.acquired
    if done is None:
        return ""
    return (
        f"A tube of {done.cells:,} cells is expected to show {done.events:,.3g} events and exceeds the "
        f"limit of blank of {done.limit_of_blank} with a chance of {percent(done.power)}; no event at all would "
        f"exclude a population above {one_in(done.none_seen)}."
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
