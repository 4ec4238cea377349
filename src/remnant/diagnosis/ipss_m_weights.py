"""IPSS-M as published: the weight, mean and extremes of each variable, and the cuts of the score."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Weight(NamedTuple):
    """One variable of the score.

    Parameters
    ----------
    variable : str
        Its name.
    beta : float
        Log hazard for one unit more.
    mean : float
        Mean of the patients that the score was made from.
    best, worst : float
        Values of least and of greatest risk, for a patient in whom it is missing.
    """

    variable: str
    beta: float
    mean: float
    best: float = 0.0
    worst: float = 1.0


# Bernard et al. (2022) NEJM Evid 1(7), doi:10.1056/EVIDoa2200008, table 3 and supplement. The order is the
# order of the sum.
WEIGHTS = (
    Weight("HB", -0.171, 9.87, 20.0, 4.0),
    Weight("PLT/100", -0.222, 1.41, 2.5, 0.0),
    Weight("BM_BLAST/5", 0.352, 0.922, 0.0, 4.0),
    Weight("CYTO_IPSSR", 0.287, 1.39, 0.0, 4.0),
    Weight("TP53multi", 1.18, 0.071),
    Weight("FLT3", 0.798, 0.0108),
    Weight("MLL_PTD", 0.798, 0.0247),
    Weight("SF3B1_5q", 0.504, 0.0166),
    Weight("NPM1", 0.43, 0.0112),
    Weight("RUNX1", 0.423, 0.126),
    Weight("NRAS", 0.417, 0.0362),
    Weight("ETV6", 0.391, 0.0216),
    Weight("IDH2", 0.379, 0.0429),
    Weight("CBL", 0.295, 0.0473),
    Weight("EZH2", 0.27, 0.0588),
    Weight("U2AF1", 0.247, 0.0866),
    Weight("SRSF2", 0.239, 0.158),
    Weight("DNMT3A", 0.221, 0.161),
    Weight("ASXL1", 0.213, 0.252),
    Weight("KRAS", 0.202, 0.0271),
    Weight("SF3B1_alpha", -0.0794, 0.186, 1.0, 0.0),
    Weight("Nres2", 0.231, 0.388, 0.0, 2.0),
)
VARIABLES = tuple(weight.variable for weight in WEIGHTS)
BETA, MEAN, BEST, WORST = np.array([weight[1:] for weight in WEIGHTS]).T

CUTS = (-1.5, -0.5, 0.0, 0.5, 1.5)
CATEGORIES = ("Very Low", "Low", "Moderate Low", "Moderate High", "High", "Very High")
WIDEST = 100  # hundredths between best and worst up to which the mean case stands for the patient

# Genes that count as they are, those that count together up to two, and the companions that undo SF3B1.
MAIN = (
    "ASXL1", "CBL", "DNMT3A", "ETV6", "EZH2", "FLT3", "IDH2", "KRAS", "MLL_PTD", "NPM1", "NRAS", "RUNX1",
    "SF3B1", "SRSF2", "U2AF1",
)  # fmt: skip
RESIDUAL = (
    "BCOR", "BCORL1", "CEBPA", "ETNK1", "GATA2", "GNB1", "IDH1", "NF1", "PHF6", "PPM1D", "PRPF8", "PTPN11",
    "SETBP1", "STAG2", "WT1",
)  # fmt: skip
COMPANIONS = ("BCOR", "BCORL1", "RUNX1", "NRAS", "STAG2", "SRSF2")
GENES = (*MAIN, *RESIDUAL)
