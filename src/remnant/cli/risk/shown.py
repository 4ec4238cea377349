"""The scores as a person reads them: a line a patient, or all that stands behind one."""

from __future__ import annotations

from remnant.cli.console import print_table, say
from remnant.cli.risk.taken import Taken
from remnant.diagnosis.ipss_r import ITEMS, Outlook
from remnant.diagnosis.risk_patient import risk_of
from remnant.diagnosis.risk_records import Contribution, IpssM, IpssR

NOTE = "Ranges stand where values are missing. Every item of a score: --patient ID; everything: --json"


def show_all(found: Taken) -> None:
    """Print a line for each patient."""
    rows = []
    for place, name in enumerate(found.ids):
        ipss_r, ipss_ra, ipss_m = risk_of(found.inputs, found.scores, place)
        missing = ", ".join(dict.fromkeys((*ipss_ra.missing, *ipss_m.missing)))
        rows.append((name, _graded(ipss_r), _graded(ipss_ra), _cases(ipss_m), missing))
    print_table("Risk", ("patient", "IPSS-R", "IPSS-RA", "IPSS-M", "missing"), rows, note=NOTE)
    for name, said in zip(found.ids, found.remarks, strict=True):
        for text in said:
            say(f"{name}: {text}.")


def show_one(found: Taken) -> None:
    """Print what stands behind the scores of one patient."""
    name, (ipss_r, ipss_ra, ipss_m) = found.ids[0], risk_of(found.inputs, found.scores, 0)
    points = [
        (item, "missing" if point is None else f"{point:g}")
        for item, point in zip(ITEMS, ipss_r.points, strict=True)
    ]
    print_table(f"{name}: IPSS-R {_graded(ipss_r)}", ("item", "points"), points)
    if ipss_r.outlook:
        say(_outlook(ipss_r.outlook))
    say(f"IPSS-RA {_graded(ipss_ra)}.")
    cases = ("adds",) if ipss_m.best == ipss_m.worst else ("adds, best", "mean", "worst")
    rows = [
        (one.variable, "missing" if one.value is None else f"{one.value:g}", *_added(one)[: len(cases)])
        for one in ipss_m.contributions
    ]
    note = "What the variables add makes the raw score, before it is rounded to two decimals."
    print_table(f"{name}: IPSS-M {_cases(ipss_m)}", ("variable", "value", *cases), rows, note=note)
    if ipss_m.missing:
        say(f"Missing: {', '.join(ipss_m.missing)}.")
    for text in found.remarks[0]:
        say(f"{text}.")


def _graded(found: IpssR) -> str:
    if found.score is not None:
        return f"{found.score:g} {found.category}"
    if found.lowest is None or found.highest is None:
        return "not evaluable"
    low, high = found.lowest, found.highest
    if low.category == high.category:
        return f"{low.score:g} to {high.score:g} {low.category}"
    return f"{low.score:g} {low.category} to {high.score:g} {high.category}"


def _cases(found: IpssM) -> str:
    if found.best == found.worst:
        return f"{found.mean.score:.2f} {found.mean.category}"
    best, mean, worst = (
        f"{case.score:.2f} {case.category}" for case in (found.best, found.mean, found.worst)
    )
    # Too wide a range has no middle that stands for the patient.
    return f"{best} to {worst}" if found.score is None else f"{mean} ({best} to {worst})"


def _added(one: Contribution) -> tuple[str, str, str]:
    return f"{one.best:+.3f}", f"{one.mean:+.3f}", f"{one.worst:+.3f}"


def _outlook(found: Outlook) -> str:
    years = found.quarter_aml_years
    aml = "not reached" if years is None else f"{years:g} years"
    return (
        f"Published for {found.category}: median survival {found.median_survival_years:g} years; "
        f"a quarter with AML after {aml} ({found.source})."
    )
