"""Which two visits of a patient are compared: the last before treatment, the first in remission."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

Visit = TypeVar("Visit")


def before_and_after(
    visits: Sequence[Visit],
    place: Callable[[Visit], tuple[str, int]],
    *,
    first_dose: int | None,
    in_remission: Collection[str],
) -> tuple[Visit | None, Visit | None]:
    """Choose two visits.

    Parameters
    ----------
    visits : sequence
        Of one patient, in the order of time, each with the assay.
    place : callable
        Sample and day of a visit.
    first_dose : int or None
        First day of treatment; a sample of that day is one before it. None without treatment, so that no
        visit is before it.
    in_remission : collection of str
        Samples in remission.
    """
    before = [visit for visit in visits if first_dose is not None and place(visit)[1] <= first_dose]
    after = [visit for visit in visits if place(visit)[0] in in_remission]
    return before[-1] if before else None, after[0] if after else None
