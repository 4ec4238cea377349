"""Two analyses side by side: which patients changed state, which numbers moved, which verdicts turned."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.errors import Fault, NotHere
from remnant.report import verdict_rows
from remnant.service.found.findings import folder, loaded
from remnant.store.house import Store
from remnant.store.studies.results import Kept, kept_called
from remnant.store.studies.studies import StudyRecord

NOT_THERE = "not in this analysis"


@dataclass(frozen=True)
class Moved:
    """One thing that is not as it was: of whom or what, which, before and after."""

    of: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """Two analyses, the first with what changed to the second.

    Parameters
    ----------
    first, second : Kept
        The analyses.
    states, numbers, statements, choices : tuple of Moved
        Patients whose last state changed; other columns of the overview that read otherwise; verdicts on the
        statements; choices of the plan.
    """

    first: Kept
    second: Kept
    states: tuple[Moved, ...]
    numbers: tuple[Moved, ...]
    statements: tuple[Moved, ...]
    choices: tuple[Moved, ...]

    @property
    def same(self) -> bool:
        """Whether nothing that is compared changed."""
        return not (self.states or self.numbers or self.statements or self.choices)


def compare(store: Store, record: StudyRecord, first: int, second: int) -> Comparison:
    """Compare two analyses of a study.

    Raises
    ------
    NotHere
        If one of the numbers is no analysis of this study.
    ResultsError
        If one is of another version.
    """
    one, other = (_analysis(store, record, number) for number in (first, second))
    before, after = (loaded(folder(store, each), None) for each in (one, other))
    rows = _rows(before, after)
    state = verdict_rows(before)[0][1]
    return Comparison(
        one,
        other,
        tuple(row for row in rows if row.what == state),
        tuple(row for row in rows if row.what != state),
        _statements(before, after),
        _choices(before, after),
    )


def _analysis(store: Store, record: StudyRecord, number: int) -> Kept:
    found = kept_called(store, number)
    if found.study != record.id or found.kind != "analysis":
        hint = "the page of results lists them"
        raise NotHere([Fault(record.slug, None, "results", str(number), "an analysis of this study", hint)])
    return found


def _rows(before: Findings, after: Findings) -> list[Moved]:
    header, earlier = verdict_rows(before)
    _, later = verdict_rows(after)
    old, new = ({row[0]: row for row in rows} for rows in (earlier, later))
    moved = []
    for name in dict.fromkeys((*old, *new)):
        if name not in old or name not in new:
            there = name in old
            moved.append(Moved(name, header[1], (old if there else new)[name][1] if there else NOT_THERE,
                               NOT_THERE if there else new[name][1]))  # fmt: skip
            continue
        pairs = zip(header[1:], old[name][1:], new[name][1:], strict=True)
        moved += [Moved(name, what, was, now) for what, was, now in pairs if was != now]
    return moved


def _statements(before: Findings, after: Findings) -> tuple[Moved, ...]:
    old = {item.number: item for item in before.statements}
    return tuple(
        Moved(
            f"{item.number}",
            item.text,
            f"{was.verdict} ({was.evidence})",
            f"{item.verdict} ({item.evidence})",
        )
        for item in after.statements
        if (was := old.get(item.number)) is not None
        and (was.verdict, was.evidence) != (item.verdict, item.evidence)
    )


def _choices(before: Findings, after: Findings) -> tuple[Moved, ...]:
    old, new = (_flat(one.plan.model_dump(mode="json"), "") for one in (before, after))
    return tuple(
        Moved("study.toml", key, old.get(key, "–"), new.get(key, "–"))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    )


def _flat(values: object, prefix: str) -> dict[str, str]:
    if isinstance(values, dict):
        return {
            key: text
            for name, value in values.items()
            for key, text in _flat(value, f"{prefix}.{name}".strip(".")).items()
        }
    return {prefix: str(values)}
