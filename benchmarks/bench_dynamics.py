<<<<<<< HEAD
"""Log density with gradient of a small hierarchical model, against a general solver and plain RK4.

Seven patients, eight visits in five years, three compartments, 21/28 therapy with a hold of each patient's
own, beta-binomial counts; 55 dimensions, non-centred: six numbers of a patient, their means and spreads, and
the dispersion. All are run turn about in one process, and each gradient is compared with central differences
of RK4 in steps 16 times as fine, and with the cascade in steps of a quarter.
=======
"""Log density with gradient of a small trial: the cascade against Runge-Kutta and diffrax, turn about.

Seven synthetic patients, eight visits, three compartments, FISH as a beta-binomial, interrupted 21 of 28 days;
55 dimensions, non-centred: 6 numbers of the population, their 6 spreads, 42 of the patients, and one
overdispersion. Errors of gradients are measured against the cascade in steps of one day.
>>>>>>> h-cascade
"""

from __future__ import annotations

<<<<<<< HEAD
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
    return jnp.concatenate([jnp.full((PATIENTS, 1), hierarchy.CENTRE[0]), moved + hierarchy.CENTRE[ACTIVE]], 1)


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


def stacked(longest: float, pieces: int = 1) -> Plan:
    """Return the plans of all patients in steps of at most `longest` days, cut once more."""
    grids = [make_grid(*hierarchy.segments(h), hierarchy.VISITS, longest=longest) for h in HOLDS]
    return stack_plans([grid.refined(pieces).plan() for grid in grids])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=float, nargs="+", default=[21.0], help="days of the cascade's steps")
    parser.add_argument("--tolerances", type=float, nargs="*", default=[1e-5, 1e-8], help="of diffrax")
    given = parser.parse_args()
    rng = np.random.default_rng(3)
    truth = np.zeros(DIMENSIONS)
    truth[:-13] = rng.standard_normal(DIMENSIONS - 13)
    eighth = stacked(DAYS_PER_MONTH / 8)
    plain = jax.vmap(runge_kutta)
    counts = hierarchy.counted(jax.jit(lambda x: plain(thetas(x), eighth))(truth), rng)
    x = truth + 0.3 * rng.standard_normal(DIMENSIONS)

    def cascade(plan: Plan) -> Seen:
        return lambda theta: jax.vmap(with_sensitivities(hierarchy.fractions))(theta, plan)

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
    print(f"reference: central differences of RK4 in {fine.steps:,} steps ({time.perf_counter() - start:.0f} s)")
    ways: dict[str, Seen] = {
        f"ours, {d:g} days, forward sensitivities": cascade(stacked(d)) for d in given.steps
    }
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
=======
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import betaln

from remnant.dynamics.deterministic.cascade import trajectory
from remnant.dynamics.deterministic.plan import make_plan, stack_plans

PATIENTS, NUCLEI, ROUNDS = 7, 200.0, 15
VISITS = np.array([0, 90, 200, 400, 700, 1000, 1300, 1826.0])
CENTRE = jnp.array([np.log(0.05), np.log(0.25), np.log(0.3), np.log(8.0), 2.0, 1.5])
OWN = 6


def schedule(patient: int) -> tuple[np.ndarray, np.ndarray]:
    """21 of 28 days with a hold that begins on another day for each patient."""
    starts = np.arange(0, 1826, 28.0)
    edges = np.unique(np.concatenate([starts, starts + 21, [1826.0]]))
    edges = edges[edges <= 1826]
    hold = 300 + 56 * patient
    on = (edges[:-1] % 28 < 21) & ~((edges[:-1] >= hold) & (edges[:-1] < hold + 84))
    return edges, on[:, None].astype(float)


def model(theta: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    wake, gain, kill, strong = jnp.exp(theta[:4])
    f, q = jax.nn.sigmoid(theta[4:])
    one, none, rho, division = jnp.ones(()), jnp.zeros(()), 0.2, 0.11
    lam = division / rho * one
    rows = [
        (0.05 * one, wake, wake),
        (0.2 * one,) * 3,
        (lam,) * 3,
        (none, gain, gain),
        (one,) * 3,
        (6 * one,) * 3,
    ]
    rows += [(one / division,) * 3, (one,) * 3, (none, 1e-6 * one, none)]
    effects = [(none,) * 3, (none, kill, 0.1 * kill), (none, strong, 0.1 * strong), (none,) * 3, (none,) * 3]
    r = 1e-4
    resting = [(1 - rho) * (1 - f), q * f * (1 - r), q * f * r]
    active = [rho * (1 - f), (1 - q) * f * (1 - r), (1 - q) * f * r]
    start = jnp.stack([jnp.stack([a, b, b / rho, b / rho]) for a, b in zip(resting, active, strict=True)])
    return (
        jnp.stack([jnp.stack(row) for row in rows]),
        jnp.stack([jnp.stack(e) for e in effects])[None],
        start,
    )


def slopes(x: jax.Array, rates: jax.Array, felt: jax.Array) -> jax.Array:
    """The plain equations, for the peers; x has rows Q, A, P, M."""
    q, a, p, m = x
    load, kappa = jnp.sum(q + a), rates[7]
    renew = jnp.minimum(1.0, (1 + rates[3]) * (1 + kappa) / (1 + kappa * load) / 2)
    mutants = rates[8, 1] * renew[1] * rates[2, 1] * a[1] * jnp.array([0.0, -1.0, 1.0])
    woken = rates[0] * q
    return jnp.stack(
        [
            rates[1] * a - woken,
            woken - rates[1] * a + ((2 * renew - 1) * rates[2] - felt[1]) * a + mutants,
            rates[6] * 2 * (1 - renew) * rates[2] * a - (rates[4] + felt[2]) * p,
            rates[5] * (p - m),
        ]
    )


def fraction(states: jax.Array) -> jax.Array:
    """Clone among all, (visits, compartments): stem, progenitor, mature; from (visits, 3, 4)."""
    kinds = jnp.stack([states[..., 0] + states[..., 1], states[..., 2], states[..., 3]], axis=-1)
    return kinds[:, 1:].sum(1) / kinds.sum(1)


def by_cascade(theta, plan):
    return fraction(trajectory(*model(theta), plan)[0])


def by_runge_kutta(theta, plan):
    rates, effects, start = model(theta)
    felt = jnp.einsum("kd,dec->kec", plan.doses, effects)

    def step(x, kind):
        h, now = plan.months[kind], felt[kind]
        k1 = slopes(x, rates, now)
        k2 = slopes(x + h / 2 * k1, rates, now)
        k3 = slopes(x + h / 2 * k2, rates, now)
        k4 = slopes(x + h * k3, rates, now)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return x, x

    _, path = jax.lax.scan(step, start.T, plan.kinds)
    return fraction(jnp.moveaxis(jnp.concatenate([start.T[None], path])[plan.visits], 1, 2))


def by_diffrax(rtol):
    import diffrax

    def solve(theta, switches):
        times, doses = switches
        rates, effects, start = model(theta)

        def field(t, x, _):
            felt = (
                doses[jnp.clip(jnp.searchsorted(times, t, side="right") - 1, 0, len(doses) - 1), 0]
                * effects[0]
            )
            return slopes(x, rates, felt)

        control = diffrax.ClipStepSizeController(
            diffrax.PIDController(rtol=rtol, atol=rtol * 1e-3), jump_ts=times
        )
        answer = diffrax.diffeqsolve(
            diffrax.ODETerm(field),
            diffrax.Tsit5(),
            0.0,
            VISITS[-1] / 30.4375,
            None,
            start.T,
            saveat=diffrax.SaveAt(ts=jnp.asarray(VISITS / 30.4375)),
            stepsize_controller=control,
            max_steps=16384,
            adjoint=diffrax.RecursiveCheckpointAdjoint(),
        )
        return fraction(jnp.moveaxis(answer.ys, 1, 2))

    return solve


def density(course, given, counts):
    def log_density(x):
        centre, spread, phi = CENTRE + x[:OWN], jnp.exp(x[OWN : 2 * OWN] - 1), jnp.exp(4.4 + 0.5 * x[-1])
        own = x[2 * OWN : -1].reshape(PATIENTS, OWN)
        f = jax.vmap(course)(centre + spread * own, given)
        p = 0.01 + 0.97 * f
        like = betaln(counts + p * phi, NUCLEI - counts + (1 - p) * phi) - betaln(p * phi, (1 - p) * phi)
        return jnp.sum(like) - 0.5 * jnp.sum(x**2)

    return jax.jit(jax.value_and_grad(log_density))


def main() -> None:
    def plans(longest):
        return jax.tree.map(
            jnp.asarray,
            stack_plans([make_plan(*schedule(i), VISITS, longest=longest) for i in range(PATIENTS)]),
        )

    coarse, fine = plans(21.0), plans(1.0)
    counts = jnp.asarray(np.random.default_rng(2).integers(0, 200, (PATIENTS, len(VISITS), 3)).astype(float))
    ways = {
        "cascade, a step per switch": density(by_cascade, coarse, counts),
        "Runge-Kutta 4, 1/8 month, reverse": density(by_runge_kutta, plans(30.4375 / 8), counts),
    }
    if "--no-diffrax" not in sys.argv:
        most = max(len(schedule(i)[0]) for i in range(PATIENTS))
        times = np.stack(
            [
                np.pad(e / 30.4375, (0, most - len(e)), constant_values=1e3)
                for e, _ in map(schedule, range(PATIENTS))
            ]
        )
        doses = np.stack([np.pad(d, ((0, most - len(d)), (0, 0))) for _, d in map(schedule, range(PATIENTS))])
        switches = jnp.asarray(times), jnp.asarray(doses)
        ways["diffrax Tsit5, rtol 1e-5, reverse"] = density(by_diffrax(1e-5), switches, counts)
        ways["diffrax Tsit5, rtol 1e-8, reverse"] = density(by_diffrax(1e-8), switches, counts)
    point = 0.3 * jnp.asarray(np.random.default_rng(3).standard_normal(13 + PATIENTS * OWN))
    truth = np.asarray(density(by_cascade, fine, counts)(point)[1])
    spent: dict[str, list[float]] = {name: [] for name in ways}
    errors, compiling = {}, {}
    for name, way in ways.items():
        begin = time.perf_counter()
        gradient = np.asarray(jax.block_until_ready(way(point))[1])
        compiling[name] = time.perf_counter() - begin
        errors[name] = np.linalg.norm(gradient - truth) / np.linalg.norm(truth)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            begin = time.perf_counter()
            jax.block_until_ready(way(point))
            spent[name].append(time.perf_counter() - begin)
    ours = statistics.median(spent["cascade, a step per switch"])
    print("| way | first call, s | ms, median | least | ours is faster by | gradient error |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, seconds in spent.items():
        middle = statistics.median(seconds)
        print(
            f"| {name} | {compiling[name]:.1f} | {middle * 1e3:.2f} | {min(seconds) * 1e3:.2f} | "
            f"{middle / ours:.1f} | {errors[name]:.1e} |"
        )
>>>>>>> h-cascade


if __name__ == "__main__":
    main()
