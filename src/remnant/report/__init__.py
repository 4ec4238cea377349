"""How the answer reads: one offline page, made of sentences, tables and figures; it computes nothing."""

from remnant.report.overview import verdict_rows
from remnant.report.page import write_report

__all__ = ["verdict_rows", "write_report"]
