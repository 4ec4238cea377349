"""The whole journey, from a study to its findings, which every way of asking shows."""

from remnant.analysis.findings import Findings, PhaseReading, TubeResult
from remnant.analysis.karyotypes import KaryotypeResult, metaphase_counts, read_karyotypes
from remnant.analysis.origin import Origin
from remnant.analysis.plan import Plan
from remnant.analysis.results import kept_counts, load, open_cache, save
from remnant.analysis.run import analyse, count_work
from remnant.analysis.timeline import Timeline

__all__ = [
    "Findings",
    "KaryotypeResult",
    "Origin",
    "PhaseReading",
    "Plan",
    "Timeline",
    "TubeResult",
    "analyse",
    "count_work",
    "kept_counts",
    "load",
    "metaphase_counts",
    "open_cache",
    "read_karyotypes",
    "save",
]
