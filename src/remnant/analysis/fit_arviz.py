"""A fit folder as ArviZ InferenceData, for whoever checks the draws with other tools."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from remnant.analysis.fits import STATS, load_arrays, load_draws, load_fit
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    from arviz import InferenceData


def refuse_without_arviz() -> Any:
    """Import arviz, or say how to get it."""
    try:
        return import_module("arviz")
    except ImportError:
        hint = 'install it: pip install "remnant[interop]"'
        raise SettingError([Fault("export", None, "arviz", "not installed", "arviz", hint)]) from None


def to_arviz(directory: Path) -> InferenceData:
    """Turn a fit folder into InferenceData.

    Returns
    -------
    InferenceData
        `posterior`: each number over (chain, draw, patient), numbers that all share over (chain, draw);
        `sample_stats` over (chain, draw), where chains were run; `observed_data`: what was observed, over
        `observation`, whose coordinates say of whom, by which assay, when.

    Raises
    ------
    SettingError
        If arviz is not installed.
    ResultsError
        If the folder holds no fit with its draws.
    """
    arviz = refuse_without_arviz()
    saved, draws = load_fit(directory), load_draws(directory)
    chains = max(1, saved.fit.diagnostics.chains)
    names = list(dict.fromkeys(name for values in draws.values() for name in values))
    posterior, dims = {}, {}
    for name in names:
        rows = [values.get(name) for values in draws.values()]
        length = next(row.size for row in rows if row is not None)
        each = np.stack([np.full(length, np.nan) if row is None else row for row in rows])
        each = each.reshape(len(rows), chains, -1)
        if len(rows) > 1 and (each == each[:1]).all():
            posterior[name] = each[0]
            continue
        posterior[name], dims[name] = np.moveaxis(each, 0, -1), ["patient"]
    rows_ = saved.fit.check_rows
    coords: dict[str, Any] = {"patient": list(draws), "observation": np.arange(len(rows_))}
    for field in ("patient_id", "assay", "what", "day", "censored"):
        coords[f"observation_{field}"] = ("observation", [getattr(row, field) for row in rows_])
    attributes = {
        "remnant": saved.manifest.version,
        "may_be_used": int(saved.fit.diagnostics.fit),
        "synthetic": int(saved.fit.synthetic),
    }
    found: Any = arviz.from_dict(
        posterior=posterior,
        sample_stats=load_arrays(directory / STATS) or None,
        observed_data={"observed": np.array([row.observed for row in rows_])} if rows_ else None,
        coords={name: value for name, value in coords.items() if not isinstance(value, tuple)},
        dims=dims | {"observed": ["observation"]},
        posterior_attrs=attributes,
    )
    if rows_:
        found.observed_data = found.observed_data.assign_coords(
            {name: value for name, value in coords.items() if isinstance(value, tuple)}
        )
    made: InferenceData = found
    return made
