"""Which two visits of a patient are compared: the last before treatment, the first in remission."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

Visit = TypeVar("Visit")


def before_and_after(
    visits: Mapping[tuple[str, int], Visit],
    *,
    first_dose: int | None,
    in_remission: Collection[str],
) -> tuple[Visit | None, Visit | None]:
    """Choose two visits.

    Parameters
    ----------
    visits : mapping of (str, int)
        Of one patient, by sample and day, in the order of time: those that have the assay.
    first_dose : int or None
        First day of treatment; a sample of that day is one before it. None without treatment, so that no
        visit is before it.
    in_remission : collection of str
        Samples in remission.
    """
    before = [v for (_, day), v in visits.items() if first_dose is not None and day <= first_dose]
    after = [v for (sample, _), v in visits.items() if sample in in_remission]
    return before[-1] if before else None, after[0] if after else None
