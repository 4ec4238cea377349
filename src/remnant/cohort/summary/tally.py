"""Count what a summary needs, some patients at a time: integers that add up exactly, in any order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from remnant.cohort.course.courses import Ints
from remnant.cohort.summary.questions import (
    CURVES,
    SHARES,
    SPREADS,
    CurveAsked,
    ShareAsked,
    SpreadAsked,
    depths,
)

Tally = dict[str, Ints]
ROWS = 1 << 15  # patients counted at once: what is held does not grow with the cohort


def tally_of(
    table: pl.LazyFrame, *, horizon: int, shares: tuple[ShareAsked, ...] = SHARES
) -> tuple[int, Tally]:
    """Count a table of virtual patients, block by block.

    Returns
    -------
    int, dict of str to ndarray of int
        Patients; counts by the name of each question.
    """
    patients, total, first = 0, Tally(), 0
    while not (part := table.slice(first, ROWS).collect()).is_empty():
        total = added(total, tally_block(part, horizon=horizon, shares=shares))
        patients, first = patients + part.height, first + ROWS
    return patients, total


def added(one: Mapping[str, Ints], other: Mapping[str, Ints]) -> Tally:
    """Add two tallies."""
    return {name: one[name] + counts if name in one else counts for name, counts in other.items()}


def tally_block(part: pl.DataFrame, *, horizon: int, shares: tuple[ShareAsked, ...] = SHARES) -> Tally:
    """Count some patients."""
    counts = {f"share {asked.name}": _share(part, asked) for asked in shares}
    counts |= {f"curve {asked.name}": _curve(part, asked, horizon) for asked in CURVES}
    spreads = (*SPREADS, *depths().values())
    return counts | {f"spread {asked.name}": _spread(part, asked) for asked in spreads}


def _share(part: pl.DataFrame, asked: ShareAsked) -> Ints:
    """Count those with the property, and all asked."""
    rows = _among(part, asked)
    counted = rows.select(asked.counted.fill_null(False).sum()).item()
    return np.array([counted, rows.height], np.int64)


def _among(part: pl.DataFrame, asked: ShareAsked | CurveAsked | SpreadAsked) -> pl.DataFrame:
    """Return those who are asked: where it cannot be told of somebody, nobody asks."""
    return part if asked.among is None else part.filter(asked.among.fill_null(False))


def _curve(part: pl.DataFrame, asked: CurveAsked, horizon: int) -> Ints:
    """Count events and ends of follow-up by day since the start, shape (2, horizon + 1)."""
    start = pl.col(asked.start) if asked.start else pl.lit(0)
    end = pl.col("horizon_day") - asked.blind_days
    rows = _among(part, asked).select(
        event=pl.col(asked.event).is_not_null(),
        day=pl.max_horizontal(pl.coalesce(pl.col(asked.event), end) - start, pl.lit(0)),
        begun=start.is_not_null() if asked.start else pl.lit(True),
    )
    rows = rows.filter("begun")
    days, event = rows["day"].to_numpy().astype(np.int64), rows["event"].to_numpy().astype(bool)
    return np.stack([np.bincount(days[which], minlength=horizon + 1) for which in (event, ~event)])


def _spread(part: pl.DataFrame, asked: SpreadAsked) -> Ints:
    """Count values below the bins (zeros of a logarithm), in each, and from their end on."""
    values = _among(part, asked)[asked.column].drop_nulls().to_numpy().astype(float)
    with np.errstate(divide="ignore"):
        scaled = np.log10(values) if asked.log else values
    place = np.clip(np.floor((scaled - asked.low) / asked.step), -1, asked.bins - 1).astype(np.int64)
    place[scaled >= asked.high] = asked.bins  # where the division might round a share of 1 into the last bin
    return np.bincount(place + 1, minlength=asked.bins + 2)
