"""The karyotypes of a patient: each as it was read, what was gained and lost, and FISH beside it."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.analysis.karyotype_courses import KaryotypeCourse
from remnant.analysis.karyotypes import KaryotypeResult
from remnant.analysis.timeline import Timeline
from remnant.cytogenetics.clones.deleted_region import DeletedRegion
from remnant.cytogenetics.clones.evolution import ClonalEvolution, Development, Fate
from remnant.figures import patient_charts
from remnant.figures.karyotypes import strip_height
from remnant.report import numbers, phrases, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table

LOUD = (Development.EVOLUTION, Development.UNRELATED)


def course_of(findings: Findings, name: str) -> KaryotypeCourse | None:
    """Return the karyotypes of a patient over time, if there are any with a result."""
    return next((item for item in findings.evolutions if item.patient_id == name), None)


def strip(findings: Findings, timeline: Timeline, slug: str, album: Album) -> Figure | None:
    """Return the figure of a patient's clones over the visits."""
    course = course_of(findings, timeline.patient_id)
    chart = patient_charts.karyotypes(findings, timeline)
    if course is None or chart is None:
        return None
    caption = (
        "A row for each clone, named by what it has and its parent has not; bars are its share of the "
        "metaphases of a visit. Where none was seen, what so many metaphases exclude (one-sided)."
    )
    return album.put(chart, slug, "karyotypes", "Clones by metaphases", caption, strip_height(course))


def evolution(findings: Findings, name: str) -> list[str]:
    """Say what was gained and lost from one karyotype to the next; what stayed the same is passed over."""
    course = course_of(findings, name)
    if course is None:
        return []
    days = {visit.sample_id: visit.day for visit in course.strip.visits}
    new = {result.sample_id: result.new for result in findings.karyotypes if result.patient_id == name}
    return [
        changed(item, days[item.after], new.get(item.after, ()))
        for item in course.since_previous
        if item.gained or item.lost
    ]


def changed(item: ClonalEvolution, day: int, new: tuple[str, ...]) -> str:
    """Say what one karyotype gained and lost since the one before it.

    Parameters
    ----------
    item : ClonalEvolution
        Both karyotypes, compared.
    day : int
        Of the later one.
    new : tuple of str
        What no earlier sample had; the other abnormalities that were gained are back.
    """
    parts = [
        f"gained {_gain(fate, item)}" if fate.abnormality in new else f"{_gain(fate, item)} again"
        for fate in item.gained
    ]
    parts += [f"{fate.abnormality} no longer seen{_excluded(fate)}" for fate in item.lost]
    doubt = "" if item.certain else " (a part of a report was not read, or a composite hides cells)"
    kind = f", {item.development}" if item.development in LOUD else ""
    return f"By {numbers.day(day)}{kind}: {'; '.join(parts)}{doubt}."


def _gain(fate: Fate, item: ClonalEvolution) -> str:
    if fate.cells_after is None or item.metaphases is None:
        return f"{fate.abnormality} (cells not counted)"
    return f"{fate.abnormality} in {fate.cells_after} of {item.metaphases}"


def _excluded(fate: Fate) -> str:
    return "" if fate.excluded_above is None else f", excluded above {numbers.percent(fate.excluded_above)}"


def table(findings: Findings, name: str) -> Table | None:
    """Return every karyotype of a patient as it was read, with what follows from it."""
    rows = []
    for result in findings.karyotypes:
        if result.patient_id != name:
            continue
        cells = "not stated" if result.scored is None else f"{result.abnormal} / {result.scored}"
        doubt = "some cells may be hidden or feigned" if result.uncertain else ""
        rows.append(
            (
                tables.day(result.day),
                Cell(result.iscn, _sex(result), source=tables.sources([result.source])),
                tables.number(cells),
                Cell(", ".join(result.new) or "none", doubt),
                Cell(*_group(result)),
                Cell(*_complexity(result)),
                Cell("; ".join(result.remarks) or "–"),
            )
        )
    header = "Day|Karyotype|Clone / scored|New|IPSS-R group|Complexity|Remarks"
    return tables.table(f"Karyotypes, read for {findings.plan.clone.marker}.", header, rows)


def _sex(result: KaryotypeResult) -> str:
    return f"shows {result.sex}: not the patient's sex" if result.sex_disagrees else ""


def _group(result: KaryotypeResult) -> tuple[str, str]:
    found = result.ipss_r
    if found is None:
        return "–", ""
    if found.group is None:
        return "× not evaluable", "; ".join([*(str(item) for item in found.possible), found.reason])
    return str(found.group), found.rule


def _complexity(result: KaryotypeResult) -> tuple[str, str]:
    found = result.complexity
    if found is None:
        return "–", ""
    least = "at least " if found.at_least else ""
    kind = "very complex" if found.is_very_complex else "complex" if found.is_complex else ""
    monosomal = result.monosomal is not None and result.monosomal.is_monosomal
    said = [kind, "monosomal" if monosomal else ""]
    return f"{least}{phrases.counted(found.abnormalities, 'abnormality').replace('ys', 'ies')}", ", ".join(
        filter(None, said)
    )


def derivation(findings: Findings, name: str) -> Table | None:
    """Return how group, complexity and monosomal karyotype of each visit came about."""
    rows = []
    for result in findings.karyotypes:
        if result.patient_id != name or result.ipss_r is None or result.complexity is None:
            continue
        counts = [f"{item.abnormality}: {item.count}" for item in result.complexity.counted]
        monosomal = "–" if result.monosomal is None else result.monosomal.reason
        rows.append(
            (
                tables.day(result.day),
                Cell("; ".join(result.ipss_r.trace) or "no abnormality"),
                Cell("; ".join(counts) or "none"),
                Cell(monosomal),
            )
        )
    caption = (
        "How each abnormality counts for the IPSS-R group, for complexity, and for a monosomal karyotype."
    )
    return tables.table(caption, "Day|IPSS-R group|Complexity|Monosomal", rows)


def regions(findings: Findings, name: str) -> Table | None:
    """Return what is lost of 5q, each deletion once."""
    seen: dict[str, tuple[int, DeletedRegion]] = {}
    for result in findings.karyotypes:
        if result.patient_id == name:
            for item in result.deleted_regions:
                seen.setdefault(item.abnormality, (result.day, item))
    rows = [
        (
            tables.day(day),
            Cell(item.abnormality, "" if item.certain else "may still be there elsewhere"),
            Cell({True: "terminal", False: "interstitial", None: "bands not given"}[item.terminal], item.how),
            Cell(str(item.syndrome.verdict), item.syndrome.bands),
            Cell(str(item.higher_risk.verdict), item.higher_risk.bands),
            Cell("; ".join(f"{locus.region} {locus.verdict}" for locus in item.loci)),
        )
        for day, item in seen.values()
    ]
    caption = "What is lost of 5q by the breakpoints, each deletion once, on the day that first shows it."
    header = "Day|Abnormality|Kind|5q- syndrome region|Higher-risk region|Genes"
    return tables.table(caption, header, rows)


def beside_fish(findings: Findings, name: str) -> Table | None:
    """Return metaphases and nuclei of the same sample side by side."""
    rows = [
        (
            tables.day(item.day),
            tables.number(f"{item.abnormal_metaphases} / {item.metaphases}"),
            tables.number(f"{item.abnormal_nuclei} / {item.nuclei}", _cutoff(item.cutoff_count)),
            Cell(str(item.agreement)),
            Cell(str(item.surprise), "; ".join(item.remarks), source=tables.sources(item.sources)),
        )
        for item in findings.discordances
        if item.patient_id == name
    ]
    caption = (
        "The karyotype beside FISH of unsorted cells of the same sample; neither stands in for the other."
    )
    return tables.table(caption, "Day|Metaphases|Nuclei|Shows the clone|By chance", rows)


def _cutoff(count: int | None) -> str:
    return "" if count is None else f"cut-off {count}"


def discordant(findings: Findings, name: str) -> list[str]:
    """Say where only one of the two assays shows the clone, or the two contradict each other."""
    loud = [
        item
        for item in findings.discordances
        if item.patient_id == name
        and (str(item.agreement) in ("FISH only", "metaphases only") or str(item.surprise) == "contradictory")
    ]
    return [
        f"On {numbers.day(item.day)} karyotype and FISH differ ({item.agreement}): {item.reason}."
        for item in loud
    ]
