"""What the kinetics of a plate mean, in words."""

from __future__ import annotations

from collections.abc import Collection

from remnant.stats.wells.single_hit import SingleHitTests

# Names that labs give to cells not enriched for CD34, in small letters; extend it where a lab uses another.
UNSELECTED = frozenset({"bulk", "unselected", "mnc", "mononuclear", "marrow", "bm", "whole", "nucleated"})
LEVEL = 0.05

NOT_LINEAR = (
    "positive wells of unselected marrow are not in proportion to the cells plated (Blood 1998;91:4056): do "
    "not compare this frequency with one that was plated at other doses"
)
MIXED_INPUT = (
    "unselected and enriched cells are compared: the frequency of the first depends on the cells plated, "
    "that of the second does not (Blood 1998;91:4056)"
)


def single_hit_remarks(tests: SingleHitTests, exact_p: float | None = None) -> tuple[str, ...]:
    """Say whether wells contradict single-hit kinetics, and what the direction means.

    Parameters
    ----------
    tests : SingleHitTests
        Of one plate or of several groups.
    exact_p : float, optional
        Goodness of fit from the outcomes of the design; else the deviance of wells taken together counts.
    """
    remarks = []
    if tests.separated:
        remarks.append(
            "one dose parts negative from positive wells, so the slope on log dose is infinite and has no "
            "Wald or likelihood-ratio test: add doses near that one"
        )
    p, z = tests.likelihood_ratio_p, tests.likelihood_ratio_z
    if p is None:
        p, z = tests.score_log_dose_p, tests.score_log_dose_z
    if p is not None and z is not None and p < LEVEL:
        if z > 0:
            why = "steeper: more than one cell is needed, or few cells do worse alone"
        else:
            why = "flatter: units of several kinds, or cells that inhibit at high dose"
        remarks.append(f"the wells do not fit single-hit kinetics, slope on log dose {why} (p {p:.2g})")
        return tuple(remarks)
    fit = exact_p if exact_p is not None else tests.pooled_deviance_p
    if fit is not None and fit < LEVEL:
        remarks.append(f"the wells do not fit single-hit kinetics: they scatter about the line (p {fit:.2g})")
    return tuple(remarks)


def inhibition_remark(p: float) -> tuple[str, ...]:
    """Say that a higher dose has fewer positive wells than a lower one, where chance does not explain it."""
    if p >= LEVEL:
        return ()
    return (
        f"fewer wells are positive at a higher dose than at a lower one (p {p:.2g}): cells inhibit "
        "each other, or doses were swapped; the frequency is no measure here",
    )


def input_remarks(compartments: Collection[str]) -> tuple[str, ...]:
    """Say what unselected input means for a frequency, alone or beside enriched cells."""
    unselected = {name for name in compartments if name.strip().lower() in UNSELECTED}
    if not unselected:
        return ()
    return (NOT_LINEAR,) if unselected == set(compartments) else (NOT_LINEAR, MIXED_INPUT)
