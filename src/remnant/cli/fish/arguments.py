"""What the commands on nuclei share: options, and reading of tables, rates and counts such as 2/200."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from remnant.errors import Fault, RemnantError, SettingError
from remnant.service.plans.typed import COMMAND_LINE, k_of_n, setting_error
from remnant.study.estimate import Estimate, Evidence

if TYPE_CHECKING:
    import polars as pl

    from remnant.cytogenetics.fish.estimators import Given

T = TypeVar("T")
Confidence = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")]
Alpha = Annotated[float, typer.Option(min=0.0001, max=0.2, help="False calls that the cut-off allows.")]
Method = Annotated[
    str,
    typer.Option(
        help="From controls to cut-off: beta-binomial, beta-binomial-ml, binomial, pooled-upper-limit, "
        "mean-plus-sd, betainv."
    ),
]
Controls = Annotated[
    Path | None,
    typer.Option("--controls", metavar="CONTROLS.csv", help="Control slides (table fish_controls)."),
]


class Reading:
    """Reads one option after the other and keeps what is wrong with each, so that all is said at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def of(self, read: Callable[..., T], *words: Any) -> T | None:
        """Return what `read` makes of the words; None where it refuses them, or where the first is None."""
        if words[0] is None:
            return None
        try:
            return read(*words)
        except RemnantError as error:
            self.faults += error.faults
            return None

    def refuse(self, option: str, found: str, expected: str, hint: str) -> None:
        """Keep a fault of one option."""
        self.faults.append(Fault(COMMAND_LINE, None, option, found, expected, hint))

    def finish(self) -> None:
        """Raise one error with every fault, if there is any."""
        if self.faults:
            raise SettingError(self.faults)


def read_rows(path: Path, name: str) -> pl.DataFrame:
    """Read one table of nuclei; a sample without a name is called after its file."""
    from remnant.study.read import read_table
    from remnant.study.tables import TABLES

    given = {"sample_id": path.stem} if name == "fish" else {}
    return read_table(path, TABLES[name], given=given)


def control_rows(
    normal: list[tuple[int, int]], clonal: list[tuple[int, int]], slides: pl.DataFrame
) -> pl.DataFrame:
    """Make a table of control slides from counts of abnormal and scored nuclei."""
    import polars as pl

    from remnant.study.tables import FISH_CONTROLS

    rows = [
        {
            "probe": probe,
            "control_id": f"{kind}-{place}",
            "nuclei_scored": n,
            "nuclei_abnormal": k,
            "kind": kind,
        }
        for probe in slides["probe"].unique(maintain_order=True)
        for kind, counts in (("normal", normal), ("clone", clonal))
        for place, (k, n) in enumerate(counts)
    ]
    types = {"line": pl.Int64} | {column.name: column.dtype for column in FISH_CONTROLS.columns}
    return pl.DataFrame(rows, schema=types)


def known_controls(given: list[str] | None, path: Path | None, slides: pl.DataFrame) -> pl.DataFrame:
    """Return the control slides, typed as K/N or read from a table."""
    if path is not None:
        return read_rows(path, "fish_controls")
    return control_rows([k_of_n(text, "--control") for text in given or []], [], slides)


def whole(text: str, option: str) -> int:
    """Read a whole number from 0."""
    if text.strip().isdecimal():
        return int(text)
    raise setting_error(option, repr(text), "a whole number from 0", "count nuclei, not percent")


def nuclei_count(text: str, option: str) -> int:
    """Read a number of nuclei from 1."""
    number = whole(text, option)
    if number > 0:
        return number
    hint = "a slide on which nothing hybridised has no fraction: leave it out, or keep it in a table"
    raise setting_error(option, repr(text), "at least 1 nucleus", hint)


def rate_or_count(text: str, option: str) -> Given:
    """Read an error rate typed as 0.03, taken as exact, or as the counts 15/500."""
    if "/" in text:
        return k_of_n(text, option)
    try:
        rate = float(text)
    except ValueError:
        rate = float("nan")
    if isfinite(rate) and 0 <= rate < 1:
        return rate
    hint = "write a rate as 0.03, or better the counts behind it as 15/500"
    raise setting_error(option, repr(text), "a rate from 0 to below 1, or K/N", hint)


def share(text: str, option: str) -> float:
    """Read a fraction between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if 0 <= value < 1:
        return value
    raise setting_error(option, repr(text), "a fraction from 0 to below 1", "write 5 % as 0.05")


def known_method(text: str) -> str:
    """Return the name of a cut-off method, or refuse it."""
    from remnant.cytogenetics import CutoffMethod

    if text not in list(CutoffMethod):
        raise setting_error("--method", repr(text), " or ".join(CutoffMethod), "choose one of them")
    return text


def percent(estimate: Estimate) -> str:
    """Say an estimate in percent, with its kind of evidence."""
    if estimate.evidence is Evidence.DETECTED:
        value, low, high = (100 * (x or 0.0) for x in (estimate.value, estimate.lower, estimate.upper))
        return f"{value:.3g} % ({low:.3g} to {high:.3g})"
    if estimate.evidence is Evidence.NOT_DETECTED:
        return f"not detected, below {100 * (estimate.upper or 0.0):.2g} %"
    return f"{estimate.evidence}: {estimate.reason}"
