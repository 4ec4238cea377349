"""Wells and colonies become frequencies of cells that work."""

from remnant.culture.colonies import ColonyYield, count_colonies
from remnant.culture.frequency import (
    Frequency,
    FrequencyEstimate,
    Interval,
    estimate_frequencies,
    estimate_frequency,
)

__all__ = [
    "ColonyYield",
    "Frequency",
    "FrequencyEstimate",
    "Interval",
    "count_colonies",
    "estimate_frequencies",
    "estimate_frequency",
]
