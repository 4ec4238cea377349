"""A study is analysed into a folder: what the commands and the jobs share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remnant.analysis import Findings
    from remnant.analysis.fit_observed import Observed
    from remnant.inference.records import Fit
    from remnant.study.study import Study

    Beside = Callable[[], tuple[Fit, Observed]]


def _nothing() -> None:
    """Do nothing: the default of `done`."""


def analyse_into(
    study: Study,
    out: Path,
    *,
    engine: str,
    resume: bool,
    seed: int | None = None,
    fit: Beside | None = None,
    done: Callable[[], None] = _nothing,
) -> Findings:
    """Analyse a study, and write its results folder, whole or not at all.

    Parameters
    ----------
    study : Study
        As read.
    out : Path
        The results folder; beside it, OUT.unfinished keeps the counts of a run that breaks off.
    engine : str
        Who does the work; it cannot change an answer.
    resume : bool
        Whether what an earlier or broken-off run counted is kept.
    seed : int, optional
        Of every stream of chance; the study's own by default.
    fit : callable, optional
        Gives the fit that is put into the results, and what it is drawn over; asked when all is counted.
    done : callable
        Called as the counts of each tube are there.

    Returns
    -------
    Findings
        As written.
    """
    from remnant.analysis import Plan, analyse, open_cache, save
    from remnant.scale import executor
    from remnant.store import check_free

    check_free(out)
    workers, plan = executor(engine), Plan.of(study.config, seed=seed)
    findings = analyse(study, plan, executor=workers, cache=open_cache(out, resume=resume), done=done)
    if fit is not None:
        fitted, seen = fit()
        findings = replace(findings, fit=fitted, observed=seen)
    save(findings, out)
    return findings


@contextmanager
def fitted_beside(study: Study, seed: int | None, engine: str) -> Iterator[Beside]:
    """Fit each patient alone, in a process of its own while other work goes on, or at once.

    Yields
    ------
    callable
        Waits for the fit, and returns it with what it is drawn over.
    """
    from remnant.analysis import Plan
    from remnant.analysis.fit_looks import observed
    from remnant.inference.fitting.choices import Choices
    from remnant.inference.fitting.fit import fit_study
    from remnant.scale import executor

    choices = Choices("fast", seed=Plan.of(study.config, seed=seed).analysis.seed)
    workers = executor("serial" if engine == "serial" else "processes")
    with ExitStack() as stack:
        fitted = stack.enter_context(workers.pool()).hands.submit(fit_study, study, choices)
        yield lambda: (fitted.result().fit, observed(study))
