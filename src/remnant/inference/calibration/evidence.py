"""The whole proof, from nothing to its page: cohorts on any engine, and what they show."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl

from remnant.inference.calibration.outcome import Trial
from remnant.inference.calibration.run import run_calibration
from remnant.inference.calibration.summary import Summary, summarise
from remnant.inference.calibration.trial import HierarchyTrial
from remnant.inference.calibration.words import claims, markdown
from remnant.scale import Executor
from remnant.scale.whole import whole_file

COMMAND = "remnant simulate evidence {directory} --cohorts {cohorts} --seed {seed}"
SEED = 20260101


def _ignore(items: int) -> None:
    """Do nothing: the default of `progress`."""


def prove(
    cohorts: int,
    directory: Path,
    *,
    executor: Executor,
    seed: int = SEED,
    trial: Trial | None = None,
    resume: bool = True,
    progress: Callable[[int], None] = _ignore,
) -> Summary:
    """Simulate and fit cohorts, and write what they show as `evidence.json` and `evidence.md` beside them.

    Parameters
    ----------
    cohorts : int
        How many, at least 2.
    directory : Path
        A new folder, or one in which the same proof was begun: it goes on.
    executor : Executor
        Who does the work; nothing that is written depends on it.
    seed : int
        Of all chance.
    trial : Trial, optional
        What is put to the test; by default the hierarchy of del(5q) under lenalidomide.
    resume : bool, default True
        Without it, what was begun in the folder is removed first.
    progress : callable, optional
        Is told the number of cohorts that are there at the start, and of each block that is kept.

    Returns
    -------
    Summary
        What the cohorts show.
    """
    written = run_calibration(
        cohorts,
        directory,
        trial=trial or HierarchyTrial(),
        executor=executor,
        seed=seed,
        resume=resume,
        progress=progress,
    )
    summary = summarise(pl.read_parquet(written.path))
    command = COMMAND.format(directory=directory.name, cohorts=cohorts, seed=seed)
    said = [{"holds": held, "claim": says} for held, says in claims(summary)]
    answer = json.dumps({"command": command, "claims": said, **asdict(summary)}, indent=1, allow_nan=False)
    for name, text in (("evidence.json", answer + "\n"), ("evidence.md", markdown(summary, command))):
        with whole_file(directory / name) as file:
            file.write(text.encode())
    return summary
