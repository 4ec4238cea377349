"""What a schedule may cost: in how many patients counts may be low for how long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.errors import Fault, SettingError
from remnant.study.faults import quoted, suggest

COUNTS = {
    "neutrophils": ("days_neutrophils_below_0_5", "neutrophils below 0.5e9/L"),
    "platelets": ("days_platelets_below_25", "platelets below 25e9/L"),
}


@dataclass(frozen=True)
class Limit:
    """At most a share `most` of patients may have the count low for more than `days` days.

    Parameters
    ----------
    count : {"neutrophils", "platelets"}
        Below 0.5e9/L and below 25e9/L.
    days : int
        Days that are still allowed, all together.
    most : float
        Share of patients, in [0, 1]; 1 limits nothing.
    """

    count: str
    days: int
    most: float

    def __post_init__(self) -> None:
        faults = []
        if self.count not in COUNTS:
            hint = suggest(self.count, list(COUNTS), "name one of them")
            faults.append(Fault("limit", None, "count", quoted(self.count), " or ".join(COUNTS), hint))
        if not 0 <= self.days <= 36_525:
            hint = "days below the count, all together"
            faults.append(Fault("limit", None, "days", str(self.days), "days from 0", hint))
        if not 0 <= self.most <= 1:
            hint = "write 20% or 0.2"
            faults.append(Fault("limit", None, "share", str(self.most), "a share from 0 to 1", hint))
        if faults:
            raise SettingError(faults)

    @property
    def meaning(self) -> str:
        """The event that is limited, in words."""
        return f"{COUNTS[self.count][1]} for more than {self.days} days"

    def exceeded(self, table: pl.DataFrame) -> np.ndarray:
        """Say of each patient whether the days were exceeded, as 0 and 1; NaN where counts are unknown."""
        column = COUNTS[self.count][0]
        flags = table.select((pl.col(column) > self.days).cast(pl.Float64)).to_series()
        return np.asarray(flags.fill_null(np.nan).to_numpy(), float)


USUAL = (Limit("neutrophils", 28, 1.0), Limit("platelets", 28, 1.0))  # shown, and limiting nothing


def parse_limit(text: str) -> Limit:
    """Read "neutrophils:28:20%": in at most 20 % of patients for more than 28 days.

    Raises
    ------
    SettingError
        If it is not written so.

    Examples
    --------
    >>> parse_limit("platelets:14:5%")
    Limit(count='platelets', days=14, most=0.05)
    """
    parts = [part.strip() for part in text.split(":")]
    hint = "such as neutrophils:28:20%, for more than 28 days in at most 20 % of patients"
    if len(parts) != 3 or not parts[1].removesuffix("d").isdecimal():
        raise SettingError([Fault("command line", None, "--limit", quoted(text), "COUNT:DAYS:SHARE", hint)])
    try:
        percent = parts[2].endswith("%")
        most = float(parts[2].removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        raise SettingError(
            [Fault("command line", None, "--limit", quoted(parts[2]), "a share of patients", hint)]
        ) from None
    return Limit(parts[0], int(parts[1].removesuffix("d")), most)
