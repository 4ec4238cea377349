"""The limits of the IWG 2023 criteria, each with its strictness, its source and our reading of it.

Zeidan et al. (2023) Blood 141:2047, for higher-risk myelodysplastic syndromes.
"""

from __future__ import annotations

from remnant.response.record.history import Line
from remnant.response.rules.thresholds import Threshold

PAPER = "Zeidan 2023, Blood 141:2047"
BLASTS_2006 = "Cheson 2006, Blood 108:419, table 3"
MARROW_BASELINE_DAYS = 112  # an older marrow no longer says where the patient stood at the first dose
LEAD_DAYS = 14  # OR37; 28 is the option

EVALUABLE = Threshold(
    "marrow blasts at baseline", ">=", "5", "%", PAPER,
    "below, only CR equivalent and HI can be reached",
)  # fmt: skip
BLASTS = Threshold("marrow blasts", "<", "5", "%", PAPER, "dysplasia may persist")
BLOOD_BLASTS = Threshold("blasts of the blood", "<=", "0", "%", PAPER)
LEAD_READING = "OR37, OR60, OR62: free of transfusion and growth factor for {} days before"
COUNTS = {
    Line.HAEMOGLOBIN: Threshold("haemoglobin", ">=", "10", "g/dL", PAPER),
    Line.PLATELETS: Threshold("platelets", ">=", "100", "1e9/L", PAPER),
    Line.NEUTROPHILS: Threshold("neutrophils", ">=", "1.0", "1e9/L", PAPER),
}
PARTIAL_COUNTS = {
    Line.PLATELETS: Threshold("platelets", ">=", "50", "1e9/L", PAPER, "CRh has no rule on haemoglobin"),
    Line.NEUTROPHILS: Threshold("neutrophils", ">=", "0.5", "1e9/L", PAPER, "CRh has no rule on haemoglobin"),
}
BLASTS_DOWN = Threshold("fall of marrow blasts from baseline", ">=", "50", "%", PAPER)
CLEARANCE = Threshold(
    "cytogenetic clearance", ">=", "20", "metaphases, none abnormal", PAPER,
    "OR35, OR36, OR40: an abnormal karyotype at baseline, 20 metaphases or more; FISH does not stand in",
)  # fmt: skip
READINGS = {
    "CRuni": "OR33: CRL wins over CRh",
    "CRbi": "OR33: CRL wins over CRh",
    "CRh": "OR33: CRL wins: haemoglobin below 10, platelets 50 to below 100, neutrophils 0.5 to below 1.0",
    "CR equivalent": CLEARANCE.reading,
    "HI": "by IWG 2018; OR68: a remission ends with the first call that shows none",
}
# OR38: progression is not issued under 2023; the blast rules of 2006 are offered (OR11: half-open bands).
BLAST_RISE = Threshold(
    "rise of marrow blasts from baseline", ">=", "50", "%", BLASTS_2006,
    "OR38: IWG 2023 issues none; OR11: base < 5, [5, 10), [10, 20), [20, 30]; from 0 any rise to > 5 %",
)  # fmt: skip
BLAST_BANDS = ("5", "10", "20", "30")
