"""The limits of the IWG 2018 criteria, each with its strictness, its source and our reading of it.

Platzbecker et al. (2019) Blood 133:1020, doi:10.1182/blood-2018-06-857102. Limits marked "kept from 2006" are
those of Cheson et al. (2006) Blood 108:419, doi:10.1182/blood-2005-10-4149, table 4, which 2018 refers to.
"""

from __future__ import annotations

from remnant.response.record.history import Line
from remnant.response.rules.thresholds import Threshold

PAPER = "Platzbecker 2019, Blood 133:1020"
KEPT = f"{PAPER}; kept from Cheson 2006, Blood 108:419, table 4"
MEMORY = "from memory, to be verified in the paper"

BASELINE_DAYS = 112  # OR3: 16 weeks, [d0 - 112, d0 - 1]
HALF_BASELINE_DAYS = 56  # OR26: any 56 consecutive days
IMPROVEMENT_DAYS, MEANINGFUL_DAYS, WINDOW_DAYS = 56, 112, 168
APART_DAYS = 7  # OR4, OR28: two values nearer than this are one look at the patient

# Transfusion burden before treatment
LOW_BURDEN = Threshold(
    "red cells in 112 days", ">=", "3", "units", PAPER, "OR23: 1 or 2 units have no class; tested as LTB"
)
HIGH_BURDEN = Threshold(
    "red cells in 112 days", ">=", "8", "units", PAPER,
    "OR25: 4 or more in some 56 days follows from 8 in 112, so the total decides",
)  # fmt: skip
LOW_IN_HALF = Threshold(
    "red cells in any 56 days", "<=", "3", "units", PAPER,
    "OR24, OR26: any 56 consecutive days; more have no class and are tested as LTB",
)  # fmt: skip
EPISODES = Threshold(
    "episodes of transfusion", ">=", "2", "episodes", PAPER,
    "OR27: units on one day or on consecutive days are one episode; a single one has no class (OR24)",
)  # fmt: skip
POLICY = Threshold(
    "transfusion policy", ">=", "1", "constant", PAPER,
    "OR32, OR67: on treatment no unit above the highest haemoglobin that had one before, and none withheld "
    "for 14 days below the lowest; a result under another or an unknown policy is issued and flagged",
)  # fmt: skip
WITHHELD_DAYS = 14

# Gates
GATE = {
    Line.HAEMOGLOBIN: Threshold(
        "haemoglobin at baseline", "<", "11", "g/dL", KEPT, "OR29: kept from 2006, can be switched off"
    ),
    Line.PLATELETS: Threshold("platelets at baseline", "<", "100", "1e9/L", KEPT),
    Line.NEUTROPHILS: Threshold("neutrophils at baseline", "<", "1.0", "1e9/L", KEPT),
}
HI_NAME = {Line.HAEMOGLOBIN: "HI-E", Line.PLATELETS: "HI-P", Line.NEUTROPHILS: "HI-N"}
MAJOR, MINOR = "HI-E major", "HI-E minor"

# Response
RISE_HAEMOGLOBIN = Threshold(
    "rise of haemoglobin", ">=", "1.5", "g/dL", PAPER,
    "OR28: above the lowest mean of two consecutive values before treatment, 7 days apart or more, both "
    "free of transfusion; a value is paired with the next one that lies so far behind it",
)  # fmt: skip
LOW_PLATELETS = Threshold(
    "platelets at baseline", "<", "20", "1e9/L", KEPT, "OR10: exactly 20 takes the rise of 30"
)
RISE_PLATELETS = Threshold("rise of platelets", ">=", "30", "1e9/L", KEPT, LOW_PLATELETS.reading)
REACH_PLATELETS = Threshold("platelets", ">", "20", "1e9/L", KEPT)
DOUBLED = {
    line: Threshold(f"relative rise of {line}", ">=", "100", "%", KEPT)
    for line in (Line.PLATELETS, Line.NEUTROPHILS)
}
RISE_NEUTROPHILS = Threshold("rise of neutrophils", ">", "0.5", "1e9/L", KEPT)
LASTS = Threshold(
    "duration of the improvement", ">=", str(IMPROVEMENT_DAYS), "days", PAPER,
    "OR2, OR6, OR30, OR60, OR62: last less first qualifying day, counts 28 days apart or less, every value "
    "qualifying",
)  # fmt: skip
FREE = Threshold(
    "consecutive days without red cells", ">=", str(IMPROVEMENT_DAYS), "days", PAPER,
    "OR26, OR39: any 56 days, counted from the day after a unit to the day before the next, up to the last "
    "contact or 28 days after the last dose",
)  # fmt: skip
UNITS_DOWN = Threshold(
    "fall of red cells in 112 days", ">=", "50", "%", PAPER,
    f"OR39: any 112 days of treatment, up to 28 days after the last dose, against the 112 before; {MEMORY}",
)  # fmt: skip
MEANINGFUL = Threshold("duration of the improvement", ">=", str(MEANINGFUL_DAYS), "days", PAPER)
WINDOW = Threshold(
    "56 qualifying days reached", "<=", str(WINDOW_DAYS), "days after the first dose", PAPER,
    "OR31, OR65: the primary call needs them by day 168; a later run is a late response; for HI-E alone",
)  # fmt: skip

# Loss
FALL_READING = (
    "OR60, OR61, OR66: from the best value free of influence in the response; counts only below the "
    "haemoglobin 11, platelets 100 or neutrophils 1.0 of a remission, and only if repeated; in a hold it is "
    "restored if the same or a lower dose brings it back within 56 days; 2018 has no rule of its own"
)
FLOOR = {
    Line.HAEMOGLOBIN: Threshold("haemoglobin", "<", "11", "g/dL", KEPT),
    Line.PLATELETS: Threshold("platelets", "<", "100", "1e9/L", KEPT),
    Line.NEUTROPHILS: Threshold("neutrophils", "<", "1.0", "1e9/L", KEPT),
}
FALL = {
    Line.HAEMOGLOBIN: Threshold(
        "fall of haemoglobin from the best", ">=", "1.5", "g/dL", KEPT, f"OR22, {FALL_READING}"
    )
} | {
    line: Threshold(f"fall of {line} from the best", ">=", "50", "%", KEPT, FALL_READING)
    for line in (Line.PLATELETS, Line.NEUTROPHILS)
}
DEPENDENCE = Threshold(
    "red cells in 56 days", ">=", "4", "units", KEPT,
    "OR18; not while the day lies in days without red cells, or in a halving, that is the improvement itself",
)  # fmt: skip
REPEAT_DAYS = 7  # a second count nearer than this is the same look at the patient
RESTORED_DAYS = 56  # a loss in a hold is restored if treatment brings the improvement back within 8 weeks
