"""Log density with gradient of a small hierarchical model, against a general solver and plain RK4.

Seven patients, eight visits in five years, three compartments, 21/28 therapy with a hold of each patient's
own, beta-binomial counts; 55 dimensions, non-centred: six numbers of a patient, their means and spreads, and
the dispersion. All are run turn about in one process, and each gradient is compared with central differences
of RK4 in steps 16 times as fine, and with the cascade in steps of a quarter.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import diffrax
import hierarchy
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from remnant.dynamics.deterministic.plan import DAYS_PER_MONTH, Plan, make_grid, stack_plans
from remnant.dynamics.deterministic.sensitivities import with_sensitivities

PATIENTS, OWN, ROUNDS = 7, 6, 15
ACTIVE = np.array([1, 2, 3, 4, 5, 6])  # which numbers of `hierarchy.NUMBERS` differ between patients
DIMENSIONS = PATIENTS * OWN + 2 * OWN + 1
HOLDS = [250 + 130 * i for i in range(PATIENTS)]
Seen = Callable[[Array], Array]  # thetas (patients, 7) to shares (patients, visits, 3)


def slope(state: Array, rates: Array, felt: Array) -> Array:
    """Return the slopes per month of a state (3, 4): the equations as they stand in `model.packed`."""
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


def runge_kutta(theta: Array, plan: Plan) -> Array:
    """Return the shares at the visits by the classical method, one step for each of the plan."""
    rates, effects, first = hierarchy.to_model(theta)
    felt = jnp.einsum("kd,dec->kec", plan.doses, effects)

    def step(y: Array, kind: Array) -> tuple[Array, Array]:
        h, f = jnp.asarray(plan.months)[kind], felt[kind]
        k1 = slope(y, rates, f)
        k2 = slope(y + h / 2 * k1, rates, f)
        k3 = slope(y + h / 2 * k2, rates, f)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(y + h * k3, rates, f))
        return y, y

    states = jnp.concatenate([first[None], lax.scan(step, first, plan.kinds)[1]])
    return hierarchy.shares(states[plan.visits])


def general(theta: Array, edges: Array, doses: Array, *, tolerance: float) -> Array:
    """Return the shares at the visits by diffrax, started afresh at every switch."""
    rates, effects, first = hierarchy.to_model(theta)

    def right(t: Array, y: Array, _: None) -> Array:
        dose = doses[jnp.clip(jnp.searchsorted(edges, t, side="right") - 1, 0, len(doses) - 1)]
        return slope(y, rates, jnp.tensordot(dose, effects, 1))

    months = hierarchy.VISITS / DAYS_PER_MONTH
    control = diffrax.ClipStepSizeController(
        diffrax.PIDController(rtol=tolerance, atol=tolerance * 1e-2), jump_ts=edges[1:-1]
    )
    answer = diffrax.diffeqsolve(
        diffrax.ODETerm(right),
        diffrax.Tsit5(),
        0.0,
        months[-1],
        0.1,
        first,
        saveat=diffrax.SaveAt(ts=months),
        stepsize_controller=control,
        adjoint=diffrax.RecursiveCheckpointAdjoint(checkpoints=64),
        max_steps=16**4,
    )
    return hierarchy.shares(answer.ys)


def thetas(x: Array) -> Array:
    """Return every patient's numbers from the 55 of the model."""
    own, mean, spread = x[: PATIENTS * OWN].reshape(PATIENTS, OWN), x[-13:-7], jnp.exp(x[-7:-1])
    moved = mean + hierarchy.SPREAD[ACTIVE] * spread * own
    return jnp.concatenate(
        [jnp.full((PATIENTS, 1), hierarchy.CENTRE[0]), moved + hierarchy.CENTRE[ACTIVE]], 1
    )


def density(seen: Seen, counts: Array) -> Callable[[Array], Array]:
    """Return the log posterior density, less a constant."""

    def log_density(x: Array) -> Array:
        dispersion = hierarchy.DISPERSION * jnp.exp(x[-1])
        return hierarchy.log_likelihood(counts, seen(thetas(x)), dispersion).sum() - (x**2).sum() / 2

    return log_density


def differences(function: Callable[[Array], Array], x: np.ndarray, h: float = 2e-3) -> np.ndarray:
    """Return the gradient by central differences with one extrapolation, all points at once."""
    move = np.concatenate([k * h * np.eye(len(x)) for k in (1, -1, 2, -2)])
    up, down, up2, down2 = np.asarray(jax.jit(jax.vmap(function))(x + move)).reshape(4, -1)
    return (8 * (up - down) - (up2 - down2)) / (12 * h)


def stacked(longest: float, pieces: int = 1, order: int = 4) -> Plan:
    """Return the plans of all patients in steps of at most `longest` days, cut once more."""
    grids = [make_grid(*hierarchy.segments(h), hierarchy.VISITS, longest=longest) for h in HOLDS]
    return stack_plans([grid.refined(pieces).plan(order=order) for grid in grids])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=float, nargs="+", default=[21.0], help="days of the cascade's steps")
    parser.add_argument("--tolerances", type=float, nargs="*", default=[1e-3, 1e-5], help="of diffrax")
    given = parser.parse_args()
    rng = np.random.default_rng(3)
    truth = np.zeros(DIMENSIONS)
    truth[:-13] = rng.standard_normal(DIMENSIONS - 13)
    eighth = stacked(DAYS_PER_MONTH / 8)
    plain = jax.vmap(runge_kutta)
    counts = hierarchy.counted(jax.jit(lambda x: plain(thetas(x), eighth))(truth), rng)
    x = truth + 0.3 * rng.standard_normal(DIMENSIONS)

    def cascade(plan: Plan, *, forward: bool = False) -> Seen:
        one = with_sensitivities(hierarchy.fractions) if forward else hierarchy.fractions
        return lambda theta: jax.vmap(one)(theta, plan)

    def tsit5(tolerance: float) -> Seen:
        pairs = [hierarchy.segments(hold) for hold in HOLDS]
        most = max(len(d) for _, d in pairs)
        edges = np.stack(
            [np.pad(e / DAYS_PER_MONTH, (0, most - len(e) + 1), constant_values=1e3) for e, _ in pairs]
        )
        doses = np.stack([np.pad(d, ((0, most - len(d)), (0, 0))) for _, d in pairs])
        return lambda theta: jax.vmap(partial(general, tolerance=tolerance))(theta, edges, doses)

    fine = stacked(DAYS_PER_MONTH / 8, 16)
    start = time.perf_counter()
    exact = differences(density(lambda theta: plain(theta, fine), counts), x)
    print(
        f"reference: central differences of RK4 in {fine.steps:,} steps ({time.perf_counter() - start:.0f} s)"
    )
    ways: dict[str, Seen] = {
        f"ours, order {order}, {d:g} days": cascade(stacked(d, order=order))
        for order in (3, 4)
        for d in given.steps
    }
    first = stacked(given.steps[0], order=3)
    ways |= {"ours, order 3, forward sensitivities": cascade(first, forward=True)}
    ways |= {"RK4, 1/8 month, reverse": lambda theta: plain(theta, eighth)}
    ways |= {f"diffrax Tsit5, {t:g}, reverse": tsit5(t) for t in given.tolerances}
    ways |= {"ours, a quarter of the steps": cascade(stacked(given.steps[0], 4))}
    compiled, seconds, errors, compiling = {}, {name: [] for name in ways}, {}, {}
    for name, seen in ways.items():
        start = time.perf_counter()
        compiled[name] = jax.jit(jax.value_and_grad(density(seen, counts))).lower(x).compile()
        compiling[name] = time.perf_counter() - start
        slopes = np.asarray(compiled[name](x)[1])
        errors[name] = np.max(np.abs(slopes - exact)) / np.max(np.abs(exact))
        print(f"{name}: compiled in {compiling[name]:.1f} s, gradient error {errors[name]:.1e}", flush=True)
    for _ in range(ROUNDS):
        for name, work in compiled.items():
            start = time.perf_counter()
            jax.block_until_ready(work(x))
            seconds[name].append(time.perf_counter() - start)
    ours = statistics.median(seconds[next(iter(ways))])
    print(f"{'':44}{'compile s':>10}{'ms':>9}{'ratio':>8}{'gradient error':>16}")
    for name, spent in seconds.items():
        ms = statistics.median(spent)
        print(f"{name:44}{compiling[name]:10.1f}{ms * 1e3:9.2f}{ms / ours:8.1f}{errors[name]:16.1e}")


if __name__ == "__main__":
    main()
