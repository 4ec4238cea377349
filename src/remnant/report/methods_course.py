"""Methods of karyotype, response, disease and the course: what ran on this study, and whose idea it was."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.persistence.change import PLANNED_LOOKS
from remnant.persistence.resistance import PRIMARY_DAYS, WASHOUT_DAYS
from remnant.report import numbers, phrases
from remnant.report.responses import LABELS, criteria


def sections(findings: Findings) -> list[tuple[str, list[str]]]:
    """Return the methods of what the study has, heading by heading."""
    said = []
    if findings.karyotypes:
        said.append(("Karyotype", [_karyotype(findings)]))
    if any(item.values for item in findings.diagnoses):
        said.append(("Disease and risk", [_disease(), _risk()]))
    said.append(("Response", [_response(findings), _cytogenetic()]))
    if findings.event_intervals:
        said.append(("Change, events and time", [_change(findings), _events(findings)]))
    return said


def _karyotype(findings: Findings) -> str:
    confidence = numbers.coverage(findings.plan.analysis.confidence)
    return (
        "Karyotypes are read by a grammar of ISCN; what was read leniently or not at all is said with its "
        "place. A gain or a structural change is clonal in two metaphases, a loss in three; one cell of a "
        "clone that is known is the clone. The IPSS-R group, complexity and monosomal karyotype count "
        "distinct clonal abnormalities over all clones [@schanz2012; @breems2008], and what is lost of 5q "
        "rests on the breakpoints [@boultwood2010]. Clones are compared from sample to sample; one that is "
        f"no longer seen is excluded only above the fraction that so many metaphases exclude "
        f"(one-sided {confidence})."
    )


def _disease() -> str:
    return (
        "The disease is named by WHO 2022 [@khoury2022], WHO 2016 [@arber2016] and the ICC [@arber2022] side "
        "by side, by the last value of each item before the first dose. A rule that cannot be judged is "
        "open: a name is given only where no open rule could change it, or with the reservation "
        "written into it."
    )


def _risk() -> str:
    return (
        "IPSS-R [@greenberg2012] and its form for age, and IPSS-M [@bernard2022], by the published tables. "
        "What is missing is not taken as normal: IPSS-R then has the range of scores that are possible, "
        "IPSS-M the best, mean and worst case, of which the mean stands where the ends are at most 1 apart."
    )


def _response(findings: Findings) -> str:
    used = [LABELS.get(one.criteria, one.criteria) for one in criteria(findings)]
    papers = {
        "IWG 2006": "[@cheson2006]",
        "IWG 2018": "[@platzbecker2019] (for haematologic improvement)",
        "IWG 2023": "[@zeidan2023] (written for higher-risk disease)",
    }
    named = phrases.listing([f"{name} {papers[name]}" if name in papers else name for name in used])
    first = f" The course follows {used[0]}; the others stand beside it." if len(used) > 1 else ""
    return (
        f"Clinical response follows {named}, compared in exact decimals.{first} A missing item never passes "
        "and never fails: a category is given only where it is the same whatever the missing value is. "
        "Transfusion independence needs a complete log, and is given over 56, 112 and 182 days. Each rule "
        "names its table, and how an ambiguity of the text was read."
    )


def _cytogenetic() -> str:
    return (
        "A complete cytogenetic response needs no abnormal cell among at least 20 metaphases; its bound is "
        "printed beside it. FISH of unsorted cells gives a response of its own, and where it and the "
        "metaphases of one sample differ the chance of so many abnormal metaphases, were the fraction that "
        "of the nuclei, says how surprising that is."
    )


def _change(findings: Findings) -> str:
    level = numbers.percent(1 - findings.plan.analysis.persistence_probability)
    return (
        "A rise or a fall of the clone is asked for at every look against all looks since the last change, "
        f"taken as one, by the posterior of both. The error allowed to a patient's whole course, {level}, is "
        f"shared over the series and over {PLANNED_LOOKS} looks (alpha spending [@demets1994]), so that a "
        "stable clone is not called risen because one looked often; a rise needs a slide above its cut-off "
        "and the agreement of the next look. Resistance is growth while every day since the look before, and "
        f"at least {WASHOUT_DAYS} days, had the full dose; or a clone shown not to have fallen below half "
        f"after {PRIMARY_DAYS} days of it."
    )


def _events(findings: Findings) -> str:
    confidence = numbers.coverage(findings.plan.analysis.confidence)
    return (
        "An event that visits show is kept as the interval from the last look without it to the first with "
        "it. Freedom from each is Turnbull's estimate of interval-censored times [@turnbull1976], with "
        "pointwise "
        f"likelihood-ratio limits ({confidence}); beside it stands Kaplan-Meier [@kaplan1958] with "
        "log-log limits, which "
        "dates a return at the visit that showed it and so makes times too long. A lead is the difference of "
        "two intervals; the median over patients has the sign-test interval, which needs six patients at "
        "95 %. Acute leukaemia is judged by the limit of the WHO (20 % blasts) and of the FAB types (above "
        "30 %)."
    )
