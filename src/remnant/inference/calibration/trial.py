"""One cohort of the hierarchy: truth from the prior, counts from the truth, a fit, and what it forecast."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import numpy as np
import numpy.typing as npt

from remnant.inference.calibration.cohorts import SLIDES, CohortPlan, Counts, blank, without_last
from remnant.inference.calibration.expected import counts_expected, relapses_expected
from remnant.inference.calibration.guesses import guessed
from remnant.inference.calibration.outcome import MODEL, YEAR, Drawn, Forecast, Outcome
from remnant.inference.calibration.ranks import thinned
from remnant.inference.forecast.definitions import Definition, definitions
from remnant.inference.problem.hierarchy import own_scores
from remnant.inference.problem.problem import Problem, simulate
from remnant.inference.sampler.chains import Chains
from remnant.inference.sampler.convergence import ess_bulk
from remnant.inference.sampler.sample import sample

FloatArray = npt.NDArray[np.float64]
LIKELIHOOD = "log likelihood"  # a number that depends on the data too finds faults that the others miss
FEWEST = 12  # effective draws of the worst coordinate: with fewer, a chain has hardly moved
RUNS = 3  # of the chains, at most
FOLLOWED = SLIDES[1]  # the count whose share defines a molecular relapse


@dataclass(frozen=True)
class HierarchyTrial:
    """Draws a truth from the prior of the hierarchy, and asks whether a fit of its counts finds it.

    Parameters
    ----------
    plan : CohortPlan
        Who is seen when.
    chains, warmup, draws : int
        Of the sampler.
    followed, counted : int
        Draws whose relapse is followed, and from which the counts left out are drawn.
    target_accept, max_depth
        Of the sampler. A rank needs some fifty draws that are apart, not the best ones.
    """

    plan: CohortPlan = field(default_factory=CohortPlan)
    chains: int = 1
    warmup: int = 200
    draws: int = 300
    followed: int = 99
    counted: int = 99
    target_accept: float = 0.8
    max_depth: int = 6

    def __call__(self, rng: np.random.Generator) -> Outcome:
        """Return one cohort."""
        empty = blank(self.plan)
        truth = empty.prior_draw(rng=rng)
        whole = simulate(empty, truth, rng=rng)
        problem, seen, relapse = without_last(whole), Counts.of(whole), definition()
        chains, runs = self.fit(problem, seed=int(rng.integers(2**31)))
        draws = chains.flat()
        few, fewer = (thinned(draws, min(most, len(draws))) for most in (self.followed, self.counted))
        patients, days, expected = relapses_expected(self.plan, problem, truth, few, relapse, rng=rng)
        counts = counts_expected(problem, fewer, rng=rng)
        guesses = guessed(
            self.plan,
            seen,
            patients,
            followed=FOLLOWED,
            threshold=relapse.relapse,
            draws=self.followed,
            rng=rng,
        )
        return Outcome(
            numbers=_numbers(problem, truth, draws),
            own=_own(problem, truth, draws),
            patients=patients,
            days=days,
            horizon=self.plan.horizon * YEAR,
            group=tuple(self.plan.group(int(patient)) for patient in patients),
            counts=seen.abnormal[..., -1].ravel(),
            of=seen.total[..., -1].ravel(),
            what=seen.what * self.plan.patients,
            forecasts={MODEL: Forecast(expected, counts), **guesses},
            effort=_effort(chains, runs),
        )

    def fit(self, problem: Problem, *, seed: int) -> tuple[Chains, int]:
        """Draw from the posterior of one cohort; a chain that hardly moved is run again, warmed up longer.

        Whether it moved is seen without the truth, so a fit that is run again favours nothing.

        Returns
        -------
        chains : Chains
            The first that moved, or the last.
        runs : int
            How many were made.
        """
        for attempt in range(RUNS):
            chains = sample(
                problem,
                problem.dimension,
                seed=seed + attempt,
                chains=self.chains,
                warmup=self.warmup * 2**attempt,
                draws=self.draws,
                target_accept=self.target_accept,
                max_depth=self.max_depth,
            )
            if _effective(chains).min() >= FEWEST:
                break
        return chains, attempt + 1


def definition() -> Definition:
    """Return the relapse that is forecast: molecular, by the clone fraction of progenitors."""
    return next(each for each in definitions(transcript=False) if each.kind == "molecular")


def _numbers(problem: Problem, truth: FloatArray, draws: FloatArray) -> dict[str, Drawn]:
    """Scores of population and shared numbers, which rise with their values, and the log likelihood."""
    names = problem.names()[: problem.layout.population]
    found = {name: Drawn(truth[place], draws[:, place]) for place, name in enumerate(names)}
    likely = np.asarray(_likelihoods(problem, np.concatenate([truth[None], draws])))
    return found | {LIKELIHOOD: Drawn(likely[0], likely[1:])}


def _own(problem: Problem, truth: FloatArray, draws: FloatArray) -> dict[str, Drawn]:
    """Scores of each patient's numbers, which rise with their values."""

    def scores(x: FloatArray) -> FloatArray:
        shift, spread, _, own = problem.layout.split(x)
        return np.asarray(own_scores(shift, spread, own))

    true, drawn = scores(truth), scores(draws)
    return {number.name: Drawn(true[:, k], drawn[..., k]) for k, number in enumerate(problem.own)}


@jax.jit
def _likelihoods(problem: Problem, draws: FloatArray) -> jax.Array:
    found: jax.Array = jax.lax.map(lambda x: problem.log_likelihoods(x).sum(), draws)
    return found


def _effective(chains: Chains) -> FloatArray:
    """Return the effective number of draws of every coordinate."""
    return np.array([ess_bulk(chains.draws[..., place]) for place in range(chains.draws.shape[-1])])


def _effort(chains: Chains, runs: int) -> dict[str, float]:
    """Say what the chains took, and how well they went."""
    sizes = _effective(chains)
    return {
        "runs": float(runs),
        "unmoved": float(sizes.min() < FEWEST),
        "effective": float(sizes.min()),
        "effective median": float(np.median(sizes)),
        "gradients": float(chains.leapfrogs.sum() + chains.spent.sum()),
        "divergences": float(chains.divergent.sum()),
        "deepest": float(chains.deepest.sum()),
        "acceptance": float(chains.accepted.mean()),
    }
