"""The limits of the IWG 2006 criteria, each with its strictness, its table and our reading of it.

Cheson et al. (2006) Blood 108:419-425, doi:10.1182/blood-2005-10-4149: table 3 for the natural history of the
disease, table 4 for haematologic improvement.
"""

from __future__ import annotations

from dataclasses import replace

from remnant.response.record.measurements import Line
from remnant.response.rules.thresholds import Threshold

PAPER = "Cheson 2006, Blood 108:419"
NATURAL, IMPROVEMENT = f"{PAPER}, table 3", f"{PAPER}, table 4"
RESPONSE_DAYS, IMPROVEMENT_DAYS, BASELINE_DAYS = 28, 56, 56
MARROW_BASELINE_DAYS = 112  # an older marrow no longer says where the patient stood at the first dose

# Complete remission
CR_BLASTS = Threshold(
    "marrow blasts", "<=", "5", "%", NATURAL, "OR57: whoever meets CR on the day has not relapsed"
)
CR_BLOOD_BLASTS = Threshold("blasts of the blood", "<=", "0", "%", NATURAL)
COUNT_READING = (
    "OR60, OR62: the count nearest to the day, at most 14 days away; one that support may have raised can "
    "fail a limit and cannot pass it"
)
CR_COUNTS = {
    Line.HAEMOGLOBIN: Threshold("haemoglobin", ">=", "11", "g/dL", NATURAL, COUNT_READING),
    Line.PLATELETS: Threshold("platelets", ">=", "100", "1e9/L", NATURAL, COUNT_READING),
    Line.NEUTROPHILS: Threshold(
        "neutrophils", ">=", "1.0", "1e9/L", NATURAL,
        f"{COUNT_READING}; 1e9/L: one reprint says 1e6/L, which is a slip",
    ),
}  # fmt: skip
NORMAL_WORDS = ("none", "no", "normal", "absent", "not dysplastic")
FAILED_WORDS = ("arrest", "abnormal maturation", "not normal")  # maturation that no reading calls normal
MATURATION = Threshold(
    "maturation of all lines",
    ">=",
    "1",
    "report of the morphologist",
    NATURAL,
    "OR13, OR69: must be reported, never assumed; persistent dysplasia is recorded and does not bar a CR",
)
LASTS = Threshold(
    "duration of the counts",
    ">=",
    str(RESPONSE_DAYS),
    "days",
    NATURAL,
    "OR14: two dates or more that span 28 days, without transfusion or growth factor between",
)
MARROW_LASTS = Threshold(
    "duration of the marrow response", ">=", str(RESPONSE_DAYS), "days", NATURAL, "OR2: 4 weeks are 28 days"
)

# Partial remission and marrow CR
BLASTS_DOWN = Threshold("fall of marrow blasts from baseline", ">=", "50", "%", NATURAL)
PR_BLASTS = Threshold("marrow blasts", ">", "5", "%", NATURAL)
MARROW_CR_BASE = Threshold(
    "marrow blasts at baseline", ">", "5", "%", NATURAL, "OR12: not given from a base of 5 % or less"
)
PR_COUNTS = Threshold(
    "lines that were abnormal before",
    ">=",
    "1",
    "all as for CR",
    NATURAL,
    "OR15: where none was abnormal the marrow alone decides",
)

# Stable disease, relapse, progression
STABLE_DAYS = 56
STABLE = Threshold(
    "days without progression", ">", str(STABLE_DAYS), "days", NATURAL,
    "OR20, OR59: not yet at exactly 56 days after the first dose, or after the last day with progression",
)  # fmt: skip
BACK_TO_BASE = Threshold(
    "marrow blasts against baseline", ">=", "0", "% above baseline", NATURAL,
    "OR19, OR57: only when blasts also reach 5 %; below, it is counting noise; whoever meets CR on the day "
    "has not relapsed",
)  # fmt: skip
COUNTABLE_BLASTS = Threshold("marrow blasts", ">=", "5", "%", NATURAL)
FALL_READING = (
    "OR61: from the best value free of influence in the response; counts below the limit of a CR count only, "
    "and a fall must be repeated: a platelet count that halves within the normal range is no relapse"
)
HALVED = {
    line: Threshold(f"fall of {line} from the best", ">=", "50", "%", NATURAL, FALL_READING)
    for line in (Line.NEUTROPHILS, Line.PLATELETS)
}
RELAPSE_HAEMOGLOBIN = Threshold(
    "fall of haemoglobin from the best", ">=", "1.5", "g/dL", NATURAL, f"OR22, {FALL_READING}"
)
PROGRESSION_HAEMOGLOBIN = Threshold(
    "fall of haemoglobin from the best", ">=", "2", "g/dL", NATURAL, f"OR22, {FALL_READING}"
)
DEPENDENCE = Threshold(
    "red cells in 56 days", ">=", "4", "units", NATURAL,
    "OR18; the first unit is reported apart, as the end of independence",
)  # fmt: skip
DEPENDENCE_DAYS = 56
REPEAT_DAYS = 7  # a second count nearer than this is the same look at the patient
BLAST_RISE = Threshold("rise of marrow blasts from baseline", ">=", "50", "%", NATURAL)
# OR11: half-open bands of the base; beyond 30 % the table has none.
BLAST_BANDS = (("5", "5"), ("10", "10"), ("20", "20"), ("30", "30"))
BAND_READING = "OR11: base < 5, [5, 10), [10, 20), [20, 30]; from 0 any rise to > 5 %"
FAB_LIMITS = ("5", "20", "30")  # RA, RAEB, RAEB-t, leukaemia, by marrow blasts

# Haematologic improvement
GATE = {
    Line.HAEMOGLOBIN: Threshold("haemoglobin at baseline", "<", "11", "g/dL", IMPROVEMENT),
    Line.PLATELETS: Threshold("platelets at baseline", "<", "100", "1e9/L", IMPROVEMENT),
    Line.NEUTROPHILS: Threshold("neutrophils at baseline", "<", "1.0", "1e9/L", IMPROVEMENT),
}
HI_NAME = {Line.HAEMOGLOBIN: "HI-E", Line.PLATELETS: "HI-P", Line.NEUTROPHILS: "HI-N"}
RISE_HAEMOGLOBIN = Threshold(
    "rise of haemoglobin", ">=", "1.5", "g/dL", IMPROVEMENT, "OR17: from values free of transfusion"
)
LOW_PLATELETS = Threshold(
    "platelets at baseline", "<", "20", "1e9/L", IMPROVEMENT, "OR10: exactly 20 takes the rise of 30"
)
RISE_PLATELETS = Threshold("rise of platelets", ">=", "30", "1e9/L", IMPROVEMENT, LOW_PLATELETS.reading)
REACH_PLATELETS = Threshold("platelets", ">", "20", "1e9/L", IMPROVEMENT)
DOUBLED = {
    line: Threshold(f"relative rise of {line}", ">=", "100", "%", IMPROVEMENT)
    for line in (Line.PLATELETS, Line.NEUTROPHILS)
}
RISE_NEUTROPHILS = Threshold("rise of neutrophils", ">", "0.5", "1e9/L", IMPROVEMENT)
HI_LASTS = Threshold(
    "duration of the improvement",
    ">=",
    str(IMPROVEMENT_DAYS),
    "days",
    IMPROVEMENT,
    "OR2, OR6, OR30, OR60, OR62: last less first qualifying day, counts 28 days apart or less, every value "
    "qualifying",
)
UNITS_DOWN = Threshold("fall of red cells in 56 days", ">=", "4", "units", IMPROVEMENT)
UNITS_READING = (
    "OR16, OR58, OR64: units before treatment count when given at haemoglobin <= 9.0, which is below 11; on "
    "treatment all count, in any 56 days about the day"
)
UNIT_HAEMOGLOBIN = Threshold("haemoglobin before the unit", "<=", "9.0", "g/dL", IMPROVEMENT, UNITS_READING)
LOSS_HAEMOGLOBIN = Threshold(
    "fall of haemoglobin from the best", ">=", "1.5", "g/dL", IMPROVEMENT, FALL_READING
)
LOSSES = {Line.HAEMOGLOBIN: LOSS_HAEMOGLOBIN} | {
    line: replace(limit, source=IMPROVEMENT) for line, limit in HALVED.items()
}
