"""What the marrow makes under treatment: blood, colonies by lineage and stages of maturation, as tables."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.culture.change import RatioEstimate
from remnant.culture.lineages import LineageOutput
from remnant.report import numbers, tables
from remnant.report.tables import Cell, Table
from remnant.response.blood_course import BloodCourse, worst_grades

DECIMALS = {"haemoglobin": 1, "platelets": 0, "neutrophils": 2}


def blood(findings: Findings, name: str) -> Table | None:
    """Return each line of blood of a patient: before, at its lowest, at its best, and now."""
    rows = [
        (
            Cell(course.line, course.unit.replace("1e9/", "10⁹/")),
            _value(
                course, course.baseline, more="" if course.baseline is not None else course.baseline_reason
            ),
            _value(course, course.lowest, course.lowest_day, _grade(course)),
            _value(course, course.best, course.best_day),
            _value(course, course.present, course.present_day),
            Cell(_signed(course), source=tables.sources(course.sources)),
        )
        for course in findings.haematopoiesis.blood
        if course.patient_id == name and course.counts
    ]
    caption = (
        "Blood under treatment. Before: mean of the counts of the 56 days before the first dose. Best and "
        "now (median of the last 56 days of counts) rest on counts free of transfusion and growth factor; "
        "the lowest is graded by CTCAE 5.0."
    )
    return tables.table(caption, "Line|Before|Lowest|Best|Now|Change", rows)


def toxicity(findings: Findings) -> Table | None:
    """Return in how many patients each line of blood fell to grade 3 or 4 under treatment."""
    courses = [course for course in findings.haematopoiesis.blood if course.counts]
    rows = [
        (
            Cell(line),
            tables.number(str(sum(1 for course in courses if course.line == line))),
            tables.number(str(fallen)),
        )
        for line, fallen in worst_grades(courses).items()
    ]
    caption = (
        "Patients whose lowest count on treatment was of grade 3 or 4 by CTCAE 5.0; the disease and the drug "
        "are not told apart. Haemoglobin has no grade 4 by a count."
    )
    return tables.table(caption, "Line|Patients with counts|Grade 3 or 4", rows) if courses else None


def _value(course: BloodCourse, value: float | None, day: int | None = None, more: str = "") -> Cell:
    if value is None:
        return Cell("–", more)
    said = [f"day {numbers.count(day)}" if day is not None else "", more]
    return tables.number(f"{value:.{DECIMALS[course.line]}f}", ", ".join(filter(None, said)))


def _grade(course: BloodCourse) -> str:
    return f"grade {course.grade}" if course.grade else ""


def _signed(course: BloodCourse) -> str:
    if course.change is None:
        return "–"
    return f"{course.change:+.{DECIMALS[course.line]}f}".replace("-", numbers.MINUS)


def lineages(findings: Findings, name: str, days: dict[str, int]) -> Table | None:
    """Return the colonies of a patient by lineage, a row for each assay of a sample."""
    made = findings.haematopoiesis
    places: dict[tuple[str, str, str], list[LineageOutput]] = {}
    for item in made.lineages:
        if item.sample_id in days:
            places.setdefault((item.sample_id, item.compartment, item.assay), []).append(item)
    ratios = {
        (change.after, change.compartment, change.assay, change.lineage): change.ratio
        for change in made.changes
        if change.patient_id == name and change.after is not None
    }
    rows = [
        (
            tables.day(days[sample]),
            Cell(compartment, assay),
            Cell("; ".join(f"{item.lineage} {item.colonies}" for item in items)),
            tables.estimate(items[0].per_cell, numbers.one_in),
            tables.estimate(items[0].share),
            _ratio(ratios.get((sample, compartment, assay, items[0].lineage))),
        )
        for (sample, compartment, assay), items in places.items()
    ]
    first = next((items[0].lineage for items in places.values()), "")
    caption = (
        f"Colonies by lineage; yield and share are those of the {first} ones, and the change is colonies per "
        "cell plated in the first sample in remission over the last before treatment, with exact limits."
    )
    return tables.table(caption, "Day|Compartment, assay|Colonies|Yield|Share|Change", rows)


def _ratio(ratio: RatioEstimate | None) -> Cell:
    if ratio is None:
        return Cell("–")
    if ratio.value is None and ratio.lower is None:
        return Cell("–", ratio.reason)
    low = "0" if ratio.lower is None else numbers.significant(ratio.lower)
    high = "no limit" if ratio.upper is None else numbers.significant(ratio.upper)
    value = "from none" if ratio.value is None else f"× {numbers.significant(ratio.value)}"
    return tables.number(value, f"{low} to {high}")


def maturation(findings: Findings, name: str) -> Table | None:
    """Return the stages of each lineage of a patient, and whether they moved since before treatment."""
    rows = [
        (
            tables.day(reading.day),
            Cell(reading.lineage),
            tables.number(numbers.count(sum(count or 0 for count in reading.events))),
            Cell(
                " · ".join(
                    f"{stage} {numbers.percent(part.value)}"
                    if part.value is not None
                    else f"{stage} {part.evidence}"
                    for stage, part in zip(reading.stages, reading.fractions, strict=True)
                )
            ),
            tables.estimate(reading.shift),
        )
        for reading in findings.haematopoiesis.maturation
        if reading.patient_id == name
    ]
    caption = (
        "Stages of maturation, the least mature first. Shift: how likely a cell is further on than one of "
        "the last sample before treatment; 50 % means no change. Its limits are those of counting alone."
    )
    return tables.table(caption, "Day|Lineage|Cells|Stages|Shift", rows)
