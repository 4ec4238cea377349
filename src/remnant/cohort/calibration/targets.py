"""What was published of lenalidomide in del(5q): the figures that a virtual cohort is held against.

Where a paper gives no interval, it follows from the number of patients: exact binomial for a share; for a
median the ranks that hold it with 95 % (binomial with one half), at the quantiles of a law whose spread is
read from the published range or quartiles. Each figure says which.

References
----------
List 2006 N Engl J Med (MDS-003); its follow-up, PMID 24150217; Fenaux 2011 Blood 118:3765 (MDS-004);
Crisa 2024 Leukemia 38:2259, doi:10.1038/s41375-024-02360-1 (HARMONY); Clopper & Pearson (1934) Biometrika
26:404-413; Blom (1958) Statistical Estimates and Transformed Beta-Variables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

from remnant.stats.fractions.proportion import clopper_pearson

Quantile = Callable[[float], float]


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval.

    Parameters
    ----------
    value, lower, upper : float or None
        None where a paper has words but no number.
    n : int
        Patients behind it.
    interval : str
        Where the interval is from.
    """

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    interval: str


@dataclass(frozen=True)
class Target:
    """One published figure.

    Parameters
    ----------
    name, meaning, unit : str
        Key of the measure; in words; "%" for a share, which is kept as a fraction.
    trial : str
        Where it was seen.
    figure : Figure
        What was seen.
    source : str
        Key in the references.
    mark : {"read", "computed"}
        Read, or computed from what was read as `figure.interval` says.
    named : bool
        One of the four that a calibration must meet.
    """

    name: str
    meaning: str
    unit: str
    trial: str
    figure: Figure
    source: str
    mark: Literal["read", "computed"] = "read"
    named: bool = False

    def met(self, value: float) -> bool | None:
        """Say whether a model's number lies within the interval; None where there is none."""
        if self.figure.lower is None or self.figure.upper is None:
            return None
        return self.figure.lower <= value <= self.figure.upper


def share(k: int, n: int, interval: str = "exact binomial") -> Figure:
    """Return a share with its exact interval.

    Examples
    --------
    >>> figure = share(38, 85)
    >>> round(figure.value, 3), round(figure.lower, 3), round(figure.upper, 3)
    (0.447, 0.339, 0.559)
    """
    lower, upper = clopper_pearson(k, n)
    return Figure(k / n, float(lower), float(upper), n, interval)


def median(value: float, n: int, law: Quantile, interval: str) -> Figure:
    """Return a median with the interval of that of n values from a law, given by its quantiles.

    Examples
    --------
    >>> figure = median(2.2, 97, exponential(2.2), "exponential")
    >>> round(figure.lower, 2), round(figure.upper, 2)
    (1.63, 2.89)
    """
    rank = int(binom.ppf(0.025, n, 0.5))
    return Figure(value, law(rank / n), law(1 - rank / n), n, f"ranks of a median, {interval}")


def lognormal(middle: float, low: float, high: float, extreme: float) -> Quantile:
    """Quantiles of a log-normal law that has `low` and `high` at the standard scores -+`extreme`."""
    sigma = np.log(high / low) / (2 * extreme)
    return lambda p: float(middle * np.exp(sigma * ndtri(p)))


def normal(middle: float, low: float, high: float, extreme: float) -> Quantile:
    """Quantiles of a normal law, its spread likewise."""
    sigma = (high - low) / (2 * extreme)
    return lambda p: float(middle + sigma * ndtri(p))


def exponential(middle: float) -> Quantile:
    """Quantiles of a constant hazard."""
    return lambda p: float(-middle * np.log1p(-p) / np.log(2))


def of_range(n: int) -> float:
    """Standard score of the largest of n values (Blom 1958)."""
    return float(ndtri((n - 0.375) / (n + 0.25)))


def _nearest(name: str, meaning: str, unit: str, trial: str, k: int, n: int, source: str) -> Target:
    """Return a share whose count is the one that gives the printed percentage."""
    figure = share(k, n, "exact binomial; count from the printed %")
    return Target(name, meaning, unit, trial, figure, source, "computed")


QUARTILE = float(ndtri(0.75))
WORDS = Figure(None, None, None, 7, "in words")
_HIGHEST = median(13.4, 99, normal(13.4, 9.2, 18.6, of_range(99)), "normal, range 9.2 to 18.6")
_RISE = median(5.4, 99, normal(5.4, 1.1, 11.4, of_range(99)), "normal, range 1.1 to 11.4")
_WEEKS = median(4.6, 99, lognormal(4.6, 1, 49, of_range(99)), "log-normal, range 1 to 49")
_YEARS = median(2.2, 97, exponential(2.2), "exponential")
_EVENTS = [float(56 * np.exp(sign * 1.96 / np.sqrt(50))) for sign in (-1, 1)]
_MONTHS = Figure(56.0, _EVENTS[0], _EVENTS[1], 118, "exponential, 50 events")
_NEUTROPHILS = median(2.15, 142, lognormal(2.15, 1.4, 3.4, QUARTILE), "log-normal, quartiles 1.4 and 3.4")
_PLATELETS = median(267, 142, lognormal(267, 174, 364, QUARTILE), "log-normal, quartiles 174 and 364")
_INDEPENDENT = Figure(0.67, 0.59, 0.74, 148, "published")
_003, _004, _004_LOW, _STOP, _SEED = "MDS-003", "MDS-004, 10 mg", "MDS-004, 5 mg", "HARMONY", "Tehranchi 2010"

TARGETS = (
    Target("independent", "Independent of transfusions for 56 days", "%", _003, _INDEPENDENT, "list"),
    Target("weeks_to_independence", "Median time to it", "weeks", _003, _WEEKS, "list", named=True),
    Target("best_haemoglobin", "Median of the highest haemoglobin then", "g/dL", _003, _HIGHEST, "list"),
    Target("haemoglobin_rise", "Median of its rise", "g/dL", _003, _RISE, "list"),
    Target("years_independent", "Median duration of it", "years", _003, _YEARS, "followup", named=True),
    Target("cytogenetic_response", "Abnormal metaphases at least halved", "%", _003, share(62, 85), "list"),
    Target("cytogenetic_response", "The same, later count", "%", _003, share(63, 88), "followup"),
    Target("complete_response", "0 of 20 metaphases", "%", _003, share(38, 85), "list", named=True),
    _nearest("neutropenia", "Neutrophils below 1.0e9/L", "%", _003, 81, 148, "list"),
    _nearest("thrombocytopenia", "Platelets below 50e9/L", "%", _003, 65, 148, "list"),
    _nearest("half_year_10", "Independent for 26 weeks", "%", _004, 23, 41, "mds004"),
    _nearest("half_year_5", "The same", "%", _004_LOW, 20, 47, "mds004"),
    _nearest("onset_by_cycle_2_10", "Onset within two cycles", "%", _004, 37, 43, "mds004"),
    _nearest("response_10", "Metaphases halved in a year", "%", _004, 17, 34, "mds004"),
    _nearest("response_5", "The same", "%", _004_LOW, 8, 32, "mds004"),
    _nearest("complete_10", "0 of 20 within a year", "%", _004, 10, 34, "mds004"),
    _nearest("complete_5", "The same", "%", _004_LOW, 5, 32, "mds004"),
    Target("lost_after_stop", "Complete response lost after stopping", "%", _STOP, share(22, 30), "harmony",
           named=True),
    Target("needs_after_stop", "Transfused again by 49 months", "%", _STOP, share(50, 118), "harmony"),
    Target("months_independent_after_stop", "Median until then", "months", _STOP, _MONTHS, "harmony"),
    Target("neutrophils", "Median neutrophils before treatment", "1e9/L", "2,957 MDS", _NEUTROPHILS, "ipssr"),
    Target("platelets", "Median platelets before treatment", "1e9/L", "2,957 MDS", _PLATELETS, "ipssr"),
    Target("stem_above_progenitor", "In complete response, stem above progenitor fraction", "%", _SEED,
           share(7, 7), "seed"),
    Target("progenitors_first", "Of complete responders, progenitors below 6 % by cycle 6", "%", _SEED, WORDS,
           "seed"),
    Target("stem_fraction_then", "Median stem fraction at that look", "%", _SEED, WORDS, "seed"),
)  # fmt: skip
