"""A fit in tables: forecasts, numbers, checks, mechanisms, diagnostics, and how later observations scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from remnant.inference.records import ChanceBy, Fit, NumberSummary, Quantiles, RelapseForecast
from remnant.report import numbers, phrases
from remnant.report.fit_words import chance, from_now, pareto, points, signed, years_in_words
from remnant.report.tables import Cell, Table, day, number, table

YEARS = (1.0, 2.0, 5.0)
KINDS = ("molecular", "cytogenetic", "clinical")


def forecasts(fit: Fit, patient_id: str = "", *, scenario: str = "as planned") -> Table | None:
    """Lay out forecasts under one calendar: all of one patient, or of everybody those with a chance."""
    own = [
        one
        for one in fit.relapses
        if one.scenario == scenario and (one.patient_id == patient_id or (not patient_id and one.chances))
    ]
    asked = [years for years in YEARS if any(c.years == years for one in own for c in one.chances)]
    rows = [
        (
            *(() if patient_id else (Cell(one.patient_id, look="short"),)),
            Cell(one.kind, look="short"),
            Cell(one.standing, one.reason if patient_id else ""),
            *(_chance(one, years) for years in asked),
            *_when(one),
        )
        for one in own
    ]
    header = [*([] if patient_id else ["Patient"]), "Relapse", "By the fit, now"]
    header += [f"Within {years_in_words(years)}" for years in asked]
    caption = (
        "Chance of relapse, and months from the last observation until it: median, with the 90 % "
        f"interval; {scenario}. ±: Monte Carlo standard error of the chance, in points."
    )
    return table(caption, "|".join([*header, "Median, months", "Not by the horizon"]), rows)


def without(fit: Fit, *, scenario: str = "as planned") -> Table | None:
    """Lay out of whom no relapse is forecast, those who stand alike in one row; why, where it is the same."""
    alike: dict[tuple[str, str], list[RelapseForecast]] = {}
    for one in sorted(fit.relapses, key=lambda one: KINDS.index(one.kind)):
        if one.scenario == scenario and not one.chances:
            alike.setdefault((one.kind, one.standing), []).append(one)
    rows = [
        (
            Cell(kind, look="short"),
            Cell(standing, next(iter(why)) if len(why := {_why(one) for one in them}) == 1 else ""),
            number(numbers.count(len(them))),
            Cell(phrases.listing([one.patient_id for one in them])),
        )
        for (kind, standing), them in alike.items()
    ]
    caption = "Of whom no relapse is forecast. The fit judges by the cells behind the counts, not by a visit."
    return table(caption, "Relapse|By the fit, now|Patients|Who", rows)


def _why(one: RelapseForecast) -> str:
    """Give the reason without the standing that some reasons begin with."""
    return one.reason.removeprefix(one.standing).strip()


def _chance(one: RelapseForecast, years: float) -> Cell:
    found: ChanceBy | None = next((c for c in one.chances if c.years == years), None)
    if found is None:
        return number("–")
    return number(chance(found.probability), f"± {100 * found.standard_error:.1f}")


def _when(one: RelapseForecast) -> tuple[Cell, Cell]:
    if one.day is None:
        return number("–"), number("–")
    low, high = from_now(one.day.q05, one), from_now(one.day.q95, one)
    return number(from_now(one.day.q50, one), f"{low} to {high}"), number(chance(one.beyond))


def numbers_of(fit: Fit, *, patient_id: str = "") -> Table | None:
    """Lay out numbers before and after the data: of the population and shared, or of a patient."""
    own = [one for one in fit.numbers if one.patient_id == patient_id]
    caption = (
        "Median and 90 % interval before the data and after; how much of the prior's variance they took."
    )
    chains = any(one.r_hat is not None for one in own)
    header = "Number|Of|Prior|Posterior|Told by the data" + ("|R-hat|Effective draws" if chains else "")
    return table(caption, header, [_number(one, chains=chains) for one in own])


def _number(one: NumberSummary, *, chains: bool) -> tuple[Cell, ...]:
    told = "from the prior" if one.from_prior else numbers.percent(max(one.contraction, 0.0))
    cells = (
        Cell(one.name, "" if one.unit == "-" else one.unit),
        Cell({"spread": "between patients", "population": "median patient"}.get(one.level, one.level)),
        _quantiles(one.prior),
        _quantiles(one.posterior),
        number(told),
    )
    if not chains:
        return cells
    ess = [value for value in (one.ess_bulk, one.ess_tail) if value is not None]
    r_hat = "–" if one.r_hat is None else f"{one.r_hat:.3f}"
    return (*cells, number(r_hat), number(numbers.count(min(ess)) if ess else "–"))


def _quantiles(value: Quantiles, write: Callable[[float], str] = numbers.significant) -> Cell:
    return number(write(value.q50), f"{write(value.q05)} to {write(value.q95)}")


def checks(fit: Fit) -> Table | None:
    """Lay out how each assay sits in the posterior."""
    rows = [
        (
            Cell(one.assay, look="short"),
            number(numbers.count(one.rows)),
            number(numbers.percent(one.within_90)),
            number(numbers.p_value(one.p_value)),
            Cell(one.says),
        )
        for one in fit.checks
    ]
    return table(
        "Whether the posterior would show data like these.",
        "Assay|Observations|Inside their 90 %|Predictive p|In words",
        rows,
    )


def check_rows(fit: Fit) -> Table | None:
    """Lay out every observation beside its predictive law."""
    rows = [
        (
            Cell(one.patient_id, look="short"),
            Cell(one.assay, one.what),
            day(one.day),
            number(("below " if one.censored else "") + _plain(one.observed)),
            _quantiles(one.expected, _plain),
            number(f"{one.tail:.2f}"),
        )
        for one in fit.check_rows
    ]
    return table(
        "Each observation, and the median and 90 % interval of replicates.",
        "Patient|Observation|Day|Observed|Expected|Tail",
        rows,
    )


def _plain(value: float) -> str:
    return numbers.significant(value, 3)


def mechanisms(fit: Fit) -> Table | None:
    """Lay out the mechanisms, the best first."""
    rows = [
        (
            Cell(one.title, one.mechanism),
            number(numbers.percent(one.weight)),
            number(f"{one.elpd:,.1f}".replace("-", numbers.MINUS), f"± {one.standard_error:.1f}"),
            number(f"{one.behind:.1f}", f"± {one.behind_error:.1f}"),
            number(pareto(one.pareto_k)),
            Cell("yes" if one.fit else "no", look="yes" if one.fit else "no"),
        )
        for one in sorted(fit.mechanisms, key=lambda one: one.behind)
    ]
    caption = (
        "Each mechanism, every patient left out in turn: expected log predictive density and its "
        "distance from the best."
    )
    return table(
        caption, "Mechanism|Stacking weight|Log density|Behind the best|Worst Pareto k|Chains believed", rows
    )


def diagnostics(fit: Fit) -> Table | None:
    """Lay out the guards; of the fast setting a row for each patient."""
    them = list(fit.apart) or [("", fit.diagnostics)]
    header = (
        "Fitted|Draws|Worst R-hat|Fewest effective draws|Diverged|Least E-BFMI|Worst Pareto k|May be used"
    )

    def written(value: float | None, places: int) -> Cell:
        return number("–" if value is None else f"{value:,.{places}f}")

    rows = []
    for name, one in them:
        ess = [value for value in (one.ess_bulk, one.ess_tail) if value is not None]
        of = f"{one.chains} chains" if one.chains else "by importance"
        rows.append(
            (
                Cell(name or "all patients", look="short"),
                number(numbers.count(one.draws * max(one.chains, 1)), of),
                written(one.r_hat, 3),
                written(min(ess, default=None), 0),
                number(numbers.count(one.divergences) if one.chains else "–"),
                written(one.energy, 2),
                written(one.pareto_k, 2),
                Cell("yes" if one.fit else "no", "; ".join(one.reasons), look="yes" if one.fit else "no"),
            )
        )
    return table("Whether the draws can be believed.", header, rows)


def scores(fit: Fit) -> Table | None:
    """Lay out later observations against their forecasts."""
    words = {True: "inside", False: "outside", None: "–"}
    rows = [
        (
            Cell(one.patient_id, look="short"),
            Cell(one.quantity),
            day(one.day),
            number(("below " if one.censored else "") + _plain(one.observed)),
            number(f"{one.log_density:.2f}".replace("-", numbers.MINUS)),
            Cell(words[one.within_50]),
            Cell(words[one.within_90]),
        )
        for one in fit.scores
    ]
    caption = (
        "Observations that the fit did not see: log predictive density, and whether inside the interval."
    )
    return table(caption, "Patient|Quantity|Day|Observed|Log density|50 %|90 %", rows)


def what_ifs(fit: Fit, patient_id: str) -> Table | None:
    """Lay out pairs of calendars."""
    rows = [
        (
            Cell(one.second, f"in place of {one.first}"),
            Cell(one.kind, look="short"),
            Cell(years_in_words(one.years), look="short"),
            number(points(one.difference), f"{points(one.lower)} to {points(one.upper)}"),
            number(signed(one.later_days)),
        )
        for one in fit.what_ifs
        if one.patient_id == patient_id
    ]
    caption = (
        "Another calendar in the same draws: chance of relapse in points, and days free of relapse gained."
    )
    return table(caption, "Calendar|Relapse|Within|Chance, points|Days gained", rows)


def refusals(fit: Fit) -> Table | None:
    """Lay out of whom nothing can be fitted."""
    rows = [(Cell(one.patient_id or "the study", look="short"), Cell(one.reason)) for one in fit.refusals]
    return table("Nothing could be fitted.", "Who|Why", rows)


def origin(pairs: Iterable[tuple[str, str]]) -> Table | None:
    """Lay out what a fit was made from."""
    return table(
        "Files as they were read.", "File|SHA-256", [(Cell(name), Cell(code)) for name, code in pairs]
    )
