"""Wells and colonies become frequencies of cells that work."""

from remnant.culture.colonies import ColonyYield, count_colonies
from remnant.culture.frequency import Frequency, estimate_frequencies
from remnant.culture.plate import FrequencyEstimate, Interval, estimate_frequency
from remnant.culture.wells import PlateDose

__all__ = [
    "ColonyYield",
    "Frequency",
    "FrequencyEstimate",
    "Interval",
    "PlateDose",
    "count_colonies",
    "estimate_frequencies",
    "estimate_frequency",
]
