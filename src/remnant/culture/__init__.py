"""Wells and colonies become frequencies of cells that work."""

from remnant.culture.assay import DilutionAssay, PairDifference, PlateGroup, analyse_dilution
from remnant.culture.colonies import ColonyYield, count_colonies
from remnant.culture.frequency import Frequency, estimate_frequencies
from remnant.culture.plate import FrequencyEstimate, Interval, estimate_frequency
from remnant.culture.plate_table import read_plates
from remnant.culture.typed import TypedFrequencies, estimate_typed
from remnant.culture.wells import PlateDose
from remnant.stats.wells.single_hit import SingleHitTests

__all__ = [
    "ColonyYield",
    "DilutionAssay",
    "Frequency",
    "FrequencyEstimate",
    "Interval",
    "PairDifference",
    "PlateDose",
    "PlateGroup",
    "SingleHitTests",
    "TypedFrequencies",
    "analyse_dilution",
    "count_colonies",
    "estimate_frequencies",
    "estimate_frequency",
    "estimate_typed",
    "read_plates",
]
