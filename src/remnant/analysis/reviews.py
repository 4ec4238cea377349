"""Cuts that a person moved: which tube they are for, and what the automatic cuts would have counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remnant.analysis.plan import Plan
from remnant.cytometry import PopulationCount, Threshold, parse_phenotype
from remnant.cytometry.fcs.channels import VIABILITY, marker_named
from remnant.errors import Fault, StudyError
from remnant.store import digest
from remnant.study.schema import LINE
from remnant.study.study import Study

SOURCE = "gate_reviews.csv"
Cuts = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class AutomaticGates:
    """What the recipe alone says of a tube whose cuts were reviewed.

    Parameters
    ----------
    thresholds : tuple of Threshold
    populations : tuple of PopulationCount
    """

    thresholds: tuple[Threshold, ...]
    populations: tuple[PopulationCount, ...]

    def threshold(self, marker: str) -> Threshold | None:
        """Return where the recipe cuts a marker; None where it could not."""
        return next((cut for cut in self.thresholds if cut.marker.lower() == marker.lower()), None)


@dataclass(frozen=True)
class CutReview:
    """One cut that a person placed.

    Parameters
    ----------
    sample_id, file, marker : str
        Sample, tube and marker.
    cut : float
        On the compensated scale.
    automatic : float or None
        Where the recipe cuts; None where it could not.
    automatic_lower, automatic_upper : float or None
        Interval of that cut.
    reviewer, reviewed_on, reason : str
        Who, when (as 2024-03-31) and why.
    line : int
        Of gate_reviews.csv.
    """

    sample_id: str
    file: str
    marker: str
    cut: float
    automatic: float | None
    automatic_lower: float | None
    automatic_upper: float | None
    reviewer: str
    reviewed_on: str
    reason: str
    line: int


def cut_markers(plan: Plan, panel: str) -> tuple[str, ...]:
    """Markers of a panel whose cut decides a count: viability, CD45, and those of the compartments."""
    known = plan.panel[panel]
    spelt = {marker.lower(): marker for marker in known}
    named = [rule.marker for item in plan.compartments.values() for rule in parse_phenotype(item.phenotype)]
    gates = [marker_named(known, *VIABILITY), marker_named(known, "CD45")]
    compartments = [spelt[name.lower()] for name in named if name.lower() in spelt]
    return tuple(dict.fromkeys(marker for marker in [*gates, *compartments] if marker is not None))


def reviewed_cuts(study: Study, plan: Plan) -> dict[str, Cuts]:
    """Map each reviewed tube to its cuts, in the order of markers.

    Raises
    ------
    StudyError
        If a marker is one that no gate of the panel cuts, or a file is no longer the one that was looked at.
    """
    panels = {row["file"]: row["panel"] for row in study["events"].iter_rows(named=True)}
    cuts: dict[str, dict[str, float]] = {}
    faults: list[Fault] = []
    for row in study["gate_reviews"].iter_rows(named=True):
        faults += _refused(study, row, cut_markers(plan, panels[row["file"]]))
        cuts.setdefault(row["file"], {})[row["marker"]] = row["cut"]
    if faults:
        raise StudyError(faults)
    return {file: tuple(sorted(placed.items())) for file, placed in cuts.items()}


def _refused(study: Study, row: Mapping[str, Any], markers: tuple[str, ...]) -> list[Fault]:
    faults = []
    if row["marker"] not in markers:
        expected = f"a marker that a gate cuts: {', '.join(markers)}"
        hint = "no compartment names it: remove the row"
        faults.append(Fault(SOURCE, row[LINE], "marker", row["marker"], expected, hint))
    if row["file_sha256"] is not None and (now := digest(study.root / row["file"])) != row["file_sha256"]:
        found = f"{row['file']} is another file now ({now[:12]}…)"
        expected = f"the one that was reviewed ({row['file_sha256'][:12]}…)"
        hint = "look at its gates again and save, or remove the row"
        faults.append(Fault(SOURCE, row[LINE], "file_sha256", found, expected, hint))
    return faults


def reviews_of(study: Study, file: str, automatic: AutomaticGates | None) -> tuple[CutReview, ...]:
    """List the reviews of one tube beside the cuts of the recipe."""
    found = []
    for row in study["gate_reviews"].iter_rows(named=True):
        if row["file"] != file or automatic is None:
            continue
        cut = automatic.threshold(row["marker"])
        found.append(
            CutReview(
                sample_id=row["sample_id"],
                file=file,
                marker=row["marker"],
                cut=row["cut"],
                automatic=None if cut is None else cut.value,
                automatic_lower=None if cut is None else cut.lower,
                automatic_upper=None if cut is None else cut.upper,
                reviewer=row["reviewer"],
                reviewed_on=str(row["reviewed_on"]),
                reason=row["reason"],
                line=row[LINE],
            )
        )
    return tuple(found)
