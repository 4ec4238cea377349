"""A fit in sentences: who is likely to relapse when, what is not known, when it must not be used."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.figures.fit_next import best
from remnant.figures.fit_scale import PLANNED
from remnant.inference.records import INFINITE, ChanceBy, CurePoint, Diagnostics, Fit, RelapseForecast, WhatIf
from remnant.report import numbers, phrases

FAST = (
    "Fast setting: each patient alone against the preset's population; remnant fit --setting full fits all "
    "patients together."
)
FORECAST_NOTICE = (
    "For research use only; not a medical device. A forecast is of the model, under the calendar "
    "that it names, "
    "and no advice on treatment."
)
# Where a patient stands who has no remission to lose, and what follows for the forecast.
_NOT_AHEAD = {
    "returned": ("it had come by", "; none is left to forecast"),
    "no remission yet": ("no remission by", ", so there is no relapse to forecast"),
    "in remission": ("in remission on", "; no forecast was made"),
    "not evaluable": ("not evaluable on", ""),
}
NAMED = 6  # patients whose chances a sentence names


def warning(diagnostics: Diagnostics, of: str = "fit") -> str:
    """Say that a fit must not be used, and why; nothing where every guard holds.

    Examples
    --------
    >>> why = ("3 transitions diverged",)
    >>> failed = Diagnostics("full", 4, 9, 9, 3, 0, 1.2, 9.0, 9.0, 0.5, None, False, why)
    >>> warning(failed)
    'This fit must not be used: 3 transitions diverged.'
    """
    if diagnostics.fit:
        return ""
    reasons = ". ".join(reason.rstrip(".") for reason in diagnostics.reasons) or "its guards do not hold"
    return f"This {of} must not be used: {reasons}."


def pareto(k: float) -> str:
    """Write the shape of importance weights; a million stands for what no weight bears.

    Examples
    --------
    >>> pareto(0.42), pareto(1e6)
    ('0.42', 'infinite')
    """
    return "infinite" if k >= INFINITE else f"{k:.2f}"


def warning_of(fit: Fit, patient_id: str) -> str:
    """Say that what is shown of one patient must not be used: by its own guards, or by those of all."""
    own = dict(fit.apart).get(patient_id)
    if own is None:
        return warning(fit.diagnostics)
    return warning(own, "patient's fit")


def setting(fit: Fit) -> str:
    """Name the fast setting as such; nothing to say of the full one."""
    return FAST if fit.diagnostics.setting == "fast" else ""


def planned(fit: Fit, kind: str = "", patient_id: str = "") -> list[RelapseForecast]:
    """Return forecasts under the planned calendar, of one kind or patient where named."""
    return [
        one
        for one in fit.relapses
        if one.scenario == PLANNED and kind in ("", one.kind) and patient_id in ("", one.patient_id)
    ]


def verdict(fit: Fit) -> list[str]:
    """Say who is likely to relapse when, the most likely first; then who cannot relapse, and why."""
    if not fit.patients:
        return ["No patient could be fitted; the reasons are listed below."]
    said = []
    for kind in ("molecular", "cytogenetic", "clinical"):
        ahead = [one for one in planned(fit, kind) if one.chances and one.day]
        if ahead:
            said.append(_chances(kind, ahead))
    others = _others(fit)
    if not said:
        said.append(
            f"None of {phrases.counted(len(fit.patients), 'fitted patient')} has a remission to lose."
        )
    return said + ([others] if others else [])


def _chances(kind: str, ahead: Sequence[RelapseForecast]) -> str:
    years = _common_years(ahead)
    ranked = sorted(ahead, key=lambda one: -_within(one, years).probability)
    named = [
        f"{one.patient_id}\N{NO-BREAK SPACE}{chance(_within(one, years).probability)}"
        for one in ranked[:NAMED]
    ]
    rest = f" and {phrases.counted(len(ranked) - NAMED, 'other')} less" if len(ranked) > NAMED else ""
    first = ranked[0]
    return (
        f"{kind.capitalize()} relapse within {years_in_words(years)} of the last observation: "
        f"{', '.join(named)}{rest}. In {first.patient_id}, {median_in_words(first)}."
    )


def _common_years(ahead: Sequence[RelapseForecast]) -> float:
    """Choose the span to compare patients by: two years, or the longest that all forecasts reach."""
    shared = set.intersection(*({c.years for c in one.chances} for one in ahead))
    return 2.0 if 2.0 in shared else max(shared, default=ahead[0].chances[-1].years)


def _within(one: RelapseForecast, years: float) -> ChanceBy:
    return next((c for c in one.chances if c.years == years), one.chances[-1])


def _others(fit: Fit) -> str:
    """Name the patients without a remission to lose, in one sentence."""
    kinds: dict[str, list[str]] = {}
    for patient in fit.patients:
        own = planned(fit, patient_id=patient)
        if own and not any(one.chances for one in own):
            kinds.setdefault(own[0].standing, []).append(patient)
    parts = [
        f"{phrases.listing(names)} ({'already ' * (standing == 'returned')}{standing})"
        for standing, names in kinds.items()
    ]
    return f"No forecast for {'; '.join(parts)}." if parts else ""


def chance(probability: float) -> str:
    """Write a share of draws, no finer than some thousand draws can tell.

    Examples
    --------
    >>> chance(0.3149), chance(0.0312), chance(0.0007), chance(0.9991), chance(0.0)
    ('31 %', '3.1 %', 'below 0.5 %', 'above 99.5 %', 'below 0.5 %')
    """
    if probability < 0.005:
        return "below 0.5 %"
    return "above 99.5 %" if probability > 0.995 else numbers.percent(probability)


def years_in_words(years: float) -> str:
    """Say a span of years.

    Examples
    --------
    >>> years_in_words(0.5), years_in_words(1.0), years_in_words(2.0)
    ('6 months', '1 year', '2 years')
    """
    if years < 1:
        return phrases.counted(round(12 * years), "month")
    return f"{years:g} year{'' if years == 1 else 's'}"


def from_now(day: float, one: RelapseForecast) -> str:
    """Say how many months after the last observation a day lies; beyond the horizon only that it does."""
    months = (day - one.now_day) / numbers.DAYS_PER_MONTH
    if day >= one.horizon_day:
        return f"beyond {months:.0f}"
    return f"{months:.1f}" if months < 10 else f"{months:.0f}"


def median_in_words(one: RelapseForecast) -> str:
    """Say the median time to relapse with its interval."""
    assert one.day is not None
    low, middle, high = (from_now(day, one) for day in (one.day.q05, one.day.q50, one.day.q95))
    return f"the median is {middle} months from then (90 % interval {low} to {high})"


def patient(fit: Fit, patient_id: str) -> list[str]:
    """Say what is forecast of one patient, the most important first."""
    said = [relapse(one) for one in planned(fit, patient_id=patient_id)]
    said += _clone_now(fit, patient_id)
    said += _cure([one for one in fit.cures if one.patient_id == patient_id and one.scenario == PLANNED])
    said += [what_if(one) for one in fit.what_ifs if one.patient_id == patient_id and one.years == 2.0]
    said += _next(fit, patient_id)
    return said or ["Nothing can be forecast of this patient from what was measured."]


def relapse(one: RelapseForecast) -> str:
    """Say when one kind of relapse comes, or why none is forecast."""
    kind = f"{one.kind.capitalize()} relapse"
    if not one.chances or one.day is None:
        stands, so = _NOT_AHEAD[one.standing]
        why = f" ({one.reason})" if one.reason else ""
        return f"{kind}: {stands} {numbers.day(one.now_day)}, the last observation{why}{so}."
    told = _within(one, _common_years([one]))
    since = f"{numbers.day(one.now_day)}, the last observation, in remission"
    said = f"{kind}: {chance(told.probability)} within {years_in_words(told.years)} of {since}"
    if one.beyond > 0.5:
        span = (one.horizon_day - one.now_day) / 365.25
        return f"{said}; more likely none within {span:.3g} years ({chance(one.beyond)})."
    return f"{said}; {median_in_words(one)}."


def _clone_now(fit: Fit, patient_id: str) -> list[str]:
    """Say how much of each compartment is of the clone on the day of now, seen or not."""
    now = max((one.now_day for one in fit.relapses if one.patient_id == patient_id), default=None)
    if now is None:
        return []
    said = []
    for quantity, where in (("stem fraction", "stem cells"), ("progenitor fraction", "progenitors")):
        own = [
            p
            for p in fit.curves
            if p.patient_id == patient_id
            and p.scenario == PLANNED
            and p.quantity == quantity
            and p.day <= now
        ]
        if own:
            value = max(own, key=lambda point: point.day).value
            low, middle, high = (numbers.percent(v) for v in (value.q05, value.q50, value.q95))
            said.append(f"{middle} of {where} ({low.removesuffix(' %')} to {high})")
    if not said:
        return []
    return [f"Cells with {fit.clone} by then, 90 % intervals: {phrases.listing(said)}."]


def _cure(own: Sequence[CurePoint]) -> list[str]:
    if not own:
        return []
    ends = sorted(own, key=lambda one: one.stem_cells)
    first, last = ends[0], ends[-1]
    cells = numbers.significant(first.stem_cells)
    said = f"{chance(first.probability.mean)} if a healthy marrow has {cells} stem cells"
    if last != first:
        said += f", {chance(last.probability.mean)} if it has {numbers.significant(last.stem_cells)}"
    return [f"Chance that not one malignant stem cell is left by {numbers.day(first.horizon_day)}: {said}."]


def what_if(one: WhatIf) -> str:
    """Say how much more or less relapse another calendar gives.

    Examples
    --------
    >>> said = what_if(WhatIf("A", "as planned", "stop", "molecular", 2.0, -0.081, -0.1, 0.01, 62.0))
    >>> said.partition(": ")[2]
    '−8.1 points (90 % interval −10 to +1.0), and +62 days free of relapse.'
    """
    low, high = (points(value) for value in (one.lower, one.upper))
    return (
        f'Under "{one.second}" in place of "{one.first}", {one.kind} relapse within '
        f"{years_in_words(one.years)}: "
        f"{points(one.difference)} points (90 % interval {low} to {high}), and "
        f"{signed(one.later_days)} days free of relapse."
    )


def points(difference: float) -> str:
    """Write a difference of chances in points of a hundred, with its sign."""
    value = 100 * difference
    return signed(value) if abs(value) >= 10 else f"{value:+.1f}".replace("-", numbers.MINUS)


def signed(number: float) -> str:
    """Write a whole number with its sign."""
    return f"{number:+,.0f}".replace("-", numbers.MINUS)


def _next(fit: Fit, patient_id: str) -> list[str]:
    own = best(fit, patient_id)
    if not own:
        return []
    top = own[0]
    said = f"Of the measurements considered, {top.assay} on {numbers.day(top.day)} would tell most"
    return [
        f"{said}: {numbers.significant(max(top.gain_bits, 0.0))} of the "
        f"{numbers.significant(top.entropy_bits)} bits that are not "
        f"known of {top.target}."
    ]
