"""The chance of cure by the backward equation, against exact simulation to a standard error of 0.005.

The same parameter draws, ten years, three years of 21 days in 28 first; nothing is compiled inside a
measurement. A standard error of s takes P (1 - P) / s^2 paths: what a draw needs is worked out from its own
P. Where a clone grows without bound exact paths take for ever, so the draws have a small advantage, and the
hybrid, exact below a thousand cells, is timed beside them.
"""

from __future__ import annotations

from time import perf_counter
from typing import Literal

import numpy as np

from remnant.dynamics.extinction import Signal, cure_curve, cure_probability, survival
from remnant.dynamics.model.packed import Packed, pack
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.dynamics.stochastic import Cells, advance

DRAWS, SIMULATED, PATHS, ERROR = 20_000, 24, 400, 0.005
TEN_YEARS = 3652.0
FOUNDERS = np.array([[0.0, 0.0], [8.0, 2.0], [0.0, 0.0]])  # quiescent, active: normal, malignant, resistant
STATE = np.array([[0.3, 0.1, 0.4, 0.4], [0.4, 0.1, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]])
SIZES = np.geomspace(100, 1e6, 41)


def draw(number: int) -> Packed:
    """Draw rates about those of the priors; without feedback, so that both mean the same."""
    rng = np.random.default_rng(3)

    def log_normal(centre: float, spread: float) -> np.ndarray:
        return centre * np.exp(spread * rng.standard_normal(number))

    active = 1 / (1 + np.exp(1.4 - 0.5 * rng.standard_normal(number)))
    rates = Parameters(
        division=log_normal(0.11, 0.35),
        active=active,
        activation_malignant=log_normal(0.05, 0.7),
        advantage=log_normal(0.05, 0.5),
        progenitor_loss=log_normal(1.0, 0.4),
        mature_loss=log_normal(6.0, 0.4),
        mutation=np.minimum(log_normal(1e-6, 2.0), 1.0),
        feedback=0.0,
    )
    drug = Effect(active_kill=log_normal(0.3, 0.7), progenitor_kill=log_normal(8.0, 0.7))
    return pack(rates, [drug])


def therapy() -> tuple[np.ndarray, np.ndarray]:
    """Give 21 days in 28 for three years, and nothing until the tenth."""
    starts = np.arange(0.0, 1092.0, 28.0)
    edges = np.append(np.stack([starts, starts + 21], axis=1).ravel(), [1092.0, TEN_YEARS])
    doses = np.append(np.tile([1.0, 0.0], len(starts)), 0.0)[:, None]
    return edges, doses


def main() -> None:
    """Measure both on the same draws, and the error of the equation against a fine solution."""
    packed, (edges, doses), signal = draw(DRAWS), therapy(), Signal.constant(1.0)
    cells = np.broadcast_to(FOUNDERS, (DRAWS, 3, 2))

    def equation() -> np.ndarray:
        return cure_probability(packed, edges, doses, signal, cells, horizons=TEN_YEARS)[:, 0]

    few = Packed(packed.rates[:SIMULATED], packed.effects[:SIMULATED])
    repeated = Packed(*(np.repeat(array, PATHS, axis=0) for array in (few.rates, few.effects)))
    total = SIMULATED * PATHS
    start = Cells(np.tile(FOUNDERS, (total, 1, 1)), np.zeros((total, 3, 2)), np.zeros(total, np.uint64))

    def simulation(method: Literal["exact", "hybrid"]) -> np.ndarray:
        who = np.arange(total, dtype=np.uint64)
        end = advance(start, repeated, edges, doses, 1e5, seed_key=5, patients=who, method=method)
        return (end.stems[:, 1:].sum(axis=(1, 2)) == 0).reshape(SIMULATED, PATHS).mean(axis=1)

    chance, counted = equation(), simulation("exact")
    simulation("hybrid")
    works = {
        "equation": equation,
        "exact": lambda: simulation("exact"),
        "hybrid": lambda: simulation("hybrid"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(3):
        for name, work in works.items():
            begin = perf_counter()
            work()
            seconds[name].append(perf_counter() - begin)
    per_draw = float(np.median(seconds["equation"])) / DRAWS
    spread = chance[:SIMULATED] * (1 - chance[:SIMULATED])
    paths = float(np.mean(spread)) / ERROR**2
    print(f"backward equation, 80 segments: {1 / per_draw:,.0f} draws/s")
    for name in ("exact", "hybrid"):
        per_path = float(np.median(seconds[name])) / total
        print(
            f"{name} simulation: {1 / per_path:,.0f} paths/s; {paths:,.0f} paths a draw: "
            f"ratio {paths * per_path / per_draw:,.0f}"
        )
    z = (counted - chance[:SIMULATED]) / np.sqrt(spread / PATHS)
    print(f"both agree: mean z^2 {np.mean(z**2):.2f}, largest |z| {np.abs(z).max():.1f} of {SIMULATED} draws")
    fine = cure_probability(packed, edges, doses, signal, cells, horizons=TEN_YEARS, tolerance=1e-10)[:, 0]
    bound = survival(packed, edges, doses, signal, horizons=TEN_YEARS).error.max()
    print(f"largest error {np.abs(chance - fine).max():.1e}, bound said {bound:.1e}")
    states = np.broadcast_to(STATE, (DRAWS, 3, 4))
    begin = perf_counter()
    cure_curve(packed, edges, doses, signal, states, SIZES, horizons=[TEN_YEARS, np.inf])
    spent = perf_counter() - begin
    print(f"curves over {len(SIZES)} sizes, two horizons: {spent / DRAWS * 1e4:.2f} s per 10,000 patients")


if __name__ == "__main__":
    main()
