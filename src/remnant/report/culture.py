"""What the cultures of a patient say: plates, their remarks and figures, and colonies."""

from __future__ import annotations

from math import sqrt

from remnant.analysis.findings import Findings
from remnant.culture import ColonyYield, Frequency
from remnant.figures.functional import plot_frequencies
from remnant.figures.plates import plot_plates
from remnant.report import numbers, phrases, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table
from remnant.study.estimate import Estimate

NO_SLIDE = Estimate.not_done("no slide of these cells")
LEVEL = 0.05


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
            tables.estimate(fish_fraction(findings, plate.sample_id, plate.compartment)),
            _single_hit(plate),
        )
        for plate in findings.frequencies
        if plate.sample_id in days
    ]
    header = "Day|Compartment|Assay|All|Normal|Clone|Functional clone fraction|Fraction by FISH|Single hit"
    return tables.table("Functional cells per cell plated, from limiting dilution.", header, rows)


def fish_fraction(findings: Findings, sample: str, compartment: str) -> Estimate:
    """Return the clone fraction by FISH of the same cells, where a slide was scored."""
    return next(
        (c.fraction for c in findings.clones if (c.sample_id, c.compartment) == (sample, compartment)),
        NO_SLIDE,
    )


def _single_hit(plate: Frequency) -> Cell:
    """Say whether one cell alone explains a positive well, and point to what else a reader should know."""
    tests, more = plate.single_hit, "† see beneath" if plate.remarks else ""
    if tests is None or tests.likelihood_ratio_p is None:
        return Cell("not testable", more)
    return Cell(numbers.p_equals(tests.likelihood_ratio_p), more)


def remarks(findings: Findings, days: dict[str, int]) -> list[str]:
    """Return the remarks of each plate, to stand beneath the table that marks it."""
    marked = [plate for plate in findings.frequencies if plate.sample_id in days and plate.remarks]
    return [
        f"† {phrases.opened(numbers.day(days[plate.sample_id]))}, {plate.compartment}, {plate.assay}: "
        f"{'; '.join(plate.remarks)}."
        for plate in sorted(marked, key=lambda plate: days[plate.sample_id])
    ]


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
    if any(plate.remarks for plate in scored):
        caption += " † beside a heading: see the remarks above."
    room = 40 + 180 * -(-len(scored) // 3)
    return album.put(plot_plates(scored, days), f"plates-{slug}", "plates", "Plates", caption, room)


def colonies(findings: Findings, days: dict[str, int]) -> Table | None:
    """Return the colony assays of the samples in `days`: yield of each lineage, normal and of the clone."""
    rows = [
        (
            tables.day(days[c.sample_id]),
            Cell(c.compartment),
            Cell(c.assay, c.lineage or "all lineages"),
            Cell(numbers.count(c.colonies), dishes(c)),
            tables.estimate(c.per_cell, numbers.one_in),
            tables.estimate(c.clone_fraction),
            tables.estimate(c.normal_per_cell, numbers.one_in),
            tables.estimate(c.clone_per_cell, numbers.one_in),
        )
        for c in findings.colonies
        if c.sample_id in days and (c.lineage is None or c.typed is not None)
    ]
    caption = (
        "Colonies per cell plated, all lineages together or typed. Three dishes or more tell whether they "
        "differ by more than chance; the interval then allows for it."
    )
    header = "Day|Compartment|Assay, lineage|Colonies|Yield|Clone fraction|Normal yield|Clone yield"
    return tables.table(caption, header, rows)


def dishes(found: ColonyYield) -> str:
    """Say how many dishes there are, and whether they differ."""
    if found.dishes == 1:
        return "one dish: its spread is not known"
    said = f"{found.dishes} dishes"
    if found.dishes_differ_p is None:
        return said
    if found.dishes_differ_p >= LEVEL:
        said += f" alike, {numbers.p_equals(found.dishes_differ_p)}"
    else:
        said += f" differ beyond chance, {numbers.p_equals(found.dishes_differ_p)}"
    if found.dispersion:
        return f"{said}, spread {numbers.percent(sqrt(found.dispersion))}"
    return said if found.dispersion is not None else f"{said}; two cannot tell a spread"
