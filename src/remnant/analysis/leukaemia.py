"""Blasts of 20 % or more, in marrow or blood: acute leukaemia, whatever the criteria of response say.

20 % of marrow or blood cells: WHO 2022 and the earlier editions; ICC 2022 calls 10 to 19 % MDS/AML, which is
not called leukaemia here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remnant.study.estimate import Source
from remnant.study.study import Study

LEAST = 0.20
NEAR_DAYS = 14  # a blood count this near a visit belongs to it, as for the response


@dataclass(frozen=True)
class BlastLook:
    """Blasts on one day, in marrow or blood."""

    day: int
    leukaemic: bool
    text: str
    sources: tuple[Source, ...]
    sample_id: str | None = None


def blast_looks(study: Study) -> dict[str, tuple[BlastLook, ...]]:
    """List every count of blasts of every patient in the order of days."""
    looks: dict[str, list[BlastLook]] = {patient: [] for patient in study.patients}
    visits = {sample: (patient, day) for patient, sample, day in study.visits()}
    for row in study["marrows"].iter_rows(named=True):
        patient, day = visits[row["sample_id"]]
        source = Source("marrows.csv", row["line"])
        looks[patient].append(_look(day, row["blasts_fraction"], "marrow", source, row["sample_id"]))
    for row in study["blood_counts"].iter_rows(named=True):
        if row["blasts_fraction"] is not None:
            source = Source("blood_counts.csv", row["line"])
            looks[row["patient_id"]].append(_look(row["day"], row["blasts_fraction"], "blood", source, None))
    return {patient: tuple(sorted(mine, key=lambda one: one.day)) for patient, mine in looks.items()}


def _look(day: int, fraction: float, where: str, source: Source, sample: str | None) -> BlastLook:
    words = f"{100 * fraction:.3g} % blasts in the {where} on day {day}"
    return BlastLook(day, fraction >= LEAST, words, (source,), sample)


def leukaemia_at(
    looks: Mapping[str, tuple[BlastLook, ...]], patient: str, day: int, sample: str
) -> BlastLook | None:
    """What shows acute leukaemia at a visit: its own marrow, or a blood count within two weeks."""
    near = [
        one
        for one in looks[patient]
        if one.leukaemic
        and (one.sample_id == sample or (one.sample_id is None and abs(one.day - day) <= NEAR_DAYS))
    ]
    return min(near, key=lambda one: abs(one.day - day), default=None)
