"""Scenarios side by side in the same virtual patients: what each brings, and how sure the differences are.

The patients, the chances of their cells and the scatter of their counts are the same under every scenario
(common random numbers), so a difference is free of most of the chance that each scenario has by itself. The
errors are those of simulation alone, and say nothing of whether the model is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from remnant.cohort.columns import NOTICE
from remnant.cohort.measures import SHARE, Measure, Relapse, measures_of, usual_relapse
from remnant.cohort.medians import Medians, medians_of
from remnant.cohort.moments import Moments
from remnant.cohort.paired import Difference, Value, difference, difference_of, value_of, value_with
from remnant.cohort.plan import CohortPlan
from remnant.cohort.planned import cautions
from remnant.cohort.summary import TABLE
from remnant.errors import Fault, SettingError

ROWS = 1 << 15  # patients compared at once: what is held does not grow with the cohort


@dataclass(frozen=True)
class Compared:
    """One measure under every scenario.

    Parameters
    ----------
    patients : int
        Those with a value under every scenario.
    values : tuple of Value
        One per scenario.
    differences : tuple of Difference
        Each later scenario less the first.
    reason : str
        Why there is no value, if there is none.
    """

    name: str
    meaning: str
    unit: str
    better: str
    patients: int
    values: tuple[Value, ...]
    differences: tuple[Difference, ...]
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side; the first is what the others are compared with.

    `notes` say what makes the patients of two scenarios others than the same, and what may be a slip.
    """

    notice: str
    preset: str
    patients: int
    years: float
    seed: int
    method: str
    relapse: str
    titles: tuple[str, ...]
    measures: tuple[Compared, ...]
    notes: tuple[str, ...]

    def measure(self, name: str) -> Compared:
        """Return one measure by name."""
        return next(one for one in self.measures if one.name == name)


def compare(
    plans: Sequence[CohortPlan],
    tables: Sequence[Path | pl.LazyFrame | pl.DataFrame],
    *,
    relapse: Relapse | None = None,
) -> Comparison:
    """Compare the cohorts of several scenarios, patient by patient, in memory that does not grow.

    Parameters
    ----------
    plans : sequence of CohortPlan
        Two or more, alike but for the scenario.
    tables : sequence of Path, LazyFrame or DataFrame
        Their patients: a folder with `patients.parquet`, or the table.
    relapse : {"cytogenetic", "molecular", "clinical"}, optional
        What ends a remission; by default the one that the looks of the first scenario can see.

    Raises
    ------
    SettingError
        If the plans cannot be paired, with every reason, or the tables hold other patients.
    """
    refuse_unpaired(plans)
    assert len(plans) == len(tables), "one table for each plan"
    kind = relapse or usual_relapse(plans[0])
    shared = _shared(plans, kind)
    moments = {measure.name: Moments.of(np.zeros((len(plans), 0))) for measure in shared}
    medians = medians_of(kind, plans)
    for parts in _side_by_side([_rows(table) for table in tables], plans[0].horizon):
        for measure in shared:
            values = [part.select(measure.value).to_series().to_numpy() for part in parts]
            moments[measure.name] += Moments.of(np.stack([np.asarray(v, float) for v in values]))
        medians.add(parts)
    first = plans[0]
    return Comparison(
        NOTICE,
        first.preset,
        first.patients,
        first.years,
        first.seed,
        first.method,
        kind,
        titles_of(plans),
        (*(_compared(measure, moments[measure.name]) for measure in shared), _median(kind, medians)),
        _notes(plans),
    )


def refuse_unpaired(plans: Sequence[CohortPlan]) -> None:
    """Raise a `SettingError` with every reason why plans are not of the same patients."""
    faults = []
    if len(plans) < 2:
        hint = "give --scenario twice or more"
        faults.append(Fault("comparison", None, "", f"{len(plans)} scenario", "two or more", hint))
    rules = (
        ("preset", "other diseases have other patients: compare scenarios of one preset"),
        ("years", "follow both for as long: years differ in their files or options"),
        ("patients", "simulate as many"),
        ("seed", "use one seed: it draws the patients"),
        ("method", "use one method"),
        ("posterior", "draw both from one posterior, or both from the preset"),
    )
    for plan, title in zip(plans[1:], titles_of(plans)[1:], strict=True):
        for name, hint in rules:
            mine, wanted = getattr(plan, name), getattr(plans[0], name)
            if mine is not wanted and mine != wanted:
                said = (str(mine), str(wanted)) if name != "posterior" else ("another", "the same posterior")
                faults.append(Fault(f"comparison, {title}", None, name, *said, hint))
    if faults:
        raise SettingError(faults)


def titles_of(plans: Sequence[CohortPlan]) -> tuple[str, ...]:
    """Name the scenarios; those of one title are numbered."""
    titles = [plan.scenario.title for plan in plans]
    return tuple(
        f"{title} ({titles[: number + 1].count(title)})" if titles.count(title) > 1 else title
        for number, title in enumerate(titles)
    )


def _notes(plans: Sequence[CohortPlan]) -> tuple[str, ...]:
    """Say what of the patients themselves differs between scenarios, and what may be a slip in one."""
    notes = []
    titles = titles_of(plans)
    for plan, title in zip(plans, titles, strict=True):
        notes += [f"{title}: {line}" for line in cautions(plan.scenario)]
    for (one, first), (other, second) in combinations(zip(plans, titles, strict=True), 2):
        mine, theirs = one.scenario.parameters, other.scenario.parameters
        shown = {name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name)}
        if one.scenario.looks.days(one.horizon) != other.scenario.looks.days(other.horizon):
            notes.append(f"{first} and {second} look on other days: the scatter of counts is not shared")
        if apart := sorted(
            name for name in shown if "." not in name or name.split(".")[0] in ("start", "blood")
        ):
            notes.append(
                f"{first} and {second} set {', '.join(apart)} otherwise: not quite the same patients"
            )
    return tuple(notes)


def _shared(plans: Sequence[CohortPlan], relapse: Relapse) -> tuple[Measure, ...]:
    """List what every scenario can be measured by."""
    lists = [measures_of(plan, relapse) for plan in plans]
    names = set.intersection(*({measure.name for measure in found} for found in lists))
    return tuple(measure for measure in lists[0] if measure.name in names)


def _rows(table: Path | pl.LazyFrame | pl.DataFrame) -> pl.LazyFrame:
    if isinstance(table, Path):
        return pl.scan_parquet(table / TABLE if table.is_dir() else table)
    return table.lazy()


def _side_by_side(tables: Sequence[pl.LazyFrame], horizon: int) -> Iterator[list[pl.DataFrame]]:
    first = 0
    while True:
        parts = [table.slice(first, ROWS).collect() for table in tables]
        for number, part in enumerate(parts, 1):
            hint = "simulate all scenarios anew, with as many patients and years"
            if not part["patient"].equals(parts[0]["patient"]):
                found = f"other patients in table {number} than in the first"
                raise SettingError([Fault("comparison", None, "patient", found, "the same patients", hint)])
            if (part["horizon_day"] != horizon).any():
                found, expected = f"table {number} followed for other years", f"day {horizon} as the end"
                raise SettingError([Fault("comparison", None, "horizon_day", found, expected, hint)])
        if parts[0].is_empty():
            return
        yield parts
        first += ROWS


def _compared(measure: Measure, moments: Moments) -> Compared:
    kept = (measure.name, measure.meaning, measure.unit, measure.better, moments.count)
    if not moments.count:
        return Compared(*kept, (), (), "no patient has a value under every scenario: it was not measured")
    share = measure.unit == SHARE
    values = tuple(value_of(moments, number, share=share) for number in range(len(moments.mean)))
    later = range(1, len(moments.mean))
    return Compared(*kept, values, tuple(difference_of(moments, other, share=share) for other in later))


def _median(relapse: Relapse, medians: Medians) -> Compared:
    name, unit = "median_relapse_free_days", "days"
    meaning = f"Median days from first remission to {relapse} relapse, of those in remission (Kaplan-Meier)"
    found, errors, paired = medians.answer()
    values = tuple(value_with(m, e) for m, e in zip(found, errors, strict=True))
    differences = tuple(
        difference(found[other] - found[0], paired[other], float(np.hypot(errors[0], errors[other])))
        for other in range(1, len(found))
    )
    reason = (
        ""
        if all(value.value is not None for value in values)
        else "fewer than half relapsed, or nobody was in remission"
    )
    return Compared(name, meaning, unit, "more", medians.patients, values, differences, reason)
