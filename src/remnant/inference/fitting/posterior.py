"""The posterior of a study: all patients together, or each alone against a population."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remnant.errors import Fault, SettingError
from remnant.inference.fitting.draws import hierarchy_of, patient_draws, unseen_draws
from remnant.inference.fitting.numbers import summarise_apart, summarise_together
from remnant.inference.fitting.ready import Ready
from remnant.inference.patient.population import Population
from remnant.inference.patient.update import update_patients
from remnant.inference.problem.problem import Problem
from remnant.inference.records import Diagnostics, NumberSummary
from remnant.inference.sampler.diagnosis import diagnose
from remnant.inference.sampler.sample import sample
from remnant.scale.executors import Executor
from remnant.scale.streams import stream

Array = NDArray[np.float64]
Told = Callable[[str, int, int], None]  # what is under way, pieces done, of how many


def untold(what: str, done: int, total: int) -> None:
    """Do nothing: the default of `progress`."""


@dataclass(frozen=True)
class Found:
    """Draws of everything, and whether they can be believed.

    Parameters
    ----------
    problem : Problem
        What was fitted.
    draws : mapping of str to mapping of str to ndarray, shape (draws,)
        By patient and number; chains stand one behind the other.
    diagnostics : Diagnostics
        Of all.
    apart : tuple of (str, Diagnostics)
        Of each patient, where each was fitted alone.
    numbers : tuple of NumberSummary
        Before and after the data.
    x : ndarray or None, shape (draws, size)
        Flat vectors, where all were fitted together.
    population, hierarchy, sample_stats : mapping of str to ndarray
        As in `remnant.inference.fitting.fitted.Fitted`.
    """

    problem: Problem
    draws: Mapping[str, Mapping[str, Array]]
    diagnostics: Diagnostics
    apart: tuple[tuple[str, Diagnostics], ...] = ()
    numbers: tuple[NumberSummary, ...] = ()
    x: Array | None = None
    population: Mapping[str, Array] = field(default_factory=dict)
    hierarchy: Mapping[str, Array] = field(default_factory=dict)
    sample_stats: Mapping[str, Array] = field(default_factory=dict)

    def effective(self, patient: str) -> float | None:
        """Return how many independent draws those of a patient are worth, where it is known."""
        return dict(self.apart).get(patient, self.diagnostics).ess_bulk


def fit_together(
    ready: Ready,
    problem: Problem,
    *,
    folder: Path | None = None,
    executor: Executor | None = None,
    progress: Told = untold,
) -> Found:
    """Fit all patients at once by NUTS; chains are kept in `folder` and gone on with."""
    choices = ready.choices
    total = choices.chains * (choices.warmup + choices.draws)
    done = dict.fromkeys(range(choices.chains), 0)

    def told(chain: int, transitions: int, _: int) -> None:
        done[chain] = transitions
        progress("chains", sum(done.values()), total)

    chains = sample(
        problem,
        problem.dimension,
        seed=choices.seed,
        chains=choices.chains,
        warmup=choices.warmup,
        draws=choices.draws,
        target_accept=choices.acceptance,
        folder=folder,
        executor=executor,
        progress=told,
    )
    convergence = diagnose(chains, problem.names())
    x = chains.draws.reshape(-1, problem.dimension)
    return Found(
        problem,
        patient_draws(problem, x),
        convergence.diagnostics,
        numbers=summarise_together(problem, x, convergence),
        x=x,
        population=unseen_draws(problem, x, rng=stream(choices.seed, "unseen")),
        hierarchy=hierarchy_of(problem, x),
        sample_stats={
            "diverging": np.asarray(chains.divergent, float),
            "energy": chains.energy,
            "n_steps": np.asarray(chains.leapfrogs, float),
            "acceptance_rate": chains.accepted,
            "lp": chains.log_density,
        },
    )


def fit_apart(
    ready: Ready,
    problem: Problem,
    *,
    hierarchy: Mapping[str, Array] | None = None,
    progress: Told = untold,
) -> Found:
    """Fit every patient alone against the population of the preset, or against that of an earlier fit."""
    population = (
        Population.of_preset(len(problem.own), len(problem.shared))
        if hierarchy is None
        else _population(problem, hierarchy)
    )
    total = len(problem.patients)
    progress("patients", 0, total)
    found = update_patients(problem, population, seed=ready.choices.seed)
    progress("patients", total, total)
    apart = tuple((one.patient_id, one.diagnostics) for one in found)
    return Found(
        problem,
        {one.patient_id: one.values for one in found},
        _worst(apart),
        apart=apart,
        numbers=summarise_apart(problem, {one.patient_id: one.scores for one in found}),
    )


def _population(problem: Problem, hierarchy: Mapping[str, Array]) -> Population:
    """Return the population of an earlier fit, its numbers in the order of this problem's.

    A number that only the earlier study had is left out, one that only this study has keeps its prior.
    """
    lacking = [n.name for n in problem.own if n.name not in hierarchy["own"]]
    draws = len(hierarchy["shift"])
    columns = {str(name): k for k, name in enumerate(hierarchy["own"])}
    shared = {str(name): k for k, name in enumerate(hierarchy["shared_names"])}
    if len(lacking) == len(problem.own):
        hint = "name a fit of the same preset"
        raise SettingError([Fault("population", None, "numbers", "none in common", "the same model", hint)])

    def taken(table: Array, at: Mapping[str, int], name: str, spare: Array) -> Array:
        return table[:, at[name]] if name in at else spare

    ones, zeros = np.ones(draws), np.zeros(draws)
    prior = stream(0, "numbers without a population").standard_normal((draws, len(problem.shared)))
    return Population.of_draws(
        np.stack([taken(hierarchy["shift"], columns, n.name, zeros) for n in problem.own], axis=1),
        np.stack([taken(hierarchy["spread"], columns, n.name, ones) for n in problem.own], axis=1),
        np.stack(
            [taken(hierarchy["shared"], shared, n.name, prior[:, k]) for k, n in enumerate(problem.shared)],
            axis=1,
        ),
    )


def _worst(apart: tuple[tuple[str, Diagnostics], ...]) -> Diagnostics:
    each = [one for _, one in apart]
    pick = partial(_extreme, each)
    return Diagnostics(
        setting="fast",
        chains=max(one.chains for one in each),
        warmup=max(one.warmup for one in each),
        draws=min(one.draws for one in each),
        divergences=sum(one.divergences for one in each),
        deepest=sum(one.deepest for one in each),
        r_hat=pick("r_hat", max),
        ess_bulk=pick("ess_bulk", min),
        ess_tail=pick("ess_tail", min),
        energy=pick("energy", min),
        pareto_k=pick("pareto_k", max),
        fit=all(one.fit for one in each),
        reasons=tuple(f"{patient}: {reason}" for patient, one in apart for reason in one.reasons),
    )


def _extreme(each: list[Diagnostics], name: str, choose: Callable[[list[float]], float]) -> float | None:
    values = [value for one in each if (value := getattr(one, name)) is not None]
    return choose(values) if values else None
