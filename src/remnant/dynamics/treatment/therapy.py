"""Several drugs at once: the segments of time on which no dose changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.treatment.doses import Calendar
from remnant.errors import Fault, SettingError


@dataclass(frozen=True)
class Therapy:
    """The drugs of a patient, each with its calendar; none is no treatment.

    Parameters
    ----------
    drugs : tuple of str
        Names, each once: the courses of one drug belong in one calendar.
    calendars : tuple of Calendar
        One per drug.

    Raises
    ------
    SettingError
        If a drug has no name or two calendars, or a calendar no drug.
    """

    drugs: tuple[str, ...] = ()
    calendars: tuple[Calendar, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if len(self.drugs) != len(self.calendars):
            found = f"{len(self.drugs)} drugs, {len(self.calendars)} calendars"
            faults.append(
                Fault("therapy", None, "calendars", found, "one calendar per drug", "add or drop one")
            )
        for name in sorted({name for name in self.drugs if self.drugs.count(name) > 1}):
            hint = "put all courses of a drug into one calendar"
            faults.append(Fault("therapy", None, "drugs", f"{name} twice", "every drug once", hint))
        if not all(name.strip() for name in self.drugs):
            faults.append(Fault("therapy", None, "drugs", "no name", "the name of a drug", "name it"))
        if faults:
            raise SettingError(faults)

    @classmethod
    def single(cls, name: str, calendar: Calendar) -> Therapy:
        """Return the therapy with one drug alone."""
        return cls((name,), (calendar,))

    def aligned(self, drugs: Sequence[str]) -> Therapy:
        """Return the same therapy with exactly `drugs`, in their order; those not given have dose 0.

        Raises
        ------
        SettingError
            If the therapy gives a drug that is not among `drugs`.
        """
        refuse_unknown(self.drugs, drugs)
        given = dict(zip(self.drugs, self.calendars, strict=True))
        return Therapy(tuple(drugs), tuple(given.get(name, Calendar()) for name in drugs))

    def segments(
        self, start_day: float, end_day: float, *, also: Iterable[float] = ()
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cut the time between two days where a dose changes.

        Parameters
        ----------
        start_day, end_day : float
            First and last edge; the second is later.
        also : iterable of float
            Further days, not outside the two, to be edges.

        Returns
        -------
        edges : ndarray, shape (S + 1,)
            Days, rising: start, end, every switch of every drug between them, and `also`.
        doses : ndarray, shape (S, drugs)
            Relative doses from each edge to the next.

        Raises
        ------
        SettingError
            If the days are not numbers, do not rise, or `also` lies outside.
        """
        more = np.asarray([float(day) for day in also])
        if not -np.inf < start_day < end_day < np.inf:
            found, hint = f"{start_day} to {end_day}", "the end comes after the start"
            raise SettingError([Fault("therapy", None, "days", found, "rising days", hint)])
        if not np.all((more >= start_day) & (more <= end_day)):
            strays = ", ".join(f"{day:g}" for day in more if not start_day <= day <= end_day)
            expected = f"days from {start_day:g} to {end_day:g}"
            raise SettingError([Fault("therapy", None, "also", strays, expected, "widen the span")])
        merged = [calendar.merged() for calendar in self.calendars]
        switches = np.asarray([day for calendar in merged for day in calendar.switches])
        inside = switches[(switches > start_day) & (switches < end_day)]
        edges = np.unique(np.concatenate([[float(start_day), float(end_day)], inside, more]))
        doses = [calendar.dose(edges[:-1]) for calendar in merged]
        return edges, np.stack(doses, axis=-1) if doses else np.zeros((len(edges) - 1, 0))


def refuse_unknown(asked: Collection[str], drugs: Collection[str]) -> None:
    """Raise a `SettingError` with the nearest name for every drug asked for that is not among `drugs`."""
    faults = []
    for name in asked:
        if name not in drugs:
            near = get_close_matches(name, drugs, 1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else "define the drug, or correct the name"
            faults.append(Fault("therapy", None, "drugs", name, "one of " + ", ".join(drugs), hint))
    if faults:
        raise SettingError(faults)
