"""What each assay says of a patient, as tables: compartments, slides, karyotypes, plates, colonies."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.culture import Frequency
from remnant.figures.functional import plot_frequencies
from remnant.figures.plates import plot_plates
from remnant.report import numbers, sentences, tables
from remnant.report.charts import Album, Figure
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


def karyotypes(findings: Findings, name: str) -> Table | None:
    """Return every karyotype of a patient as it was read."""
    rows = []
    for result in findings.karyotypes:
        if result.patient_id != name:
            continue
        cells = "not stated" if result.scored is None else f"{result.abnormal} / {result.scored}"
        doubt = "some cells may be hidden or feigned" if result.uncertain else ""
        rows.append(
            (
                tables.day(result.day),
                Cell(result.iscn, source=tables.sources([result.source])),
                tables.number(cells),
                Cell(", ".join(result.abnormalities) or "none", doubt),
                Cell(", ".join(result.new) or "none"),
                Cell("; ".join(result.remarks)),
            )
        )
    header = "Day|Karyotype|Clone / scored|Clonal abnormalities|New|Remarks"
    return tables.table(f"Karyotypes, read for {findings.plan.clone.marker}.", header, rows)


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


def frequencies(findings: Findings, days: dict[str, int]) -> Table | None:
    """Return the limiting dilutions of the samples in `days`."""
    rows = [
        (
            tables.day(days[plate.sample_id]),
            Cell(plate.compartment),
            Cell(
                plate.assay,
                f"{plate.wells_positive} of {plate.wells_tested} wells positive, {plate.doses} doses",
            ),
            tables.estimate(plate.all_cells, numbers.one_in),
            tables.estimate(plate.normal, numbers.one_in),
            tables.estimate(plate.clone, numbers.one_in),
            tables.estimate(plate.clone_fraction),
            _single_hit(plate),
        )
        for plate in findings.frequencies
        if plate.sample_id in days
    ]
    header = "Day|Compartment|Assay|All|Normal|Clone|Functional clone fraction|Single hit"
    return tables.table("Functional cells per cell plated, from limiting dilution.", header, rows)


def _single_hit(plate: Frequency) -> Cell:
    """Say whether one cell alone explains a positive well, and what else a reader should know."""
    tests, remarks = plate.single_hit, "; ".join(plate.remarks)
    if tests is None or tests.likelihood_ratio_p is None:
        return Cell("not testable", remarks)
    return Cell(numbers.p_equals(tests.likelihood_ratio_p), remarks)


def functional(findings: Findings, days: dict[str, int], slug: str, album: Album) -> Figure | None:
    """Return the figure of functional stem cells over time, where any plate was set up."""
    plates = [plate for plate in findings.frequencies if plate.sample_id in days]
    if not plates:
        return None
    caption = (
        "Units in long-term culture of the clone (red triangles) and normal ones (green crosses), per cell "
        "plated: higher is more frequent; an open triangle stands at the bound of what was not detected."
    )
    chart = plot_frequencies(plates, days, anchor=findings.plan.study.anchor)
    return album.put(chart, slug, "functional", "Stem cells that work", caption, 240)


def plates(findings: Findings, days: dict[str, int], slug: str, album: Album) -> Figure | None:
    """Return the figure of every plate behind the frequencies, where any was set up."""
    scored = [plate for plate in findings.frequencies if plate.sample_id in days and plate.wells_tested]
    if not scored:
        return None
    caption = (
        "Wells that stayed without any colony (discs), without one of the clone (red triangles) and "
        "without a normal one (green crosses), each with its single-hit line and band; a broken line is the "
        "bound of what was not detected. Wells whose colonies were not all typed show as discs alone."
    )
    room = 40 + 180 * -(-len(scored) // 3)
    return album.put(plot_plates(scored, days), f"plates-{slug}", "plates", "Plates", caption, room)


def colonies(findings: Findings, days: dict[str, int]) -> Table | None:
    """Return the colony assays of the samples in `days`."""
    rows = [
        (
            tables.day(days[c.sample_id]),
            Cell(c.compartment),
            Cell(c.assay, c.lineage or ""),
            tables.number(numbers.count(c.colonies)),
            tables.estimate(c.per_cell, numbers.one_in),
            tables.estimate(c.clone_fraction),
        )
        for c in findings.colonies
        if c.sample_id in days
    ]
    return tables.table(
        "Colonies per cell plated.", "Day|Compartment|Assay|Colonies|Frequency|Clone fraction", rows
    )
