"""The study as a whole: every patient at once, the pooled effect, time to return, the statements tested."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.analysis.findings import Findings
from remnant.figures.cohort import lane_height, plot_cohort
from remnant.figures.paired import plot_paired
from remnant.figures.pooled import plot_pooled
from remnant.figures.theme import BAND, bands
from remnant.persistence.selective import SelectivePersistence
from remnant.report import numbers, pooling, sentences, tables
from remnant.report.charts import Album, Figure
from remnant.report.drawers import Drawer, Shelf
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


def everybody(findings: Findings, album: Album) -> list[Figure]:
    """Return the figure of all patients on one axis of time, in bands where they are many."""
    caption = (
        "A lane for each patient; grey bars beneath are therapy, discs are visits with the state of the "
        "course, red marks above are returns, each on the first day that shows it; † died, › alive or last "
        "seen."
    )
    figures = []
    for place, band in enumerate(bands(findings.timelines)):
        chart = plot_cohort(
            band,
            findings.courses,
            findings.relapses,
            anchor=findings.plan.study.anchor,
            among=findings.timelines,
        )
        room = 60 + lane_height(len(band)) * len(band)
        title = banded("All patients", place, len(band), len(findings.timelines))
        figures.append(album.put(chart, *_keys("cohort", place), title, caption, room))
    return figures


def banded(title: str, place: int, size: int, whole: int) -> str:
    """Name one band of a figure.

    Examples
    --------
    >>> banded("All patients", 0, 7, 7), banded("All patients", 1, 40, 100)
    ('All patients', 'All patients, 41 to 80 of 100')
    """
    first = place * BAND
    return title if size == whole else f"{title}, {first + 1} to {first + size} of {numbers.count(whole)}"


def further(figures: Sequence[Figure], shelf: Shelf) -> tuple[Drawer, ...]:
    """Put every band but the first into a drawer of its own."""
    return shelf.put_all(*(shelf.put(figure.title, "", figure) for figure in figures[1:]))


def _keys(name: str, place: int) -> tuple[str, str]:
    """Return package and name of a band; each but the first is unpacked by itself."""
    return ("study", name) if place == 0 else (f"study-{name}-{place + 1}", name)


def paired(findings: Findings, chosen: list[SelectivePersistence], album: Album) -> list[Figure]:
    """Return the figure of both compartments, patient by patient, in bands where they are many."""
    caption = "Clone fraction of both compartments of the same sample, one visit of each patient."
    figures = []
    for place, band in enumerate(bands(chosen)):
        chart = plot_paired(band, clone=findings.plan.clone.name)
        title = banded("Clone fraction", place, len(band), len(chosen))
        figures.append(album.put(chart, *_keys("paired", place), title, caption, 50 + 40 * len(band)))
    return figures


def forest(findings: Findings, chosen: list[SelectivePersistence], album: Album) -> list[Figure]:
    """Return the forest of odds ratios, in bands where patients are many, the mean in each."""
    effect = next((effect for effect in findings.pooled if effect.phase == "remission"), None)
    caption = (
        "How many times higher the odds of the clone are in stem cells; right of 1, stem cells are spared. "
        "Black: each visit by its own slides, its nuclei as counted, stem against progenitor; beneath it the "
        "same visit in the light of the whole study. The diamond is the mean over patients."
    )
    figures = []
    for place, band in enumerate(bands(chosen)):
        chart = plot_pooled(band, effect, findings.joint)
        title = banded("Odds ratio", place, len(band), len(chosen))
        figures.append(album.put(chart, *_keys("forest", place), title, caption, 50 + 40 * (len(band) + 1)))
    return figures


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
    header = ("No.", "Statement", "Here", "Evidence", "Patients")
    return Table("Each statement and what this study says of it.", header, tuple(rows)) if rows else None
