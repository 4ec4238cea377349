"""Follow the clones of many patients through their treatment, in plain NumPy.

Only the stem states are nonlinear: they step by Runge-Kutta of order 4. Progenitors and mature cells are
linear filters of them and step exactly for the quadratic through their inflow, stable at any rate of killing.
Where self-renewal listens to mature cells, both step together, and a step whose stages disagree is halved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.deterministic.march import Step, march_with_mature_feedback, march_with_niche
from remnant.dynamics.deterministic.rates import Rates, under
from remnant.dynamics.model.check import check_states
from remnant.dynamics.model.packed import Packed
from remnant.dynamics.model.parameters import DAYS_PER_MONTH, Structure
from remnant.dynamics.treatment import Therapy
from remnant.errors import Fault, SettingError

Array = NDArray[np.float64]

LONGEST_STEP = 0.125  # months
REACH = 1.0  # largest step times the fastest rate: beyond it a step can overshoot below zero
TOLERANCE = 3e-9
MOST_STEPS = 10_000_000
_BLOCK = 1 << 16  # numbers of one kind held at once: memory does not grow with the steps
_KEPT = 256  # propagators kept for the next segment of the same length and doses


def solve(
    packed: Packed,
    therapy: Therapy,
    days: ArrayLike,
    initial: ArrayLike,
    *,
    structure: Structure | None = None,
    tolerance: float = TOLERANCE,
) -> Array:
    """Follow the clones from `days[0]` through a therapy.

    The patients share their steps, so who is solved beside whom shows within the tolerance.

    Parameters
    ----------
    packed : Packed
        Rates per month of each patient, and the effects of the drugs of `therapy`, in their order.
    therapy : Therapy
        Relative doses over days.
    days : array_like, shape (times,)
        Days, rising; the state is `initial` on the first.
    initial : array_like, shape (patients, 3, 3 + stages)
        State on `days[0]`, as from `baseline`; or of shape (3, 3 + stages), the same for all.
    structure : Structure, optional
        Feedback and mature stages; by default the niche and one stage.
    tolerance : float, default 3e-9
        Of a step of the stem cells, in healthy pools: the answer is then right to 1e-6 of the pool, as tests
        hold it to. Infinite: no step is shorter than 1/8 month or the inverse of the fastest rate asks for.

    Returns
    -------
    ndarray, shape (times, patients, 3, 3 + stages)
        Never negative.

    Raises
    ------
    SettingError
        If days do not rise, the drugs of `packed` are not those of `therapy`, the state does not fit, or a
        rate is so fast that the course needs more than ten million steps.
    """
    structure = structure or Structure()
    when = _rising(days)
    if len(therapy.drugs) != packed.effects.shape[1]:
        found, expected = (
            f"effects of {packed.effects.shape[1]} drugs",
            f"{len(therapy.drugs)}, as the therapy",
        )
        raise SettingError([Fault("packed", None, "effects", found, expected, "pack one effect per drug")])
    state = check_states(initial, len(packed), structure)
    if len(when) == 1:
        return state[None].copy()
    edges, doses = therapy.segments(when[0], when[-1], also=when)
    steps = _Steps(packed, doses, structure, tolerance)
    wanted = np.isin(edges, when)
    return steps.states(edges, state, wanted)


def advance(
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    initial: ArrayLike,
    *,
    structure: Structure | None = None,
    tolerance: float = TOLERANCE,
) -> Array:
    """Follow the clones over segments of constant dose, which may differ between patients.

    Parameters
    ----------
    edges : array_like, shape (S + 1,)
        Days, rising.
    doses : array_like, shape (S, drugs) or (patients, S, drugs)
        Relative doses on each segment.
    packed, initial, structure, tolerance
        As for `solve`.

    Returns
    -------
    ndarray, shape (S + 1, patients, 3, 3 + stages)
        The states at the edges.

    Raises
    ------
    SettingError
        As for `solve`, and if a dose is below 0 or not a number.
    """
    structure = structure or Structure()
    when, given = _rising(edges), np.asarray(doses, float)
    wanted = (len(when) - 1, packed.effects.shape[1])
    if given.shape not in (wanted, (len(packed), *wanted)):
        hint = "one dose of each drug on each segment"
        raise SettingError([Fault("doses", None, "shape", str(given.shape), str(wanted), hint)])
    if not np.all((given >= 0) & np.isfinite(given)):
        hint = "a dose is a share of the full dose"
        raise SettingError([Fault("doses", None, "values", "below 0 or not a number", "from 0", hint)])
    state = check_states(initial, len(packed), structure)
    steps = _Steps(packed, given, structure, tolerance)
    return steps.states(when, state, np.ones(len(when), bool))


def _rising(days: ArrayLike) -> Array:
    when = np.asarray(days, float)
    if when.ndim != 1 or not len(when) or not np.isfinite(when).all() or np.any(np.diff(when) <= 0):
        hint = "sort them, each once, the first being the day of the initial state"
        raise SettingError([Fault("days", None, "", str(when.tolist())[:80], "rising days", hint)])
    return when


class _Steps:
    """The steps of a course, equal ones made once."""

    def __init__(self, packed: Packed, doses: Array, structure: Structure, tolerance: float):
        self.packed, self.structure = packed, structure
        self.doses = doses
        self.tolerance = tolerance
        self.longest = min(LONGEST_STEP, REACH / self._fastest())
        self._rates: dict[bytes, Rates] = {}
        self._made: dict[tuple[bytes, float], Step] = {}

    def _fastest(self) -> float:
        """Return the fastest rate of any patient at the full dose, or more where more is given."""
        highest = self.doses.max(axis=tuple(range(self.doses.ndim - 1)))
        rates = under(
            self.packed, np.where(highest > 0, np.maximum(highest, 1.0), 0.0), self.structure.stages
        )
        fastest = rates.turnover + rates.leave
        return float(np.max(fastest))

    def states(self, edges: Array, initial: Array, wanted: NDArray[np.bool_]) -> Array:
        """Return the states on the edges wanted, shape (edges, patients, 3, 3 + stages)."""
        months = np.diff(edges) / DAYS_PER_MONTH
        pieces = np.maximum(1, np.ceil(months / self.longest - 1e-9)).astype(int)
        if pieces.sum() > MOST_STEPS:
            found, hint = f"{pieces.sum():,} steps", "a rate is too fast for the length of the course"
            raise SettingError([Fault("solver", None, "", found, f"up to {MOST_STEPS:,}", hint)])
        march = march_with_niche if self.structure.feedback == "niche" else march_with_mature_feedback
        state = np.ascontiguousarray(initial.T)  # (kinds, clones, patients): each a stretch of memory
        kept = [state[None]] if wanted[0] else []
        segment = np.repeat(np.arange(len(months)), pieces)
        asked = np.zeros(len(segment), bool)
        asked[np.cumsum(pieces) - 1] = wanted[1:]
        size = max(1, _BLOCK // state[0].size)
        for begin in range(0, len(segment), size):
            block = slice(begin, begin + size)
            steps = [self._step(s, float(months[s] / pieces[s])) for s in segment[block]]
            after = march(state, steps, self.tolerance)
            kept.append(after[asked[block]])
            state = after[-1]
        return np.ascontiguousarray(np.concatenate(kept).transpose(0, 3, 2, 1))

    def _step(self, segment: int, h: float) -> Step:
        doses = self.doses[..., segment, :]
        key = doses.tobytes()
        if (step := self._made.get((key, h))) is not None:
            return step
        if len(self._made) >= _KEPT:
            self._made.clear()
            self._rates.clear()
        rates = self._rates.setdefault(key, under(self.packed, doses, self.structure.stages))
        return self._made.setdefault((key, h), Step(rates, h, self.structure.stages))
