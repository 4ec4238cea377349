"""A second reading of the response criteria, for tests: tables as rows, a slow evaluator of one patient.

It shares no code with the engine. Exact decimals, loops over days, and one line for each sentence of a table.
"""

from second_reading.clinical2006 import read_2006
from second_reading.clinical2018 import burden_class, read_2018
from second_reading.clinical2023 import read_2023
from second_reading.facts import Answer
from second_reading.histories import history
from second_reading.others import cytogenetic_relapses, cytogenetic_response, independence
from second_reading.patient import Patient, Vector, load_vectors, name_of, together

READINGS = {"iwg2006": read_2006, "iwg2018": read_2018, "iwg2023": read_2023}

__all__ = [
    "READINGS",
    "Answer",
    "Patient",
    "Vector",
    "burden_class",
    "cytogenetic_relapses",
    "cytogenetic_response",
    "history",
    "independence",
    "load_vectors",
    "name_of",
    "read_2006",
    "read_2018",
    "read_2023",
    "together",
]
