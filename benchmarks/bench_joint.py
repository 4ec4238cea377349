"""The joint model: processor seconds of a small study, and of 10 patients x 6 visits x 3 compartments.

The second has a floor of its own: fewer than 10 s.
"""

from __future__ import annotations

import time

import numpy as np

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.convergence import convergence
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import NOTHING, Prior, Slides
from remnant.stats.joint.simulate import Truth, simulate

PRIOR = Prior(Beta(10, 990), Beta(2, 98))
NUCLEI = (20, 100, 200)
BEFORE, AFTER = (3.5, 3.5, 2.5), (-0.5, -3.0, -3.0)


def study(patients: int, days: tuple[int, ...], compartments: int, rng: np.random.Generator) -> Slides:
    """Simulate a study like that of the paper, with purities re-run."""
    visits = patients * len(days)
    day = np.tile(np.array(days, float), patients)
    pure = np.arange(3) >= compartments - 1
    events = np.where(pure, 0, 200) * np.ones((visits, 1), int)
    slides = Slides(
        np.repeat(np.arange(patients), len(days)),
        day,
        (day > 0).astype(int),
        np.repeat(np.arange(visits), compartments),
        np.tile(np.arange(compartments), visits),
        np.zeros(visits * compartments, int),
        np.tile(NUCLEI[:compartments], visits),
        np.zeros((visits, 3), int),
        events,
        np.tile([1, 2, NOTHING], (visits, 1)),
    )
    odds = np.where(day[:, None] > 0, AFTER, BEFORE) + 0.7 * rng.standard_normal((visits, 3))
    empty = np.zeros((3, 2))
    purity = np.where(slides.impure, 0.93, 1.0)
    return simulate(slides, Truth(empty, empty, odds, 0.01, 0.02, 0.005, purity), rng=rng)


def main() -> None:
    """Time two sizes of study, in this process's own processor time: machines are busy."""
    rng = np.random.default_rng(1)
    for patients, days, compartments in ((3, (-5, 200), 2), (10, (-5, 100, 200, 300, 400, 500), 3)):
        slides = study(patients, days, compartments, rng)
        fit(slides, PRIOR, rng=np.random.default_rng(0), warm_up=2, draws=4, rounds=1)
        began, wall = time.process_time(), time.perf_counter()
        found = convergence(fit(slides, PRIOR, rng=np.random.default_rng(2)).headline)
        spent, passed = time.process_time() - began, time.perf_counter() - wall
        print(
            f"joint model, {patients} patients x {len(days)} visits x {compartments} compartments: "
            f"{spent:.2f} s of processor ({passed:.2f} s), R-hat {found.r_hat:.3f}, "
            f"effective draws {found.bulk:.0f}"
        )


if __name__ == "__main__":
    main()
