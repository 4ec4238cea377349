"""What the commands on nuclei share: options, and reading of tables and of counts such as 2/200."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.errors import Fault, SettingError
from remnant.study.estimate import Estimate, Evidence

if TYPE_CHECKING:
    import polars as pl

COMMAND_LINE = "command line"
Confidence = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")]
Alpha = Annotated[float, typer.Option(min=0.0001, max=0.2, help="False calls that the cut-off allows.")]
Method = Annotated[
    str,
    typer.Option(
        help="From controls to cut-off: beta-binomial, binomial, pooled-upper-limit, mean-plus-sd, betainv."
    ),
]
Controls = Annotated[
    Path | None,
    typer.Option("--controls", metavar="CONTROLS.csv", help="Control slides (table fish_controls)."),
]


def read_rows(path: Path, name: str) -> pl.DataFrame:
    """Read one table of nuclei; a sample without a name is called after its file."""
    from remnant.study.read import read_table
    from remnant.study.tables import TABLES

    given = {"sample_id": path.stem} if name == "fish" else {}
    return read_table(path, TABLES[name], given=given)


def known_controls(given: list[str] | None, path: Path | None, slides: pl.DataFrame) -> pl.DataFrame:
    """Return the control slides, typed as K/N or read from a table."""
    import polars as pl

    from remnant.study.tables import FISH_CONTROLS

    if path is not None:
        return read_rows(path, "fish_controls")
    probe = slides["probe"][0] if slides.height else ""
    rows = []
    for number, text in enumerate(given or []):
        k, n = k_of_n(text, "--control")
        rows.append({"probe": probe, "control_id": str(number), "nuclei_scored": n, "nuclei_abnormal": k})
    types = {"line": pl.Int64} | {column.name: column.dtype for column in FISH_CONTROLS.columns}
    return pl.DataFrame(rows, schema=types)


def k_of_n(text: str, option: str) -> tuple[int, int]:
    """Read counts typed as 2/200."""
    parts = text.split("/")
    if len(parts) == 2 and all(part.strip().isdecimal() for part in parts):
        k, n = (int(part) for part in parts)
        if k <= n and n > 0:
            return k, n
    raise setting_error(option, repr(text), "K/N, whole numbers with K at most N", "write it as 2/200")


def known_method(text: str) -> str:
    """Return the name of a cut-off method, or refuse it."""
    from remnant.cytogenetics import CutoffMethod

    if text not in list(CutoffMethod):
        raise setting_error("--method", repr(text), " or ".join(CutoffMethod), "choose one of them")
    return text


def setting_error(option: str, found: str, expected: str, hint: str) -> SettingError:
    """Make the error of one option."""
    return SettingError([Fault(COMMAND_LINE, None, option, found, expected, hint)])


def percent(estimate: Estimate) -> str:
    """Say an estimate in percent, with its kind of evidence."""
    if estimate.evidence is Evidence.DETECTED:
        value, low, high = (100 * (x or 0.0) for x in (estimate.value, estimate.lower, estimate.upper))
        return f"{value:.3g} % ({low:.3g} to {high:.3g})"
    if estimate.evidence is Evidence.NOT_DETECTED:
        return f"not detected, below {100 * (estimate.upper or 0.0):.2g} %"
    return f"{estimate.evidence}: {estimate.reason}"
