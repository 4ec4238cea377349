"""Draws as `remnant simulate cohort --posterior` reads them: a column for each number of the preset.

A fit draws what its data could tell. What it leaves out, such as the number of stem cells, is drawn from the
prior; what a mechanism holds at nothing lies at the lowest value that the prior allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.dynamics.model.presets import preset
from remnant.inference.fitting.fitted import Draws
from remnant.scale.streams import stream


@dataclass(frozen=True)
class PosteriorTable:
    """A table of draws, and what in it is not of the fit.

    Parameters
    ----------
    table : DataFrame
        One row for each draw.
    from_prior : tuple of str
        Numbers that the fit does not have.
    moved : tuple of str
        Numbers of which some draws were moved to the bounds of the prior.
    """

    table: pl.DataFrame
    from_prior: tuple[str, ...]
    moved: tuple[str, ...]


def posterior_table(values: Draws, preset_name: str, *, seed: int, who: str) -> PosteriorTable:
    """Lay out draws of one patient, or of one who was not seen, for a virtual cohort.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (draws,)
        Numbers of the fit; those of assays are left out.
    preset_name : str
        Whose priors name the columns.
    seed : int
        Of the fit.
    who : str
        Whose draws; keys the stream of chance for what the prior stands in for.
    """
    count = max((len(np.atleast_1d(v)) for v in values.values()), default=0)
    columns, absent, moved = {}, [], []
    for name, prior in preset(preset_name).priors():
        low, high = prior.support
        if name in values:
            drawn = np.broadcast_to(np.asarray(values[name], float), (count,))
            columns[name] = np.clip(drawn, low, high)
            moved += [name] * bool(np.any(columns[name] != drawn))
        elif prior.law != "fixed":
            rng = stream(seed, "posterior", who, name)
            columns[name] = prior.quantile(rng.uniform(size=count))
            absent.append(name)
    return PosteriorTable(pl.DataFrame(columns), tuple(absent), tuple(moved))
