"""Cohorts of identical patients, and the score of a sample against its moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from remnant.dynamics.model.packed import AMPLIFICATION, Packed, pack
from remnant.dynamics.model.parameters import DAYS_PER_MONTH, Effect, Parameters, Structure
from remnant.dynamics.stochastic import Cells, advance
from remnant.dynamics.stochastic.moments import Moments

POOL, NICHE = 1e5, Structure()


@dataclass(frozen=True)
class Cohort:
    """`n` times one patient: small clones at the start, progenitors in cells."""

    packed: Packed
    cells: Cells
    pool: float
    patients: np.ndarray

    @property
    def cell(self) -> float:
        """One progenitor in healthy pools."""
        return float(self.packed.rates[0, AMPLIFICATION, 1]) / self.pool

    def advance(self, months, doses, **options) -> Cells:
        edges = np.concatenate([[0.0], np.cumsum(months)]) * DAYS_PER_MONTH
        given = {"seed_key": 20260726, "patients": self.patients, **options}
        return advance(self.cells, self.packed, edges, doses, self.pool, **given)

    def counts(self, cells: Cells) -> np.ndarray:
        """Q, A, P of the malignant and the resistant clone, then M of both in units of a progenitor."""
        made = cells.followers / self.cell
        both = [np.column_stack([cells.stems[:, c], made[:, c, 0]]) for c in (1, 2)]
        return np.column_stack([*both, made[:, 1, 1], made[:, 2, 1]])


@pytest.fixture
def cohort() -> Callable[..., Cohort]:
    def make(
        parameters: Parameters,
        effect: Effect,
        n: int,
        *,
        normal=(0, 0),
        malignant=(0, 0, 0),
        resistant=(0, 0, 0),
        pool: float = POOL,
        structure: Structure = NICHE,
    ) -> Cohort:
        one = pack(parameters, [effect])
        packed = Packed(np.repeat(one.rates, n, 0), np.repeat(one.effects, n, 0))
        stems = np.tile(np.array([normal[:2], malignant[:2], resistant[:2]], float), (n, 1, 1))
        followers = np.zeros((n, 3, 1 + structure.stages))
        for c, clone in ((1, malignant), (2, resistant)):
            followers[:, c, 0] = clone[2] * one.rates[0, AMPLIFICATION, c] / pool
        cells = Cells(stems, followers, np.zeros(n, np.uint64))
        return Cohort(packed, cells, pool, np.arange(n, dtype=np.uint64))

    return make


@pytest.fixture
def scores() -> Callable[[np.ndarray, Moments], tuple[np.ndarray, np.ndarray]]:
    def score(sample: np.ndarray, theory: Moments) -> tuple[np.ndarray, np.ndarray]:
        """How many standard errors every mean, and every entry of the covariance, is off."""
        off = sample - theory.mean
        products = off[:, :, None] * off[:, None, :]
        root = np.sqrt(len(sample))
        z = (products.mean(0) - theory.covariance) / (products.std(0) / root)
        return off.mean(0) / (np.sqrt(np.diag(theory.covariance)) / root), z

    return score
