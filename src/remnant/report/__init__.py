"""How the answer reads: offline pages, made of sentences, tables and figures; it computes nothing."""

from remnant.report.bibliography import bibtex_of
from remnant.report.overview import verdict_rows
from remnant.report.page import write_patient, write_report

__all__ = ["bibtex_of", "verdict_rows", "write_patient", "write_report"]
