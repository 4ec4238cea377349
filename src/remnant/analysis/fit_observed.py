"""What a fit is drawn over: the doses that were given, and what each assay saw with its own interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Doses:
    """A course of a drug; `end_day` None while it goes on."""

    patient_id: str
    drug: str
    start_day: int
    end_day: int | None


@dataclass(frozen=True)
class Look:
    """One observation of a quantity that a fit follows.

    Parameters
    ----------
    patient_id, quantity, day : str, str, int
        Whose, which (as `remnant.inference.records.CurvePoint` calls it), and when.
    value : float or None
        As measured; None where it was not detected.
    lower, upper : float or None
        Its interval, where the assay has one; not detected: from 0 to the bound below which it lies.
    what : str
        In words, such as "FISH, 200 nuclei".
    """

    patient_id: str
    quantity: str
    day: int
    value: float | None
    lower: float | None
    upper: float | None
    what: str


@dataclass(frozen=True)
class Observed:
    """Everything that stands behind the curves of a fit.

    Parameters
    ----------
    anchor : str
        What day 0 is.
    doses : tuple of Doses
    looks : tuple of Look
    """

    anchor: str
    doses: tuple[Doses, ...] = ()
    looks: tuple[Look, ...] = ()
