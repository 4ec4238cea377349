"""What each assay says of a patient, as tables: compartments, slides, karyotypes."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.report import numbers, sentences, tables
from remnant.report.tables import Cell, Table


def compartments(findings: Findings, name: str) -> Table | None:
    """Return clone fraction, frequency and burden of every compartment of a patient, visit by visit."""
    rows = [
        (
            tables.day(b.day),
            Cell(b.sample_id),
            tables.role(b.compartment, b.role),
            tables.estimate(b.clone_fraction),
            tables.estimate(b.frequency, numbers.one_in),
            tables.estimate(b.per_million, numbers.significant),
        )
        for b in findings.burdens
        if b.patient_id == name
    ]
    clone = findings.plan.clone.name
    coverage = numbers.coverage(findings.plan.analysis.confidence)
    caption = (
        f"Fraction of cells with {clone}, frequency of the compartment among nucleated cells, and the "
        f"product; beneath each number its {coverage} interval, or its bound."
    )
    return tables.table(
        caption, "Day|Sample|Compartment|Clone fraction|Frequency|Clone cells per million", rows
    )


def falls(findings: Findings, name: str) -> Table | None:
    """Return how far the clone fell in stem cells and progenitors of a patient, where that is known."""
    rows = [
        (
            Cell(_when(fall.before_sample, fall.before_day)),
            Cell(_when(fall.after_sample, fall.after_day)),
            tables.estimate(fall.stem, numbers.remaining),
            tables.estimate(fall.progenitor, numbers.remaining),
            tables.number(
                "–" if fall.probability_stem_less is None else numbers.probability(fall.probability_stem_less)
            ),
        )
        for fall in findings.falls
        if fall.patient_id == name and (fall.stem.known or fall.progenitor.known)
    ]
    caption = (
        "Clone cells per million nucleated cells in remission, as a share of those before treatment: 1 % is "
        "a hundredfold fall. P(stem less) is the posterior probability that they fell less in stem cells."
    )
    header = "Before treatment|In remission|Left in stem cells|Left in progenitors|P(stem less)"
    return tables.table(caption, header, rows)


def _when(sample: str, day: int | None) -> str:
    return "–" if day is None else f"{numbers.day(day)} ({sample})"


def pairs(findings: Findings, name: str) -> Table | None:
    """Return every comparison of stem cells with progenitors of a patient."""
    rows = []
    for pair in findings.selective:
        if pair.patient_id != name:
            continue
        spared = {
            True: Cell("spared", look="yes"),
            False: Cell("not shown", look="open"),
            None: Cell("–", look="open"),
        }
        rows.append(
            (
                tables.day(pair.day),
                Cell({True: "yes", False: "no", None: "not evaluable"}[pair.in_remission]),
                tables.estimate(pair.stem),
                tables.estimate(pair.progenitor),
                tables.estimate(pair.log_odds, numbers.odds),
                tables.number("–" if pair.probability is None else numbers.probability(pair.probability)),
                tables.number("–" if pair.exact_p is None else numbers.p_value(pair.exact_p)),
                spared[pair.spared],
            )
        )
    header = "Day|Remission|Stem|Progenitor|Odds ratio|P(spared)|Fisher p|Stem cells"
    caption = (
        "Stem cells against progenitors of the same sample. P(spared) is the posterior probability that "
        "the odds of the clone are higher in stem cells; Fisher's test knows neither purity nor errors of "
        "the probe."
    )
    return tables.table(caption, header, rows)


def fish(findings: Findings, days: dict[str, int]) -> Table | None:
    """Return every slide of the samples in `days`: count, cut-off, call, fraction, purity, worst case."""
    roles = {name: item.role for name, item in findings.plan.compartments.items()}
    rows = []
    for clone in sorted((c for c in findings.clones if c.sample_id in days), key=lambda c: days[c.sample_id]):
        called = {
            True: Cell("above", look="yes"),
            False: Cell("below", look="open"),
            None: Cell("–", look="open"),
        }
        cutoff = "–" if clone.cutoff_count is None else numbers.count(clone.cutoff_count)
        worst = "–" if clone.worst_case_lower is None else numbers.percent(clone.worst_case_lower)
        purity = "not measured" if clone.purity is None else numbers.percent(clone.purity)
        rows.append(
            (
                tables.day(days[clone.sample_id]),
                tables.role(clone.compartment, roles.get(clone.compartment, "")),
                Cell(clone.probe, "; ".join(clone.remarks)),
                tables.number(
                    f"{numbers.count(clone.nuclei_abnormal)} / {numbers.count(clone.nuclei_scored)}"
                ),
                tables.number(cutoff),
                called[clone.above_cutoff],
                tables.estimate(clone.observed),
                tables.estimate(clone.fraction),
                Cell(purity, "" if clone.contaminant is None else f"rest: {clone.contaminant}"),
                tables.number(worst),
            )
        )
    header = "Day|Compartment|Probe|Abnormal|Cut-off|Call|Observed|Corrected|Purity|Worst case"
    methods = sorted({clone.cutoff_method for clone in findings.clones if clone.sample_id in days})
    caption = (
        f"Nuclei by interphase FISH. The cut-off ({'; '.join(methods)}) is the fewest abnormal nuclei "
        "called at this number scored. Worst case: the lower limit, less all that contaminants of the sort "
        "could explain."
    )
    return tables.table(caption, header, rows)


def cytogenetic(findings: Findings, name: str) -> Table | None:
    """Return the cytogenetic responses of a patient, each with what its count excludes."""
    confidence = findings.plan.analysis.confidence
    rows = []
    for response in findings.responses.cytogenetic:
        if response.patient_id != name:
            continue
        reduction = "–" if response.reduction is None else _change(response.reduction)
        counted = sentences.metaphases(
            response.abnormal, response.scored, response.excluded_above, confidence
        )
        rows.append(
            (
                tables.day(response.day),
                Cell(response.response, look="short", source=tables.sources(response.sources)),
                Cell(counted),
                tables.number(reduction),
                Cell(response.reason, "; ".join(response.missing)),
            )
        )
    caption = "Cytogenetic response by metaphases; FISH does not stand in for them."
    return tables.table(caption, "Day|Response|Metaphases|Reduction|Rests on", rows)


def _change(reduction: float) -> str:
    return (
        numbers.percent(reduction) if reduction >= 0 else f"grew by {numbers.significant(-100 * reduction)} %"
    )
