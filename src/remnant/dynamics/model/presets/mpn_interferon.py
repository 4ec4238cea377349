"""Myeloproliferative neoplasm under interferon alfa.

Interferon drives malignant stem cells out of quiescence and into differentiation (Mosca 2021). The allele
burden of mature cells halves in 25 months (Cancitis: Andersen 2017), that of stem cells later; after stopping
it returns over years. The clone fraction stands for the allele burden.
"""

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets.human import ACTIVE, DIVISION, FEEDBACK, STEM_CELLS
from remnant.dynamics.model.priors import Prior

INTERFERON = Drug(
    "interferon",
    "peginterferon alfa-2a 90 micrograms weekly, as a constant dose",
    full_dose_mg=0.09,
    days_on=7,
    cycle_days=7,
    effects=(
        Prior("active_kill", "per month", "fixed", 0.0, source="none known", mark="choice"),
        Prior(
            *("progenitor_kill", "per month", "lognormal", 2.5, 0.4),
            source="so that more output of waking cells does not raise the burden at first",
            mark="choice",
        ),
        Prior("quiescent_kill", "per month", "fixed", 0.0, source="none known", mark="choice"),
        Prior(
            *("activation", "-", "lognormal", 1.0, 0.5),
            source="drives exit from quiescence: Mosca 2021",
            mark="choice",
            note="the direction is read, the size is not",
        ),
        Prior(
            *("differentiation", "-", "lognormal", 0.5, 0.4),
            source="so that the burden halves in 25 months: Andersen 2017; direction: Mosca 2021",
            mark="choice",
        ),
        Prior("sensitivity", "-", "beta", 1.0, 9.0, source="as in del(5q)", mark="choice"),
    ),
    source="usual dose, from memory",
)

MPN_INTERFERON = Preset(
    "mpn-interferon",
    "myeloproliferative neoplasm on interferon",
    clone="JAK2 V617F",
    parameters=(
        DIVISION,
        ACTIVE,
        Prior(
            *("activation_malignant", "per month", "lognormal", 0.03, 0.5),
            source="0.035 and 0.05 in chronic myeloid leukaemia: Haehnel 2020, Fassoni 2018",
            mark="choice",
        ),
        Prior(
            *("advantage", "-", "lognormal", 0.1, 0.5),
            upper=0.8,
            source="a clone that grows by some 15 % a year untreated",
            mark="choice",
        ),
        Prior(
            *("progenitor_loss", "per month", "lognormal", 5.0, 0.4),
            source="1/6 per day: Mosca 2021",
            mark="from memory",
        ),
        Prior(
            *("mature_loss", "per month", "lognormal", 6.0, 0.4),
            source="0.008 to 1 per day: Michor 2005",
            mark="read",
        ),
        Prior("activation_normal", "per month", "fixed", 0.05, source="Fassoni 2018", mark="from memory"),
        FEEDBACK,
        Prior("vigour", "-", "fixed", 1.0, source="no difference assumed", mark="choice"),
        Prior("mutation", "-", "fixed", 0.0, source="no resistance by mutation is known", mark="choice"),
    ),
    start=(
        Prior("fraction", "-", "logit-normal", 0.0, 1.0, source="weak", mark="choice"),
        Prior("quiescent", "-", "logit-normal", 1.5, 0.5, source="as in del(5q)", mark="choice"),
        Prior("resistant", "-", "fixed", 0.0, source="none assumed", mark="choice"),
    ),
    stem_cells=STEM_CELLS,
    drugs=(INTERFERON,),
    source="Mosca 2021; Cancitis: Andersen 2017",
)
