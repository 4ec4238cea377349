"""Every estimator of survival on 1,000 subjects with ties, against the 50 ms that it must stay below.

Where lifelines or statsmodels is installed its Cox model and Kaplan-Meier run beside ours.
"""

from __future__ import annotations

import statistics
import time
from importlib.util import find_spec

import numpy as np
from side_by_side import Work, compare

from remnant.stats.survival.cox import cox
from remnant.stats.survival.cumulative_incidence import aalen_johansen
from remnant.stats.survival.fine_gray import fine_gray
from remnant.stats.survival.firth_cox import firth_cox
from remnant.stats.survival.gray import gray
from remnant.stats.survival.interval_censored import interval_censored
from remnant.stats.survival.kaplan_meier import kaplan_meier
from remnant.stats.survival.log_rank import log_rank
from remnant.stats.survival.proportional_hazards import proportional_hazards

SUBJECTS, FLOOR_MS = 1000, 50.0


def measured(work: Work, rounds: int = 9) -> float:
    """Median time in milliseconds, after a warm run."""
    work()
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return 1e3 * statistics.median(spent)


def main() -> None:
    """Measure."""
    rng = np.random.default_rng(1)
    days, cause = rng.integers(1, 1400, SUBJECTS), rng.integers(0, 3, SUBJECTS)
    group, x = rng.integers(0, 3, SUBJECTS), rng.normal(size=(SUBJECTS, 2))
    entry, looks = np.floor(days * rng.random(SUBJECTS) * 0.9), 56
    left = days // looks * looks
    right = np.where(cause > 0, left + looks, np.inf)
    works: dict[str, Work] = {
        "kaplan_meier": lambda: kaplan_meier(days, cause > 0),
        "kaplan_meier, late entry": lambda: kaplan_meier(days, cause > 0, entry=entry),
        "log_rank, 3 groups": lambda: log_rank(days, cause > 0, group),
        "cox, 2 covariates, with profile limits": lambda: cox(days, cause == 1, x),
        "cox, late entry": lambda: cox(days, cause == 1, x, entry=entry),
        "cox, 3 strata": lambda: cox(days, cause == 1, x, stratum=group),
        "firth_cox, 2 covariates": lambda: firth_cox(days, cause == 1, x),
        "proportional_hazards": lambda: proportional_hazards(days, cause == 1, x),
        "aalen_johansen with errors": lambda: aalen_johansen(days, cause),
        "gray, 3 groups": lambda: gray(days, cause, group),
        "fine_gray, 2 covariates": lambda: fine_gray(days, cause, x),
        "interval_censored, visits every 56 days": lambda: interval_censored(left, right),
    }
    for name, work in works.items():
        spent = measured(work)
        print(f"{name}: {spent:.2f} ms; {FLOOR_MS / spent:.1f} times below {FLOOR_MS:.0f} ms")
    if find_spec("statsmodels"):
        from statsmodels.duration.hazard_regression import PHReg

        compare(
            "Cox",
            lambda: cox(days, cause == 1, x),
            lambda: PHReg(days, x, status=cause == 1, ties="efron").fit(),
            against="statsmodels, without profile limits",
        )


if __name__ == "__main__":
    main()
