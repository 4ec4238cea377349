"""Colony output by lineage: how many progenitors found red cells, and how many the other lines.

Colonies of one lineage may stand under several names (BFU-E and CFU-E are both erythroid); they are added up
where they were counted on the same cells. A name that is not known is a lineage of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from remnant.culture.change import RatioEstimate
from remnant.culture.colonies import ColonyYield
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.fractions.proportion import upper_bound as fraction_bound
from remnant.stats.rare.poisson import garwood, upper_bound
from remnant.study.estimate import Estimate

LINEAGES = {
    "erythroid": ("erythroid", "bfu-e", "cfu-e", "e", "red"),
    "myeloid": ("myeloid", "cfu-gm", "cfu-g", "cfu-m", "gm", "g", "m", "granulocyte-macrophage"),
    "megakaryocytic": ("megakaryocytic", "cfu-mk", "mk", "cfu-meg", "meg"),
    "multipotent": ("multipotent", "cfu-gemm", "gemm", "cfu-mix", "mixed"),
}
_NAMES = {name: lineage for lineage, names in LINEAGES.items() for name in names}


def lineage_of(name: str) -> str:
    """Lineage of a kind of colony, by the name that a laboratory gives it.

    Examples
    --------
    >>> lineage_of("BFU-E"), lineage_of("CFU GM"), lineage_of("mast")
    ('erythroid', 'myeloid', 'mast')
    """
    plain = name.strip().lower().replace(" ", "-").replace("_", "-")
    return _NAMES.get(plain, _NAMES.get(plain.replace("-", ""), plain))


@dataclass(frozen=True)
class LineageOutput:
    """Colonies of one lineage of one compartment of one sample.

    Parameters
    ----------
    sample_id, compartment, assay, lineage : str
        What was counted.
    names : tuple of str
        The names it stands under in the table.
    colonies : int
        Over all dishes.
    cells_plated : float or None
        Cells that they were counted on; None where its names were counted on different numbers of cells.
    per_cell : Estimate
        Colonies per cell plated, exact Poisson limits.
    share : Estimate
        Part of the colonies of every lineage named, Clopper-Pearson limits.
    """

    sample_id: str
    compartment: str
    assay: str
    lineage: str
    names: tuple[str, ...]
    colonies: int
    cells_plated: float | None
    per_cell: Estimate
    share: Estimate


def lineage_outputs(yields: Sequence[ColonyYield], *, confidence: float = 0.95) -> tuple[LineageOutput, ...]:
    """Add up colonies by lineage; assays whose colonies were not told apart are left out.

    Parameters
    ----------
    yields : sequence of ColonyYield
        As from `count_colonies`.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    """
    places: dict[tuple[str, str, str], dict[str, list[ColonyYield]]] = {}
    for item in yields:
        if item.lineage:
            kinds = places.setdefault((item.sample_id, item.compartment, item.assay), {})
            kinds.setdefault(lineage_of(item.lineage), []).append(item)
    outputs = []
    for place, kinds in places.items():
        plated = {item.cells_plated for items in kinds.values() for item in items}
        every = sum(item.colonies for items in kinds.values() for item in items)
        for lineage, items in kinds.items():
            outputs.append(_output(place, lineage, items, every, len(plated) == 1, confidence))
    return tuple(outputs)


def _output(
    place: tuple[str, str, str],
    lineage: str,
    items: list[ColonyYield],
    every: int,
    alike: bool,
    confidence: float,
) -> LineageOutput:
    count = sum(item.colonies for item in items)
    cells = {item.cells_plated for item in items}
    plated = cells.pop() if len(cells) == 1 else None
    sources = tuple(source for item in items for source in item.per_cell.sources)
    names = tuple(dict.fromkeys(item.lineage or "" for item in items))
    if plated is None:
        per_cell = Estimate.not_evaluable(f"{', '.join(names)} were counted on different cells", sources)
    elif count:
        low, high = (float(limit) / plated for limit in garwood(count, confidence=confidence))
        said = f"{count} colonies from {plated:g} cells, exact Poisson"
        per_cell = Estimate.detected(
            count / plated, low, high, confidence=confidence, reason=said, sources=sources
        )
    else:
        bound = float(upper_bound(0, confidence=confidence)) / plated
        per_cell = Estimate.not_detected(
            bound, confidence=confidence, reason=f"none from {plated:g} cells, exact Poisson", sources=sources
        )
    share = _share(count, every, alike, confidence)
    return LineageOutput(*place, lineage, names, count, plated, per_cell, share)


def _share(count: int, every: int, alike: bool, confidence: float) -> Estimate:
    if not alike:
        return Estimate.not_evaluable("the lineages were counted on different numbers of cells")
    if every == 0:
        return Estimate.not_evaluable("no colony grew")
    said = f"{count} of {every} colonies"
    if count == 0:
        bound = float(fraction_bound(0, every, confidence=confidence))
        return Estimate.not_detected(bound, confidence=confidence, reason=said)
    low, high = (float(limit) for limit in clopper_pearson(count, every, confidence=confidence))
    return Estimate.detected(count / every, low, high, confidence=confidence, reason=said)


def output_ratio(before: LineageOutput, after: LineageOutput, *, confidence: float = 0.95) -> RatioEstimate:
    """Colonies per cell plated, after over before, with exact limits.

    Given all colonies of both, those after are binomial with odds (rate after x cells after) over the same
    before (Przyborowski & Wilenski 1940), so Clopper-Pearson limits of that share become limits of the ratio.

    References
    ----------
    Przyborowski & Wilenski (1940) Biometrika 31:313-323.

    Examples
    --------
    >>> from remnant.study.estimate import Estimate
    >>> nothing = Estimate.not_done("example")
    >>> one = LineageOutput("a", "progenitor", "CFC", "erythroid", ("BFU-E",), 10, 500.0, nothing, nothing)
    >>> two = LineageOutput("b", "progenitor", "CFC", "erythroid", ("BFU-E",), 30, 500.0, nothing, nothing)
    >>> found = output_ratio(one, two)
    >>> found.value, round(found.lower, 2), round(found.upper, 2)
    (3.0, 1.43, 6.88)
    """
    if before.cells_plated is None or after.cells_plated is None:
        return RatioEstimate(None, None, None, False, "counted on different numbers of cells")
    total = before.colonies + after.colonies
    if total == 0:
        return RatioEstimate(None, None, None, False, "no colony of this lineage before or after")
    scale = before.cells_plated / after.cells_plated
    one_sided = before.colonies == 0 or after.colonies == 0
    # With one side empty the whole chance of error lies on the other limit.
    level = 2 * confidence - 1 if one_sided else confidence
    low, high = (float(limit) for limit in clopper_pearson(after.colonies, total, confidence=level))
    ratios = [_odds(share) * scale for share in (after.colonies / total, low, high)]
    value, lower, upper = (None if ratio == inf else ratio for ratio in ratios)
    return RatioEstimate(value, lower, upper, one_sided, "")


def _odds(share: float) -> float:
    return inf if share >= 1 else share / (1 - share)
