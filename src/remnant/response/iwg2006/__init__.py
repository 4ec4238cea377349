"""Response by the criteria of the International Working Group of 2006, visit by visit.

`limits` is the paper's tables as data. `decide` judges every look at every patient in arrays; `explain` says
of one look which rules were tried and why, when somebody asks; `patient` turns both into calls.
"""

from remnant.response.iwg2006.patient import CRITERIA, classify_patient

__all__ = ["CRITERIA", "classify_patient"]
