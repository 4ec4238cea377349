"""The courses that patients of the synthetic study were chosen to have, and drawing a patient for one.

The seed study took patients in remission on lenalidomide, so its patients are no random draw. Here too, many
candidates are drawn from priors of the dynamics and the first whose true course fits its outline is enrolled.
The priors have the shapes of a general one, with medians moved towards patients who respond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.compartments import MATURE, PROGENITOR, Parameters, baseline, solve
from remnant.dynamics.treatment import Calendar, Course, calendar
from remnant.observation.blood import Haemoglobin

Array = NDArray[np.float64]

CANDIDATES, BATCHES, STRIDE = 1024, 60, 28
HALF_YEAR, YEAR, HORIZON = 182, 364, 2100
RETURNED = 0.10  # share of progenitors at which the clone is back after a complete remission
RETURNED_PARTIAL = 0.50
FULL = 0.955  # "virtually all", before treatment
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
        First and last day of an early hold for cytopenia, after which the dose is 5 mg.
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
    Outline("complete remission that lasts", None, resistant=(-7.0, -5.0), hold=(36, 55), follow_up=905),
    Outline("partial cytogenetic remission, relapse on treatment", (480, 950), complete=False),
    Outline("complete remission, late relapse", (1150, 1600)),
    Outline(
        "complete remission, relapse after treatment was stopped",
        (760, 1350),
        resistant=(-7.0, -5.0),
        hold=(50, 69),
        stop_day=671,
    ),
    Outline("partial cytogenetic remission that lasts", None, complete=False, hold=(43, 62), follow_up=920),
)


@dataclass(frozen=True)
class Patient:
    """A patient as drawn: every field a number of the model, or what follows from it.

    Parameters
    ----------
    outline : Outline
        The course asked for.
    rates : Parameters
        Of the dynamics.
    fraction, quiescent, resistant : float
        Start of the clone: f0, q0, and the resistant share.
    haemoglobin : Haemoglobin
        How the blood follows the marrow.
    clone_relapse_day, clinical_relapse_day : int or None
        True days of return.
    """

    outline: Outline
    rates: Parameters
    fraction: float
    quiescent: float
    resistant: float
    haemoglobin: Haemoglobin
    clone_relapse_day: int | None
    clinical_relapse_day: int | None

    def states(self, days: Array, therapy: Calendar) -> Array:
        """Return the true states on rising `days`, shape (days, 3, 4); before day 0, those of day 0."""
        start = baseline(
            self.rates, fraction=self.fraction, quiescent=self.quiescent, resistant=self.resistant
        )
        ahead = np.unique(np.concatenate(([0.0], days[days > 0])))
        if len(ahead) == 1:
            return np.broadcast_to(start, (len(days), *start.shape))
        solved = solve(self.rates, therapy, ahead, start)
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
    therapy = calendar(outline.courses(HORIZON))
    blood = Haemoglobin(float(rng.normal(4.2, 0.35)), float(np.clip(rng.normal(13.0, 0.7), 11.8, 14.6)))
    for _ in range(BATCHES):
        rates, fraction, quiescent, resistant = _candidates(outline, rng)
        start = baseline(rates, fraction=fraction, quiescent=quiescent, resistant=resistant)
        states = solve(rates, therapy, days, start)
        fits, clone_day, clinical_day = _fits(outline, days, states, blood)
        if fits.any():
            first = int(fits.argmax())
            one = Parameters(
                **{
                    name: float(np.broadcast_to(value, fits.shape)[first])
                    for name, value in vars(rates).items()
                }
            )
            returns = outline.relapse is not None
            return Patient(
                outline,
                one,
                float(fraction[first]),
                float(quiescent[first]),
                float(resistant[first]),
                blood,
                int(clone_day[first]) if returns else None,
                int(clinical_day[first]) if returns else None,
            )
    raise AssertionError(f"no candidate has the course: {outline.name}")


def _candidates(outline: Outline, rng: np.random.Generator) -> tuple[Parameters, Array, Array, Array]:
    def lognormal(median: float, spread: float) -> Array:
        return median * np.exp(spread * rng.standard_normal(CANDIDATES))

    def logit_normal(centre: float, spread: float) -> Array:
        return 1 / (1 + np.exp(-(centre + spread * rng.standard_normal(CANDIDATES))))

    rates = Parameters(
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
    # Virtually all cells of both compartments carry the clone before treatment; who does not is not followed.
    start = baseline(rates, fraction=fraction, quiescent=quiescent, resistant=resistant)
    full = (stem_fraction(start) > FULL) & (fraction_of(start, PROGENITOR) > FULL)
    kept = {name: np.broadcast_to(value, full.shape)[full] for name, value in vars(rates).items()}
    return Parameters(**kept), fraction[full], quiescent[full], resistant[full]


def _fits(
    outline: Outline, days: NDArray[np.int64], states: Array, blood: Haemoglobin
) -> tuple[NDArray[np.bool_], Array, Array]:
    """Say which candidates have the course; arrays are (days, candidates), answers (candidates,)."""
    stem, progenitor = stem_fraction(states), fraction_of(states, PROGENITOR)
    steady = blood.steady(fraction_of(states, MATURE))

    def during(first: int, last: float) -> slice:
        return slice(int(np.searchsorted(days, first)), int(np.searchsorted(days, last, side="right")))

    fits = np.ones(stem.shape[1], bool)
    # Persistence in remission: stem cells keep the clone where progenitors have lost it.
    quiet = during(HALF_YEAR, (outline.relapse or (outline.follow_up + 60,))[0] - 60)
    if outline.complete:
        fits &= progenitor[during(HALF_YEAR, YEAR - 30)].max(axis=0) < 0.05
        fits &= progenitor[quiet][6:].max(axis=0) < 0.04
        fits &= (stem[during(YEAR - 14, YEAR + 14)] > 0.12).all(axis=0)
        fits &= (stem[during(YEAR - 14, YEAR + 14)] < 0.70).all(axis=0)
        fits &= stem[quiet].min(axis=0) > 0.08
    else:
        between = (progenitor[quiet] > 0.06) & (progenitor[quiet] < 0.40)
        fits &= between[5:].all(axis=0) & (stem[quiet] - progenitor[quiet] > 0.15).all(axis=0)
    fits &= steady[during(HALF_YEAR, YEAR)].min(axis=0) > 10.8
    clone_day = _first_day_for_good(
        days, progenitor > (RETURNED if outline.complete else RETURNED_PARTIAL), after=YEAR
    )
    best = np.maximum.accumulate(steady, axis=0)
    clinical_day = _first_day_for_good(days, steady <= best - FALL_G_PER_DL, after=YEAR)
    if outline.relapse is None:
        fits &= (clone_day > outline.follow_up + 120) & (clinical_day > outline.follow_up + 120)
    else:
        fits &= (clone_day >= outline.relapse[0]) & (clone_day <= outline.relapse[1])
        fits &= (clinical_day >= clone_day) & (clinical_day < clone_day + 500)
        # The fall goes on until red cells are needed again within the months after.
        later = np.searchsorted(days, clinical_day + 170).clip(max=len(days) - 1)
        fits &= steady[later, np.arange(len(later))] < 8.6
    return fits, clone_day, clinical_day


def _first_day_for_good(days: NDArray[np.int64], holds: NDArray[np.bool_], *, after: int) -> Array:
    """First day from which a condition holds to the end; infinite where it does not hold at the end."""
    kept = np.logical_and.accumulate(holds[::-1], axis=0)[::-1] & (days >= after)[:, None]
    return np.where(kept.any(axis=0), days[kept.argmax(axis=0)], np.inf)
