"""The courses that patients of the synthetic study were chosen to have, and drawing a patient for one.

The seed study took patients in remission on lenalidomide, so its patients are no random draw. Here too, many
candidates are drawn from priors of the dynamics and the first whose true course fits its outline is enrolled.
The priors have the shapes of a general one, with medians moved towards patients who respond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.model.parameters import MATURE, PROGENITOR
from remnant.dynamics.treatment import Calendar, Course, calendar
from remnant.observation.blood import Haemoglobin
from remnant.observation.marrow import Rates

Array = NDArray[np.float64]

CANDIDATES, BATCHES, STRIDE = 1024, 200, 28
HALF_YEAR, YEAR, HORIZON = 182, 364, 2100
RETURNED = 0.10  # share of progenitors at which the clone is back after a complete remission
RETURNED_PARTIAL = 0.50
FULL = 0.955  # "virtually all", before treatment
UNTROUBLED = 260  # days beyond the last marrow without a return, where none is asked for
FALL_G_PER_DL = 1.5  # of haemoglobin below its best: relapse by IWG 2006


@dataclass(frozen=True)
class Outline:
    """What a patient's course shall be.

    Parameters
    ----------
    name : str
        In words, for the truth file.
    relapse : tuple of int or None
        Days between which the clone returns; None where it does not within the follow-up.
    complete : bool
        Whether progenitors become free of the clone, as far as 3 %; else the remission is partial.
    resistant : tuple of float
        Limits of log10 of the resistant share of the clone before treatment.
    hold : tuple of int or None
        First and last day of an early hold for cytopenia, after which the dose is 5 mg. The next day begins
        a cycle of the first course, so that all patients are judged at the same phase, after the week off.
    stop_day : int or None
        Last day of treatment where it is stopped in remission.
    follow_up : int
        Day of the last marrow where there is no relapse.
    side_line : str
        Abnormality that the resistant clone adds to del(5q) at relapse; empty for none.
    tp53 : bool
        Whether the resistant clone carries TP53.
    """

    name: str
    relapse: tuple[int, int] | None
    complete: bool = True
    resistant: tuple[float, float] = (-4.0, -2.0)
    hold: tuple[int, int] | None = None
    stop_day: int | None = None
    follow_up: int = 1100
    side_line: str = ""
    tp53: bool = False

    def courses(self, end_day: int) -> tuple[Course, ...]:
        """Return the courses of lenalidomide until `end_day`, or until treatment was stopped."""
        last = end_day if self.stop_day is None else min(end_day, self.stop_day)
        if self.hold is None:
            return (Course(0, last, 10.0),)
        return Course(0, self.hold[0] - 1, 10.0), Course(self.hold[1] + 1, last, 5.0)


OUTLINES = (
    Outline("complete remission, relapse on treatment", (850, 1200)),
    Outline(
        "complete remission, relapse with clonal evolution",
        (550, 850),
        resistant=(-2.6, -1.3),
        side_line="+8",
        tp53=True,
    ),
    Outline("complete remission that lasts", None, resistant=(-7.0, -5.0), hold=(36, 55), follow_up=820),
    Outline("partial cytogenetic remission, relapse on treatment", (480, 950), complete=False),
    Outline("complete remission, late relapse", (1000, 1650), resistant=(-4.5, -2.5)),
    Outline(
        "complete remission, relapse after treatment was stopped",
        (760, 1350),
        resistant=(-7.0, -5.0),
        hold=(62, 83),
        stop_day=671,
    ),
    Outline("partial cytogenetic remission that lasts", None, complete=False, hold=(43, 55), follow_up=920),
)


@dataclass(frozen=True)
class Patient:
    """A patient as drawn: every field a number of the model, or what follows from it.

    Parameters
    ----------
    outline : Outline
        The course asked for.
    rates : Rates
        Of the dynamics.
    fraction, quiescent, resistant : float
        Start of the clone: f0, q0, and the resistant share.
    haemoglobin : Haemoglobin
        How the blood follows the marrow.
    clone_relapse_day, clinical_relapse_day : int or None
        True days of return.
    """

    outline: Outline
    rates: Rates
    fraction: float
    quiescent: float
    resistant: float
    haemoglobin: Haemoglobin
    clone_relapse_day: int | None
    clinical_relapse_day: int | None

    def states(self, days: Array, therapy: Calendar) -> Array:
        """Return the true states on rising `days`, shape (days, 3, 4); before day 0, those of day 0."""
        start = self.rates.start(self.fraction, self.quiescent, self.resistant)[0]
        ahead = np.unique(np.concatenate(([0.0], days[days > 0])))
        if len(ahead) == 1:
            return np.broadcast_to(start, (len(days), *start.shape))
        solved = self.rates.follow(therapy, ahead, start)[:, 0]
        return solved[np.searchsorted(ahead, np.maximum(days, 0))]


def stem_fraction(states: Array) -> Array:
    """Clone fraction among stem cells, Q and A together; shape of `states` without its last two axes."""
    stem = states[..., 0] + states[..., 1]
    return np.asarray(stem[..., 1:].sum(axis=-1) / stem.sum(axis=-1))


def fraction_of(states: Array, kind: int) -> Array:
    """Clone fraction among progenitors or mature cells."""
    return np.asarray(states[..., 1:, kind].sum(axis=-1) / states[..., kind].sum(axis=-1))


def draw_patient(outline: Outline, *, rng: np.random.Generator) -> Patient:
    """Draw candidates until one has the course of `outline`."""
    days = np.arange(0, HORIZON, STRIDE)
    year = int(np.searchsorted(days, YEAR)) + 1
    therapy = calendar(outline.courses(HORIZON))
    blood = Haemoglobin(float(rng.normal(4.2, 0.35)), float(np.clip(rng.normal(13.0, 0.7), 11.8, 14.6)))
    for _ in range(BATCHES):
        drawn = _candidates(outline, rng)
        first = drawn.rates.follow(therapy, days[:year], drawn.start())
        # Few candidates remit within the year, and only they are worth following for five more.
        remitted = _remits(outline, days[:year], first, blood)
        if not remitted.any():
            continue
        left = drawn.only(remitted)
        later = left.rates.follow(therapy, days[year - 1 :], first[-1, remitted])
        states = np.concatenate([first[:, remitted], later[1:]])
        fits, clone_day, clinical_day = _fits(outline, days, states, blood)
        if fits.any():
            chosen = int(fits.argmax())
            one, returns = left.only(np.arange(len(fits)) == chosen), outline.relapse is not None
            return Patient(
                outline,
                Rates(**{name: float(np.squeeze(value)) for name, value in vars(one.rates).items()}),
                float(one.fraction[0]),
                float(one.quiescent[0]),
                float(one.resistant[0]),
                blood,
                int(clone_day[chosen]) if returns else None,
                int(clinical_day[chosen]) if returns else None,
            )
    raise AssertionError(f"no candidate has the course: {outline.name}")


@dataclass(frozen=True)
class _Candidates:
    """Many patients at once: fields of `rates`, and the arrays, have shape (candidates,)."""

    rates: Rates
    fraction: Array
    quiescent: Array
    resistant: Array

    def start(self) -> Array:
        return self.rates.start(self.fraction, self.quiescent, self.resistant)

    def only(self, kept: NDArray[np.bool_]) -> _Candidates:
        rates = {name: np.broadcast_to(value, kept.shape)[kept] for name, value in vars(self.rates).items()}
        return _Candidates(Rates(**rates), self.fraction[kept], self.quiescent[kept], self.resistant[kept])


def _candidates(outline: Outline, rng: np.random.Generator) -> _Candidates:
    def lognormal(median: float, spread: float) -> Array:
        return median * np.exp(spread * rng.standard_normal(CANDIDATES))

    def logit_normal(centre: float, spread: float) -> Array:
        return 1 / (1 + np.exp(-(centre + spread * rng.standard_normal(CANDIDATES))))

    rates = Rates(
        division=lognormal(0.11, 0.35),
        active=logit_normal(-1.4, 0.5),
        activation_malignant=lognormal(0.10, 0.7),
        advantage=lognormal(0.30, 0.5),
        stem_kill=lognormal(1.2, 0.6),
        progenitor_kill=lognormal(18.0 if outline.complete else 10.0, 0.6),
        progenitor_loss=lognormal(1.0, 0.4),
        mature_loss=lognormal(6.0, 0.4),
        recruitment=np.abs(rng.standard_normal(CANDIDATES)),
        mutation=lognormal(1e-6, 1.0),
        sensitivity=rng.beta(1, 9, CANDIDATES),
    )
    resistant = 10 ** rng.uniform(*outline.resistant, CANDIDATES)
    fraction, quiescent = logit_normal(3.5, 0.4), logit_normal(1.0, 0.5)
    drawn = _Candidates(rates, fraction, quiescent, resistant)
    # Virtually all cells of both compartments carry the clone before treatment; who does not is not followed.
    start = drawn.start()
    return drawn.only((stem_fraction(start) > FULL) & (fraction_of(start, PROGENITOR) > FULL))


def _remits(
    outline: Outline, days: NDArray[np.int64], states: Array, blood: Haemoglobin
) -> NDArray[np.bool_]:
    """Say which candidates are in the remission of the outline between half a year and a year."""
    second_half = days >= HALF_YEAR
    stem, progenitor = stem_fraction(states)[second_half], fraction_of(states, PROGENITOR)[second_half]
    steady = blood.steady(fraction_of(states, MATURE))[second_half]
    fits = steady.min(axis=0) > 10.8
    if outline.complete:
        return np.asarray(fits & (progenitor.max(axis=0) < 0.05) & (stem[-1] > 0.12) & (stem[-1] < 0.70))
    return np.asarray(fits & (progenitor[-1] < 0.40) & ((stem - progenitor) > 0.15).all(axis=0))


def _fits(
    outline: Outline, days: NDArray[np.int64], states: Array, blood: Haemoglobin
) -> tuple[NDArray[np.bool_], Array, Array]:
    """Say which candidates keep to the course after the first year; and when the clone and anaemia return."""
    stem, progenitor = stem_fraction(states), fraction_of(states, PROGENITOR)
    steady = blood.steady(fraction_of(states, MATURE))
    until = outline.follow_up if outline.relapse is None else outline.relapse[0] - 60
    quiet = (days >= YEAR) & (days <= until)
    # Persistence in remission: stem cells keep the clone where progenitors have lost it.
    if outline.complete:
        fits = (progenitor[quiet].max(axis=0) < 0.04) & (stem[quiet].min(axis=0) > 0.06)
    else:
        between = (progenitor[quiet] > 0.06) & (progenitor[quiet] < 0.40)
        fits = between.all(axis=0) & (stem[quiet] - progenitor[quiet] > 0.15).all(axis=0)
    clone_day = _first_day_for_good(
        days, progenitor > (RETURNED if outline.complete else RETURNED_PARTIAL), after=YEAR
    )
    best = np.maximum.accumulate(steady, axis=0)
    clinical_day = _first_day_for_good(days, steady <= best - FALL_G_PER_DL, after=YEAR)
    if outline.relapse is None:
        fits &= (clone_day > outline.follow_up + UNTROUBLED) & (clinical_day > outline.follow_up + UNTROUBLED)
    else:
        fits &= (clone_day >= outline.relapse[0]) & (clone_day <= outline.relapse[1])
        fits &= (clinical_day >= clone_day) & (clinical_day < clone_day + 500)
        # The fall goes on until red cells are needed again within the months after.
        later = np.searchsorted(days, clinical_day + 200).clip(max=len(days) - 1)
        fits &= steady[later, np.arange(len(later))] < 8.8
    return fits, clone_day, clinical_day


def _first_day_for_good(days: NDArray[np.int64], holds: NDArray[np.bool_], *, after: int) -> Array:
    """First day from which a condition holds to the end; infinite where it does not hold at the end."""
    kept = np.logical_and.accumulate(holds[::-1], axis=0)[::-1] & (days >= after)[:, None]
    return np.where(kept.any(axis=0), days[kept.argmax(axis=0)], np.inf)
