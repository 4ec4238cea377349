"""The chance of cure over the number of stem cells, which fractions alone cannot tell.

Cure is that not one malignant or resistant stem cell is left (`remnant.dynamics.extinction.cure`), at a
horizon, from the states of each draw now. The curve assumes each number in turn, whatever the draw's own is:
its quantiles are over all that is not known beside it.
"""

from __future__ import annotations

import numpy as np

from remnant.dynamics.extinction import Signal, cure_curve
from remnant.dynamics.model.packed import pack
from remnant.inference.forecast.course import Course, course_of
from remnant.inference.forecast.quantiles import quantiles
from remnant.inference.records import CurePoint

SIZES = (1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)  # stem cells of a healthy pool; 5e4 to 2e5: Lee-Six 2018
DRAWS = 100


def cure_points(
    course: Course,
    *,
    scenario: str = "as planned",
    sizes: tuple[float, ...] = SIZES,
    horizon_day: int | None = None,
    draws: int = DRAWS,
) -> tuple[CurePoint, ...]:
    """Return the chance of cure at a horizon for each number of stem cells.

    Parameters
    ----------
    course : Course
        Followed in weekly looks, at least to the horizon.
    scenario : str
        Title of its calendar.
    sizes : tuple of float
        N_HSC, in cells, above 0.
    horizon_day : int, optional
        By default the last look.
    draws : int, default 100
        Evenly spaced draws that are used.
    """
    few = course_of(course, np.unique(np.linspace(0, len(course.states) - 1, draws).round().astype(int)))
    own, now = few.posterior, few.posterior.now_day
    last = int(few.days[-1]) if horizon_day is None else horizon_day
    ahead = few.days >= now
    numbers = own.drawn()
    packed = pack(numbers.parameters, numbers.effects)
    states = few.states[:, ahead]
    edges, doses = few.therapy.segments(now, last)
    signal = Signal.of(few.days[ahead], np.moveaxis(states, 1, 0), packed)
    chance = cure_curve(packed, edges, doses, signal, states[:, 0], sizes, horizons=[last])[:, 0]
    return tuple(
        CurePoint(own.patient_id, scenario, float(size), last, quantiles(column))
        for size, column in zip(sizes, chance.T, strict=True)
    )
