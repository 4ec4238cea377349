"""How stem cells that work changed, from before treatment to remission: in each patient and over all."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.culture.change import Quantity
from remnant.culture.recovery import CultureChange, Fold, PooledCulture
from remnant.report import numbers, phrases, tables
from remnant.report.culture import fish_fraction
from remnant.report.tables import Cell, Table
from remnant.study.estimate import Estimate, Evidence

MOVED = (
    (Quantity.NORMAL, "Normal units"),
    (Quantity.CLONE, "Units of the clone"),
    (Quantity.CLONE_ODDS, "Odds of the clone among units that work"),
)


def changes(findings: Findings) -> Table | None:
    """Return the change of each patient, from before treatment to remission, with FISH beside it."""
    rows = [
        (
            Cell(item.patient_id, look="short"),
            Cell(f"{item.compartment}, {item.assay}{' †' if item.remarks else ''}", _days(item), "short"),
            tables.estimate(item.frequency_before, numbers.one_in),
            tables.estimate(item.frequency_after, numbers.one_in),
            _fold(item.frequency),
            _fold(item.normal),
            _fold(item.clone),
            _twins(item.clone_before, fish_fraction(findings, item.before_sample, item.compartment)),
            _twins(item.clone_after, fish_fraction(findings, item.after_sample, item.compartment)),
        )
        for item in findings.cultures
    ]
    caption = (
        "Functional stem cells per cell plated, and how many times as frequent they are in remission as "
        "before treatment. Last, the clone fraction among cells that work, and beneath it the fraction that "
        "FISH finds in the same sorted cells: where the clone grows less well the first is the lower."
    )
    if any(item.remarks for item in findings.cultures):
        caption += " † A plate has a remark: see the section of the patient."
    header = (
        "Patient|Plates|Before treatment|In remission|Change, all|Change, normal|Change, clone|"
        "Clone before: culture, FISH|Clone in remission: culture, FISH"
    )
    return tables.table(caption, header, rows)


def pooled(findings: Findings) -> Table | None:
    """Return the mean changes over patients, with what a sign test could show, and the prior."""
    rows = [
        (
            Cell(f"{item.compartment}, {item.assay}", look="short"),
            Cell(str(item.quantity)),
            tables.number(numbers.count(item.patients)),
            tables.estimate(item.ratio, numbers.significant),
            _spread(item),
            tables.number(
                "–" if item.probability_fall is None else numbers.probability(item.probability_fall)
            ),
            tables.number(f"{item.rose} / {item.fell}" if item.ratio.known else "–"),
            tables.number("–" if item.sign_p is None else numbers.p_value(item.sign_p)),
            tables.number("–" if item.smallest_p is None else numbers.p_value(item.smallest_p)),
        )
        for item in findings.cultures_pooled
    ]
    priors = dict.fromkeys(item.prior for item in findings.cultures_pooled if item.prior)
    caption = (
        "Mean over patients of the change, in remission over before treatment; 1 is no change. Spread: "
        "standard deviation between patients of the log ratio, with its upper limit. Smallest p: the least "
        "that a sign test can give with so many patients."
        + "".join(
            f" Prior: {prior}; with two or three patients the spread is mostly its prior." for prior in priors
        )
    )
    header = "Plates|Of|Patients|Change|Spread|P(fall)|Rose / fell|Sign test p|Smallest p"
    return tables.table(caption, header, rows)


def sentences(findings: Findings) -> list[str]:
    """Say what long-term culture shows, and no more than its numbers carry."""
    places = dict.fromkeys((item.compartment, item.assay) for item in findings.cultures)
    return [text for place in places for text in _sentences(findings, place)]


def _sentences(findings: Findings, place: tuple[str, str]) -> list[str]:
    mine = [item for item in findings.cultures if (item.compartment, item.assay) == place]
    means = {i.quantity: i for i in findings.cultures_pooled if (i.compartment, i.assay) == place}
    judged = [item for item in mine if item.clone_after.known]
    name = f"{place[1]} of {place[0]} cells"
    if not judged:
        return [f"{name}: no plate in remission tells normal units from those of the clone."]
    grew = sum(item.clone_after.value is not None for item in judged)
    level = findings.plan.analysis.persistence_probability
    said = [
        f"{name}, in remission: units of the clone still grew in {phrases.share(grew, len(judged))} "
        f"{'patient' if len(judged) == 1 else 'patients'} whose colonies were typed."
    ]
    said += [_moved(means[quantity], words, level) for quantity, words in MOVED if quantity in means]
    return said + _agreement(findings, judged)


def _moved(mean: PooledCulture, words: str, level: float) -> str:
    """Say whether a mean rose or fell, at the level that the plan asks of a verdict."""
    if mean.ratio.value is None or mean.probability_fall is None:
        return f"{words}: no mean change, {mean.ratio.reason}."
    fall = mean.probability_fall
    way, chance = ("fall", fall) if mean.ratio.value < 1 else ("rise", 1 - fall)
    shown = "" if chance >= level else ", not to be told from no change"
    return (
        f"{words}: {_written(mean.ratio.value)} on average over "
        f"{phrases.counted(mean.patients, 'patient')} "
        f"({phrases.interval(mean.ratio, numbers.significant)} times what they were){shown}; posterior "
        f"probability of a {way} {numbers.probability(chance)}."
    )


def _agreement(findings: Findings, judged: list[CultureChange]) -> list[str]:
    """Say in how many patients culture and FISH of the same cells both find the clone."""
    both = [
        (item.clone_after.value is not None, slide.value is not None)
        for item in judged
        if (slide := fish_fraction(findings, item.after_sample, item.compartment)).known
    ]
    if not both:
        return []
    alike = sum(culture == slide for culture, slide in both)
    alone = sum(slide and not culture for culture, slide in both)
    rest = f"; FISH alone finds it in {alone}" if alone else ""
    return [
        f"Culture and FISH of the same cells agree on whether the clone is found in "
        f"{phrases.share(alike, len(both))} {'patient' if len(both) == 1 else 'patients'} with both{rest}."
    ]


def _fold(change: Fold) -> Cell:
    """Return the cell of a fold-change, of whichever kind of knowledge."""
    ratio = change.ratio
    if ratio.evidence is Evidence.DETECTED and ratio.value is not None:
        limits = f"{phrases.limits(ratio, numbers.significant)} times"
        return Cell(_written(ratio.value), limits, source=tables.sources(ratio.sources))
    if ratio.evidence is Evidence.NOT_DETECTED:
        return tables.estimate(ratio, lambda x: f"{numbers.significant(x)} times")
    return tables.estimate(ratio)


def _written(ratio: float) -> str:
    """Write a fold-change, one that rounds to none as such."""
    return "no change" if 0.95 < ratio < 1.05 else numbers.fold(ratio)


def _days(item: CultureChange) -> str:
    days = (item.before_day, item.after_day)
    first, last = ("–" if day is None else numbers.count(day) for day in days)
    return f"days {first} and {last}"


def _twins(culture: Estimate, slide: Estimate) -> Cell:
    """Set the functional clone fraction above the fraction by FISH."""
    sources = tables.sources((*culture.sources, *slide.sources))
    return Cell(f"culture {_brief(culture)}", f"FISH {_brief(slide)}", source=sources)


def _brief(found: Estimate) -> str:
    if found.value is not None:
        return f"{phrases.value(found)} ({phrases.limits(found)})"
    return phrases.value(found)


def _spread(item: PooledCulture) -> Cell:
    if item.spread is None or item.spread_upper is None:
        return tables.number("–")
    return tables.number(numbers.significant(item.spread), f"below {numbers.significant(item.spread_upper)}")
