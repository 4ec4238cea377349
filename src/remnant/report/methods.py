"""The methods section, written from the plan: every choice behind an answer, and whose idea it was."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from remnant.analysis.findings import Findings
from remnant.analysis.plan import Plan
from remnant.cytometry.cycle import CyclePlan
from remnant.cytometry.rare.rule import RareRule
from remnant.report import gate_reviews, methods_course, numbers, phrases
from remnant.report.responses import criteria
from remnant.report.tables import Cell, Table
from remnant.study.config import Probe

CUTOFFS = {
    "beta-binomial": "the upper quantile of a beta-binomial, averaged over what the controls leave open",
    "beta-binomial-ml": "the upper quantile of a beta-binomial fitted to the control slides, taken as known",
    "binomial": "the upper quantile of a binomial with the pooled error of the control slides",
    "pooled-upper-limit": "the upper confidence limit of the pooled error of the control slides",
    "mean-plus-sd": "the mean of the control slides plus a multiple of their standard deviation",
    "betainv": "the inverse beta function, as spreadsheets give it",
}

CD38_RULES = {
    "automatic": "on the tube without CD38 where there is one, else on its isotype, else at a fixed "
    "percentile of CD34+ cells",
    "fmo": "on the tube without CD38 (fluorescence minus one)",
    "progenitor": "from the mode and the width of the progenitors",
    "percentile": "at a fixed percentile of CD34+ cells",
}

WHOSE = {
    "own": "Each tube is counted by its own thresholds, and once more by those of the patient's first visit.",
    "baseline": "Each later tube is counted by the thresholds of the patient's first visit, and once more by "
    "its own.",
}


def sections(findings: Findings) -> list[tuple[str, list[str]]]:
    """Return the methods, heading by heading; an assay that the study does not have is left out."""
    plan = findings.plan
    said = [("Question and compartments", [_compartments(plan)])]
    if findings.tubes:
        said.append(("Flow cytometry", [_cytometry(plan), _rare(plan), *gate_reviews.methods(findings)]))
    if findings.clones:
        said.append(("FISH", _fish(plan)))
    if any(reading.origin for reading in findings.phases):
        said.append(("Quiescence", [_quiescence(findings)]))
    if findings.frequencies or findings.colonies:
        said.append(("Functional assays", [_culture(plan)]))
    said += methods_course.sections(findings)
    said.append(("What the assays say together", _together(findings)))
    return said


def _compartments(plan: Plan) -> str:
    named = [
        name + (f" ({said})" if (said := _described(name, item.role, item.phenotype)) else "")
        for name, item in plan.compartments.items()
    ]
    return (
        f"The clone is {plan.clone.name}, marked by {plan.clone.marker} in a karyotype and by the probe "
        f"{plan.clone.probe} against {plan.clone.control_probe} in nuclei. Compartments: "
        f"{phrases.listing(named)}. Days are counted from {plan.study.anchor}. Intervals have "
        f"{numbers.coverage(plan.analysis.confidence)} coverage, two-sided where something was found and "
        "one-sided where it was not. The question, and the statements tested, are those of Tehranchi and "
        "colleagues [@tehranchi2010]; the answers are of remnant [@remnant]."
    )


def _cytometry(plan: Plan) -> str:
    gates = plan.gates
    rule = CD38_RULES[gates.cd38_rule]
    return (
        f"Events were compensated by {_matrix(plan)}, shown on logicle scales [@moore2012] and gated by "
        "the automatic recipe: cells, "
        "single cells, viable and nucleated cells, the region of dim CD45 and low side scatter that "
        "lymphocytes and granulocytes bound, CD34+, then the compartments. A marker is negative "
        f"below the {numbers.percent(gates.fmo_quantile)} quantile of its fluorescence-minus-one tube, "
        "taken inside the same parent gate, with its exact (order-statistic) interval beside the resampled "
        f"one; CD38-/low ends {rule} (percentile: "
        f"{numbers.percent(gates.cd38_percentile)}). A gate on fewer than "
        f"{numbers.count(gates.minimum_parent_events)} parent events is not evaluable. The frequency of a "
        "compartment is its count less the background: what leaks into the same gate of the control that "
        "leaves a positive marker out. Its limits join counting and background (averaged tails, Cousins and "
        "Highland [@cousins1992]) with the move of each threshold within its own interval, as "
        "independent errors [@zou2008]. They hold "
        "the frequency of cells inside the cuts as unlimited controls would place them. Whether CD38 is cut "
        "rightly is shown beside: by both rules, and over "
        f"{phrases.listing([numbers.percent(share) for share in gates.cd38_sweep])} of CD34+ cells. "
        f"{WHOSE[gates.thresholds]} Thresholds, and medians of lymphocytes and CD34+ cells, are flagged "
        f"where they moved more than {gates.drift_decades:g} decades since the first visit, beyond their "
        "intervals."
    )


def _matrix(plan: Plan) -> str:
    """Say by which matrix events were compensated."""
    gates = plan.gates
    said = "the matrix in each file"
    if gates.spillover:
        said = f"the study's own matrix ({gates.spillover}), controls too,"
    own = [f"{panel} by {file}" for panel, file in gates.spillovers.items()]
    return f"{said} (tubes of panel {phrases.listing(own)})" if own else said


def _rare(plan: Plan) -> str:
    rare = plan.rare
    events = (rare.detection_events, rare.quantitation_events)
    whose = (
        "a convention shipped with the program, not a validation of this laboratory"
        if RareRule.of(rare, confidence=plan.analysis.confidence).is_convention
        else "the rule that the study declares"
    )
    return (
        f"A compartment is detected from {numbers.count(events[0])} events and quantified from "
        f"{numbers.count(events[1])}: {whose}. Below detection the bound that the count supports is given, "
        f"and only among at least {numbers.count(rare.minimum_parent_events)} viable nucleated cells and "
        f"{numbers.count(rare.minimum_compartment_events)} CD34+ cells, the minimum of the European "
        "LeukemiaNet of 2021 [@heuser2021] unless the study says otherwise; with fewer the compartment "
        "is not evaluable, "
        "for so few cells cannot show that it is absent. The verdict counts events as gated; the frequency "
        "beside it is less the background. Each acquisition was looked at over time, channel by channel, in "
        "bins of equally many events: a change beyond chance proposes a cut, which is never applied, and the "
        "compartments are counted with and without it. Cells per µL rest on beads in the tube, else on its "
        "sample volume as if all of it was acquired."
    )


def _quiescence(findings: Findings) -> str:
    plan = CyclePlan()
    said = []
    if any(reading.from_table for reading in findings.phases):
        said.append(
            "Counts of G0, G1 and S/G2/M made elsewhere are given as fractions with exact (Clopper-Pearson) "
            f"limits [@clopper1934], from {plan.minimum_compartment_events} cells on."
        )
    if any(reading.origin and not reading.from_table for reading in findings.phases):
        said.append(
            "In tubes stained for DNA and Ki-67 (or pyronin Y) the phases of each compartment were told "
            "inside the gates that counted it. A mixture model of DNA (Dean and Jett [@dean1974]) is "
            "fitted to all "
            "viable nucleated cells; G0 are cells with 2n below the cut of Ki-67: one that the plan fixes, "
            f"else the {numbers.percent(plan.control_quantile)} quantile of the tube without it (or its "
            "isotype) in the same compartment, or in the nearest parent with enough events; without a "
            "control, the valley of the density. Intervals carry counting and the overlap of the phases, and "
            f"with a control also the cut at its {numbers.percent(plan.strict_quantile)} quantile."
        )
    return " ".join(
        [*said, "No phase is told apart by clone: the fractions are of all cells that the gates let in."]
    )


def _fish(plan: Plan) -> list[str]:
    analysis, probe = plan.analysis, plan.probe.get(plan.clone.probe, Probe())
    wrong = [
        f"Beta({rate.errors:g}, {rate.correct:g}) for {name}"
        for name, rate in (
            ("false positives", probe.false_positive),
            ("false negatives", probe.false_negative),
        )
    ]
    origin = (
        "set by the study"
        if plan.clone.probe in plan.probe
        else "the shipped example, not a validation of this probe"
    )
    return [
        f"A slide is called at its own number of nuclei: the cut-off is {CUTOFFS[analysis.cutoff]}, with "
        f"at most {numbers.percent(analysis.cutoff_alpha)} false calls. Below it the clone is reported as "
        "not detected, with the bound that the count supports. The observed fraction has exact "
        "(Clopper-Pearson) limits [@clopper1934].",
        "The clone fraction is the posterior of the true fraction, given errors of the probe and the "
        "purity of the sort [@rogan1978]: P(abnormal) = h (1 - fn) + (1 - h) fp, where h mixes the "
        "compartment with its "
        "contaminant by purity. Prior of the fraction: Beta(1/2, 1/2). Priors of the errors: "
        f"{' and '.join(wrong)} ({origin}); control slides update the former.",
    ]


def _culture(plan: Plan) -> str:
    return (
        "Frequencies follow the single-hit Poisson model, P(a well stays negative) = exp(-f d) "
        "[@hu2009], by maximum "
        f"likelihood with {numbers.coverage(plan.analysis.confidence)} limits and a test of the single "
        "hit; a plate without a positive well gives a one-sided bound. Where wells were typed, normal "
        "cells and cells of the clone have frequencies of their own. The last plate before treatment and the "
        "first in remission give the change of each, with profile-likelihood limits; over patients the log "
        "ratio is Normal about a mean with a spread, whose priors stand beside the result."
    )


def _together(findings: Findings) -> list[str]:
    analysis = findings.plan.analysis
    said = [
        "Burden is the product of a compartment's frequency and its clone fraction, as one posterior: the "
        "frequency carries counting, what leaked into the gate (taken off), and the place of the cuts, whose "
        "posterior is mixed over the counts at either end of their intervals; the clone fraction carries "
        "nuclei, probe and purity. Nothing is counted twice: purity is of the sort, and the frequency of the "
        f"tube before it. {_variance(findings.plan)}A burden is not detected where the compartment or the "
        "clone is not; its bound is the posterior's, and never below what the counts alone support. The fall "
        "of a burden is the posterior of the ratio of two visits, taken as independent.",
        "Stem cells and progenitors of a sample share the errors of the probe and the "
        "contaminants of the sort in one joint posterior; selective persistence is the difference of their "
        "log-odds, and is called where its posterior probability reaches "
        f"{numbers.percent(analysis.persistence_probability)}.",
        "Means over patients come from one model of every slide: probe errors shared by all slides, a "
        "purity for each sort, patients and visits around the mean of their phase (before treatment, in "
        "remission, other), visits of a patient correlated in time.",
        "A rise of the clone beyond assay noise, a cytogenetic relapse and a clinical relapse are separate "
        "events; none is written for another.",
    ]
    said += [
        f"Prior of the joint model: {prior}."
        for prior in dict.fromkeys(e.prior for e in findings.pooled)
        if prior
    ]
    if findings.joint is not None:
        said.append(
            f"Its posterior is drawn by slice sampling [@neal2003], {findings.joint.chains} chains of "
            f"{numbers.count(findings.joint.draws)} draws: worst R-hat "
            f"{findings.joint.r_hat:.3f} [@vehtari2021], effective draws "
            f"{numbers.count(findings.joint.bulk)} in the bulk and {numbers.count(findings.joint.tail)}"
            " in the tails."
        )
    return said


def _variance(plan: Plan) -> str:
    variance = plan.rare.count_variance
    if variance == 1:
        return "Tubes of one specimen are taken to differ by counting alone. "
    return f"Tubes of one specimen are taken to differ by {variance:g} times the variance of counting. "


def readings(findings: Findings) -> list[str]:
    """Return every reading of an ambiguous rule that was used, once."""
    calls = (call for one in criteria(findings) for call in one.calls)
    used = {rule.reading for call in calls for rule in call.rules if rule.reading}
    named = (one for item in findings.diagnoses for one in item.definitions)
    return sorted(used | {rule.reading for one in named for rule in one.rules if rule.reading})


def _described(name: str, role: str, phenotype: str | None) -> str:
    """Say what the name of a compartment leaves unsaid."""
    return ", ".join(part for part in ("" if role == name else role, phenotype or "") if part)


def choices(plan: Plan) -> Table:
    """Return every choice of the plan as a table, by its key in study.toml."""
    rows = tuple((Cell(key, look="short"), Cell(value)) for key, value in _leaves(plan, ""))
    return Table("Every choice, by its key in study.toml.", ("Key", "Choice"), rows)


def _leaves(value: object, key: str) -> Iterator[tuple[str, str]]:
    fields: dict[str, object] | None = None
    if isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, dict):
        fields = value
    if isinstance(value, bool):
        yield key, "yes" if value else "no"
        return
    if fields is None:
        yield key, "by the data" if value is None else "none" if value in ("", ()) else str(value)
        return
    for name, item in fields.items():
        yield from _leaves(item, f"{key}.{name}" if key else str(name))
