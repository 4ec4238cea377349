"""One calendar until a day, another from then on."""

from __future__ import annotations

from remnant.dynamics.treatment.doses import Calendar
from remnant.dynamics.treatment.therapy import Therapy


def continued(past: Therapy, day: float, future: Therapy) -> Therapy:
    """Return what was given before `day`, and from that day on the other therapy, whose day 0 it is.

    Parameters
    ----------
    past : Therapy
        What is on record.
    day : float
        Day of the change, on the days of `past`.
    future : Therapy
        Days count from the change; a drug that it lacks is stopped.

    Returns
    -------
    Therapy
        With the drugs of both, those of `past` first.

    Examples
    --------
    >>> given = Therapy.single("lenalidomide", Calendar((0.0,), (1.0,)))
    >>> continued(given, 365.0, Therapy()).calendars[0]
    Calendar(switches=(0.0, 365.0), doses=(1.0, 0.0))
    >>> continued(given, 365.0, Therapy.single("lenalidomide", Calendar((28.0,), (0.5,)))).calendars[0]
    Calendar(switches=(0.0, 365.0, 393.0), doses=(1.0, 0.0, 0.5))
    """
    drugs = tuple(dict.fromkeys((*past.drugs, *future.drugs)))
    pairs = zip(past.aligned(drugs).calendars, future.aligned(drugs).calendars, strict=True)
    return Therapy(drugs, tuple(_joined(before, day, after) for before, after in pairs))


def _joined(before: Calendar, day: float, after: Calendar) -> Calendar:
    kept = {s: dose for s, dose in zip(before.switches, before.doses, strict=True) if s < day}
    begun = {float(day): float(after.dose(0.0))}
    later = {float(day + s): dose for s, dose in zip(after.switches, after.doses, strict=True) if s > 0}
    switches = kept | begun | later
    return Calendar(tuple(switches), tuple(switches.values())).merged()
