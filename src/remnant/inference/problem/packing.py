"""From the numbers of one patient to the arrays of the model: `pack` and `baseline`, differentiable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
from jax import Array

from remnant.dynamics.model.packed import (
    ACTIVATION,
    ADVANTAGE,
    AMPLIFICATION,
    DIVISION,
    FEEDBACK,
    MATURE_LOSS,
    MUTATION,
    PROGENITOR_LOSS,
    RATES,
    REST,
)

KILLS = ("quiescent_kill", "active_kill", "progenitor_kill", "activation", "differentiation")


def model_of(
    values: Mapping[str, Array], drugs: Sequence[str], *, stages: int = 1
) -> tuple[Array, Array, Array]:
    """Lay out one patient for `trajectory`.

    Parameters
    ----------
    values : mapping of str to Array, shape ()
        By the names of `Preset.priors()`, with the effects of `drugs`.
    drugs : sequence of str
        In the order of the plan's doses.
    stages : int, default 1
        Mature stages.

    Returns
    -------
    rates : Array, shape (9, 3)
    effects : Array, shape (drugs, 5, 3)
    initial : Array, shape (3, 3 + stages)
        As `remnant.dynamics.model.packed.pack` and `remnant.dynamics.model.start.baseline` make them, for
        feedback from the niche.
    """
    v = values
    zero = jnp.zeros(())
    division, active = v["division"] / v["active"], v["active"]
    rest = v["activation_normal"] * (1 - active) / active
    fast, loss = division * v["vigour"], v["progenitor_loss"]
    rows = {
        ACTIVATION: (v["activation_normal"], v["activation_malignant"], v["activation_malignant"]),
        REST: (rest, rest, rest),
        DIVISION: (division, fast, fast),
        ADVANTAGE: (zero, v["advantage"], v["advantage"]),
        PROGENITOR_LOSS: (loss, loss, loss),
        MATURE_LOSS: (v["mature_loss"],) * 3,
        AMPLIFICATION: (loss / v["division"],) * 3,
        FEEDBACK: (v["feedback"],) * 3,
        MUTATION: (zero, v["mutation"], zero),
    }
    rates = jnp.stack([jnp.stack(rows[row]) for row in range(RATES)])
    effects = jnp.stack([_effect(v, drug) for drug in drugs]) if drugs else jnp.zeros((0, len(KILLS), 3))
    return rates, effects, _start(v, stages)


def _effect(v: Mapping[str, Array], drug: str) -> Array:
    zero, felt = jnp.zeros(()), v[f"{drug}.sensitivity"]
    normal = {
        "active_kill": v[f"{drug}.normal_active_kill"],
        "progenitor_kill": v[f"{drug}.normal_progenitor_kill"],
        "activation": v[f"{drug}.normal_activation"],
    }
    whole = {name: v[f"{drug}.{name}"] for name in KILLS}
    return jnp.stack([jnp.stack([normal.get(name, zero), whole[name], felt * whole[name]]) for name in KILLS])


def _start(v: Mapping[str, Array], stages: int) -> Array:
    f, q, r, active = v["start.fraction"], v["start.quiescent"], v["start.resistant"], v["active"]
    share = jnp.stack([1 - f, f * (1 - r), f * r])
    resting = jnp.stack([1 - active, q, q])
    clone = jnp.array([0.0, 1.0, 1.0])
    cycling = share * (1 - resting)
    strength, gain = 1 + clone * (v["vigour"] - 1), 1 + clone * v["advantage"]
    output = strength * cycling / active * jnp.maximum(0.0, 2 - gain)
    return jnp.stack([share * resting, cycling, *[output] * (1 + stages)], axis=1)
