"""Response by the criteria of the International Working Group of 2023."""

from remnant.response.iwg2023.decide import OVERALL_RESPONSE
from remnant.response.iwg2023.engine import (
    CRITERIA,
    Iwg2023Options,
    calls_of,
    classify_patient,
    is_overall_response,
)

__all__ = [
    "CRITERIA",
    "OVERALL_RESPONSE",
    "Iwg2023Options",
    "calls_of",
    "classify_patient",
    "is_overall_response",
]
