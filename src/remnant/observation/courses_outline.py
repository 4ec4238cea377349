"""Outlines of clinical courses, and drawing a person for one: clone, blood, marrow, treatment, follow-up.

The synthetic study of `remnant.observation.synthetic` enrols few patients in remission, event by event. Here
a whole clinic comes: who responds, for how long or never, who is held, reduced or stopped, who progresses
and who dies. Every number is invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.dynamics.treatment import Course
from remnant.observation.blood import Haemoglobin

Span = tuple[float, float]

SIDE_LINES = ("+8", "del(7)(q22)", "-7", "del(20)(q12)", "+21", "del(12)(p13)")
BREAKPOINTS = ("q13q33", "q14q34", "q22q33", "q13q31", "q31q33")
DEPENDENT = 0.7  # of patients need red cells before treatment


@dataclass(frozen=True)
class CourseOutline:
    """What may become of a patient.

    Parameters
    ----------
    name : str
        In words.
    share : float
        Of patients.
    kill : (float, float)
        Limits of the fall of the log-odds of the clone among progenitors, per day of full dose.
    leak : (float, float)
        Limits of log10 of the odds among progenitors, over those among stem cells, that no dose goes below.
    returns : (int, int) or None
        Days between which a resistant line reaches half of progenitors; None where none does.
    evolves, leukaemic : bool
        Whether the resistant line carries a new abnormality; whether it makes blasts.
    stops : (int, int) or None
        Days between which treatment is stopped for good.
    dies : (int, int) or None
        Days between which the patient dies of something else.
    """

    name: str
    share: float
    kill: Span
    leak: Span = (-3.7, -3.0)
    returns: tuple[int, int] | None = None
    evolves: bool = False
    leukaemic: bool = False
    stops: tuple[int, int] | None = None
    dies: tuple[int, int] | None = None


FULL, WEAK = (0.045, 0.09), (0.0, 0.003)
CR = "complete response"
OUTLINES = (
    CourseOutline(f"{CR} that lasts", 0.22, FULL),
    CourseOutline(f"{CR}, relapse on treatment", 0.15, FULL, returns=(380, 1000)),
    CourseOutline(f"{CR}, relapse with clonal evolution", 0.1, FULL, returns=(300, 900), evolves=True),
    CourseOutline(
        f"{CR}, relapse and leukaemia", 0.08, FULL, returns=(250, 800), evolves=True, leukaemic=True
    ),
    CourseOutline(f"{CR}, treatment stopped, relapse", 0.09, FULL, stops=(330, 600)),
    CourseOutline("partial response", 0.12, FULL, (-2.0, -1.4), stops=(600, 1500)),
    CourseOutline("no response", 0.11, WEAK, stops=(120, 240)),
    CourseOutline(
        "primary resistance, progression and leukaemia",
        0.08,
        WEAK,
        returns=(60, 400),
        evolves=True,
        leukaemic=True,
    ),
    CourseOutline("early death", 0.05, FULL, dies=(30, 260)),
)


@dataclass(frozen=True)
class Person:
    """A patient as drawn; log-odds are natural, rates per day.

    Parameters
    ----------
    outline : CourseOutline
        What was to become of the patient.
    female : bool
        Sex at birth.
    stem, progenitor : float
        Log-odds of the clone before treatment.
    stem_kill, kill : float
        Fall of the log-odds on full dose.
    stem_growth, growth : float
        Rise of the log-odds without the drug.
    leak : float
        Log of the odds among progenitors over those among stem cells that no dose goes below.
    resistant_day, resistant_growth : float
        Day on which a resistant line is half of all, and its rise; infinite where it never is.
    lymphoid : float
        Share of cells of the marrow that are of no clone.
    haemoglobin : Haemoglobin
        How it follows the clone.
    platelets, neutrophils : (float, float)
        With nothing but the clone, and without it, 1e9/L.
    blasts, peak : float
        Marrow blasts before treatment, and of a leukaemic line; fractions.
    breakpoints, side_line : str
        Of the deletion; abnormality of the resistant line, empty for none.
    courses : tuple of Course
        As planned.
    end : int
        Last day, unless leukaemia ends the course sooner.
    dies : bool
        Whether the patient dies on that day.
    """

    outline: CourseOutline
    female: bool
    stem: float
    progenitor: float
    stem_kill: float
    kill: float
    stem_growth: float
    growth: float
    leak: float
    resistant_day: float
    resistant_growth: float
    lymphoid: float
    haemoglobin: Haemoglobin
    platelets: Span
    neutrophils: Span
    blasts: float
    peak: float
    breakpoints: str
    side_line: str
    courses: tuple[Course, ...]
    end: int
    dies: bool


def draw_person(*, rng: np.random.Generator) -> Person:
    """Draw an outline, and a person who has it."""
    shares = np.array([item.share for item in OUTLINES])
    outline = OUTLINES[int(rng.choice(len(OUTLINES), p=shares / shares.sum()))]
    end, dies = int(rng.integers(700, 1500)), bool(rng.random() < 0.06)
    if outline.dies is not None:
        end, dies = int(rng.integers(*outline.dies)), True
    returns = float(rng.integers(*outline.returns)) if outline.returns else np.inf
    transfused = rng.random() < DEPENDENT
    blood = Haemoglobin(
        float(rng.normal(4.6, 0.4) if transfused else rng.normal(8.6, 0.4)),
        float(np.clip(rng.normal(13.0, 0.8), 11.4, 15.5)),
    )
    # The clone makes too little of some lines, and of platelets it may make more than enough.
    few = rng.random(2) < (0.3, 0.25)
    clone = rng.uniform(
        np.where(few, (0.1, 0.12), (0.8, 0.6)), np.where(few, (0.45, 0.35), (1.4, 1.0))
    ).tolist()
    platelets = float(rng.lognormal(np.log(210), 0.25))
    neutrophils = float(rng.lognormal(np.log(3.0), 0.25))
    # Half of del(5q) has blasts below 5 %, the others have excess blasts.
    blasts = float(rng.uniform(0.005, 0.045) if rng.random() < 0.55 else rng.uniform(0.05, 0.16))
    return Person(
        outline=outline,
        female=bool(rng.random() < 0.75),
        stem=float(rng.normal(3.6, 0.3)),
        progenitor=float(rng.normal(3.4, 0.3)),
        stem_kill=float(rng.uniform(0.002, 0.012)) * (outline.kill != WEAK),
        kill=float(rng.uniform(*outline.kill)),
        stem_growth=float(rng.uniform(0.004, 0.010)),
        growth=float(rng.uniform(0.015, 0.030)),
        leak=float(np.log(10) * rng.uniform(*outline.leak)),
        resistant_day=returns,
        resistant_growth=float(rng.uniform(0.015, 0.035)),
        lymphoid=float(rng.uniform(0.10, 0.22)),
        haemoglobin=blood,
        platelets=(platelets * clone[0], platelets),
        neutrophils=(neutrophils * clone[1], neutrophils),
        blasts=blasts,
        peak=float(rng.uniform(0.3, 0.7)) if outline.leukaemic else 0.0,
        breakpoints=str(rng.choice(BREAKPOINTS)),
        side_line=str(rng.choice(SIDE_LINES)) if outline.evolves else "",
        courses=_courses(outline, returns, end, rng),
        end=end,
        dies=dies,
    )


def _courses(
    outline: CourseOutline, returns: float, end: int, rng: np.random.Generator
) -> tuple[Course, ...]:
    """Courses of lenalidomide: as started, held for cytopenia and reduced, reduced alone, and stopped."""
    last = end
    if outline.stops is not None:
        last = int(rng.integers(*outline.stops))
    elif returns < np.inf:
        last = int(returns) + int(rng.integers(60, 200))
    last = max(1, min(last, end))
    held, hold = int(rng.integers(28, 70)), int(rng.integers(10, 29))
    chance = rng.random()
    if chance < 0.45 and held + hold + 20 < last:
        first = Course(0, held - 1, 10.0)
        second = held + hold
        again = second + int(rng.integers(150, 400))
        if chance < 0.12 and again + 60 < last:  # held twice
            pause = int(rng.integers(7, 29))
            return first, Course(second, again - 1, 5.0), Course(again + pause, last, 5.0)
        return first, Course(second, last, 5.0)
    if chance < 0.55 and held < last:
        return Course(0, held - 1, 10.0), Course(held, last, 5.0)
    return (Course(0, last, 10.0),)
