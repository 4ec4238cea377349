"""What a fit says: frozen records of plain values, which every page, table and command shows as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Setting = Literal["fast", "full"]
Kind = Literal["molecular", "cytogenetic", "clinical"]
Standing = Literal["in remission", "returned", "no remission yet", "not evaluable"]
INFINITE = 1e6  # stands for infinity in log densities and Pareto k: no file can hold it


@dataclass(frozen=True)
class Quantiles:
    """A number that is not known exactly: its mean, and the 5, 25, 50, 75 and 95 % quantiles."""

    mean: float
    q05: float
    q25: float
    q50: float
    q75: float
    q95: float


@dataclass(frozen=True)
class NumberSummary:
    """One number of the model or of an assay, before and after the data.

    Parameters
    ----------
    name, unit : str
        As in the preset, such as "lenalidomide.active_kill"; "-" for no unit.
    patient_id : str
        Whose; empty for the population (its median patient) or a number that all share.
    level : {"population", "spread", "shared", "patient"}
        Median patient; standard deviation between patients relative to the prior's; one value for all; own.
    prior, posterior : Quantiles
        On the number's own scale.
    contraction : float
        1 less posterior over prior variance, on the scale on which the prior is standard normal. May be
        below 0.
    from_prior : bool
        Whether the contraction is below 0.2 and the mean within half a standard deviation of the prior's:
        the data say next to nothing.
    r_hat, ess_bulk, ess_tail : float or None
        Of the chains; None where no chain was run.
    """

    name: str
    unit: str
    patient_id: str
    level: Literal["population", "spread", "shared", "patient"]
    prior: Quantiles
    posterior: Quantiles
    contraction: float
    from_prior: bool
    r_hat: float | None = None
    ess_bulk: float | None = None
    ess_tail: float | None = None


@dataclass(frozen=True)
class Diagnostics:
    """Whether the draws can be believed.

    Parameters
    ----------
    setting : {"fast", "full"}
        Fast: every patient alone against the preset's population, by importance sampling. Full: all together,
        by NUTS.
    chains, warmup, draws : int
        0 where none; draws of each chain.
    divergences, deepest : int
        Transitions that diverged, and that reached the greatest depth of the tree.
    r_hat, ess_bulk, ess_tail, energy : float or None
        Worst R-hat, least effective sizes, least E-BFMI over chains.
    pareto_k : float or None
        Worst Pareto k of importance weights; None where none were used.
    fit : bool
        Whether every guard holds.
    reasons : tuple of str
        In words, what does not hold; empty where `fit`.
    """

    setting: Setting
    chains: int
    warmup: int
    draws: int
    divergences: int
    deepest: int
    r_hat: float | None
    ess_bulk: float | None
    ess_tail: float | None
    energy: float | None
    pareto_k: float | None
    fit: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class CurvePoint:
    """One quantity of one patient on one day, over the posterior.

    Parameters
    ----------
    patient_id : str
        The patient.
    scenario : str
        Title of the calendar; "as planned" for that of the study.
    day : int
        Days since the anchor.
    quantity : str
        "stem fraction", "progenitor fraction", "mature fraction", "haemoglobin" (g/dL), "transcript" (%).
    seen : bool
        Whether scatter of the next measurement is within (transcripts, haemoglobin), or the hidden truth
        alone (fractions).
    value : Quantiles
        Of it.
    """

    patient_id: str
    scenario: str
    day: int
    quantity: str
    seen: bool
    value: Quantiles


@dataclass(frozen=True)
class Line:
    """One draw of a patient's course, for a spaghetti plot: `values` on `days`."""

    patient_id: str
    scenario: str
    quantity: str
    days: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class ChanceBy:
    """The chance of relapse within a time from now, with its Monte Carlo error."""

    years: float
    probability: float
    standard_error: float


@dataclass(frozen=True)
class RelapseForecast:
    """When one kind of relapse comes.

    Parameters
    ----------
    patient_id, scenario : str
        As in `CurvePoint`.
    kind : {"molecular", "cytogenetic", "clinical"}
        See `remnant.inference.forecast.definitions`.
    standing : str
        Where the patient stands on the day of the last observation.
    reason : str
        Why it is not evaluable, or what the standing rests on.
    now_day, horizon_day : int
        Last observation, and how far the forecast goes.
    chances : tuple of ChanceBy
        By 0.5, 1, 2 and 5 years where the horizon reaches; none unless in remission.
    day : Quantiles or None
        Of the day of relapse; a quantile beyond the horizon is `horizon_day`, as `beyond` says; None unless
        in remission.
    beyond : float
        Share of the posterior that does not relapse by the horizon.
    """

    patient_id: str
    scenario: str
    kind: Kind
    standing: Standing
    reason: str
    now_day: int
    horizon_day: int
    chances: tuple[ChanceBy, ...] = ()
    day: Quantiles | None = None
    beyond: float = 0.0


@dataclass(frozen=True)
class CurePoint:
    """Chance that not one malignant stem cell is left at the horizon, if the healthy pool has so many."""

    patient_id: str
    scenario: str
    stem_cells: float
    horizon_day: int
    probability: Quantiles


@dataclass(frozen=True)
class WhatIf:
    """Two calendars in the same draws of one patient: chance of relapse under the second less the first.

    Parameters
    ----------
    patient_id, first, second : str
        Patient and titles.
    kind : {"molecular", "cytogenetic", "clinical"}
        Of relapse.
    years : float
        From now.
    difference, lower, upper : float
        Mean over draws, and its 90 % interval by the paired draws' bootstrap or normal error.
    later_days : float
        Mean gain in days free of relapse up to that time.
    """

    patient_id: str
    first: str
    second: str
    kind: Kind
    years: float
    difference: float
    lower: float
    upper: float
    later_days: float


@dataclass(frozen=True)
class NextMeasurement:
    """What one more measurement is expected to tell.

    Parameters
    ----------
    patient_id : str
        The patient.
    day : int
        When it would be taken.
    assay : str
        In words, such as "200 nuclei of stem cells".
    target : str
        What it is to tell, such as "molecular relapse within 2 years".
    gain_bits : float
        Expected information about the target, in bits; at most its entropy now.
    standard_error : float
        Monte Carlo error of it.
    entropy_bits : float
        What is not known of the target now.
    """

    patient_id: str
    day: int
    assay: str
    target: str
    gain_bits: float
    standard_error: float
    entropy_bits: float


@dataclass(frozen=True)
class CheckRow:
    """One observation beside what the posterior would have shown.

    Parameters
    ----------
    patient_id, assay, what : str
        Whose; which assay; which row in words, such as "stem, EGR1".
    day : int
        When.
    observed : float
        As a fraction, or on the assay's own scale (g/dL, %).
    censored : bool
        Whether the observation is "below" the value.
    expected : Quantiles
        Of a replicate.
    tail : float
        Randomised chance of a replicate at or below it (PIT), in [0, 1].
    """

    patient_id: str
    assay: str
    what: str
    day: int
    observed: float
    censored: bool
    expected: Quantiles
    tail: float


@dataclass(frozen=True)
class AssayCheck:
    """How one assay sits in the posterior as a whole.

    Parameters
    ----------
    assay : str
        Which.
    rows : int
        Observations.
    within_90 : float
        Share of them inside their 90 % predictive interval.
    p_value : float
        Posterior predictive p of the sum of squared standardised residuals.
    says : str
        In words, whether it fits.
    """

    assay: str
    rows: int
    within_90: float
    p_value: float
    says: str


@dataclass(frozen=True)
class MechanismScore:
    """One mechanism against the others, left out patient by patient.

    Parameters
    ----------
    mechanism, title : str
        Name, and in words.
    elpd, standard_error : float
        Expected log predictive density of a patient left out, summed over patients.
    pareto_k : float
        Worst of the patients.
    weight : float
        By stacking.
    behind, behind_error : float
        How far behind the best, with its standard error.
    fit : bool
        Whether its chains can be believed.
    """

    mechanism: str
    title: str
    elpd: float
    standard_error: float
    pareto_k: float
    weight: float
    behind: float
    behind_error: float
    fit: bool


@dataclass(frozen=True)
class Score:
    """A later observation against its forecast.

    Parameters
    ----------
    patient_id, quantity : str
        Whose, and what.
    line : int
        Of the file with later observations.
    day : int
        When.
    observed : float
        The value, or the bound below which it lies.
    censored : bool
        Whether it is such a bound.
    log_density : float
        Log predictive density of the value on the scale that `quantity` states (log10 for transcripts), or
        log chance of being below the bound, or log chance of the count.
    within_50, within_90 : bool or None
        Whether it lies in the predictive interval; None for a bound.
    """

    patient_id: str
    quantity: str
    line: int
    day: int
    observed: float
    censored: bool
    log_density: float
    within_50: bool | None
    within_90: bool | None


@dataclass(frozen=True)
class Refusal:
    """A patient, or the whole study, of whom nothing can be fitted, and why."""

    patient_id: str
    reason: str


@dataclass(frozen=True)
class Fit:
    """Everything that a fit says.

    Parameters
    ----------
    preset, mechanism : str
        Names.
    title, clone : str
        Of the study, and what the clone is called.
    synthetic : bool
        Whether the study is simulated.
    seed : int
        Of the fit.
    patients : tuple of str
        Who was fitted.
    diagnostics : Diagnostics
        Of all, the worst.
    apart : tuple of tuple of (str, Diagnostics)
        Fast setting: of each patient.
    numbers : tuple of NumberSummary
    curves : tuple of CurvePoint
    lines : tuple of Line
    relapses : tuple of RelapseForecast
    cures : tuple of CurePoint
    what_ifs : tuple of WhatIf
    next_measurements : tuple of NextMeasurement
    checks : tuple of AssayCheck
    check_rows : tuple of CheckRow
    mechanisms : tuple of MechanismScore
    told_apart : tuple of str
        In words, which mechanisms the data can and cannot tell apart.
    scores : tuple of Score
    refusals : tuple of Refusal
    notes : tuple of str
        What a reader must know.
    """

    preset: str
    mechanism: str
    title: str
    clone: str
    synthetic: bool
    seed: int
    patients: tuple[str, ...]
    diagnostics: Diagnostics
    apart: tuple[tuple[str, Diagnostics], ...] = ()
    numbers: tuple[NumberSummary, ...] = ()
    curves: tuple[CurvePoint, ...] = ()
    lines: tuple[Line, ...] = ()
    relapses: tuple[RelapseForecast, ...] = ()
    cures: tuple[CurePoint, ...] = ()
    what_ifs: tuple[WhatIf, ...] = ()
    next_measurements: tuple[NextMeasurement, ...] = ()
    checks: tuple[AssayCheck, ...] = ()
    check_rows: tuple[CheckRow, ...] = ()
    mechanisms: tuple[MechanismScore, ...] = ()
    told_apart: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
