"""Myelodysplastic syndrome with del(5q) under lenalidomide.

Numbers marked "read" stand as published. Those whose source is `CALIBRATED` were moved together, within what
is plausible, until a virtual cohort shows the published figures (`cohort.calibration`): they say what makes
the model agree, and were measured in nobody.
"""

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets.human import ACTIVE, DIVISION, FEEDBACK, STEM_CELLS
from remnant.dynamics.model.priors import Prior

CALIBRATED = "choice, calibrated to MDS-003, MDS-004 and HARMONY"

LENALIDOMIDE = Drug(
    "lenalidomide",
    "lenalidomide 10 mg, days 1 to 21 of 28",
    full_dose_mg=10.0,
    days_on=21,
    cycle_days=28,
    effects=(
        Prior(
            *("active_kill", "per month", "lognormal", 2.1, 0.4),
            upper=60.0,
            source=CALIBRATED,
            mark="choice",
        ),
        Prior(
            *("progenitor_kill", "per month", "lognormal", 15.0, 0.55),
            upper=200.0,
            source=CALIBRATED + "; 1.9 to 18 under a kinase inhibitor: Haehnel 2020",
            mark="choice",
        ),
        Prior(
            *("quiescent_kill", "per month", "lognormal", 0.8, 0.85),
            upper=20.0,
            source=CALIBRATED
            + "; del(5q) stem cells of mice are hit, those of patients persist: Tehranchi 2010",
            mark="choice",
            note="with none, nearly everybody loses the complete response after stopping",
        ),
        Prior(
            *("activation", "-", "half-normal"),
            spread=1.0,
            source="Mosca 2021, interferon",
            mark="read",
            note="confounded with active_kill unless quiescent and active cells are sorted apart",
        ),
        Prior("differentiation", "-", "fixed", 0.0, source="none known", mark="choice"),
        Prior("sensitivity", "-", "beta", 1.0, 38.0, source=CALIBRATED, mark="choice"),
    ),
    source="label; List 2006 (MDS-003)",
)

DEL5Q_LENALIDOMIDE = Preset(
    "del5q-lenalidomide",
    "del(5q) myelodysplastic syndrome on lenalidomide",
    clone="del(5q)",
    parameters=(
        DIVISION,
        ACTIVE,
        Prior(
            *("activation_malignant", "per month", "lognormal", 0.05, 0.7),
            source="0.05 and 0.035 in chronic myeloid leukaemia: Fassoni 2018, Haehnel 2020",
            mark="read",
        ),
        Prior(
            *("advantage", "-", "lognormal", 0.35, 0.6),
            upper=0.9,
            source=CALIBRATED,
            mark="choice",
            note="at 1 a clone in a full niche would only renew itself and make no progenitors",
        ),
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
        FEEDBACK,
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
            *("fraction", "-", "logit-normal", 2.75, 1.0),
            source=CALIBRATED + "; virtually all cells carry del(5q): Tehranchi 2010",
            mark="choice",
        ),
        Prior("quiescent", "-", "logit-normal", 1.5, 0.5, source=CALIBRATED, mark="choice"),
        Prior(
            *("resistant", "-", "lognormal", 0.3, 4.5),
            upper=0.6,
            source=CALIBRATED + "; TP53 in 10 of 55, in median 11 % of cells: Jaedersten 2011",
            mark="choice",
        ),
    ),
    stem_cells=STEM_CELLS,
    drugs=(LENALIDOMIDE,),
    blood=(
        Prior("haemoglobin", "g/dL", "normal", 14.8, 1.3, 10.0, 18.0, CALIBRATED, "choice"),
        Prior("neutrophils", "10^9/L", "lognormal", 4.2, 0.35, source=CALIBRATED, mark="choice"),
        Prior("platelets", "10^9/L", "lognormal", 250.0, 0.4, source=CALIBRATED, mark="choice"),
        Prior("erythroid_efficacy", "-", "lognormal", 0.22, 0.17, source=CALIBRATED, mark="choice"),
        Prior("myeloid_efficacy", "-", "lognormal", 0.46, 0.4, source=CALIBRATED, mark="choice"),
        Prior("platelet_efficacy", "-", "lognormal", 1.1, 0.25, source=CALIBRATED, mark="choice"),
        Prior("erythroid_compensation", "-", "lognormal", 200.0, 0.4, source=CALIBRATED, mark="choice"),
        Prior("myeloid_compensation", "-", "lognormal", 6.8, 0.5, source=CALIBRATED, mark="choice"),
        Prior("platelet_compensation", "-", "lognormal", 8.7, 0.5, source=CALIBRATED, mark="choice"),
        Prior("erythroid_suppression", "-", "fixed", 0.0, source=CALIBRATED, mark="choice"),
        Prior("myeloid_suppression", "-", "lognormal", 0.08, 0.4, source=CALIBRATED, mark="choice"),
        Prior("platelet_suppression", "-", "lognormal", 0.74, 0.4, source=CALIBRATED, mark="choice"),
        Prior("red_cell_days", "days", "fixed", 26.0, source=CALIBRATED, mark="choice"),
        Prior("neutrophil_days", "days", "fixed", 3.0, source="last precursors and blood", mark="choice"),
        Prior("platelet_days", "days", "fixed", 7.0, source="life span 8 to 10 days", mark="from memory"),
    ),
    source="no mechanistic fit of lenalidomide in del(5q) is published",
)
