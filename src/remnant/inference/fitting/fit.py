"""The whole fit: a study becomes a posterior, and the posterior everything that is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.treatment import Therapy, continued
from remnant.inference.evidence.evidence import ASSAYS
from remnant.inference.evidence.gather_cells import Counts
from remnant.inference.fitting.checked import check, compare
from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.fitted import Fitted
from remnant.inference.fitting.numbers import beyond_prior
from remnant.inference.fitting.posterior import Found, Told, fit_apart, fit_together, untold
from remnant.inference.fitting.ready import Ready, make_ready
from remnant.inference.forecast.course import Posterior, follow_on
from remnant.inference.forecast.held import Held, read_held
from remnant.inference.forecast.observable import curves, known_quantities
from remnant.inference.forecast.outlook import Outlook, outlook
from remnant.inference.forecast.score import early_notes, score_all
from remnant.inference.records import CurvePoint, Diagnostics, Fit, RelapseForecast
from remnant.scale.executors import Executor
from remnant.scale.streams import stream
from remnant.study.study import Study

Array = NDArray[np.float64]
PLANNED = "as planned"
MOST = 1000  # draws of a patient that a forecast follows
CELLS = {"stem": "stem", "progenitor": "progenitor", "bulk": "mature"}


def fit_study(
    study: Study,
    choices: Choices,
    *,
    scenarios: Mapping[str, Therapy] | None = None,
    held: Path | None = None,
    population: Path | None = None,
    counted: Counts | None = None,
    folder: Path | None = None,
    executor: Executor | None = None,
    progress: Told = untold,
) -> Fitted:
    """Fit the mechanism to a study, and forecast every patient.

    Parameters
    ----------
    study : Study
        As read.
    choices : Choices
        Every choice.
    scenarios : mapping of str to Therapy, optional
        Other calendars by title; their day 0 is each patient's last observation.
    held : Path, optional
        Later observations to be scored.
    population : Path, optional
        Hierarchy of an earlier fit, as arrays by name (`Fitted.hierarchy`): every patient is new, and fitted
        alone against it.
    counted : mapping, optional
        Compartments gated from the study's own tubes.
    folder : Path, optional
        Where chains are kept while they run; a run that broke off is gone on with.
    executor : Executor, optional
        Who runs the chains; it cannot change an answer.
    progress : callable, optional
        Told what is under way, how many pieces are done, and of how many.

    Returns
    -------
    Fitted
        The same bytes for the same study, choices and version.

    Raises
    ------
    RemnantError
        With everything in the study that cannot be read, all at once.
    """
    ready = make_ready(study, choices, counted=counted)
    later = read_later(ready, held)
    if not ready.gathered.patients:
        return Fitted(_empty(ready), {})
    if choices.setting == "full" and population is None:
        problem = ready.problem()
        found = fit_together(ready, problem, folder=folder, executor=executor, progress=progress)
    else:
        problem = ready.quick_problem() if population is None else ready.problem()
        found = fit_apart(ready, problem, hierarchy=_arrays(population), progress=progress)
    said = replace(_said(ready, found), **check(ready, found))
    if choices.compare and found.x is not None:
        said = replace(said, **compare(ready, found, folder=folder, executor=executor, progress=progress))
    return Fitted(
        _forecast(ready, said, found.draws, scenarios or {}, later, found, progress),
        found.draws,
        found.population,
        found.hierarchy,
        found.sample_stats,
    )


def forecast_study(
    study: Study,
    fit: Fit,
    draws: Mapping[str, Mapping[str, Array]],
    choices: Choices,
    *,
    scenarios: Mapping[str, Therapy],
    held: Path | None = None,
    days: Sequence[int] = (),
    counted: Counts | None = None,
    progress: Told = untold,
) -> Fit:
    """Forecast from the draws of a fit that is there: other calendars, other days, other later observations.

    Parameters are those of `fit_study`, with the fit and its draws; `days` count from each patient's last
    observation. What the fit itself says stays.
    """
    ready = make_ready(study, choices, counted=counted)
    return _forecast(ready, fit, draws, scenarios, read_later(ready, held), None, progress, days)


def _arrays(population: Path | None) -> Mapping[str, Array] | None:
    if population is None:
        return None
    with np.load(population, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def read_later(ready: Ready, held: Path | None) -> tuple[Held, ...]:
    """Read later observations, with the compartments as the study names them."""
    if held is None:
        return ()
    named: Any = {name: CELLS[item.role] for name, item in ready.study.config.compartments.items()}
    return read_held(held, ready.gathered.patients, compartments=named)


def _said(ready: Ready, found: Found) -> Fit:
    """Say what was fitted, without forecasts."""
    study, gathered = ready.study, ready.gathered
    return Fit(
        preset=ready.preset.name,
        mechanism=ready.choices.mechanism,
        title=study.config.study.title,
        clone=study.config.clone.name,
        synthetic=study.config.study.synthetic,
        seed=ready.choices.seed,
        patients=gathered.patients,
        diagnostics=found.diagnostics,
        apart=found.apart,
        numbers=found.numbers,
        refusals=gathered.refusals,
        notes=(*gathered.notes, *_left_out(ready, found), *beyond_prior(found.numbers)),
    )


def _left_out(ready: Ready, found: Found) -> tuple[str, ...]:
    """Say which counts the setting did not use."""
    if found.problem is None:
        return ()
    there = {name for one in ready.gathered.evidence for name in one.assays}
    spare = [name for name in ASSAYS if name in there - set(found.problem.evidence.assays)]
    if not spare:
        return ()
    shared = "what all patients share is held at its prior median"
    return (f"the fast setting leaves out {', '.join(spare)}; {shared}",)


def _forecast(
    ready: Ready,
    fit: Fit,
    draws: Mapping[str, Mapping[str, Array]],
    scenarios: Mapping[str, Therapy],
    later: tuple[Held, ...],
    found: Found | None,
    progress: Told,
    days: Sequence[int] = (),
) -> Fit:
    """Add what comes next, for every patient under every calendar."""
    posteriors = {
        patient: posterior_of(ready, number, draws[patient])
        for number, patient in enumerate(ready.gathered.patients)
    }
    therapies = {patient: ready.therapy(n) for n, patient in enumerate(ready.gathered.patients)}
    outlooks = []
    for number, (patient, posterior) in enumerate(posteriors.items()):
        progress("forecasts", number, len(posteriors))
        effective = found.effective(patient) if found else fit.diagnostics.ess_bulk
        wanted = {posterior.now_day + day for day in days}
        wanted |= {item.day for item in later if item.patient_id == patient}
        outlooks.append(_outlook(ready, posterior, scenarios, effective, sorted(wanted)))
    progress("forecasts", len(posteriors), len(posteriors))
    notes = early_notes(posteriors, later) if later else ()
    return replace(
        fit,
        curves=tuple(one for out in outlooks for one in out.curves),
        lines=tuple(one for out in outlooks for one in out.lines),
        relapses=tuple(_reasoned(ready, fit, one) for out in outlooks for one in out.relapses),
        cures=tuple(one for out in outlooks for one in out.cures),
        what_ifs=tuple(one for out in outlooks for one in out.what_ifs),
        next_measurements=tuple(one for out in outlooks for one in out.next_measurements),
        scores=score_all(posteriors, therapies, later) if later else (),
        notes=tuple(dict.fromkeys((*fit.notes, *notes))),
    )


def _reasoned(ready: Ready, fit: Fit, relapse: RelapseForecast) -> RelapseForecast:
    """Say that haemoglobin was measured and left out, where the fast setting is why nothing can be told."""
    measured = any("blood" in one.assays for one in ready.gathered.evidence)
    if fit.diagnostics.setting == "full" or not measured or relapse.standing != "not evaluable":
        return relapse
    return replace(relapse, reason="the fast setting leaves haemoglobin out: the full setting fits it")


def posterior_of(ready: Ready, number: int, values: Mapping[str, Array]) -> Posterior:
    """Return the draws of one patient that forecasts follow: the same for every question that is asked."""
    patient = ready.gathered.patients[number]
    whole = Posterior(
        patient,
        values,
        ready.preset,
        ready.gathered.drugs,
        ready.start_day(number),
        ready.gathered.now_days[number],
    ).thinned(MOST)
    return whole.with_pools(rng=stream(ready.choices.seed, patient, "stem cells"))


def _outlook(
    ready: Ready,
    posterior: Posterior,
    scenarios: Mapping[str, Therapy],
    effective: float | None,
    days: Sequence[int],
) -> Outlook:
    therapy = ready.therapy(ready.gathered.patients.index(posterior.patient_id))
    calendars = {PLANNED: therapy}
    calendars |= {title: continued(therapy, posterior.now_day, other) for title, other in scenarios.items()}
    found = outlook(
        posterior,
        calendars,
        rng=stream(ready.choices.seed, posterior.patient_id, "forecast"),
        transcript=ready.transcript,
        horizon_years=ready.choices.horizon_years,
        effective=effective,
    )
    there = {(point.scenario, point.day) for point in found.curves}
    points = [
        point
        for title, calendar in calendars.items()
        for point in _on_days(ready, posterior, title, calendar, days)
        if (title, point.day) not in there
    ]
    return replace(found, curves=(*found.curves, *points))


def _on_days(
    ready: Ready, posterior: Posterior, title: str, therapy: Therapy, days: Sequence[int]
) -> tuple[CurvePoint, ...]:
    """Return the curves on days of one's own, which those of the outlook step over."""
    asked = [day for day in days if day > posterior.start_day]
    if not asked:
        return ()
    course = follow_on(posterior, therapy, [float(day) for day in asked])
    wanted = known_quantities(course, transcript=ready.transcript)
    rng = stream(ready.choices.seed, posterior.patient_id, title, "days")
    return curves(course, wanted, rng=rng, scenario=title, every=1)


def _empty(ready: Ready) -> Fit:
    """Say that nobody can be fitted, and why."""
    reasons = tuple(f"{one.patient_id}: {one.reason}" for one in ready.gathered.refusals)
    nothing = Diagnostics(ready.choices.setting, 0, 0, 0, 0, 0, None, None, None, None, None, False, reasons)
    return _said(ready, Found(None, {}, nothing))  # type: ignore[arg-type]
