"""What the disease is called, and how dangerous it is: definitions and risk scores, from values alone."""

from remnant.diagnosis.ipss_m_weights import GENES
from remnant.diagnosis.ipss_r import CYTOGENETIC_GROUPS
from remnant.diagnosis.risk import RiskInputs, RiskScores, score
from remnant.diagnosis.risk_patient import patient_risk, risk_inputs
from remnant.diagnosis.risk_records import IpssM, IpssR, PatientRisk
from remnant.diagnosis.risk_table import RiskTable, read_risk_table

__all__ = [
    "CYTOGENETIC_GROUPS",
    "GENES",
    "IpssM",
    "IpssR",
    "PatientRisk",
    "RiskInputs",
    "RiskScores",
    "RiskTable",
    "patient_risk",
    "read_risk_table",
    "risk_inputs",
    "score",
]
