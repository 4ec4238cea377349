"""What still holds the clone when treatment of a year or more stops: a drug that no calendar gives.

About half of patients who stop imatinib in deep remission stay in it, though transcripts under treatment tell
nobody which half. For the engines this is one more drug, given exactly where the real one has stopped; its
effects on a patient are a share of the real one's, anything between none and all.
"""

from __future__ import annotations

from remnant.dynamics.treatment.doses import Calendar
from remnant.dynamics.treatment.therapy import Therapy

YEAR_DAYS = 365.0  # of treatment before a stop is more than an interruption (choice: trials ask three years)


def controlled(therapy: Therapy, drug: str, by: str) -> Therapy:
    """Return the therapy with `by` in force wherever `drug` has stopped after a year or more of it.

    Parameters
    ----------
    therapy : Therapy
        Past and planned; what it says of `by` is replaced.
    drug, by : str
        The drug, and what stands for it afterwards, at the last dose before the stop.

    Returns
    -------
    Therapy
        With `by` last; without `drug` nothing is held.

    Examples
    --------
    >>> given = Therapy.single("imatinib", Calendar((0.0, 1800.0), (1.0, 0.0)))
    >>> controlled(given, "imatinib", "control").calendars[1]
    Calendar(switches=(1800.0,), doses=(1.0,))
    """
    given = {name: one for name, one in zip(therapy.drugs, therapy.calendars, strict=True) if name != by}
    held = _after(given[drug].merged()) if drug in given else Calendar()
    return Therapy((*given, by), (*given.values(), held))


def _after(given: Calendar) -> Calendar:
    """Return the doses in whose place control stands, from each stop to the next course."""
    treated, last, doses = 0.0, 0.0, []
    ends = (*given.switches[1:], given.switches[-1]) if given.switches else ()
    for day, end, dose in zip(given.switches, ends, given.doses, strict=True):
        doses.append(last if dose == 0 and treated >= YEAR_DAYS else 0.0)
        treated += (end - day) * (dose > 0)
        last = dose or last
    return Calendar(given.switches, tuple(doses)).merged()
