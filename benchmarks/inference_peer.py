"""The posterior of `bench_inference` as a PyMC model, run by the Python that REMNANT_PEERS names.

As a good user would write it: classical RK4 in a scan over steps, all patients at once, the same priors, and
beta-binomial counts. Needs PyMC alone. Arguments: a file with the arrays of the posterior, and one to write.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

given = dict(np.load(sys.argv[1]))
PATIENTS, K = given["counts"].shape[0], len(given["centre"])


def to_model(theta):
    """Return rates of the clones, effects, and first state (patients, 4, 3)."""
    division, activation, advantage, kill_a, kill_p = (pt.exp(theta[:, i, None]) for i in range(5))
    fraction, quiescent = (pt.sigmoid(theta[:, i, None]) for i in (5, 6))
    active, rest, loss, felt, resistant = 0.2, 0.05, 1.0, 0.1, 1e-4
    clone, own = np.array([0.0, 1, 1]), np.array([0.0, 1, felt])
    wake = rest * (1 - clone) + activation * clone
    share = pt.concatenate([1 - fraction, fraction * (1 - resistant), fraction * resistant], axis=1)
    resting = quiescent * clone + (1 - active) * (1 - clone)
    cycling = share * (1 - resting)
    output = cycling / active * pt.maximum(0.0, 1 - clone * advantage)
    rates = wake, rest * (1 - active) / active, division / active, clone * advantage, loss / division
    return rates, (own * kill_a, own * kill_p), pt.stack([share * resting, cycling, output, output], axis=1)


def slope(y, dose, rates, kills):
    """Return the slopes per month of states (patients, 4, 3) at doses (patients, 1)."""
    wake, sleep, division, advantage, alpha = rates
    q, a, p, m = (y[:, i] for i in range(4))
    signal = 2 / (1 + q.sum(1, keepdims=True) + a.sum(1, keepdims=True))
    renew = pt.minimum(1.0, (1 + advantage) * signal / 2)
    mutants = np.array([0.0, 1e-6, 0]) * renew * division * a
    dq = sleep * a - wake * q
    da = wake * q - sleep * a + (2 * renew - 1) * division * a - dose * kills[0] * a
    da = da - mutants + pt.roll(mutants, 1, axis=1)
    dp = alpha * 2 * (1 - renew) * division * a - (1.0 + dose * kills[1]) * p
    return pt.stack([dq, da, dp, 6.0 * (p - m)], axis=1)


def step(h, dose, y, *numbers):
    """One step of RK4 of every patient."""
    rates, kills = numbers[:5], numbers[5:]
    h, dose = h[:, None, None], dose[:, None]
    k1 = slope(y, dose, rates, kills)
    k2 = slope(y + h / 2 * k1, dose, rates, kills)
    k3 = slope(y + h / 2 * k2, dose, rates, kills)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + slope(y + h * k3, dose, rates, kills))


def model() -> pm.Model:
    """Return the whole posterior."""
    with pm.Model() as whole:
        median, spread = pm.Normal("median", shape=K), pm.Normal("spread", shape=K)
        own = pm.Normal("own", shape=(PATIENTS, K))
        moved = given["shift"] * median + given["spread0"] * pt.exp(given["spread_sd"] * spread) * own
        rates, kills, first = to_model(given["centre"] + given["scale"] * moved)
        months, doses = (pt.as_tensor(given[name].T) for name in ("months", "doses"))
        path = pytensor.scan(
            step, [months, doses], [first], [*rates, *kills], strict=True, return_updates=False
        )
        path = pt.concatenate([first[None], path])
        seen = path[given["visits"].T, np.arange(PATIENTS)]  # (visits, patients, 4, 3)
        kinds = pt.stack([seen[:, :, 0] + seen[:, :, 1], seen[:, :, 2], seen[:, :, 3]], axis=2)
        share = kinds[..., 1:].sum(-1) / kinds.sum(-1)
        blur, precision, nuclei = given["assay"]
        seen = blur + (1 - 2 * blur) * share
        counts = given["counts"].transpose(1, 0, 2).astype(int)
        pm.BetaBinomial("counts", seen * precision, (1 - seen) * precision, int(nuclei), observed=counts)
    return whole


def main() -> None:
    """Evaluate the density, time its gradient, and sample."""
    whole = model()
    begin = time.perf_counter()
    density = whole.logp_dlogp_function(ravel_inputs=True)
    density.set_extra_values({})
    points = given["points"]
    values = np.array([density(point)[0] for point in points])
    compiling = time.perf_counter() - begin
    seconds = []
    for _ in range(30):
        begin = time.perf_counter()
        density(points[0])
        seconds.append(time.perf_counter() - begin)
    print(
        f"PyMC {pm.__version__}, PyTensor {pytensor.__version__}, mode {pytensor.config.mode}, "
        f"linker {pytensor.config.linker}: compiled in {compiling:.0f} s",
        flush=True,
    )
    answer = {"values": values, "seconds": np.array(seconds)}
    tune, draws, chains = (int(number) for number in given["plan"])
    if draws:
        with whole:
            trace = pm.sample(
                draws, tune=tune, chains=chains, cores=min(2, chains), random_seed=1, progressbar=False,
                target_accept=0.85, discard_tuned_samples=False, compute_convergence_checks=False,
            )  # fmt: skip
        held = [
            trace.posterior[name].values.reshape(chains, draws, -1) for name in ("median", "spread", "own")
        ]
        answer["draws"] = np.concatenate(held, -1)
        for part, stats in (("warm", trace.warmup_sample_stats), ("kept", trace.sample_stats)):
            answer[part] = stats["n_steps"].values
        answer["sampling"] = np.array(trace.posterior.attrs["sampling_time"])
    np.savez(sys.argv[2], **answer)


if __name__ == "__main__":
    main()
