"""Target against model: the published figures beside those of a virtual cohort, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.stats import binom

from remnant.cohort.calibration.targets import TARGETS, Target
from remnant.cohort.calibration.trials import Observed, Trial, observe, trials
from remnant.cohort.course.courses import Floats
from remnant.cohort.course.plan import CohortPlan, Method
from remnant.cohort.course.simulate import follow, parts, usual_block
from remnant.errors import Fault, UnfinishedError
from remnant.scale.blocks import Block, map_blocks
from remnant.scale.executors import Executor, Serial
from remnant.scale.tasks import FailedBlock
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.survival.kaplan_meier import kaplan_meier

CENSORED = ("years_independent", "months_independent_after_stop")  # durations, with "_lost" beside them


@dataclass(frozen=True)
class Compared:
    """One published figure and the model's.

    Parameters
    ----------
    target : Target
        What was published.
    model, lower, upper : float or None
        The virtual cohort's figure with the 95 % interval of simulation alone; None where nobody was asked,
        or where the median is not reached.
    patients : int
        Virtual patients behind it.
    """

    target: Target
    model: float | None
    lower: float | None
    upper: float | None
    patients: int

    @property
    def verdict(self) -> str:
        """In words: inside, missed, or nothing to compare."""
        if not self.patients:
            return "not seen"
        if self.target.figure.lower is None:
            return "no figure published"
        if self.model is None:
            return "missed"
        return "inside" if self.target.met(self.model) else "missed"


def calibrate(
    patients: int,
    seed: int,
    *,
    executor: Executor | None = None,
    method: Method = "hybrid",
    done: Callable[[int], None] = lambda _: None,
) -> tuple[Compared, ...]:
    """Run the virtual trials and compare every target.

    Parameters
    ----------
    patients : int
        Virtual patients drawn for each scenario, the same in all; who is not enrolled counts in none.
    seed : int
        Of their streams.
    executor : Executor, optional
        Who does the work; this process if none.
    method : {"hybrid", "exact", "deterministic"}
        Law of the cells.
    done : callable
        Called with the number of patients as they are finished, three times in all.

    Returns
    -------
    tuple of Compared
        In the order of `TARGETS`.

    Raises
    ------
    UnfinishedError
        If some patients could not be followed: which, and why.
    """
    seen: Observed = {}
    for trial in trials():
        plan = CohortPlan(trial.scenario, trial.scenario.preset, patients, trial.years, seed, method=method)
        work = partial(_observe, trial, plan)
        workers = executor or Serial()
        outcome = map_blocks(work, patients, executor=workers, size=usual_block(plan), done=done)
        if outcome.failed:
            raise UnfinishedError(_told(failed) for failed in outcome.failed)
        answers = [answer for _, answer in outcome.answers]
        seen |= {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}
    return compare(seen)


def _told(failed: FailedBlock) -> Fault:
    hint = "a share of what is left would not be that of the trial: report this with the seed, or try another"
    found = f"{failed.error} (tried {failed.attempts} times)"
    return Fault("calibration", None, f"virtual patients {failed.block}", found, "a course for each", hint)


def compare(seen: Observed) -> tuple[Compared, ...]:
    """Put what was observed beside every target."""
    return tuple(_compared(target, seen) for target in TARGETS)


def markdown(rows: Sequence[Compared]) -> str:
    """Write the table of targets against the model."""
    head = "| target | trial | published | n | interval from | model | inside |"
    lines = [head, "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        t = row.target
        name = f"**{t.meaning}**" if t.named else t.meaning
        published = _shown(t.figure.value, t.figure.lower, t.figure.upper, t.unit)
        model = _shown(row.model, row.lower, row.upper, t.unit)
        source = f"{t.figure.interval}; {t.mark} [{t.source}]"
        lines.append(
            f"| {name} | {t.trial} | {published} | {t.figure.n} | {source} | {model} | {row.verdict} |"
        )
    return "\n".join(lines)


def _observe(trial: Trial, plan: CohortPlan, block: Block) -> Observed:
    found = [observe(trial, follow(plan, patients)[1]) for patients in parts(plan, block.first, block.last)]
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def _compared(target: Target, seen: Observed) -> Compared:
    values = seen[target.name]
    asked = ~np.isnan(values)
    if not asked.any():
        return Compared(target, None, None, None, 0)
    if target.name in CENSORED:
        lost = seen[target.name + "_lost"][asked] == 1
        curve = kaplan_meier(values[asked], lost)
        return Compared(target, curve.median, *curve.median_limits, int(asked.sum()))
    n = int(asked.sum())
    flags = bool(np.isin(values[asked], (0.0, 1.0)).all()) and target.unit == "%"
    if flags:
        k = int(values[asked].sum())
        lower, upper = clopper_pearson(k, n)
        return Compared(target, k / n, float(lower), float(upper), n)
    return Compared(target, *_median(values[asked]), n)


def _median(values: Floats) -> tuple[float, float, float]:
    """Return the median and the ranks that hold it with 95 %."""
    ordered, n = np.sort(values), len(values)
    rank = max(int(binom.ppf(0.025, n, 0.5)), 1)
    return float(np.median(ordered)), float(ordered[rank - 1]), float(ordered[n - rank])


def _shown(value: float | None, lower: float | None, upper: float | None, unit: str) -> str:
    if value is None:
        return "not reached" if lower is not None else "-"
    times, digits = (100, 0) if unit == "%" else (1, 0 if value >= 30 else 1)
    limits = (f"{times * x:.{digits}f}" if x is not None else "?" for x in (lower, upper))
    shown = f"{times * value:.{digits}f}{' %' if unit == '%' else ' ' + unit}"
    return shown if lower is None and upper is None else f"{shown} ({' to '.join(limits)})"
