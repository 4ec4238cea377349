"""The study as a whole: every patient at once, the pooled effect, time to return, the statements tested."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.figures.cohort import lane_height, plot_cohort
from remnant.figures.paired import plot_paired
from remnant.figures.pooled import plot_pooled
from remnant.persistence.selective import SelectivePersistence
from remnant.report import numbers, pooling, sentences, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table

VERDICT_LOOKS = {"supported": "yes", "contradicted": "no"}


def chosen_pairs(findings: Findings) -> list[SelectivePersistence]:
    """Choose one comparison in remission of each patient that has one."""
    chosen = []
    for timeline in findings.timelines:
        pairs = [p for p in findings.selective if p.patient_id == timeline.patient_id and p.in_remission]
        if pair := sentences.telling(pairs):
            chosen.append(pair)
    return chosen


def swimmer(findings: Findings, album: Album) -> Figure | None:
    """Return the figure of all patients on one axis of time."""
    if not findings.timelines:
        return None
    chart = plot_cohort(
        findings.timelines, findings.courses, findings.relapses, anchor=findings.plan.study.anchor
    )
    caption = (
        "A lane for each patient; grey bars beneath are therapy, discs are visits with the state of the "
        "course, red marks above are returns, each on the first day that shows it; † died, › alive or last "
        "seen."
    )
    room = 60 + lane_height(len(findings.timelines)) * len(findings.timelines)
    return album.put(chart, "study", "cohort", "All patients", caption, room)


def paired(findings: Findings, chosen: list[SelectivePersistence], album: Album) -> Figure | None:
    """Return the figure of both compartments, patient by patient."""
    if not chosen:
        return None
    caption = "Clone fraction of both compartments of the same sample, one visit of each patient."
    chart = plot_paired(chosen, clone=findings.plan.clone.name)
    return album.put(chart, "study", "paired", "Clone fraction", caption, 50 + 40 * len(chosen))


def forest(findings: Findings, chosen: list[SelectivePersistence], album: Album) -> Figure | None:
    """Return the forest of odds ratios."""
    if not chosen:
        return None
    effect = next((effect for effect in findings.pooled if effect.phase == "remission"), None)
    caption = (
        "How many times higher the odds of the clone are in stem cells; right of 1, stem cells are spared. "
        "Black: each visit by its own slides, its nuclei as counted, stem against progenitor; beneath it the "
        "same visit in the light of the whole study. The diamond is the mean over patients."
    )
    room = 50 + 40 * (len(chosen) + 1)
    return album.put(
        plot_pooled(chosen, effect, findings.joint), "study", "forest", "Odds ratio", caption, room
    )


def pooled(findings: Findings) -> Table | None:
    """Return the means over patients as a table."""
    rows = [
        (
            Cell(effect.phase),
            tables.number(numbers.count(effect.patients)),
            tables.estimate(effect.log_odds, numbers.odds),
            tables.number("–" if effect.spread is None else numbers.significant(effect.spread)),
            tables.number("–" if effect.probability is None else numbers.probability(effect.probability)),
            tables.number("–" if effect.sign_p is None else numbers.p_value(effect.sign_p)),
            tables.number("–" if effect.smallest_p is None else numbers.p_value(effect.smallest_p)),
        )
        for effect in findings.pooled
    ]
    header = ("Phase", "Patients", "Odds ratio", "Spread", "P(above 1)", "Sign test p", "Smallest p")
    caption = (
        "Mean over patients of the odds of the clone, stem against progenitor, by the joint model; change: "
        "how many times the odds ratio before treatment. Spread: standard deviation "
        "between patients, on the log-odds scale. Smallest p: the least that a sign test can give with so "
        "many patients."
    )
    return Table(caption, header, tuple(rows)) if rows else None


def own_differences(findings: Findings) -> Table | None:
    """Return each patient's difference in the light of the whole study, beside the counts as they stand."""
    if findings.joint is None:
        return None
    counts = {(f.sample_id, f.role): f"{f.abnormal} of {f.scored}" for f in findings.joint.fractions}
    rows = [
        (
            Cell(item.patient_id, look="short"),
            tables.day(item.day),
            tables.number(counts[item.sample_id, "stem"]),
            tables.number(counts[item.sample_id, "progenitor"]),
            tables.estimate(item.log_odds, numbers.odds),
            tables.number(numbers.probability(item.probability)),
            tables.estimate(item.change, numbers.odds),
        )
        for item in findings.joint.differences
        if item.phase == "remission"
    ]
    caption = (
        "Each comparison in remission by the joint model, beside the nuclei as counted. Odds ratio: stem "
        "against progenitor cells, drawn towards what patients have in common. Change: how many times the "
        "odds ratio before treatment."
    )
    header = "Patient|Day|Stem nuclei|Progenitor nuclei|Odds ratio|P(above 1)|Change"
    return tables.table(caption, header, rows)


def sensitivity(findings: Findings) -> Table | None:
    """Return the pooled answers in remission under every other prior."""
    if findings.joint is None:
        return None
    rows = [
        (
            Cell(row.prior),
            tables.estimate(row.log_odds, numbers.odds),
            tables.number(numbers.probability(row.probability)),
            Cell("same" if row.same_verdict else "turned", look="" if row.same_verdict else "open"),
            Cell("fitted anew" if row.refitted else "draws weighted"),
        )
        for row in findings.joint.sensitivity
        if row.phase == "remission"
    ]
    caption = f"The pooled odds ratio in remission under other priors. {pooling.sensitivity(findings.joint)}"
    return tables.table(caption, "Prior|Odds ratio|P(above 1)|Verdict|How", rows)


def statements(findings: Findings) -> Table | None:
    """Return the statements of the paper and their verdicts here."""
    rows = [
        (
            tables.number(str(item.number)),
            Cell(item.text),
            Cell(str(item.verdict), look=VERDICT_LOOKS.get(str(item.verdict), "open")),
            Cell(item.evidence),
            tables.number(numbers.count(item.patients)),
        )
        for item in findings.statements
    ]
    header = ("", "Statement", "Here", "Evidence", "Patients")
    return Table("Each statement and what this study says of it.", header, tuple(rows)) if rows else None
