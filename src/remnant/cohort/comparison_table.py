"""A comparison as rows: for a table on a screen, and for a CSV file."""

from __future__ import annotations

import polars as pl

from remnant.cohort.compare import Compared, Comparison
from remnant.cohort.measures import SHARE
from remnant.cohort.paired import Difference, Value

_COLUMNS = {f"difference_{name}": name for name in ("value", "error", "lower", "upper")}
_COLUMNS |= {name: name for name in ("unpaired_error", "variance_reduction")}


def comparison_frame(comparison: Comparison) -> pl.DataFrame:
    """Return one row for each measure and scenario, numbers as they are; the first has no difference."""
    rows = []
    for measure in comparison.measures:
        differences = (None, *measure.differences)
        for number, value in enumerate(measure.values):
            apart = differences[number] if number < len(differences) else None
            rows.append(
                {
                    "measure": measure.name,
                    "unit": measure.unit,
                    "scenario": comparison.titles[number],
                    "patients": measure.patients,
                    "value": value.value,
                    "error": value.error,
                    "lower": value.lower,
                    "upper": value.upper,
                }
                | {name: None if apart is None else getattr(apart, key) for name, key in _COLUMNS.items()}
            )
    schema: dict[str, type[pl.DataType]] = dict.fromkeys(("measure", "unit", "scenario"), pl.String)
    schema["patients"] = pl.Int64
    schema |= dict.fromkeys(("value", "error", "lower", "upper", *_COLUMNS), pl.Float64)
    return pl.DataFrame(rows, schema=schema)


def comparison_rows(comparison: Comparison) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows for a person: each scenario, then each difference with its 95 % interval."""
    later = range(1, len(comparison.titles))
    header = ("measure", "[1]", *(f"[{n + 1}]" for n in later), *(f"[{n + 1}] less [1]" for n in later))
    rows = []
    for measure in comparison.measures:
        if not measure.values:
            rows.append((measure.meaning, *("not evaluable" for _ in header[1:])))
            continue
        shown = [_value(value, measure) for value in measure.values]
        rows.append((measure.meaning, *shown, *(_apart(one, measure) for one in measure.differences)))
    return header, rows


def _value(value: Value, measure: Compared) -> str:
    if value.value is None:
        return "not reached"
    if value.lower is None or value.upper is None:
        return _said(value.value, measure)
    if measure.unit == SHARE:
        return f"{_said(value.value, measure)} ({100 * value.lower:.1f} to {100 * value.upper:.1f})"
    return f"{_said(value.value, measure)} ± {_said(value.error or 0.0, measure)}"


def _apart(apart: Difference, measure: Compared) -> str:
    if apart.value is None:
        return ""
    if apart.lower is None or apart.upper is None:
        return _signed(apart.value, measure)
    low, high = (_said(limit, measure).removesuffix(" %") for limit in (apart.lower, apart.upper))
    return f"{_signed(apart.value, measure)} ({low} to {high})"


def _signed(value: float, measure: Compared) -> str:
    return f"{'+' if value > 0 else ''}{_said(value, measure)}"


def _said(value: float, measure: Compared) -> str:
    if measure.unit == SHARE:
        return f"{100 * value:.1f} %"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2f}"
