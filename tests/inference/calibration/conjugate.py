"""A hierarchy whose posterior is known: the harness must pass it, and find what is wrong with others.

m ~ N(0, .6^2),   u_i ~ N(m, .8^2),   y_i ~ N(u_i, noise^2 / n),   relapse on day 500 exp(u_i)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from remnant.inference.calibration.outcome import MODEL, Drawn, Forecast, Outcome

SHIFT, SPREAD, NOISE = 0.6, 0.8, 0.7
HORIZON = 1826.25


@dataclass(frozen=True)
class ConjugateTrial:
    """Exact where nothing is given; else the noise is believed smaller, or the mean elsewhere, than it is."""

    patients: int = 5
    draws: int = 199
    believed_noise: float = NOISE
    believed_mean: float = 0.0

    def __call__(self, rng: np.random.Generator) -> Outcome:
        n = self.patients
        centre = SHIFT * rng.standard_normal()
        own = centre + SPREAD * rng.standard_normal(n)
        seen = own + NOISE * rng.standard_normal(n)
        prior = SHIFT**2 + SPREAD**2 * np.eye(n + 1)  # of the centre, then of each patient
        prior[0] = prior[:, 0] = SHIFT**2
        gain = prior[:, 1:] @ np.linalg.inv(prior[1:, 1:] + self.believed_noise**2 * np.eye(n))
        mean = self.believed_mean + gain @ (seen - self.believed_mean)
        root = np.linalg.cholesky(prior - gain @ prior[1:] + 1e-12 * np.eye(n + 1))
        draws = mean + rng.standard_normal((self.draws, n + 1)) @ root.T
        prior_root = np.linalg.cholesky(prior + 1e-12 * np.eye(n + 1))
        blind = rng.standard_normal((self.draws, n + 1)) @ prior_root.T
        cells = rng.binomial(50, expit(own)).astype(float)
        return Outcome(
            numbers={
                "centre (median)": Drawn(centre, draws[:, 0]),
                "log likelihood": Drawn(_likely(seen, own), _likely(seen, draws[:, 1:])),
            },
            own={"own": Drawn(own, draws[:, 1:])},
            patients=np.arange(n),
            days=_days(own),
            horizon=HORIZON,
            group=tuple("even" if i % 2 == 0 else "odd" for i in range(n)),
            counts=cells,
            of=np.full(n, 50.0),
            what=("cells",) * n,
            forecasts={
                MODEL: _forecast(draws[:, 1:], rng),
                "last value": _forecast(blind[:, 1:], rng),
            },
            effort={"gradients": 0.0, "divergences": 0.0},
        )


def _likely(seen, own):
    return -(((seen - own) / NOISE) ** 2).sum(axis=-1) / 2


def _days(own):
    days = 500 * np.exp(own)
    return np.where(days <= HORIZON, days, np.inf)


def _forecast(own, rng):
    return Forecast(list(_days(own).T), rng.binomial(50, expit(own)).astype(float))
