r"""FISH of sorted cells: nuclei of a slide, errors of the probe, and a sort that is not pure.

For the slides s of one compartment of one marrow, with f its clone fraction and g that of the contaminant,

    h = pi f + (1 - pi) g,                        pi: purity of the sort
    x = h (1 - fn) + (1 - h) fp                   chance that a nucleus scores abnormal
    L = int prod_s BetaBinomial(k_s; n_s, x phi, (1 - x) phi)  Beta(pi; K + 1/2, N - K + 1/2) dpi

with K of N events of the re-run inside the gate. All slides of a compartment share one sort, so the integral
(Gauss-Jacobi, `remnant.observation.likelihood.purity`) is over their product; the purity is no number of the
fit. The law of one slide is `remnant.observation.fish.log_likelihood`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.cytogenetics.fish.probe import ProbeErrors
from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import LYMPHOID, Values, clone_fractions, lymphoid
from remnant.observation.likelihood.mass import INDEPENDENT, beta_binomial, draw_beta_binomial
from remnant.observation.likelihood.number import Number, Scope
from remnant.observation.likelihood.padding import pad_rows
from remnant.stats.fractions.error_rates import Beta, Rate

FALSE_POSITIVE, FALSE_NEGATIVE, DISPERSION = "fish.false_positive", "fish.false_negative", "fish.dispersion"


class Rows(NamedTuple):
    """Slides of one compartment of one marrow in each row; arrays of shape (rows,) unless said otherwise.

    `kind` and `other` are the compartment and its contaminant (0 stem, 1 progenitor, 2 bulk), `whole` and
    `other_whole` are 1 where that is a whole marrow, which holds lymphoid cells too. `abnormal` and `scored`
    have shape (rows, slides), 0 of 0 where there are fewer; `purity` and `log_weight` (rows, nodes).
    """

    time: Any
    weight: Any
    kind: Any
    other: Any
    whole: Any
    other_whole: Any
    abnormal: Any
    scored: Any
    purity: Any
    log_weight: Any


def numbers(errors: ProbeErrors, *, whole: bool = True) -> tuple[Number, ...]:
    """Return what the slides leave unknown: errors of the probe, as its controls left them, and phi.

    Parameters
    ----------
    errors : ProbeErrors
        As `remnant.cytogenetics.fish` learns them from the control slides and study.toml.
    whole : bool, default True
        Whether a slide of the whole marrow, or a contaminant that is one, is among them.
    """
    fp = _rate("false_positive", errors.fp, errors.origin)
    fn = _rate("false_negative", errors.fn, errors.origin)
    priors = (FALSE_POSITIVE, fp), (FALSE_NEGATIVE, fn), (DISPERSION, _dispersion(errors.slide_correlation))
    shared = tuple(Number(name, prior, _scope(prior)) for name, prior in priors)
    return (*shared, LYMPHOID) if whole else shared


def _scope(prior: Prior) -> Scope:
    return "fixed" if prior.law == "fixed" else "shared"


def _rate(name: str, rate: Rate, origin: str) -> Prior:
    if isinstance(rate, Beta):
        return Prior(name, "-", "beta", rate.a, rate.b, source=origin, mark="computed")
    return Prior(name, "-", "fixed", float(rate or 0.0), source=origin, mark="choice")


def _dispersion(correlation: float) -> Prior:
    source = "slide_correlation of study.toml, an example unless edited"
    if correlation == 0:
        return Prior("dispersion", "-", "fixed", INDEPENDENT, source=source, mark="choice")
    note = "two nuclei of a slide agree like 1 / (1 + phi)"
    centre = 1 / correlation - 1
    return Prior("dispersion", "-", "lognormal", centre, 0.7, source=source, mark="choice", note=note)


def chances(states: Array, values: Values, rows: Rows) -> Array:
    """Return the chance that a nucleus scores abnormal at each purity, shape (rows, nodes)."""
    fractions, dilution = clone_fractions(states), lymphoid(values)
    own, other = (
        fractions[rows.time, kind] * (1 - dilution * whole)
        for kind, whole in ((rows.kind, rows.whole), (rows.other, rows.other_whole))
    )
    mixed = rows.purity * own[:, None] + (1 - rows.purity) * other[:, None]
    return jnp.asarray(mixed * (1 - values[FALSE_NEGATIVE]) + (1 - mixed) * values[FALSE_POSITIVE])


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of the slides of each row, shape (rows,), normalised over the counts.

    Parameters
    ----------
    states : Array, shape (times, 3, 3 + stages)
        Of one patient on the days of the evidence, in healthy pools.
    values : mapping of str to float or Array
        Numbers of this patient by name.
    rows : Rows
        What was counted.
    """
    chance = chances(states, values, rows)[:, None, :]
    counted = rows.abnormal[..., None], rows.scored[..., None]
    each = beta_binomial(*counted, chance, values[DISPERSION]).sum(1)
    return jnp.asarray(rows.weight * jax.nn.logsumexp(each + rows.log_weight, axis=1))


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of abnormal nuclei, shape (rows,)."""
    return jnp.sum(jnp.exp(rows.log_weight) * chances(states, values, rows), axis=1)


def observed(rows: Rows) -> NDArray[np.float64]:
    """Return the share of nuclei that scored abnormal, shape (rows,)."""
    scored = np.asarray(rows.scored, dtype=np.float64).sum(1)
    return np.asarray(np.asarray(rows.abnormal, dtype=np.float64).sum(1) / np.maximum(scored, 1))


_chances = jax.jit(chances)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw a purity for each row and then its slides; all else stays."""
    chance = np.asarray(_chances(states, values, rows))
    weights = np.exp(np.asarray(rows.log_weight, float))
    ends = np.cumsum(weights / weights.sum(1, keepdims=True), axis=1)
    drawn = np.minimum((rng.random((len(chance), 1)) > ends).sum(1), chance.shape[1] - 1)
    pure = np.broadcast_to(np.take_along_axis(chance, drawn[:, None], 1), np.shape(rows.scored))
    return rows._replace(abnormal=draw_beta_binomial(rows.scored, pure, float(values[DISPERSION]), rng=rng))


def pad(rows: Rows, size: int) -> Rows:
    """Add rows of weight 0 up to `size`."""
    return pad_rows(rows, size)
