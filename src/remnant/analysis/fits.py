"""A fit folder: what a fit says, its draws, and what it was made from.

FIT/manifest.json         files with their hashes, versions, choices, seed
FIT/fit.json              everything that is shown, read back by `remnant forecast` and `analyse --fit`
FIT/observed.json         what its curves are drawn over
FIT/draws.parquet         a row for each patient and draw, a column for each number
FIT/population.parquet    draws of a patient who was not seen, for `remnant simulate cohort --posterior`
FIT/posterior/*.parquet   the same of each patient; the manifest says which file is whose
FIT/hierarchy.npz         what a fit against this population needs
FIT/sample_stats.npz      what the sampler says of each draw
FIT/tables/*              one table per kind of answer, as Parquet and as CSV
FIT/fit.html              one page to read
FIT.unfinished/*          chains while a fit goes on; removed when it is done
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from remnant.analysis.fit_observed import Observed
from remnant.analysis.fit_posterior import posterior_table
from remnant.errors import Fault, ResultsError, StudyError
from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.fitted import Array, Draws, Fitted
from remnant.inference.records import Fit
from remnant.store import (
    MANIFEST,
    digest,
    from_json,
    read_manifest,
    replaced,
    to_json,
    to_table,
    write_tables,
)
from remnant.study.study import Study

FIT, OBSERVED, DRAWS, PAGE = "fit.json", "observed.json", "draws.parquet", "fit.html"
POPULATION, POSTERIOR, HIERARCHY, STATS = (
    "population.parquet",
    "posterior",
    "hierarchy.npz",
    "sample_stats.npz",
)
COMPUTING = ("jax", "numpyro", "numpy", "scipy", "polars")


@dataclass(frozen=True)
class FitManifest:
    """What a fit was made from.

    Parameters
    ----------
    version, python : str
        Of remnant, and of Python.
    packages : tuple of str
        Name and version of each library that computes.
    inputs : tuple of (str, str)
        Each file of the study with its SHA-256, and those given beside it.
    choices : Choices
        Every choice.
    key : str
        SHA-256 of all of the above: the same key, the same fit.
    patients : tuple of (str, str)
        Each patient, and the file of draws in FIT/posterior.
    from_prior, moved : tuple of str
        Numbers in these files that the fit does not have; such as were moved into bounds of the prior.
    """

    version: str
    python: str
    packages: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]
    choices: Choices
    key: str
    patients: tuple[tuple[str, str], ...] = ()
    from_prior: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedFit:
    """A fit folder as read."""

    manifest: FitManifest
    fit: Fit
    observed: Observed


def manifest_of(study: Study, choices: Choices, beside: Mapping[str, Path] | None = None) -> FitManifest:
    """Hash what a fit is made from: the study's tables, the choices, and files given beside them by name."""
    inputs = tuple((name, digest(study.root / name)) for name in sorted(study.files))
    inputs += tuple((name, digest(path)) for name, path in (beside or {}).items())
    packages = tuple(f"{name} {version(name)}" for name in COMPUTING)
    parts = (
        version("remnant"),
        *packages,
        *(f"{name}={code}" for name, code in inputs),
        to_json(choices).decode(),
    )
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return FitManifest(version("remnant"), platform.python_version(), packages, inputs, choices, key)


def unfinished(directory: Path, manifest: FitManifest) -> Path:
    """Return where chains of a fit are kept until it is done; another study or choice has another place."""
    return directory.with_name(f"{directory.name}.unfinished") / manifest.key[:16]


def save_fit(
    fitted: Fitted,
    seen: Observed,
    manifest: FitManifest,
    directory: Path,
    *,
    page: Callable[[Path, FitManifest], None] | None = None,
) -> FitManifest:
    """Write a fit folder, whole or not at all.

    Parameters
    ----------
    fitted, seen : Fitted, Observed
        The fit with its draws, and what it is drawn over.
    manifest : FitManifest
        From `manifest_of`.
    directory : Path
        A new folder, or one with an earlier fit, which is replaced.
    page : callable, optional
        Writes the page to read into the path that it is given.

    Returns
    -------
    FitManifest
        As written.

    Raises
    ------
    SettingError
        If the folder holds other files.
    """
    with replaced(directory) as fresh:
        (fresh / FIT).write_bytes(to_json(fitted.fit))
        (fresh / OBSERVED).write_bytes(to_json(seen))
        write_tables(fresh / "tables", _tables(fitted.fit))
        if fitted.draws:
            _draws_frame(fitted).write_parquet(fresh / DRAWS)
        whole = _write_posteriors(fitted, manifest, fresh)
        np.savez(fresh / HIERARCHY, **fitted.hierarchy)  # type: ignore[arg-type]
        np.savez(fresh / STATS, **fitted.sample_stats)  # type: ignore[arg-type]
        (fresh / MANIFEST).write_bytes(to_json(whole))
        if page is not None:
            page(fresh / PAGE, whole)
    shutil.rmtree(directory.with_name(f"{directory.name}.unfinished"), ignore_errors=True)
    return whole


def _tables(fit: Fit) -> dict[str, pl.DataFrame]:
    """Lay out each kind of answer; every row says whether it may be used, and whether it is synthetic."""
    rows: dict[str, tuple[Any, ...]] = {item.name: getattr(fit, item.name) for item in fields(Fit)}
    kinds = {
        name: own
        for name, own in rows.items()
        if isinstance(own, tuple) and own and hasattr(own[0], "__dict__")
    }
    kinds["chances"] = tuple(
        {"patient_id": one.patient_id, "scenario": one.scenario, "kind": one.kind, **vars(chance)}
        for one in fit.relapses
        for chance in one.chances
    )
    marks = {"may_be_used": pl.lit(fit.diagnostics.fit), "synthetic": pl.lit(fit.synthetic)}
    return {name: to_table(own).with_columns(**marks) for name, own in kinds.items() if own}


def _draws_frame(fitted: Fitted) -> pl.DataFrame:
    chains = max(1, fitted.fit.diagnostics.chains)
    frames = []
    for patient, values in fitted.draws.items():
        count = max(np.size(v) for v in values.values())
        numbers = {name: np.broadcast_to(np.asarray(v, float), (count,)) for name, v in values.items()}
        place = {
            "patient_id": [patient] * count,
            "chain": np.arange(count) * chains // count,
            "draw": np.arange(count),
        }
        frames.append(pl.DataFrame(place | numbers))
    return pl.concat(frames, how="diagonal")


def _write_posteriors(fitted: Fitted, manifest: FitManifest, fresh: Path) -> FitManifest:
    fit, named, absent, moved = fitted.fit, [], set[str](), set[str]()
    (fresh / POSTERIOR).mkdir()
    places = {
        f"{POSTERIOR}/{_file_name(n, who)}.parquet": (who, v)
        for n, (who, v) in enumerate(fitted.draws.items(), 1)
    }
    if fitted.population:
        places[POPULATION] = ("", fitted.population)
    for place, (who, values) in places.items():
        made = posterior_table(values, fit.preset, seed=fit.seed, who=who)
        made.table.write_parquet(fresh / place)
        absent |= set(made.from_prior)
        moved |= set(made.moved)
        named += [(who, place)] * bool(who)
    known = {item.name: getattr(manifest, item.name) for item in fields(FitManifest)}
    return FitManifest(
        **known
        | {"patients": tuple(named), "from_prior": tuple(sorted(absent)), "moved": tuple(sorted(moved))}
    )


def _file_name(number: int, patient: str) -> str:
    """Name a file by place and patient; of a name only letters, digits and dashes may stand in a path."""
    return f"{number:02d}-{re.sub(r'[^A-Za-z0-9-]+', '_', patient).strip('_')[:60]}".rstrip("-")


def load_fit(directory: Path) -> SavedFit:
    """Read what a fit says.

    Raises
    ------
    ResultsError
        If the folder holds no finished fit of this version.
    """
    manifest = read_manifest(directory)
    if not (directory / FIT).is_file():
        hint = "remnant fit STUDY --out FIT makes one"
        raise ResultsError([Fault(str(directory), None, FIT, "no fit", "a finished fit", hint)])
    source = directory.name
    return SavedFit(
        from_json(FitManifest, manifest, source=f"{source}/{MANIFEST}"),
        from_json(Fit, (directory / FIT).read_bytes(), source=f"{source}/{FIT}"),
        from_json(Observed, (directory / OBSERVED).read_bytes(), source=f"{source}/{OBSERVED}"),
    )


def load_draws(directory: Path) -> dict[str, Draws]:
    """Read the draws of every patient by number; what a patient does not have is left out."""
    path = directory / DRAWS
    if not path.is_file():
        hint = "a folder that remnant forecast wrote has no draws: name that of remnant fit"
        raise ResultsError([Fault(str(directory), None, DRAWS, "no draws", "the draws of a fit", hint)])
    found: dict[str, Draws] = {}
    for (patient,), own in pl.read_parquet(path).group_by("patient_id", maintain_order=True):
        numbers = own.drop("patient_id", "chain", "draw")
        found[str(patient)] = {c.name: c.to_numpy() for c in numbers if c.null_count() == 0}
    return found


def load_arrays(path: Path) -> dict[str, Array]:
    """Read the arrays of a file that `save_fit` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}


def refuse_changed(saved: SavedFit, study: Study) -> None:
    """Refuse a study whose tables are no longer those that were fitted.

    Raises
    ------
    StudyError
        With every file that changed, went or came.
    """
    fitted = dict(saved.manifest.inputs)
    now = {name: digest(study.root / name) for name in study.files}
    hint = "fit it again: remnant fit STUDY --out FIT; or name the study that was fitted"
    faults = [
        Fault(name, None, "", found, "the file that was fitted", hint)
        for name in sorted({*(n for n in fitted if not n.startswith("--")), *now})
        if (found := _changed(fitted.get(name), now.get(name)))
    ]
    if faults:
        raise StudyError(faults)


def _changed(before: str | None, now: str | None) -> str:
    if before == now:
        return ""
    return "a new file" if before is None else "no such file" if now is None else "another content"
