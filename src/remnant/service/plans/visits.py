"""How often to come back, and how many nuclei to score: what was typed, and the question."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, nan

from remnant.cytogenetics import probe_errors
from remnant.planning import VisitsPlan, VisitsQuestion
from remnant.planning.plate_tests import Chance
from remnant.planning.recurrence import Reading, Recurrence
from remnant.service.plans.shown import Table
from remnant.service.plans.typed import Typed

DAYS_PER_MONTH = 365.25 / 12


def read_visits(
    typed: Typed,
    *,
    doubling: str | None = None,
    slope: str | None = None,
    nadir: str | None = None,
    relapse: str | None = None,
    baseline: str | None = None,
    spread: str | None = None,
    every: str = "30,60,90,180",
    nuclei: str = "25,50,100,200",
    control: Sequence[str] | None = None,
    probability: str = "0.95",
    power: str = "0.9",
    patients: str = "200",
    seed: int = 20100909,
) -> tuple[VisitsQuestion, tuple[str, ...]]:
    """Read what is asked of a schedule of visits, each option as typed, None where nothing was.

    Returns
    -------
    VisitsQuestion, tuple of str
        The question, and what was assumed beside it.

    Raises
    ------
    SettingError
        With every fault that `typed` has gathered.
    """
    low, high, before, fractions = _fractions(typed, nadir, relapse, baseline)
    days, said = _doubling(typed, doubling, slope)
    between = 0.3 if spread is None else typed.number("--spread", spread, least=0.0, most=2.0)
    if spread is None:
        said = (*said, "doubling times differ between patients by 0.3 on the log scale (SD)")
    intervals = [typed.number("--every", _days(part), least=1, most=3650) for part in every.split(",")]
    numbers = [typed.whole("--nuclei", part, least=5, most=500) for part in nuclei.split(",")]
    slides = typed.counts("--control", control)
    sure = typed.fraction("--probability", probability, least=0.5)
    wished = typed.fraction("--power", power)
    number = typed.whole("--patients", patients, least=20, most=100_000)
    typed.done()
    errors = probe_errors(slides)
    question = VisitsQuestion(
        Recurrence(before, low, high, days, between),
        tuple(
            Reading(n, errors.fp, errors.fn, errors.count_for(n), sure, errors.slide_correlation)
            for n in sorted(set(numbers))
        ),
        tuple(sorted(set(intervals))),
        wished,
        number,
        seed,
    )
    assumed = (*fractions, *said, errors.origin, "the rise begins at any moment between two visits")
    return question, assumed


def _fractions(
    typed: Typed, nadir: str | None, relapse: str | None, baseline: str | None
) -> tuple[float, float, float, tuple[str, ...]]:
    """Read the three fractions of the course, which must rise from nadir to relapse."""
    defaults = (
        ("--nadir", nadir, "1%", "in remission"),
        ("--relapse", relapse, "50%", "at clinical relapse"),
    )
    defaults = (*defaults, ("--baseline", baseline, "95%", "before treatment"))  # type: ignore[assignment]
    values = [typed.fraction(option, text or usual) for option, text, usual, _ in defaults]
    low, high, before = values
    if low >= high:
        typed.refuse(
            "--relapse", relapse or "50%", f"above the nadir, {nadir or '1%'}", "are the two swapped?"
        )
    if low >= before / 2:
        found = f"{nadir or '1%'} of {baseline or '95%'}"
        typed.refuse("--nadir", found, "below half of the baseline", "the change test needs a remission")
    said = tuple(f"a clone of {usual} {when}" for _, text, usual, when in defaults if text is None)
    return low, high, before, said


def _doubling(typed: Typed, doubling: str | None, slope: str | None) -> tuple[float, tuple[str, ...]]:
    if doubling is not None and slope is not None:
        typed.refuse("--slope", slope, "--doubling or --slope", "leave one of them out")
    if slope is not None:
        rise = typed.number("--slope", slope, most=20.0)
        return (log(2) / rise * DAYS_PER_MONTH if rise > 0 else nan), ()
    if doubling is None:
        return 45.0, ("odds that double in 45 days, an example",)
    return typed.number("--doubling", _days(doubling), least=1, most=3650), ()


def _days(text: str) -> str:
    """Take the unit off 60d or 60 days."""
    return text.strip().lower().removesuffix("days").removesuffix("d")


def visits_tables(plan: VisitsPlan) -> list[Table]:
    """Lay a plan out by schedule."""
    rows = [
        (
            f"{row.nuclei:,}",
            f"{row.interval:g}",
            _said(row.shown),
            _lead(row.lead),
            _said(row.confirmed),
            _lead(row.confirmed_lead),
            _said(row.false),
            f"{row.visits:.1f}",
            f"{row.nuclei_a_year:,.0f}",
            "best" if row == plan.best and plan.enough else None,
        )
        for row in plan.rows
    ]
    header = (
        "nuclei",
        "every, days",
        "shown %",
        "days ahead",
        "confirmed %",
        "days ahead",
        "false %",
        "visits",
        "nuclei a year",
        "",
    )
    note = (
        f"{plan.question.patients:,} simulated patients a schedule; ±: Monte Carlo standard error.\n"
        "False: a return shown while the clone stays low. From nadir to relapse: "
        f"{plan.growth_days:.0f} days in the median patient."
    )
    return [Table("Seeing the clone return before clinical relapse", header, rows, note)]


def _said(chance: Chance) -> str:
    return f"{100 * chance.value:.0f} ± {100 * chance.error:.1f}"


def _lead(days: float | None) -> str | None:
    return None if days is None else f"{days:.0f}"
