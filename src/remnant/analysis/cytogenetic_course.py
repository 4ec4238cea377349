"""What karyotypes and bulk FISH show at a visit: return of the abnormality, and clonal evolution.

Metaphases and FISH are two statements (OR45), so the words say which of them came back. A return seen earlier
stands until a look of the same kind is clear again: a visit without a karyotype undoes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from remnant.analysis.clone_series import NUCLEI, CloneSeries
from remnant.analysis.karyotypes import KaryotypeResult
from remnant.cytogenetics import cells_with, read_karyotype
from remnant.errors import RemnantError
from remnant.persistence import Shown
from remnant.response import CytogeneticResponse


def metaphase_return(found: Sequence[CytogeneticResponse], day: int) -> Shown | None:
    """What shows by `day` that the abnormality is back in metaphases; None where it is not."""
    standing: CytogeneticResponse | None = None
    for item in found:
        if item.day > day:
            break
        if item.relapse:
            standing = item
        elif item.response == "complete":
            standing = None
    if standing is None:
        return None
    when = "" if standing.day == day else f" on day {standing.day}, and none has been clear since"
    return Shown(f"{standing.abnormal} of {standing.scored} metaphases abnormal{when}", standing.sources)


def fish_return(series: Sequence[CloneSeries], day: int) -> Shown | None:
    """What shows by `day` that the clone is back in FISH of all cells after it was below the cut-off.

    Above the cut-off again, beyond assay noise, and not refuted by the next look (OR44, OR56).
    """
    for item in series:
        if item.role != "bulk" or item.followed.assay != NUCLEI:
            continue
        rise = item.risen(day)
        if rise is None:
            continue
        cleared = [
            one.day for one in item.followed.readings if one.above_cutoff is False and one.day < rise.day
        ]
        now = next((one for one in item.followed.readings if one.day == rise.day), None)
        if cleared and now is not None and now.above_cutoff:
            words = (
                f"FISH of {item.name} above its cut-off on day {rise.day}, after it was below it on day "
                f"{cleared[-1]}"
            )
            return Shown(words, rise.sources)
    return None


def evolution(
    karyotypes: Sequence[KaryotypeResult], sample: str, first_dose: int | None, *, marker: str
) -> Shown | None:
    """What a visit's karyotype has that none of the patient's had by the first dose; None where nothing.

    A patient without a karyotype before treatment has no abnormality that is known to be new, other than
    those that an earlier karyotype on treatment did not have. The marker of the clone itself is never new:
    where the first culture failed to show it, it was there.
    """
    now = next((item for item in karyotypes if item.sample_id == sample), None)
    if now is None or first_dose is None or now.day <= first_dose:
        return None
    fresh = {text for item in karyotypes if first_dose < item.day <= now.day for text in item.new}
    new = [text for text in now.abnormalities if text in fresh and not _is(text, marker)]
    return Shown(f"clonal evolution: {', '.join(new)}", (now.source,)) if new else None


def _is(text: str, marker: str) -> bool:
    """Whether an abnormality, as it is written, is the marker of the clone."""
    try:
        count = cells_with(read_karyotype(f"46,XX,{text}[2]"), marker)
    except RemnantError:  # a fragment that is no karyotype by itself, such as a marker of unknown origin
        return False
    return bool(count.abnormal)
