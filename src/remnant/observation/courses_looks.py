"""What the clinic sees of a person when it looks: counts, red cells, marrows, karyotypes, slides.

Everything is written twice: as it was measured, and `free` of noise, with what is true on the same day in
its place. Haemoglobin is measured with the transfused cells in it, which outlive the two weeks that criteria
allow them; what is true is the patient's own. Red cells are given on what was measured, and are the same in
both: once given, they are a fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.observation import fish, metaphases
from remnant.observation.bench import PROBE, PURITY
from remnant.observation.blood import Transfusion, simulate_red_cells, simulate_residual
from remnant.observation.clinic import HAEMOGLOBIN, NEUTROPHILS, PLATELETS
from remnant.observation.courses_body import FIRST_DAY, Body
from remnant.observation.courses_outline import Person

Rows = list[tuple[object, ...]]
Days = NDArray[np.int64]

PLANNED = (84, 182, 364, 546, 728, 1092, 1400)
MISSED, SPOILT, SILENT = 0.08, 0.05, 0.03  # visits; cultures or slides; morphologies without a word on lines
COUNTED_BLASTS = 500  # cells of a differential


@dataclass(frozen=True)
class Seen:
    """Rows of one person, by table, as measured and free of noise; columns as in `courses_study.COLUMNS`."""

    noisy: dict[str, Rows]
    free: dict[str, Rows]


@dataclass(frozen=True)
class Metaphases:
    """Metaphases of one marrow as drawn: of the clone, of its resistant line, all; and the true share."""

    sample_id: str
    day: int
    clone: int
    side: int
    scored: int
    share: float


def planned_marrows(last: int, *, rng: np.random.Generator) -> list[int]:
    """Days of marrows before treatment and on plan, but for those that were missed."""
    kept = rng.random(len(PLANNED)) >= MISSED
    shifts = rng.integers(-9, 10, len(PLANNED))
    days = [day + int(shift) for day, shift, was in zip(PLANNED, shifts, kept, strict=True) if was]
    return [-int(rng.integers(1, 15)), *(day for day in days if day <= last)]


def count_days(last: int, marrows: Sequence[int], *, rng: np.random.Generator) -> Days:
    """Days of counts: two-weekly before treatment, weekly at first, then monthly; some are missed.

    With every marrow goes a count.
    """
    spans = ((FIRST_DAY, -1, 14), (0, 56, 7), (63, 365, 14), (370, last, 26))
    days = np.concatenate([np.arange(first, end + 1, step) for first, end, step in spans])
    days = days + rng.integers(-1, 2, len(days)) * (days > 0)
    days = days[(rng.random(len(days)) >= MISSED) & (days <= last)]
    return np.unique(np.concatenate([days, np.array(marrows, np.int64)]))


def all_marrows(planned: Sequence[int], counts: Days, relapse: int | None) -> list[int]:
    """Add the marrows that fallen counts led to, some weeks and some months after they fell."""
    if relapse is None:
        return list(planned)
    later = [counts[counts >= relapse + wait] for wait in (20, 90)]
    extra = [int(days[0]) for days in later if len(days)]
    return sorted({*(day for day in planned if all(abs(day - one) > 21 for one in extra)), *extra})


def blood(
    name: str, body: Body, days: Days, *, rng: np.random.Generator
) -> tuple[Rows, Rows, tuple[Transfusion, ...]]:
    """Draw blood counts, measured and true, and the red cells given."""
    trigger = float(rng.uniform(7.8, 8.6))
    measured, given = simulate_red_cells(
        body.haemoglobin, days, HAEMOGLOBIN, first_day=FIRST_DAY, trigger=trigger, rng=rng
    )
    at = days - FIRST_DAY
    platelets = body.platelets[at] * np.exp(simulate_residual(days, PLATELETS, rng=rng))
    neutrophils = body.neutrophils[at] * np.exp(simulate_residual(days, NEUTROPHILS, rng=rng))
    blasts = np.round(rng.binomial(200, body.blood_blasts[at]) / 200, 3)
    noisy = zip(
        days.tolist(),
        (round(measured[day], 1) for day in days.tolist()),
        np.round(neutrophils, 2).tolist(),
        np.round(np.maximum(platelets, 1)).tolist(),
        blasts.tolist(),
        strict=True,
    )
    free = zip(
        days.tolist(),
        body.haemoglobin[at].tolist(),
        body.neutrophils[at].tolist(),
        body.platelets[at].tolist(),
        body.blood_blasts[at].tolist(),
        strict=True,
    )
    return [(name, *row) for row in noisy], [(name, *row) for row in free], given


def red_cells(name: str, given: Sequence[Transfusion], body: Body) -> tuple[Rows, Rows]:
    """List the red cells given, with the haemoglobin before them as measured and the patient's own."""
    noisy: Rows = [
        (name, one.day, "red_cells", one.units, max(round(one.haemoglobin, 1), 1.0)) for one in given
    ]
    free: Rows = [
        (name, one.day, "red_cells", one.units, float(body.haemoglobin[one.day - FIRST_DAY])) for one in given
    ]
    return noisy, free


def log_periods(name: str, body: Body, *, rng: np.random.Generator) -> Rows:
    """Periods in which every transfusion is on record: all of the course, all but a gap, or none."""
    last, chance = int(body.days[-1]), rng.random()
    first = FIRST_DAY if rng.random() < 0.9 else int(rng.integers(-60, 0))
    if chance < 0.04:
        return []
    start = int(rng.integers(30, 700))
    gap = int(rng.integers(20, 120))
    if chance < 0.19 and start + gap < last:
        return [(name, first, start - 1), (name, start + gap, last)]
    return [(name, first, last)]


def marrows(samples: Sequence[tuple[str, int]], body: Body, *, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Count blasts among 500 cells, and say which lines are dysplastic."""
    noisy: Rows = []
    free: Rows = []
    for sample, day in samples:
        blasts = float(body.blasts[day - FIRST_DAY])
        words = "none" if body.dividing[day - FIRST_DAY] < 0.05 else "megakaryocytic"
        said = None if rng.random() < SILENT else words
        counted = rng.binomial(COUNTED_BLASTS, blasts) / COUNTED_BLASTS
        noisy.append((sample, round(float(counted), 3), said))
        free.append((sample, blasts, said))
    return noisy, free


def karyotypes(
    samples: Sequence[tuple[str, int]], body: Body, person: Person, *, rng: np.random.Generator
) -> tuple[Rows, Rows, tuple[Metaphases, ...]]:
    """Draw the metaphases of each marrow, and write them; without noise, as many as the shares make."""
    noisy: Rows = []
    free: Rows = []
    counted = []
    for sample, day in samples:
        at = day - FIRST_DAY
        side = float(body.side[at]) if person.side_line else 0.0
        clone = float(body.dividing[at])
        shares = np.array([clone - side, side, 1 - clone])
        scored = int(rng.integers(2, 15)) if rng.random() < SPOILT else int(rng.integers(20, 26))
        by = ("sl", "idem", "full")[int(rng.integers(3))]
        drawn = metaphases.simulate(np.clip(shares, 0, 1) / shares.sum(), scored, rng=rng)
        noisy.append((sample, write(person, drawn.tolist(), by)))
        counted.append(Metaphases(sample, day, int(drawn[0] + drawn[1]), int(drawn[1]), scored, clone))
        whole = np.floor(shares * scored + 0.5).astype(int)
        whole[2] = scored - whole[0] - whole[1]
        free.append((sample, write(person, whole.tolist(), by)))
    return noisy, free, tuple(counted)


def write(person: Person, counts: Sequence[int], by: str) -> str:
    """Write a karyotype: stem line, side line in full or by reference to it, normal cells."""
    sex, stem = "XX" if person.female else "XY", f"del(5)({person.breakpoints})"
    own, side, normal = counts
    both = ",".join(sorted((stem, person.side_line), key=_place)) if side else ""
    text = metaphases.write_iscn(sex, [stem, both], [own, side, normal])
    if by == "full" or not (own and side):
        return text
    lines = text.split("/")
    number = lines[1].split(",")[0]
    lines[1] = f"{number},{'sl' if by == 'sl' else f'{sex},idem'},{person.side_line}[{side}]"
    return "/".join(lines)


def _place(abnormality: str) -> int:
    """Chromosome number of an abnormality: ISCN lists them in this order."""
    digits = "".join(
        item if item.isdigit() else " " for item in abnormality.replace("+", "").replace("-", "")
    )
    return int(digits.split()[0])


def slides(samples: Sequence[tuple[str, int]], body: Body, *, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Sort and score stem cells, progenitors and all cells; without noise, the nearest count to the truth."""
    noisy: Rows = []
    free: Rows = []
    for sample, day in samples:
        fractions = {name: float(getattr(body, name)[day - FIRST_DAY]) for name in PURITY}
        for compartment, (mean, contaminant) in PURITY.items():
            nuclei = {"bulk": 200, "progenitor": 150, "stem": int(rng.integers(40, 110))}[compartment]
            nuclei *= rng.random() >= SPOILT
            share, checked, inside = 1.0, None, None
            if contaminant:
                share = float(rng.beta(60 * mean, 60 * (1 - mean)))
                checked = int(rng.integers(60, 160))
                inside = fish.simulate_purity(share, checked, rng=rng)
            seen = fish.sorted_fraction(fractions[compartment], fractions.get(contaminant, 0.0), share)
            abnormal = int(fish.simulate(seen, nuclei, PROBE, rng=rng))
            row = sample, compartment, "EGR1", nuclei
            noisy.append((*row, abnormal, checked, inside, contaminant or None))
            free.append((*row, round(nuclei * fractions[compartment]), None, None, None))
    return noisy, free


def every_day(name: str, body: Body, given: Sequence[Transfusion]) -> dict[str, Rows]:
    """Rows of a look at blood and marrow on every day, with what is true on it."""
    days = body.days.tolist()
    at = {day: place for place, day in enumerate(days)}
    columns = (body.haemoglobin, body.neutrophils, body.platelets, body.blood_blasts)
    counts = zip(days, *(column.tolist() for column in columns), strict=True)
    return {
        "samples": [(f"{name}-{day}", name, day, "marrow") for day in days],
        "blood_counts": [(name, *row) for row in counts],
        "marrows": [(f"{name}-{day}", float(body.blasts[at[day]]), "none") for day in days],
        "transfusions": [
            (name, one.day, "red_cells", one.units, float(body.haemoglobin[at[one.day]])) for one in given
        ],
        "transfusion_log": [(name, FIRST_DAY, days[-1])],
    }
