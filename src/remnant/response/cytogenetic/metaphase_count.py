"""Metaphases of one sample, read for the clone: what a cytogenetic response is judged from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from remnant.errors import Fault, SettingError
from remnant.study.estimate import Source

CLONE_METAPHASES = 2  # with the same structural change or gain: a clone, or a relapse without a second look


@dataclass(frozen=True)
class MetaphaseCount:
    """Metaphases of one sample, read for the clone.

    Parameters
    ----------
    sample_id : str
        The sample.
    day : int
        Days since the patient's anchor.
    abnormal, scored : int
        Metaphases with the clone's abnormality, of so many; 0 of 0 for a culture that failed.
    new_abnormalities : tuple of str
        Clonal abnormalities that no earlier sample of the patient had.
    source : Source
        The row.
    present : tuple of str or None
        Every clonal abnormality of the sample, so that one that is no longer new is not passed over; None
        where the caller does not say.
    """

    sample_id: str
    day: int
    abnormal: int
    scored: int
    new_abnormalities: tuple[str, ...]
    source: Source
    present: tuple[str, ...] | None = None


def without_bands(abnormality: str) -> str:
    """Leave the arms of the bands: two reports of one abnormality often differ by a band.

    Examples
    --------
    >>> without_bands("t(3;21)(q26.2;q22)"), without_bands("+8")
    ('t(3;21)(q;q)', '+8')
    """
    return re.sub(r"(?<=[pq])[0-9.~?-]+", "", abnormality)


def check_metaphases(counts: Sequence[MetaphaseCount]) -> None:
    """Refuse counts that cannot be.

    Raises
    ------
    SettingError
        With every row at fault.
    """
    faults = [
        Fault(
            one.source.file,
            one.source.line,
            "metaphases",
            f"{one.abnormal} of {one.scored}",
            "0 <= abnormal <= scored",
            "are the two swapped?",
        )
        for one in counts
        if not 0 <= one.abnormal <= one.scored
    ]
    if faults:
        raise SettingError(faults)
