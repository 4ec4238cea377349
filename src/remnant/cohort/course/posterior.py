"""Virtual patients from a posterior: a file of draws, one row each, columns by the names of the priors.

Patient i takes row i mod the number of rows: every draw is used as often as any other, and which one a
patient has does not depend on who else is simulated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remnant.cohort.course.courses import Floats
from remnant.cohort.scenario.preset import preset_of
from remnant.cohort.scenario.scenario import Scenario
from remnant.dynamics.model.preset import unknown
from remnant.dynamics.model.priors import Prior
from remnant.errors import Fault, SettingError, TableError
from remnant.study.faults import listed

SMALLEST = 1e-12  # share of a bound by which a draw may pass it: rounding of a text file


@dataclass(frozen=True)
class Posterior:
    """A checked file of draws.

    Parameters
    ----------
    path : str
        The file; workers of a cluster must see it under this name.
    fingerprint : str
        Of its bytes: another content is another cohort.
    draws : int
        Its rows.
    """

    path: str
    fingerprint: str
    draws: int

    def rows(self, patients: NDArray[np.uint64], names: Collection[str]) -> dict[str, Floats]:
        """Return the numbers of these names, each of shape (patients,)."""
        table = _checked_again(self.path, self.fingerprint)
        picked = table[(patients % np.uint64(self.draws)).astype(np.int64)]
        return {name: picked[name].to_numpy() for name in picked.columns if name in names}


def read_posterior(path: Path, scenario: Scenario) -> Posterior:
    """Check a file of draws against the priors whose place it takes.

    What the scenario itself says, of a drug of its own or in place of a prior, it says of every patient: such
    columns may be left out, and count for nothing. So may what the preset fixes, and drugs that nobody gets.

    Parameters
    ----------
    path : Path
        CSV, or Parquet by its name.
    scenario : Scenario
        Its preset names the numbers.

    Raises
    ------
    TableError
        With every column that is unknown, missing or not a number, and every number that is missing, not
        finite or outside the bounds of its prior.
    """
    table = read_draws(path)
    faults = _header_faults(table, path, scenario)
    for name, prior in asked_of(scenario).items():
        if name in table.columns and table[name].dtype.is_numeric():
            faults += _value_faults(table, name, prior.support, str(path))
    if not table.height:
        faults.append(Fault(str(path), None, "", "no rows", "at least one draw", "is it the right file?"))
    if faults:
        raise TableError(faults)
    return Posterior(str(path), _fingerprint(path), table.height)


def read_draws(path: Path) -> pl.DataFrame:
    """Read a file of draws as a table, whichever its columns.

    Raises
    ------
    TableError
        If it is no table.
    SettingError
        If it cannot be read.
    """
    expected, hint = "a CSV or Parquet file of draws", "one row per draw, one column per parameter"
    try:
        parquet = path.suffix == ".parquet"
        return pl.read_parquet(path) if parquet else pl.read_csv(path, infer_schema_length=None)
    except OSError as error:
        raise SettingError(
            [Fault(str(path), None, "", error.strerror or "no such file", expected, hint)]
        ) from None
    except pl.exceptions.PolarsError as error:
        found = str(error).splitlines()[0]
        raise TableError([Fault(str(path), None, "", found, expected, hint)]) from None


def asked_of(scenario: Scenario) -> dict[str, Prior]:
    """Return the priors whose place a posterior takes, by name."""
    drugs = {drug.name for drug in preset_of(scenario).drugs}
    silent = drugs - (set(scenario.drugs) - set(scenario.drug))  # never given, or of the scenario itself
    return {
        name: prior
        for name, prior in preset_of(scenario).priors()
        if name not in scenario.parameters and name.rpartition(".")[0] not in silent
    }


def _header_faults(table: pl.DataFrame, path: Path, scenario: Scenario) -> list[Fault]:
    known, asked = dict(preset_of(scenario).priors()), asked_of(scenario)
    faults = [unknown(str(path), "column", name, known) for name in table.columns if name not in known]
    for name, prior in asked.items():
        if name in table.columns:
            if not table[name].dtype.is_numeric():
                found, hint = f"{table[name].dtype} values", "is a cell text, or empty?"
                faults.append(Fault(str(path), None, name, found, f"numbers, {prior.unit}", hint))
        elif prior.law != "fixed":
            hint = "add it: what a posterior leaves out is not guessed"
            faults.append(Fault(str(path), None, name, "no such column", f"numbers, {prior.unit}", hint))
    return faults


def _value_faults(table: pl.DataFrame, name: str, support: tuple[float, float], source: str) -> list[Fault]:
    low, high = support
    numbers = table.select(
        pl.int_range(2, pl.len() + 2).alias("line"), pl.col(name).cast(pl.Float64).alias("x")
    )
    slack = SMALLEST * max(abs(x) for x in (low, high, 1e-300) if np.isfinite(x))
    good = pl.col("x").is_finite() & pl.col("x").is_between(low - slack, high + slack)
    expected = f"{low:g} to {high:g}"
    return listed(
        numbers.filter(~good.fill_null(False)),
        lambda row: Fault(
            source, row["line"], name, "nothing" if row["x"] is None else f"{row['x']:g}", expected,
            "a number that the prior allows",
        ),
    )  # fmt: skip


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _checked_again(path: str, fingerprint: str) -> pl.DataFrame:
    """Read the draws once in each process, and refuse a file that was changed since it was checked."""
    file = Path(path)
    if not file.exists() or _fingerprint(file) != fingerprint:
        hint = "workers must see the same file under the same name"
        raise SettingError([Fault(path, None, "", "another file", "the draws that were checked", hint)])
    return read_draws(file).cast(pl.Float64)
