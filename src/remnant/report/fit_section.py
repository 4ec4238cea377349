"""The forecast in the report of a study: in a line for all patients, and in a compact block for each."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.report import fit_tables, fit_words
from remnant.report.charts import Album, Figure
from remnant.report.fit_patient import fan
from remnant.report.tables import Table

HEADING = "Forecast"


@dataclass(frozen=True)
class CohortForecast:
    """What the report says of the forecasts of all patients; a warning where they must not be used."""

    warning: str
    setting: str
    says: tuple[str, ...]
    forecasts: Table | None
    without: Table | None
    refusals: Table | None


def cohort(findings: Findings) -> CohortForecast | None:
    """Return the forecast of all patients; None where none was asked for."""
    fit = findings.fit
    if fit is None:
        return None
    return CohortForecast(
        fit_words.warning(fit.diagnostics),
        fit_words.setting(fit),
        tuple(fit_words.verdict(fit)),
        fit_tables.forecasts(fit),
        fit_tables.without(fit),
        fit_tables.refusals(fit),
    )


def says(findings: Findings, name: str) -> tuple[str, ...]:
    """Say what is forecast of one patient, or why nothing is; nothing where no forecast was asked for."""
    fit = findings.fit
    if fit is None:
        return ()
    if name not in fit.patients:
        why = next(
            (one.reason for one in fit.refusals if one.patient_id in (name, "")),
            "the fit leaves the patient out",
        )
        return (f"No forecast: {why}.",)
    return tuple(fit_words.patient(fit, name))


def warning(findings: Findings, name: str) -> str:
    """Say that the forecast of one patient must not be used, and why; nothing where it may be."""
    fit = findings.fit
    return "" if fit is None or name not in fit.patients else fit_words.warning_of(fit, name)


def figure(findings: Findings, name: str, slug: str, album: Album) -> Figure | None:
    """Return the fan chart of one patient, where there is one."""
    if findings.fit is None or findings.observed is None:
        return None
    return fan(findings.fit, findings.observed, name, slug, album, brief=True)
