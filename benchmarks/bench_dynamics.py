"""Log density with gradient of a small trial: the cascade against Runge-Kutta and diffrax, turn about.

Seven synthetic patients, eight visits, three compartments, beta-binomial FISH, interrupted 21 of 28 days;
55 dimensions, non-centred: 6 numbers of the population, their 6 spreads, 42 of the patients, and one
overdispersion. Errors of gradients are measured against the cascade in steps of one day.
"""

from __future__ import annotations

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
OURS = "cascade of order 3, a step per switch"


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
    def plans(longest, order=4):
        return jax.tree.map(
            jnp.asarray,
            stack_plans(
                [make_plan(*schedule(i), VISITS, longest=longest, order=order) for i in range(PATIENTS)]
            ),
        )

    fine = plans(1.0)
    counts = jnp.asarray(np.random.default_rng(2).integers(0, 200, (PATIENTS, len(VISITS), 3)).astype(float))
    ways = {
        OURS: density(by_cascade, plans(21.0, order=3), counts),
        "cascade of order 4, a step per switch": density(by_cascade, plans(21.0), counts),
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
    ours = statistics.median(spent[OURS])
    print("| way | first call, s | ms, median | least | ours is faster by | gradient error |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, seconds in spent.items():
        middle = statistics.median(seconds)
        print(
            f"| {name} | {compiling[name]:.1f} | {middle * 1e3:.2f} | {min(seconds) * 1e3:.2f} | "
            f"{middle / ours:.1f} | {errors[name]:.1e} |"
        )


if __name__ == "__main__":
    main()
