"""Myeloproliferative neoplasm under interferon alfa."""

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.priors import Prior

INTERFERON = Drug(
    "interferon",
    "peginterferon alfa-2a 0.09 mg weekly",
    full_dose_mg=0.09,
    days_on=7,
    cycle_days=7,
    effects=(
        Prior("active_kill", "per month", "fixed", 0.0, source="no kill is known", mark="choice"),
        Prior("progenitor_kill", "per month", "fixed", 0.0, source="", mark="choice"),
        Prior("quiescent_kill", "per month", "fixed", 0.0, source="", mark="choice"),
        Prior(
            *("activation", "-", "lognormal", 2.0, 0.5),
            source="interferon drives exit from quiescence: Mosca 2021",
            mark="choice",
        ),
        Prior(
            *("differentiation", "-", "lognormal", 0.12, 0.4),
            source="interferon drives differentiation: Mosca 2021; burden halves in 25 months: Cancitis",
            mark="choice",
        ),
        Prior("sensitivity", "-", "beta", 1.0, 9.0, source="", mark="choice"),
    ),
    source="label",
)

MPN_INTERFERON = Preset(
    "mpn-interferon",
    "myeloproliferative neoplasm on interferon",
    clone="JAK2 V617F",
    parameters=(
        Prior("division", "per month", "lognormal", 0.11, 0.35, source="Catlin 2011", mark="read"),
        Prior("active", "-", "logit-normal", -1.4, 0.5, source="share in cycle", mark="from memory"),
        Prior("activation_malignant", "per month", "lognormal", 0.05, 0.5, source="", mark="choice"),
        Prior("advantage", "-", "lognormal", 0.1, 0.5, source="", mark="choice"),
        Prior("progenitor_loss", "per month", "lognormal", 5.0, 0.4, source="", mark="from memory"),
        Prior("mature_loss", "per month", "lognormal", 6.0, 0.4, source="", mark="choice"),
        Prior("activation_normal", "per month", "fixed", 0.05, source="Fassoni 2018", mark="from memory"),
        Prior("feedback", "-", "fixed", 1.0, source="try 0.3 and 3", mark="choice"),
        Prior("vigour", "-", "fixed", 1.0, source="", mark="choice"),
        Prior("mutation", "-", "fixed", 0.0, source="no resistance by mutation is known", mark="choice"),
    ),
    start=(
        Prior("fraction", "-", "logit-normal", 0.0, 1.0, source="", mark="choice"),
        Prior("quiescent", "-", "logit-normal", 1.5, 0.5, source="", mark="choice"),
        Prior("resistant", "-", "fixed", 0.0, source="", mark="choice"),
    ),
    stem_cells=Prior(
        *("stem_cells", "cells", "lognormal", 1e5, 0.7),
        lower=1e3,
        source="50,000 to 200,000: Lee-Six 2018",
        mark="read",
    ),
    drugs=(INTERFERON,),
    source="Mosca 2021; Cancitis: Andersen 2017",
)
