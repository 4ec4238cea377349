"""Chronic myeloid leukaemia under a kinase inhibitor.

The share of BCR::ABL1 in blood falls in three phases: as mature cells turn over, by 0.05 per day; as active
stem cells are killed, by 0.005 per day; and as quiescent ones wake, by a tenth of that. Stein 2011 fits 0.052
(standard deviation 0.018) and 0.0057 (0.0038) per day under imatinib; a third slope is small, mostly down.

Spreads between patients are wide enough for the series of Michor 2005 and Haehnel 2020, against which the law
of patients whom nobody has followed yet was checked: docs/forecast-evidence.md.

After a year or more of treatment about half of patients in deep remission can stop for good: at 6 months 61 %
and at 24 months 50 % were free of molecular relapse in EURO-SKI (Saussele 2018, from memory). What holds the
clone in them, immunity or a clone that no longer grows, no transcript under treatment tells. `CONTROL` says
only how much of the drug's effect goes on: most of it in some, next to nothing in others.
"""

from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets.human import ACTIVE, DIVISION, FEEDBACK, STEM_CELLS
from remnant.dynamics.model.priors import Prior

IMATINIB = Drug(
    "imatinib",
    "imatinib 400 mg daily",
    full_dose_mg=400.0,
    days_on=28,
    cycle_days=28,
    effects=(
        Prior(
            *("active_kill", "per month", "lognormal", 0.5, 0.45),
            source="so that the second slope is near -0.0057 per day (0.0038): Stein 2011",
            mark="choice",
        ),
        Prior(
            *("progenitor_kill", "per month", "lognormal", 80.0, 1.0),
            upper=1000.0,
            source="output of progenitors divided by 100: Michor 2005; deeper in series of Haehnel 2020",
            mark="choice",
            note="99 deltaP would be 24; series that are followed below 0.1 % ask for three times as much",
        ),
        Prior("quiescent_kill", "per month", "fixed", 0.0, source="spared: Roeder 2006", mark="read"),
        Prior("activation", "-", "fixed", 0.0, source="none known", mark="choice"),
        Prior("differentiation", "-", "fixed", 0.0, source="none known", mark="choice"),
        Prior("sensitivity", "-", "fixed", 0.0, source="a kinase mutation spares the cell", mark="choice"),
    ),
    source="label, from memory",
)

CONTROL = Drug(
    "control",
    "what still holds the clone when a year or more of imatinib has stopped",
    full_dose_mg=1.0,
    days_on=28,
    cycle_days=28,
    effects=(),
    share=Prior(
        *("share", "-", "logit-normal", -1.0, 6.0),
        source="4 in 10 relapse within 6 months of stopping, 5 within 24: Saussele 2018",
        mark="from memory",
        note="share of the drug's effects that goes on; nothing seen under treatment informs it",
    ),
    source="no drug: given by no calendar",
)

CML_IMATINIB = Preset(
    "cml-imatinib",
    "chronic myeloid leukaemia on imatinib",
    clone="BCR::ABL1",
    parameters=(
        DIVISION,
        ACTIVE,
        Prior(
            *("activation_malignant", "per month", "lognormal", 0.01, 0.9),
            source="median 0.035, 1e-6 to 0.20: Haehnel 2020",
            mark="choice",
            note="within that range, and low enough for a second phase before the third",
        ),
        Prior(
            *("advantage", "-", "lognormal", 0.15, 0.5),
            upper=0.8,
            source="weak",
            mark="choice",
            note="below 1, where the clone would make no progenitors",
        ),
        Prior(
            *("progenitor_loss", "per month", "lognormal", 0.24, 0.45),
            source="0.008 per day: Michor 2005",
            mark="read",
        ),
        Prior(
            *("mature_loss", "per month", "lognormal", 2.4, 0.3),
            source="0.05 per day: Michor 2005; first slope 0.052 per day, spread 0.018: Stein 2011",
            mark="choice",
            note="0.08 per day, since the share of the clone falls later than its cells",
        ),
        Prior(
            *("activation_normal", "per month", "fixed", 0.005),
            source="cells return to rest at 0.001 per month: Fassoni 2018",
            mark="choice",
            note="makes b = 0.02 per month at the median",
        ),
        FEEDBACK,
        Prior("vigour", "-", "fixed", 1.0, source="no difference assumed", mark="choice"),
        Prior(
            *("mutation", "-", "fixed", 0.0),
            source="4e-8 per division, less than one resistant cell in 99 of 100 patients: Michor 2005",
            mark="computed",
            note="a course in expectation would let a hundredth of a cell grow in all of them; set 4e-8 for "
            "virtual patients, whose cells are whole",
        ),
    ),
    start=(
        Prior("fraction", "-", "logit-normal", 2.0, 1.0, source="as in del(5q)", mark="choice"),
        Prior("quiescent", "-", "logit-normal", 0.5, 0.5, source="weak", mark="choice"),
        Prior(
            *("resistant", "-", "lognormal", 1e-14, 5.0),
            upper=0.5,
            source="no cell in nearly all patients, a clone in a few",
            mark="choice",
            note="1e-9 in one of a hundred patients, 1e-6 in one of ten thousand",
        ),
    ),
    stem_cells=STEM_CELLS,
    drugs=(IMATINIB, CONTROL),
    source="Michor 2005; Stein 2011; Fassoni 2018; Haehnel 2020",
)
