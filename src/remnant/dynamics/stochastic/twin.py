"""The compiled engine once more, in plain NumPy, for one patient: slow, short, and what a reader checks.

It reads the same numbers of the same stream in the same order, so that it gives the same cells. The chain
behind a large clone it steps by SciPy's matrix exponential.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import expm

from remnant.dynamics.model.packed import (
    ACTIVATION,
    ACTIVE_KILL,
    ADVANTAGE,
    AMPLIFICATION,
    DIFFERENTIATION,
    DIVISION,
    DRUG_ACTIVATION,
    FEEDBACK,
    MATURE_LOSS,
    MUTATION,
    PROGENITOR_KILL,
    PROGENITOR_LOSS,
    QUIESCENT_KILL,
    REST,
)
from remnant.dynamics.model.parameters import MALIGNANT, NORMAL, RESISTANT, Array
from remnant.dynamics.stochastic.plain_stream import Stream

LONGEST_STEP, LONGEST_SPAN, PASSES = 0.125, 1.0, 3


@dataclass
class Patient:
    """One patient on the way, with rates per clone at the dose of the segment."""

    stems: Array  # (3, 2), cells
    followers: Array  # (3, 1 + stages), healthy pools
    rates: Array  # (9, 3)
    effects: Array  # (drugs, 5, 3)
    pool: float
    stream: Stream
    threshold: float = 1000.0
    method: str = "hybrid"
    feedback: str = "niche"
    independent: bool = False
    large: list[bool] = field(default_factory=lambda: [False] * 3)
    event_wait: float | None = None
    founder_wait: float | None = None

    def advance(self, months: Array, doses: Array) -> None:
        """Follow the patient through segments of these lengths and doses (segments, drugs)."""
        for length, dose in zip(months.tolist(), doses, strict=True):
            self._take_dose(dose)
            self._judge()
            self.event_wait = self.founder_wait = None
            left = length
            while left > 0:
                span = self._reach(left)
                self._follow_span(span, self._steps(span))
                left = left - span if span < left else 0.0

    def _take_dose(self, dose: Array) -> None:
        effect = np.einsum("d,dec->ec", dose, self.effects)
        self.stages = self.followers.shape[1] - 1
        self.wake = self.rates[ACTIVATION] * (1 + effect[DRUG_ACTIVATION])
        self.rest, self.division = self.rates[REST], self.rates[DIVISION]
        self.quiescent_death, self.active_death = effect[QUIESCENT_KILL], effect[ACTIVE_KILL]
        self.loss = self.rates[PROGENITOR_LOSS] + effect[PROGENITOR_KILL]
        self.maturing = self.stages * self.rates[MATURE_LOSS]
        self.kept, self.cell = np.exp(-effect[DIFFERENTIATION]), self.rates[AMPLIFICATION] / self.pool
        pace = self.wake + self.quiescent_death + self.rest + self.division + self.active_death
        followed = max(self.loss.max(), self.maturing.max()) if self.feedback == "mature" else 0.0
        self.longest = 1 / max(1 / LONGEST_STEP, pace.max(), followed)

    def _renewed(self, load: float) -> Array:
        kappa = self.rates[FEEDBACK, 0]
        signal = (1 + kappa) / (1 + kappa * load)
        return np.asarray(np.minimum(1, (1 + self.rates[ADVANTAGE]) / 2 * signal) * self.kept)

    def _judge(self) -> None:
        for c, (q, a) in enumerate(self.stems.tolist()):
            whole = q == math.floor(q) and a == math.floor(a)
            total, limit = q + a, self.threshold
            self.large[c] = total >= 2 * limit or (total >= limit and not whole)
            if self.method != "hybrid" or c == NORMAL:
                self.large[c] = self.method != "exact"
            if not self.large[c]:
                self.stems[c] = self.stream.whole(q), self.stream.whole(a)

    def _steps(self, span: float) -> int:
        return math.ceil(span / float(self.longest) - 1e-9) if self.stems[self.large].sum() > 0 else 1

    def _reach(self, left: float) -> float:
        if self.feedback == "mature":
            return left / math.ceil(left / float(self.longest) - 1e-9)
        growth = max(0.0, *((2 * self._renewed(0.0) - 1) * self.division)[1:].tolist())
        most = float(self.stems[1:].sum(axis=1).max())
        if self.method != "hybrid" or most * growth == 0:
            return left
        reach = max(LONGEST_SPAN, 0.5 * math.log(2 * self.threshold / most) / growth)
        return reach if reach < left * (1 - 1e-12) else left

    def _follow_span(self, span: float, steps: int) -> None:
        h = span / steps
        self.young = [self._take_up(c, span) for c in range(3)]
        for n in range(steps):
            end = span if n == steps - 1 else (n + 1) * h
            flow, load = self._step_large(n * h, h)
            t = n * h
            while t < end:
                born = min(end, t + self._founder(t, n * h, end, flow))
                self._run_events(t, born, span, load)
                if born < end:
                    self.stems[RESISTANT, 1] += 1
                    self.founder_wait = None
                t = born
            for c in (MALIGNANT, RESISTANT):
                if self.large[c] and self.method == "hybrid" and self.stems[c].sum() < self.threshold:
                    self.stems[c] = [self.stream.whole(value) for value in self.stems[c]]
                    self.large[c] = False
                    self.young[c] = self._take_up(c, span - end)
        for c in range(3):
            if not self.large[c]:
                alive, made, old = self.young[c]
                self.followers[c] = self.cell[c] * np.array([alive, *made]) + np.array([0, *old])
                self.large[c] = self.method == "hybrid" and self.stems[c].sum() >= 2 * self.threshold

    def _tails(self, x: float) -> Array:
        """Return the chance that each stage takes longer than x."""
        return np.cumsum([math.exp(-x) * x**j / math.factorial(j) for j in range(self.stages)])

    def _take_up(self, c: int, left: float) -> list:  # type: ignore[type-arg]
        """Return progenitors alive, mature cells made, mature cells of old, all of them `left` months on."""
        young = [0.0, np.zeros(self.stages), np.zeros(self.stages)]
        if self.large[c] or self.followers[c, 0] + self.followers[c, -1] == 0:
            return young
        chain = self.maturing[c] * left * (np.eye(self.stages, k=-1) - np.eye(self.stages))
        young[2] = expm(chain) @ self.followers[c, 1:]
        count = self.stream.whole(self.followers[c, 0] / self.cell[c])
        self._release(c, int(count), left, young)
        return young

    def _release(self, c: int, count: int, left: float, young: list) -> None:  # type: ignore[type-arg]
        if min(self.loss[c], self.maturing[c]) * left > 50:
            return
        for _ in range(count):
            lived = min(left, self.stream.exponential() / self.loss[c])
            young[0] += lived == left
            young[1] += self._tails(self.maturing[c] * (left - lived)) - self._tails(self.maturing[c] * left)

    def _founder(self, t: float, start: float, end: float, flow: tuple[float, ...]) -> float:
        if flow[0] + flow[1] <= 0:
            return math.inf
        if self.founder_wait is None:
            self.founder_wait = self.stream.exponential()
        bend = (flow[1] - flow[0]) / (end - start)
        now = flow[0] + bend * (t - start)
        mass = (end - t) * (now + flow[1]) / 2
        if self.founder_wait >= mass:
            self.founder_wait -= mass
            return math.inf
        return 2 * self.founder_wait / (now + math.sqrt(max(0.0, now**2 + 2 * bend * self.founder_wait)))

    def _slope(self, stems: Array, load: float) -> Array:
        q, a = stems.T
        p = self._renewed(load)
        slope = np.stack(
            [
                self.rest * a - (self.wake + self.quiescent_death) * q,
                self.wake * q - self.rest * a + ((2 * p - 1) * self.division - self.active_death) * a,
            ],
            axis=1,
        )
        slope[MALIGNANT, 1] -= (flow := self._mutants(stems, load))
        slope[RESISTANT, 1] += flow
        return slope

    def _mutants(self, stems: Array, load: float) -> float:
        p = self._renewed(load)[MALIGNANT]
        return float(self.rates[MUTATION, MALIGNANT] * p * self.division[MALIGNANT] * stems[MALIGNANT, 1])

    def _step_large(self, start: float, h: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Step the large clones; return the flow of founders, and the load: at 0, slope, per small cell."""
        large = np.array(self.large)
        mature = self.feedback == "mature"
        counted = float(self.stems[~large].sum())
        if not mature and not self.stems[large].sum() > 0:
            return (0.0, 0.0), (0.0, 0.0, 1 / self.pool)
        rise = self.maturing * (self.followers[:, -2] - self.followers[:, -1])
        blood = [max(0.0, self.followers[:, -1].sum()), rise.sum()]
        ahead = [max(0.0, blood[0] + h * blood[1]), blood[1]]
        before = blood[0] if mature else (self.stems[large].sum() + counted) / self.pool
        p = self._renewed(before)
        grown = ((2 * p - 1) * self.division - self.active_death) * self.stems[:, 1]
        growing = float((grown - self.quiescent_death * self.stems[:, 0])[~large].sum())
        first = self._mutants(self.stems, before)

        def load(stems: Array, part: float) -> float:
            if mature:
                back = 1 - part
                level = blood[0] * (1 + 2 * part) * back**2 + ahead[0] * (1 + 2 * back) * part**2
                return float(max(0.0, level + h * part * back * (blood[1] * back - ahead[1] * part)))
            return float(max(0.0, stems[large].sum() + counted + part * h * growing) / self.pool)

        for _ in range(PASSES if mature else 1):
            after, inflow = self._runge_kutta(h, load, large)
            fresh = np.array([self._filter(c, h, inflow[:, c]) for c in range(3)])
            rise = self.maturing * (self.followers[:, -2] - self.followers[:, -1])
            level = self.followers[:, -1] + h * rise
            level[large], rise[large] = (
                fresh[large, -1],
                (self.maturing * (fresh[:, -2] - fresh[:, -1]))[large],
            )
            ahead = [max(0.0, level.sum()), rise.sum()]
        self.stems[large], self.followers[large] = after[large], fresh[large]
        last = ahead[0] if mature else (self.stems[large].sum() + counted) / self.pool
        own = 0.0 if mature else counted / self.pool
        slope = (last - before) / h
        line = before - own - slope * start, slope, 0.0 if mature else 1 / self.pool
        if not large[MALIGNANT] or large[RESISTANT]:
            return (0.0, 0.0), line
        return (first, self._mutants(self.stems, last + (0.0 if mature else h * growing / self.pool))), line

    def _runge_kutta(
        self, h: float, load: Callable[[Array, float], float], large: Array
    ) -> tuple[Array, Array]:
        """Return the stems after the step; the inflow of progenitors at its start, half-way, at its end."""
        start = self.stems
        slopes: list[Array] = []
        for part, reach in ((0.0, 0.0), (0.5, 0.5), (0.5, 0.5), (1.0, 1.0)):
            there = start + (reach * h * slopes[-1] if slopes else 0.0)
            slopes.append(self._slope(there, load(there, part)) * large[:, None])
        one, two, three, four = slopes
        middle = np.maximum(0, start + h / 24 * (5 * one + 4 * two + 4 * three - four))
        after = np.maximum(0, start + h / 6 * (one + 2 * two + 2 * three + four))
        inflow = [
            self.cell * 2 * (1 - self._renewed(load(stems, part))) * self.division * stems[:, 1]
            for stems, part in ((start, 0.0), (middle, 0.5), (after, 1.0))
        ]
        return after, np.array(inflow)

    def _filter(self, c: int, h: float, inflow: Array) -> Array:
        """Step P and M through the quadratic inflow: the chain inflow'', inflow', inflow, P, M ... at once."""
        decay = -np.array([0, 0, 0, self.loss[c], *[self.maturing[c]] * self.stages])
        feed = np.array([1, 1, 1, *[self.maturing[c]] * self.stages])
        first, middle, last = inflow
        curve = 4 * (first - 2 * middle + last) / h**2, (4 * middle - 3 * first - last) / h, first
        chain = np.diag(decay) + np.diag(feed, -1)
        return np.asarray((expm(chain * h) @ np.array([*curve, *self.followers[c]]))[3:])

    def _run_events(self, t: float, end: float, horizon: float, load: tuple[float, ...]) -> None:
        """Run the small clones event by event."""
        small = ~np.array(self.large)
        if self.stems[small].sum() == 0:
            return
        if self.event_wait is None:
            self.event_wait = self.stream.exponential()
        pace = np.stack(
            [self.wake + self.quiescent_death, self.rest + self.division + self.active_death], axis=1
        )
        while True:
            shares = (pace * self.stems).sum(axis=1) * small
            total = float(shares[0] + shares[1] + shares[2])
            if total == 0 or t + self.event_wait / total >= end:
                self.event_wait -= total * (end - t)
                return
            t += self.event_wait / total
            self.event_wait = self.stream.exponential()
            place = self.stream.uniform() * total
            for c in (MALIGNANT, RESISTANT, NORMAL):
                if place < shares[c]:
                    break
                place -= shares[c]
            p = self._renewed(load[0] + load[1] * t + load[2] * float(self.stems[small].sum()))[c]
            self._happen(c, p, place, horizon - t)

    def _happen(self, c: int, p: float, place: float, left: float) -> None:
        """Let happen to one cell of clone c what `place`, in (0, rate of all its events), says."""
        q, a = self.stems[c].tolist()
        choices = self.division[c] * a, self.rest[c] * a, self.active_death[c] * a, self.wake[c] * q
        bounds = np.cumsum(choices)
        kind = int(np.searchsorted(bounds, place, side="right"))
        if kind == 0:
            self._divide(c, p, place / choices[0], left)
        else:
            self.stems[c] += [(1, -1), (0, -1), (-1, 1), (-1, 0)][kind - 1]

    def _divide(self, c: int, p: float, place: float, left: float) -> None:
        mu = self.rates[MUTATION, MALIGNANT] if c == MALIGNANT else 0.0
        both, one = (p * p, 2 * p * (1 - p)) if self.independent else (p, 0.0)
        progenitors = 0 if place < both else 1 if place < both + one else 2
        mutant = place < both * mu if progenitors == 0 else progenitors == 1 and place - both < one * mu / 2
        self.stems[c, 1] += 1 - progenitors - mutant
        self.stems[RESISTANT, 1] += mutant
        self._release(c, progenitors, left, self.young[c])
