"""Fits written by hand: SYNTHETIC numbers that look like a fit, for figures, pages and commands."""

from __future__ import annotations

from math import exp, log

import numpy as np

from remnant.analysis.fit_observed import Doses, Look, Observed
from remnant.inference.records import (
    AssayCheck,
    ChanceBy,
    CheckRow,
    CurePoint,
    CurvePoint,
    Diagnostics,
    Fit,
    Line,
    MechanismScore,
    NextMeasurement,
    NumberSummary,
    Quantiles,
    Refusal,
    RelapseForecast,
    Score,
    WhatIf,
)

PLANNED = "as planned"
LEVELS = {"stem fraction": 1.0, "progenitor fraction": 0.12, "mature fraction": 0.05}
Z = {"q05": -1.645, "q25": -0.674, "q50": 0.0, "q75": 0.674, "q95": 1.645}
NUMBERS = (
    ("division", "per month", 0.11, 0.35),
    ("advantage", "per month", 0.05, 0.8),
    ("start.fraction", "-", 0.9, 0.5),
    ("start.quiescent", "-", 0.85, 0.4),
    ("start.resistant", "-", 1e-5, 1.6),
    ("lenalidomide.active_kill", "per month", 0.9, 0.5),
    ("lenalidomide.progenitor_kill", "per month", 4.0, 0.6),
    ("fish.dispersion", "-", 0.01, 1.0),
)


def around(centre, spread):
    """Quantiles of a log-normal."""
    values = {name: centre * exp(spread * z) for name, z in Z.items()}
    return Quantiles(centre * exp(spread**2 / 2), **values)


def odds_around(fraction, spread):
    """Quantiles of a logit-normal."""
    score = log(fraction / (1 - fraction))
    values = {name: 1 / (1 + exp(-(score + spread * z))) for name, z in Z.items()}
    return Quantiles(values["q50"], **values)


def diagnostics(*, fit=True, setting="full"):
    reasons = () if fit else ("R-hat reaches 1.08, and must be below 1.01", "17 transitions diverged")
    if setting == "fast":
        return Diagnostics("fast", 0, 0, 2000, 0, 0, None, None, 640.0, None, 0.41, fit, reasons)
    r_hat, lost = (1.004, 0) if fit else (1.08, 17)
    return Diagnostics("full", 4, 1000, 1000, lost, 0, r_hat, 612.0, 540.0, 0.81, None, fit, reasons)


def course(day, depth, back):
    """A fraction that falls under therapy and comes back: never 0, never 1."""
    fall = -depth * min(max(day, 0), 400) / 400
    rise = back * max(day - 500, 0) / 365.25
    return 1 / (1 + exp(-(2.2 + fall + rise)))


def curves(name, number, now, horizon, scenario=PLANNED, back=1.0):
    depth, back = 4.0 + number, back * (0.5 + 0.15 * number)
    made = []
    for quantity, level in LEVELS.items():
        for day in range(-28, horizon + 1, 28):
            fraction = min(course(day, depth, back) * (level if day > 40 else 1.0), 0.98)
            spread = 0.3 + 0.9 * max(day - now, 0) / 1000
            made.append(CurvePoint(name, scenario, day, quantity, False, odds_around(fraction, spread)))
    for day in range(-28, horizon + 1, 28):
        blood = 12.6 - 4 * course(day, depth, back)
        value = around(blood, 0.05 + 0.02 * max(day - now, 0) / 1000)
        made.append(CurvePoint(name, scenario, day, "haemoglobin", True, value))
    return made


def transcripts(name, now, horizon):
    return [
        CurvePoint(
            name, PLANNED, day, "transcript", True, around(60 * exp(-min(day, now) / 150) + 0.002, 0.5)
        )
        for day in range(0, horizon + 1, 28)
    ]


def relapses(name, number, now, horizon, scenario=PLANNED, slower=1.0):
    if number == 2:
        said = "not one slide found the clone gone before it rose again"
        return [
            RelapseForecast(name, scenario, "cytogenetic", "returned", said, now, horizon),
            RelapseForecast(
                name, scenario, "clinical", "no remission yet", "red cells at every visit", now, horizon
            ),
        ]
    if number == 5:
        said = "no metaphase was scored at or after the first dose"
        return [RelapseForecast(name, scenario, "cytogenetic", "not evaluable", said, now, horizon)]
    made = []
    for kind, late in (("molecular", 1.0), ("cytogenetic", 1.6), ("clinical", 2.6)):
        middle, spread = (420 + 160 * number) * late * slower, 0.5
        chances = tuple(
            ChanceBy(years, _below(years * 365.25, middle, spread), 0.011) for years in (0.5, 1.0, 2.0, 5.0)
        )
        quantiles = {key: min(now + middle * exp(spread * z), horizon) for key, z in Z.items()}
        day = Quantiles(min(now + middle * exp(spread**2 / 2), horizon), **quantiles)
        beyond = 1 - _below(horizon - now, middle, spread)
        said = "0 of 20 metaphases, and no abnormal nucleus among 200 progenitors"
        made.append(
            RelapseForecast(name, scenario, kind, "in remission", said, now, horizon, chances, day, beyond)
        )
    return made


def _below(span, middle, spread):
    from statistics import NormalDist

    return NormalDist().cdf(log(span / middle) / spread)


def lines(name, number, now, horizon, *, rng):
    days = tuple(range(0, horizon + 1, 56))
    made = []
    for _ in range(20):
        depth, back = 4.0 + number + rng.normal(0, 0.3), (0.5 + 0.15 * number) * rng.uniform(0.6, 1.4)
        values = tuple(course(day, depth, back) for day in days)
        made.append(Line(name, PLANNED, "stem fraction", days, values))
    return made


def number_rows(patients, *, rng):
    made = []
    for name, unit, centre, spread in NUMBERS:
        own = name != "fish.dispersion"
        level = "population" if own else "shared"
        places = [("", level)] + ([("", "spread")] if own else []) + [(p, "patient") for p in patients if own]
        for patient, where in places:
            shrunk = float(rng.uniform(0.15, 1.0))
            told = around(centre * exp(spread * rng.normal(0, 0.5) * (1 - shrunk**2)), spread * shrunk)
            before = around(centre, spread)
            if where == "spread":
                before, told = around(1.0, 0.3), around(1.1, 0.3 * shrunk)
            contraction = 1 - shrunk**2
            told_by = (1.002, 900.0, 700.0)
            made.append(
                NumberSummary(
                    name, unit, patient, where, before, told, contraction, contraction < 0.2, *told_by
                )
            )
    return tuple(made)


def check_rows(patients, *, rng):
    made = []
    for name in patients:
        for n, day in enumerate(range(0, 700, 90)):
            expected = odds_around(course(day, 5.0, 1.0), 0.5)
            seen = round(float(rng.choice([expected.q25, expected.q50, expected.q95])) * 200) / 200
            row = ("slides", "stem, EGR1", day, seen, seen == 0, expected, float(rng.random()))
            made.append(CheckRow(name, *row))
            if n % 2:
                blood = around(10.0 + n / 4, 0.06)
                seen = float(rng.choice([blood.q05, blood.q50]))
                made.append(
                    CheckRow(name, "blood", "haemoglobin", day, seen, False, blood, float(rng.random()))
                )
    return tuple(made)


def mechanisms():
    return (
        MechanismScore("stem-spared", "Stem cells are spared", -412.3, 11.0, 0.44, 0.71, 0.0, 0.0, True),
        MechanismScore("full", "Everything at once", -413.1, 11.2, 0.52, 0.29, 0.8, 1.1, True),
        MechanismScore("uniformly-sensitive", "All cells alike", -455.0, 14.0, 0.61, 0.0, 42.7, 9.6, True),
        MechanismScore(
            "pre-existing-resistance", "Resistant from the start", -430.0, 12.0, 0.95, 0.0, 17.7, 6.2, False
        ),
    )


def made_fit(patients=7, *, fit=True, setting="full", scenario=None, clone="del(5q)", horizon_years=5.0):
    """A fit of so many synthetic patients; patient 3 has returned and patient 6 is not evaluable."""
    rng = np.random.default_rng(5)
    names = tuple(f"S-{n:02d}" for n in range(1, patients + 1))
    made = {"curves": [], "lines": [], "relapses": [], "cures": [], "what_ifs": [], "next": []}
    for number, name in enumerate(names):
        now = 640 + 60 * number
        horizon = now + round(365.25 * horizon_years)
        made["curves"] += curves(name, number, now, horizon)
        if number == 6:
            made["curves"] += transcripts(name, now, horizon)
        made["relapses"] += relapses(name, number, now, horizon)
        if scenario:
            made["curves"] += curves(name, number, now, horizon, scenario, 0.3)
            made["relapses"] += relapses(name, number, now, horizon, scenario, 1.4)
            made["what_ifs"] += [
                WhatIf(
                    name,
                    PLANNED,
                    scenario,
                    kind,
                    years,
                    -0.04 * (number + 1),
                    -0.05 * (number + 2),
                    0.01,
                    31.0 * years,
                )
                for kind in ("molecular", "cytogenetic")
                for years in (1.0, 2.0, 5.0)
            ]
        made["lines"] += lines(name, number, now, horizon, rng=rng)
        made["cures"] += [
            CurePoint(
                name, PLANNED, 10.0**power, horizon, odds_around(1 / (1 + exp(2.2 * (power - 4.5))), 0.8)
            )
            for power in np.arange(3, 6.01, 0.5)
        ]
        made["next"] += [
            NextMeasurement(
                name, now + after, assay, "molecular relapse within 2 years", gain / after * 90, 0.012, 0.93
            )
            for after in (90, 180)
            for assay, gain in (
                ("200 nuclei of stem cells", 0.31),
                ("1,000 nuclei of progenitors", 0.22),
                ("20 metaphases", 0.04),
            )
        ]
    refusals = (
        ()
        if patients < 7
        else (Refusal("S-08", "one visit only, before the first dose: the prior alone would answer"),)
    )
    return Fit(
        preset="del5q-lenalidomide",
        mechanism="full",
        title="SYNTHETIC: made by hand",
        clone=clone,
        synthetic=True,
        seed=11,
        patients=names,
        diagnostics=diagnostics(fit=fit, setting=setting),
        apart=tuple((name, diagnostics(fit=fit, setting=setting)) for name in names)
        if setting == "fast"
        else (),
        numbers=number_rows(names, rng=rng),
        curves=tuple(made["curves"]),
        lines=tuple(made["lines"]),
        relapses=tuple(made["relapses"]),
        cures=tuple(made["cures"]),
        what_ifs=tuple(made["what_ifs"]),
        next_measurements=tuple(made["next"]),
        checks=(
            AssayCheck("slides", 56, 0.93, 0.41, "The slides fit."),
            AssayCheck("blood", 28, 0.61, 0.004, "Blood counts scatter more than the model allows."),
        ),
        check_rows=check_rows(names, rng=rng),
        mechanisms=mechanisms(),
        told_apart=(
            "That all cells are alike is told apart: 43 behind the best, 4.5 standard errors.",
            "Spared stem cells and everything at once cannot be told apart by these data.",
        ),
        scores=(
            Score(names[0], "stem fraction", 2, 980, 0.035, False, -1.42, True, True),
            Score(names[0], "log10 transcript", 3, 1200, 0.0032, True, -0.21, None, None),
        ),
        refusals=refusals,
        notes=("purity of two sorts was not measured, and the preset's law stands in",),
    )


def made_observed(fit):
    """What the fit was drawn over: slides with limits, some without the clone; blood; one transcript."""
    doses, looks = [], []
    for number, name in enumerate(fit.patients):
        doses += [
            Doses(name, "lenalidomide", 0, 420),
            Doses(name, "lenalidomide", 480, None if number % 2 else 700),
        ]
        for day in (-14, 90, 200, 400, 620 + 20 * number):
            for quantity, level in LEVELS.items():
                fraction = min(course(day, 4.0 + number, 0.6) * (level if day > 40 else 1.0), 0.98)
                if fraction < 0.01:
                    looks.append(Look(name, quantity, day, None, 0.0, 0.015, "FISH, 0 of 200 nuclei"))
                    continue
                low, high = odds_around(fraction, 0.25).q05, odds_around(fraction, 0.25).q95
                looks.append(Look(name, quantity, day, fraction, low, high, "FISH, 200 nuclei"))
        looks += [
            Look(name, "haemoglobin", day, 8.6 + 3.2 * min(day, 300) / 300, None, None, "blood count")
            for day in range(0, 640, 45)
        ]
        if number == 6:
            looks += [
                Look(name, "transcript", day, 60 * exp(-day / 150) + 0.002, None, None, "BCR-ABL1")
                for day in range(0, 640, 90)
            ]
            looks.append(Look(name, "transcript", 700, None, 0.0, 0.0032, "BCR-ABL1"))
    return Observed("first dose", tuple(doses), tuple(looks))
