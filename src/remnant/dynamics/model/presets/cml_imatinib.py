"""Chronic myeloid leukaemia under a kinase inhibitor."""

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.priors import Prior

IMATINIB = Drug(
    "imatinib",
    "imatinib 400 mg daily",
    full_dose_mg=400.0,
    days_on=28,
    cycle_days=28,
    effects=(
        Prior("active_kill", "per month", "lognormal", 0.25, 0.4, source="second slope", mark="choice"),
        Prior(
            *("progenitor_kill", "per month", "lognormal", 24.0, 0.5),
            source="output of progenitors divided by 100, so 99 deltaP: Michor 2005",
            mark="computed",
        ),
        Prior("quiescent_kill", "per month", "fixed", 0.0, source="spared: Roeder 2006", mark="read"),
        Prior("activation", "-", "fixed", 0.0, source="none known", mark="choice"),
        Prior("differentiation", "-", "fixed", 0.0, source="none known", mark="choice"),
        Prior("sensitivity", "-", "fixed", 0.0, source="a kinase mutation spares the cell", mark="choice"),
    ),
    source="label",
)

CML_IMATINIB = Preset(
    "cml-imatinib",
    "chronic myeloid leukaemia on imatinib",
    clone="BCR::ABL1",
    parameters=(
        Prior("division", "per month", "lognormal", 0.11, 0.35, source="Catlin 2011", mark="read"),
        Prior("active", "-", "logit-normal", -1.4, 0.5, source="share in cycle", mark="from memory"),
        Prior(
            *("activation_malignant", "per month", "lognormal", 0.035, 0.7),
            source="median 0.035, 1e-6 to 0.20: Haehnel 2020",
            mark="read",
        ),
        Prior("advantage", "-", "lognormal", 0.25, 0.5, source="weak", mark="choice"),
        Prior(
            *("progenitor_loss", "per month", "lognormal", 0.24, 0.3),
            source="0.008 per day: Michor 2005",
            mark="read",
        ),
        Prior(
            *("mature_loss", "per month", "lognormal", 1.52, 0.3),
            source="0.05 per day: Michor 2005; first slope 0.052 per day: Stein 2011",
            mark="read",
        ),
        Prior("activation_normal", "per month", "fixed", 0.0125, source="", mark="choice"),
        Prior("feedback", "-", "fixed", 1.0, source="try 0.3 and 3", mark="choice"),
        Prior("vigour", "-", "fixed", 1.0, source="", mark="choice"),
        Prior("mutation", "-", "lognormal", 4e-8, 1.0, upper=1e-2, source="4e-8: Michor 2005", mark="read"),
    ),
    start=(
        Prior("fraction", "-", "logit-normal", 2.0, 1.0, source="", mark="choice"),
        Prior("quiescent", "-", "logit-normal", 1.5, 0.5, source="", mark="choice"),
        Prior("resistant", "-", "lognormal", 1e-6, 2.0, upper=0.5, source="", mark="choice"),
    ),
    stem_cells=Prior(
        *("stem_cells", "cells", "lognormal", 1e5, 0.7),
        lower=1e3,
        source="50,000 to 200,000: Lee-Six 2018",
        mark="read",
    ),
    drugs=(IMATINIB,),
    source="Michor 2005; Stein 2011; Haehnel 2020",
)
