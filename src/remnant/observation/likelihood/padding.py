"""Rows that count for nothing, so that patients with few and with many observations have one shape."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

Rows = TypeVar("Rows", bound="tuple[Any, ...]")


def pad_rows(rows: Rows, size: int) -> Rows:
    """Repeat the last row with weight 0 up to `size` rows: what is finite there stays finite.

    Parameters
    ----------
    rows : NamedTuple of arrays, each with rows along its first axis
        With a field `weight`; at least one row.
    size : int
        At least as many as there are.
    """
    there = len(rows.weight)  # type: ignore[attr-defined]
    assert 1 <= there <= size, "rows are padded up, and from at least one"

    def longer(field: Any) -> Any:
        array = np.asarray(field)
        return np.concatenate([array, np.repeat(array[-1:], size - there, axis=0)])

    padded = type(rows)(*(longer(field) for field in rows))
    weight = np.array(padded.weight, dtype=np.float64)  # type: ignore[attr-defined]
    weight[there:] = 0.0
    return padded._replace(weight=weight)  # type: ignore[attr-defined,no-any-return]
