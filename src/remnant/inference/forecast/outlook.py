"""All that is forecast of one patient, in one call: what a fit shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remnant.dynamics.treatment import Therapy
from remnant.inference.forecast.course import Course, Posterior, follow
from remnant.inference.forecast.cure import cure_points
from remnant.inference.forecast.definitions import definitions
from remnant.inference.forecast.next_assays import BY_FRACTION, BY_TRANSCRIPT
from remnant.inference.forecast.next_measurement import YEARS as TARGET
from remnant.inference.forecast.next_measurement import next_measurements
from remnant.inference.forecast.observable import curves, known_quantities, lines
from remnant.inference.forecast.relapse import YEARS, horizon_day, relapses
from remnant.inference.forecast.what_if import what_ifs
from remnant.inference.records import CurePoint, CurvePoint, Line, NextMeasurement, RelapseForecast, WhatIf


@dataclass(frozen=True)
class Outlook:
    """The forecasts of one patient, as `remnant.inference.records.Fit` holds them."""

    curves: tuple[CurvePoint, ...]
    lines: tuple[Line, ...]
    relapses: tuple[RelapseForecast, ...]
    cures: tuple[CurePoint, ...]
    what_ifs: tuple[WhatIf, ...]
    next_measurements: tuple[NextMeasurement, ...]


def outlook(
    posterior: Posterior,
    calendars: Mapping[str, Therapy],
    *,
    rng: np.random.Generator,
    transcript: bool = False,
    horizon_years: float = 5.0,
    changes: Mapping[str, Mapping[str, float]] | None = None,
    effective: float | None = None,
) -> Outlook:
    """Forecast one patient under one calendar or several.

    Parameters
    ----------
    posterior : Posterior
        Of the patient.
    calendars : mapping of str to Therapy
        By title; the first is as planned, the others share its past (`remnant.dynamics.treatment.continued`).
    rng : Generator
        Chance of measurements, and of the number of stem cells where the fit fixes it.
    transcript : bool
        Whether the study follows the clone by transcripts.
    horizon_years : float, default 5
        How far, above 0.
    changes : mapping, optional
        Thresholds of relapse, as for `definitions`.
    effective : float, optional
        Effective number of draws.
    """
    known = definitions(transcript=transcript, changes=changes)
    years = tuple(sorted({year for year in YEARS if year < horizon_years} | {float(horizon_years)}))
    own = posterior if np.ptp(posterior.number("stem_cells", 1.0)) > 0 else posterior.with_pools(rng=rng)
    last = horizon_day(own.now_day, horizon_years)
    courses = {title: follow(own, therapy, last) for title, therapy in calendars.items()}
    planned = next(iter(courses.values()))
    wanted = known_quantities(planned, transcript=transcript)

    def each(course: Course, title: str) -> tuple[tuple[CurvePoint, ...], tuple[Line, ...]]:
        return (
            curves(course, wanted, rng=rng, scenario=title),
            lines(course, wanted, scenario=title),
        )

    drawn = [each(course, title) for title, course in courses.items()]
    return Outlook(
        curves=tuple(point for points, _ in drawn for point in points),
        lines=tuple(line for _, some in drawn for line in some),
        relapses=tuple(
            forecast
            for title, course in courses.items()
            for forecast in relapses(course, known, scenario=title, years=years, effective=effective)
        ),
        cures=tuple(
            point
            for title, course in courses.items()
            for point in cure_points(course, scenario=title, horizon_day=last)
        ),
        what_ifs=what_ifs(courses, known, years=years, effective=effective),
        next_measurements=next_measurements(
            planned,
            known[0],
            BY_TRANSCRIPT if transcript else BY_FRACTION,
            visits=tuple(visit for visit in (28, 91, 182, 364) if own.now_day + visit <= last) or (7,),
            years=min(TARGET, horizon_years),
        ),
    )
