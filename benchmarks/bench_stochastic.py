"""Exact and hybrid simulation of small clones against GillesPy2's compiled SSA, in one interleaved run.

The same two networks on both sides, ten years, 8 malignant and 2 resistant founders in a niche that stands
still: stem cells alone (4 species, 10 reactions), and with progenitors (6 species, 12 reactions). The hybrid
also follows mature cells, and is timed twice: asked for the end alone, and at a visit every four weeks.

GillesPy2 (GPL, never a dependency) runs in an environment of its own, whose Python the variable REMNANT_PEERS
names; without it the peer is left out. Compiling is excluded on both sides and printed. Every answer is
checked against the moments, for a fast wrong answer is worth nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from remnant.dynamics.model.packed import AMPLIFICATION, Packed, pack
from remnant.dynamics.model.parameters import DAYS_PER_MONTH, Effect, Parameters
from remnant.dynamics.stochastic import Cells, advance
from remnant.dynamics.stochastic.moments import moments
from remnant.dynamics.stochastic.network import Network, clones, simulate

YEARS, ROUNDS, OURS, THEIRS, THREADS = 10, 5, 40_000, 5_000, 2
MONTHS, POOL = 12.0 * YEARS, 1e5
Timed = tuple[float, float, np.ndarray]  # per patient: seconds, seconds of processor; the cells at the end
PARAMETERS = Parameters(
    division=0.11,
    active=0.2,
    activation_malignant=0.05,
    advantage=-0.05,
    progenitor_loss=1.0,
    mature_loss=6.0,
    mutation=0.01,
    feedback=0.0,
)
DRUG = Effect(active_kill=0.02, progenitor_kill=2.0, sensitivity=0.0)
STEMS, WITH_PROGENITORS = (4, 4, 1, 1), (4, 4, 0, 1, 1, 0)

# Runs in the peer's Python: reads a network, compiles it, then answers each line "runs seed" with what it
# took.
PEER = """
import json, os, resource, sys, sysconfig, time
os.environ["PYTHONPATH"] = sysconfig.get_path("purelib")  # its SCons is called from the base interpreter
import gillespy2
import numpy as np
given = json.loads(sys.stdin.readline())
model = gillespy2.Model("clones")
names = given["species"]
model.add_species([gillespy2.Species(name=s, initial_value=n) for s, n in zip(names, given["initial"])])
for j, (kind, change, rate) in enumerate(zip(given["reactant"], given["change"], given["rates"])):
    made = dict(zip(names, change))
    made[names[kind]] += 1
    model.add_parameter(gillespy2.Parameter(name=f"k{j}", expression=rate))
    products = {s: n for s, n in made.items() if n > 0}
    reaction = dict(name=f"r{j}", reactants={names[kind]: 1}, products=products, rate=f"k{j}")
    model.add_reaction(gillespy2.Reaction(**reaction))
model.timespan(np.array([0.0, given["months"]]))
start = time.perf_counter()
solver = gillespy2.SSACSolver(model=model)
print(json.dumps(dict(compiled=time.perf_counter() - start, version=gillespy2.__version__)), flush=True)
def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)
for line in sys.stdin:
    runs, seed = map(int, line.split())
    start, before = time.perf_counter(), used()
    answer = solver.run(number_of_trajectories=runs, seed=seed)
    spent, used_up = time.perf_counter() - start, used() - before
    ends = [[int(run[s][-1]) for s in names] for run in answer]
    print(json.dumps(dict(spent=spent, used=used_up, ends=ends)), flush=True)
"""


class Peer:
    """GillesPy2 in its own process, compiled once for a network."""

    def __init__(self, network: Network, initial: tuple[int, ...]):
        command = [os.environ["REMNANT_PEERS"], "-c", PEER]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        given = {"species": network.species, "initial": initial, "months": MONTHS}
        given |= {"reactant": network.reactant.tolist(), "change": network.change.tolist()}
        about = self._ask(json.dumps(given | {"rates": network.rates[0].tolist()}))
        print(f"GillesPy2 {about['version']}: compiled in {about['compiled']:.1f} s, excluded")

    def _ask(self, line: str) -> dict:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def run(self, seed: int) -> Timed:
        """Return seconds per patient, and the cells at the end."""
        answer = self._ask(f"{THEIRS} {seed}")
        return answer["spent"] / THEIRS, answer["used"] / THEIRS, np.array(answer["ends"], float)


def exact(network: Network, initial: tuple[int, ...], threads: int) -> Callable[[int], Timed]:
    """Time our exact simulation of a network."""

    def run(seed: int) -> Timed:
        parts = np.array_split(np.arange(OURS, dtype=np.uint64), threads)
        start, before = time.perf_counter(), time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            work = [
                pool.submit(simulate, network, [MONTHS], initial, seed_key=seed, patients=who)
                for who in parts
            ]
            ends = [part.result() for part in work]
        spent, used = time.perf_counter() - start, time.process_time() - before
        return spent / OURS, used / OURS, np.concatenate(ends)

    return run


def hybrid(packed: Packed, edges: np.ndarray, threads: int) -> Callable[[int], Timed]:
    """Time the hybrid, which follows progenitors and mature cells."""
    stems = np.tile(np.array([[0, 0], [4, 4], [1, 1]], float), (OURS, 1, 1))
    cells = Cells(stems, np.zeros((OURS, 3, 2)), np.zeros(OURS, np.uint64))
    many = Packed(np.repeat(packed.rates, OURS, 0), np.repeat(packed.effects, OURS, 0))
    cell = packed.rates[0, AMPLIFICATION, 1] / POOL
    doses, who = np.ones((len(edges) - 1, 1)), np.arange(OURS, dtype=np.uint64)

    def run(seed: int) -> Timed:
        start, before = time.perf_counter(), time.process_time()
        end = advance(cells, many, edges, doses, POOL, seed_key=seed, patients=who, threads=threads)
        spent, used = time.perf_counter() - start, time.process_time() - before
        columns = [np.column_stack([end.stems[:, c], end.followers[:, c, 0] / cell]) for c in (1, 2)]
        return spent / OURS, used / OURS, np.column_stack(columns)

    return run


def check(name: str, ends: np.ndarray, network: Network, initial: tuple[int, ...]) -> None:
    """Print how far means and spread are from the moments."""
    theory = moments(network, [MONTHS], initial)
    spread = np.sqrt(np.diag(theory.covariance))
    off = np.abs((ends.mean(axis=0) - theory.mean) / spread * np.sqrt(len(ends))).max()
    wide = np.abs(ends.std(axis=0) / spread - 1).max()
    print(f"  {name}: means within {off:.1f} standard errors, spread within {100 * wide:.1f} % of theory")


def measure(title: str, network: Network, initial: tuple[int, ...], ways: dict[str, Callable]) -> None:
    """Run every way in turn, `ROUNDS` times, and print virtual-patient-years a second and the ratios."""
    print(f"\n{title}: {len(network.species)} species, {len(network.reactant)} reactions")
    if os.environ.get("REMNANT_PEERS"):
        ways = {"GillesPy2 C++ SSA": Peer(network, initial).run, **ways}
    else:
        print("GillesPy2 is left out: REMNANT_PEERS names no Python that has it")
    for name, way in ways.items():
        start = time.perf_counter()
        check(name, way(ROUNDS + 1)[2], network, initial)
        print(f"    first call {time.perf_counter() - start:.1f} s, with what it compiles or loads; excluded")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for seed in range(1, ROUNDS + 1):
        for name, way in ways.items():
            times[name].append(way(seed)[:2])
    middle = {name: np.median(each, axis=0) for name, each in times.items()}
    base = middle[next(iter(ways))]
    for name, each in middle.items():
        rate, (wall, processor) = YEARS / each[0], base / each
        print(
            f"{name}: {rate:,.0f} patient-years/s, ratio {wall:.1f}; per second of processor, ratio {processor:.1f}"
        )


def main() -> None:
    """Measure."""
    packed, doses = pack(PARAMETERS, [DRUG]), [[1.0]]
    alone, both = (clones(packed, doses, progenitors=flag) for flag in (False, True))
    counts = (1, THREADS)
    ways = {f"exact, {n} threads": exact(alone, STEMS, n) for n in counts}
    measure("Stem cells", alone, STEMS, ways)
    end = np.array([0.0, MONTHS]) * DAYS_PER_MONTH
    visits = np.append(np.arange(0.0, end[-1], 28.0), end[-1])
    ways = {f"exact, {n} threads": exact(both, WITH_PROGENITORS, n) for n in counts}
    ways |= {f"hybrid with mature cells, {n} threads": hybrid(packed, end, n) for n in counts}
    ways |= {
        f"hybrid with mature cells every 28 days, {n} threads": hybrid(packed, visits, n) for n in counts
    }
    measure("With progenitors", both, WITH_PROGENITORS, ways)


if __name__ == "__main__":
    main()
