"""Each plan in plain words, built from its values. What was not seen is bounded, never said not to be there."""

from __future__ import annotations

from remnant.planning.nuclei import NucleiPlan


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
