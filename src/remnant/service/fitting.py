"""A study is fitted into a folder: what the commands and the jobs share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from remnant.analysis.fit_observed import Observed
    from remnant.analysis.fits import FitManifest, SavedFit
    from remnant.inference.fitting.choices import Choices
    from remnant.inference.fitting.fitted import Fitted
    from remnant.inference.records import Fit
    from remnant.scale import Executor
    from remnant.study.study import Study


class Told(Protocol):
    """Says how far a piece of work is."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Say that of `what`, such as "chains", `done` of `total` is done."""


def untold(_what: str, _done: int, _total: int, /) -> None:
    """Say nothing: the default of `told`."""


def fit_into(
    study: Study,
    choices: Choices,
    out: Path,
    *,
    engine: str,
    resume: bool,
    told: Told = untold,
    held: Path | None = None,
    population: Path | None = None,
) -> SavedFit:
    """Fit a study, or take the fit that is there if it was made from the same files by the same choices.

    Parameters
    ----------
    study : Study
        As read.
    choices : Choices
        How.
    out : Path
        The fit folder; beside it, OUT.unfinished keeps the chains of a run that breaks off.
    engine : str
        Who does the work.
    resume : bool
        Whether to go on where an earlier run stopped; else it is forgotten.
    told : callable
        Told what is under way, how many pieces are done, and of how many.
    held : Path, optional
        Later observations to score.
    population : Path, optional
        A fit folder to take the population from.
    """
    from remnant.analysis.fit_looks import observed
    from remnant.analysis.fits import load_fit, manifest_of, save_fit, unfinished
    from remnant.scale import executor
    from remnant.store import check_free

    check_free(out)
    worker = executor(engine)
    hierarchy = None if population is None else _hierarchy(population, choices, study)
    beside = {"--score": held, "--population": hierarchy}
    files = {name: path for name, path in beside.items() if path is not None}
    _refuse_missing(files)
    manifest = manifest_of(study, choices, files)
    if resume and (kept := _finished(out, manifest)) is not None:
        return kept
    place = unfinished(out, manifest)
    if not resume:
        shutil.rmtree(place.parent, ignore_errors=True)
    fitted = _fit(study, choices, place, worker, files, told)
    seen = observed(study)
    save_fit(fitted, seen, manifest, out, page=page_of(fitted.fit, seen))
    return load_fit(out)


def _fit(
    study: Study, choices: Choices, folder: Path, worker: Executor, files: Mapping[str, Path], told: Told
) -> Fitted:
    from remnant.inference.fitting.fit import fit_study

    return fit_study(
        study,
        choices,
        held=files.get("--score"),
        population=files.get("--population"),
        folder=folder,
        executor=worker,
        progress=told,
    )


def page_of(fit: Fit, seen: Observed) -> Callable[[Path, FitManifest], None]:
    """Return what writes the page of a fit into its folder."""

    def page(path: Path, manifest: FitManifest) -> None:
        from remnant.report.fit import write_fit_page

        chosen = [(name, str(value)) for name, value in vars(manifest.choices).items() if value is not None]
        write_fit_page(fit, seen, path, inputs=manifest.inputs, choices=chosen)

    return page


def _finished(out: Path, manifest: FitManifest) -> SavedFit | None:
    """Return the fit that is there, if it is this one."""
    from remnant.analysis.fits import load_fit
    from remnant.errors import ResultsError

    try:
        saved = load_fit(out)
    except ResultsError:
        return None  # none, or one of another version
    return saved if saved.manifest.key == manifest.key else None


def _hierarchy(population: Path, choices: Choices, study: Study) -> Path:
    """Return the file of a population that can stand for that of the preset; refuse one of another model."""
    from remnant.analysis.fits import HIERARCHY, load_fit
    from remnant.errors import Fault, SettingError

    fit = load_fit(population).fit
    preset = study.config.mechanism.preset
    asked = {"preset": (fit.preset, preset), "mechanism": (fit.mechanism, choices.mechanism)}
    faults = [
        Fault(str(population), None, name, found, expected, "name a fit of the same preset and mechanism")
        for name, (found, expected) in asked.items()
        if found != expected
    ]
    if not fit.diagnostics.fit:
        hint = "; ".join(fit.diagnostics.reasons)
        faults.append(
            Fault(str(population), None, "", "a fit that must not be used", "a fit that holds", hint)
        )
    if faults:
        raise SettingError(faults)
    return population / HIERARCHY


def _refuse_missing(files: Mapping[str, Path]) -> None:
    from remnant.errors import Fault, SettingError

    faults = [
        Fault("command line", None, name, str(path), "a file that is there", "is the name right?")
        for name, path in files.items()
        if not path.is_file()
    ]
    if faults:
        raise SettingError(faults)
