"""The risk of one patient, as records that can be stored."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.diagnosis.ipss_r import Outlook


@dataclass(frozen=True)
class Grade:
    """A score and its category."""

    score: float
    category: str


@dataclass(frozen=True)
class IpssR:
    """IPSS-R, or IPSS-RA, of one patient.

    Parameters
    ----------
    score, category : float, str, or None
        None where an item is missing.
    lowest, highest : Grade or None
        The range that missing items leave open, both ends equal where none is; None where there is none,
        as for IPSS-RA without an age.
    points : tuple of (float or None)
        Of each item, in the order of `ipss_r.ITEMS`; empty for IPSS-RA.
    missing : tuple of str
        Items without a value.
    outlook : Outlook or None
        What became of patients of the category; None for IPSS-RA, and where there is no category.
    """

    score: float | None
    category: str | None
    lowest: Grade | None
    highest: Grade | None
    points: tuple[float | None, ...] = ()
    missing: tuple[str, ...] = ()
    outlook: Outlook | None = None

    @property
    def sure(self) -> str | None:
        """The category that holds whatever the missing values are (OR5), if there is one."""
        if self.lowest is None or self.highest is None or self.lowest.category != self.highest.category:
            return None
        return self.lowest.category


@dataclass(frozen=True)
class Scenario:
    """IPSS-M in one case of what is missing."""

    score: float
    category: str
    raw: float


@dataclass(frozen=True)
class Contribution:
    """What one variable adds to the raw IPSS-M.

    Parameters
    ----------
    variable : str
        As in `ipss_m_weights.VARIABLES`.
    value : float or None
        None where it is missing, or known in part.
    best, mean, worst : float
        beta (x - mean) over ln 2, of the value or of what stands for it.
    """

    variable: str
    value: float | None
    best: float
    mean: float
    worst: float


@dataclass(frozen=True)
class IpssM:
    """IPSS-M of one patient.

    Parameters
    ----------
    best, mean, worst : Scenario
        All the same where nothing is missing.
    score, category : float, str, or None
        What may be said of the patient: the mean case where worst and best are at most 1 apart; the category
        alone where they are not, and agree.
    missing : tuple of str
        Variables and genes without a value.
    contributions : tuple of Contribution
    """

    best: Scenario
    mean: Scenario
    worst: Scenario
    score: float | None
    category: str | None
    missing: tuple[str, ...]
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class PatientRisk:
    """The three scores of one patient, and what a reader must know of the values behind them."""

    ipss_r: IpssR
    ipss_ra: IpssR
    ipss_m: IpssM
    remarks: tuple[str, ...] = ()
