"""Gated events as a table, for CSV and Parquet."""

from __future__ import annotations

from collections.abc import Container

import polars as pl

from remnant.cytometry.export.gated_events import GatedEvents
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE


def to_frame(events: GatedEvents) -> pl.DataFrame:
    """Make a table of events.

    Parameters
    ----------
    events : GatedEvents
        As `collect_events` returned them.

    Returns
    -------
    DataFrame, shape (events, 1 + channels + gates)
        Number of the event in its file, its values (NaN where it has none), and per gate true for in,
        false for out and null for not evaluable. A name that is taken has ` (channel)` or ` (gate)` added.
    """
    columns: dict[str, pl.Series] = {"event": pl.Series(events.numbers)}
    for place, name in enumerate(events.columns):
        columns[_free(name, columns, " (channel)")] = pl.Series(events.values[:, place])
    for gate, code in zip(events.gates, events.codes, strict=True):
        inside = pl.DataFrame({"inside": code == IN, "known": code != NOT_EVALUABLE})
        columns[_free(gate.column, columns, " (gate)")] = inside.select(
            pl.when("known").then("inside")
        ).to_series()
    return pl.DataFrame(columns)


def _free(name: str, taken: Container[str], added: str) -> str:
    while name in taken:
        name += added
    return name
