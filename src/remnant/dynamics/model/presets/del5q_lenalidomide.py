"""Myelodysplastic syndrome with del(5q) under lenalidomide."""

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.priors import Prior

LENALIDOMIDE = Drug(
    "lenalidomide",
    "lenalidomide 10 mg, days 1 to 21 of 28",
    full_dose_mg=10.0,
    days_on=21,
    cycle_days=28,
    effects=(
        Prior("active_kill", "per month", "lognormal", 0.3, 0.7, source="weak", mark="choice"),
        Prior(
            *("progenitor_kill", "per month", "lognormal", 8.0, 0.7),
            source="1.9 to 18, median 2.6, under a kinase inhibitor: Haehnel 2020",
            mark="read",
        ),
        Prior("quiescent_kill", "per month", "fixed", 0.0, source="spared by the drug", mark="choice"),
        Prior(
            *("activation", "-", "half-normal"),
            spread=1.0,
            source="Mosca 2021, interferon",
            mark="read",
            note="confounded with active_kill unless quiescent and active cells are sorted apart",
        ),
        Prior("differentiation", "-", "fixed", 0.0, source="none known", mark="choice"),
        Prior("sensitivity", "-", "beta", 1.0, 9.0, source="", mark="choice"),
    ),
    source="label; List 2006 (MDS-003)",
)

DEL5Q_LENALIDOMIDE = Preset(
    "del5q-lenalidomide",
    "del(5q) myelodysplastic syndrome on lenalidomide",
    clone="del(5q)",
    parameters=(
        Prior(
            *("division", "per month", "lognormal", 0.11, 0.35),
            source="one division per 40 weeks, 25 to 50: Catlin 2011",
            mark="read",
        ),
        Prior("active", "-", "logit-normal", -1.4, 0.5, source="share in cycle", mark="from memory"),
        Prior(
            *("activation_malignant", "per month", "lognormal", 0.05, 0.7),
            source="0.05 and 0.035 in chronic myeloid leukaemia: Fassoni 2018, Haehnel 2020",
            mark="read",
        ),
        Prior("advantage", "-", "lognormal", 0.25, 0.5, source="weak", mark="choice"),
        Prior(
            *("progenitor_loss", "per month", "lognormal", 1.0, 0.4),
            source="0.008 to 1 per day: Michor 2005",
            mark="read",
        ),
        Prior(
            *("mature_loss", "per month", "lognormal", 6.0, 0.4),
            source="0.008 to 1 per day: Michor 2005",
            mark="read",
        ),
        Prior("activation_normal", "per month", "fixed", 0.05, source="Fassoni 2018", mark="from memory"),
        Prior("feedback", "-", "fixed", 1.0, source="try 0.3 and 3", mark="choice"),
        Prior("vigour", "-", "fixed", 1.0, source="no difference known", mark="choice"),
        Prior(
            *("mutation", "-", "lognormal", 1e-6, 2.0),
            upper=1e-2,
            source="4e-8 in Michor 2005",
            mark="choice",
        ),
    ),
    start=(
        Prior(
            *("fraction", "-", "logit-normal", 2.0, 1.0),
            source="nearly all cells carry del(5q): Tehranchi 2010",
            mark="read",
        ),
        Prior("quiescent", "-", "logit-normal", 1.5, 0.5, source="", mark="choice"),
        Prior(
            *("resistant", "-", "lognormal", 1e-5, 2.0),
            upper=0.5,
            source="of the order of a clone that arises by mutation before treatment",
            mark="choice",
        ),
    ),
    stem_cells=Prior(
        *("stem_cells", "cells", "lognormal", 1e5, 0.7),
        lower=1e3,
        source="50,000 to 200,000: Lee-Six 2018",
        mark="read",
    ),
    drugs=(LENALIDOMIDE,),
    source="no mechanistic fit of lenalidomide in del(5q) is published",
)
