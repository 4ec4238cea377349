"""Haematologic improvement by the criteria of the International Working Group of 2018."""

from remnant.response.iwg2018.engine import CRITERIA, Judged, calls_of, classify_patient, judge_patient
from remnant.response.iwg2018.improvement import Iwg2018Options

__all__ = ["CRITERIA", "Iwg2018Options", "Judged", "calls_of", "classify_patient", "judge_patient"]
