r"""Variant reads: the resistant clone in the DNA of a whole marrow.

With r the share of resistant cells among maturing cells, and l that of lymphoid cells,

    v = (1 - l) r / 2        where one of two alleles carries the variant
    v = (1 - l) r            where the other copy is lost (loss of heterozygosity)
    x = v + (1 - v) e,       k of n reads ~ BetaBinomial(n, x phi, (1 - x) phi)

with e the share of wrong reads. Loss of heterozygosity is taken as copy-neutral, since the kind is rarely
reported; a deletion gives r / (2 - r), less than r by up to a half where r is small.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from remnant.dynamics.model.priors import Prior
from remnant.observation.likelihood.compartments import LYMPHOID, Values, lymphoid, resistant_fraction
from remnant.observation.likelihood.counted import Rows, draw, log_chance, observed, pad
from remnant.observation.likelihood.number import Number

__all__ = ["Rows", "log_likelihood", "numbers", "observed", "pad", "seen", "simulate"]

BACKGROUND, DISPERSION = "variants.background", "variants.dispersion"
ONE_ALLELE, OTHER_LOST = range(2)  # `kind` of a row


def numbers() -> tuple[Number, ...]:
    """Return what reads leave unknown: wrong ones, and how far samples differ by more than chance."""
    wrong = Prior(
        *("background", "-", "lognormal", 3e-4, 0.7),
        upper=0.05,
        source="errors of amplicon sequencing are 1e-4 to 1e-3",
        mark="from memory",
        note="share of wrong reads at the place",
    )
    note = "two reads of a sample agree like 1 / (1 + phi)"
    dispersion = Prior("dispersion", "-", "lognormal", 500.0, 0.7, source="weak", note=note)
    return Number(BACKGROUND, wrong, "shared"), Number(DISPERSION, dispersion, "shared"), LYMPHOID


def seen(states: Array, values: Values, rows: Rows) -> Array:
    """Return the expected share of reads with the variant, shape (rows,)."""
    cells = resistant_fraction(states)[rows.time] * (1 - lymphoid(values))
    alleles = cells * jnp.where(jnp.asarray(rows.kind) == OTHER_LOST, 1.0, 0.5)
    return jnp.asarray(alleles + (1 - alleles) * values[BACKGROUND])


def log_likelihood(states: Array, values: Values, rows: Rows) -> Array:
    """Return the log chance of the reads of each row, shape (rows,)."""
    return log_chance(rows, seen(states, values, rows), values[DISPERSION])


_seen = jax.jit(seen)


def simulate(states: Any, values: Values, rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw the variant reads of each row; all else stays."""
    return draw(rows, _seen(states, values, rows), values[DISPERSION], rng=rng)
