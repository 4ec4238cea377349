"""What the next sample, plate or trial needs, to exclude or to show a given clone."""

from remnant.planning.bench import bench_from_controls, bench_from_rates
from remnant.planning.nuclei import NucleiPlan, plan_nuclei
from remnant.planning.sentences import nuclei_sentence
from remnant.planning.slide import Bench, SlideLaw

__all__ = [
    "Bench",
    "NucleiPlan",
    "SlideLaw",
    "bench_from_controls",
    "bench_from_rates",
    "nuclei_sentence",
    "plan_nuclei",
]
