"""Synthetic patients from the general priors of docs/parameters.md, with two drugs."""

import numpy as np

from remnant.dynamics.model.packed import Packed, pack
from remnant.dynamics.model.parameters import Effect, Parameters, Structure
from remnant.dynamics.model.start import baseline
from remnant.dynamics.treatment import Course, Therapy, calendar

DAYS = np.array([0.0, 84.0, 200.0, 400.0, 650.0, 900.0, 1095.0])
CYCLES = calendar([Course(0, 400, 10.0), Course(460, 1095, 5.0)])  # 21 of 28 days, a hold, then half the dose
DAILY = calendar([Course(300, 700, 10.0, 1, 1)])
EDGES, DOSES = Therapy(("first", "second"), (CYCLES, DAILY)).segments(0, 1095)


def draw(n: int, rng: np.random.Generator, structure: Structure, *, strong: bool = False, **fixed):
    """Return packed patients and their starts; `strong` kills reach 10 and 100 per month."""

    def lognormal(median, spread):
        return median * np.exp(spread * rng.standard_normal(n))

    def logit_normal(centre, spread):
        return 1 / (1 + np.exp(-(centre + spread * rng.standard_normal(n))))

    own = dict(  # noqa: C408
        division=lognormal(0.11, 0.35),
        active=logit_normal(-1.4, 0.5),
        activation_malignant=lognormal(0.05, 0.7),
        advantage=lognormal(0.25, 0.5),
        progenitor_loss=lognormal(1.0, 0.4),
        mature_loss=lognormal(6.0, 0.4),
        mutation=lognormal(1e-6, 2.0),
        feedback=rng.choice([0.3, 1.0, 3.0], n),
        vigour=lognormal(1.0, 0.2),
    )
    parameters = Parameters(**own | fixed)
    first = Effect(
        active_kill=rng.uniform(1, 10, n) if strong else lognormal(0.3, 0.7),
        progenitor_kill=rng.uniform(20, 100, n) if strong else lognormal(8.0, 0.7),
        activation=np.abs(rng.standard_normal(n)),
        sensitivity=rng.beta(1, 9, n),
        normal_progenitor_kill=rng.uniform(0, 1, n),
    )
    second = Effect(
        quiescent_kill=lognormal(0.05, 0.5),
        differentiation=np.abs(0.1 * rng.standard_normal(n)),
        normal_activation=rng.uniform(0, 0.5, n),
        normal_active_kill=rng.uniform(0, 0.02, n),
    )
    start = baseline(
        parameters,
        fraction=logit_normal(2.0, 1.0),
        quiescent=logit_normal(1.5, 0.5),
        resistant=10 ** rng.uniform(-6, -2, n),
        structure=structure,
    )
    return pack(parameters, [first, second]), start


def row(packed: Packed, i: int):
    return packed.rates[i], packed.effects[i]
