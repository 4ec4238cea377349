"""The equations of `model.packed` once more, by the classical Runge-Kutta method in small steps."""

import jax
import jax.numpy as jnp
from jax import lax


def slope(state, rates, felt):
    """Slopes per month of a state (3, 4) under the drugs' summed effects (5, 3)."""
    a, b, division, advantage, loss_p, loss_m, alpha, kappa, mu = rates
    kill_q, kill_a, kill_p, psi, differentiation = felt
    q, active, p, m = state.T
    signal = (1 + kappa) / (1 + kappa * (q.sum() + active.sum()))
    renew = jnp.minimum(1.0, (1 + advantage) * signal / 2) * jnp.exp(-differentiation)
    wake, mutants = a * (1 + psi), mu * renew * division * active
    dq = b * active - (wake + kill_q) * q
    da = wake * q - b * active + (2 * renew - 1) * division * active - kill_a * active
    da = da - mutants + jnp.roll(mutants, 1)
    dp = alpha * 2 * (1 - renew) * division * active - (loss_p + kill_p) * p
    return jnp.stack([dq, da, dp, loss_m * (p - m)], axis=1)


def trajectory(rates, effects, first, plan):
    """States at the visits, (times, 3, 4), one step for each of the plan."""
    felt = jnp.einsum("kd,dec->kec", plan.doses, effects)
    months, kinds, visits = (jnp.asarray(x) for x in (plan.months, plan.kinds, plan.visits))

    def step(y, kind):
        h, f = months[kind], felt[kind]
        k1 = slope(y, rates, f)
        k2 = slope(y + h / 2 * k1, rates, f)
        k3 = slope(y + h / 2 * k2, rates, f)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(y + h * k3, rates, f))
        return y, y

    return jnp.concatenate([first[None], lax.scan(step, first, kinds)[1]])[visits]


def differences(function, points, h=1e-3):
    """Gradients of a vectorised function at points (n, k): central differences with one extrapolation."""
    n, k = points.shape
    moves = jnp.concatenate([s * h * jnp.eye(k) for s in (1, -1, 2, -2)])
    values = jax.jit(jax.vmap(function, in_axes=(1,)))(points[:, None] + moves)
    up, down, up2, down2 = values.reshape(4, k, n)
    return (8 * (up - down) - (up2 - down2)).T / (12 * h)
