"""CD34+ cells, all cells and variants over time, apart from the sorted stem cells and progenitors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remnant.analysis.clone_series import SELECTED, CloneSeries
from remnant.persistence import MonitoringSeries, monitor

MONITORED = (SELECTED, "bulk", "variant")


def monitoring(
    series: Mapping[str, Sequence[CloneSeries]],
    first_doses: Mapping[str, int | None],
    *,
    confidence: float,
) -> tuple[MonitoringSeries, ...]:
    """Judge every series of unsorted or CD34+ cells and of reads, patients in order."""
    return tuple(
        monitor(
            item.followed, treated_from=first_doses[patient], probability=item.probability,
            confidence=confidence,
        )
        for patient, mine in series.items()
        for item in mine
        if item.role in MONITORED
    )  # fmt: skip
