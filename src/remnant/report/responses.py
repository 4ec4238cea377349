"""How a patient responded, by each criteria set side by side, and what transfusions were needed."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.figures.states import category_rank
from remnant.report import numbers, phrases, tables
from remnant.report.drawers import Drawer, Part, Shelf
from remnant.report.tables import Cell, Table
from remnant.response import CytogeneticResponse, FishResponse, Independence, ResponseCall, Responses
from remnant.response.remission import Remission

VERDICTS = {"met": "yes", "not met": "no", "not evaluable": "open"}
TRACE = "Rule|Quantity|Found|Limit|Verdict|Source and reading"
LABELS = {"iwg2006": "IWG 2006", "iwg2018": "IWG 2018", "iwg2023": "IWG 2023"}


def criteria(findings: Findings) -> tuple[Responses, ...]:
    """Return every criteria set that was used, that of the plan first, the others by year."""
    return (findings.responses, *sorted(findings.beside, key=lambda item: item.criteria))


def matrix(findings: Findings, name: str) -> Table | None:
    """Return every kind of response of a patient side by side, visit by visit."""
    sets = [
        (one.criteria, {call.day: call for call in one.calls if call.patient_id == name})
        for one in criteria(findings)
    ]
    cytogenetic = {one.day: one for one in findings.responses.cytogenetic if one.patient_id == name}
    nuclei = {one.day: one for one in findings.fish_responses if one.patient_id == name}
    free = {one.day: one for one in findings.responses.remissions if one.patient_id == name}
    days = sorted(set().union(cytogenetic, nuclei, *(calls for _, calls in sets)))
    rows = [
        (
            tables.day(day),
            *(_call(calls.get(day)) for _, calls in sets),
            _cytogenetic(cytogenetic.get(day)),
            _nuclei(nuclei.get(day)),
            _free(free.get(day)),
        )
        for day in days
    ]
    names = [LABELS.get(key, key) for key, _ in sets]
    header = "|".join(["Day", *names, "Cytogenetic", "FISH", "Free of red cells"])
    caption = (
        "Response by each set of criteria, by metaphases, by nuclei of unsorted cells and by transfusions; "
        "none stands in for another. Every rule lies in the drawers beneath."
    )
    return tables.table(caption, header, rows)


def _call(call: ResponseCall | None) -> Cell:
    if call is None:
        return Cell("–")
    return Cell(call.category, "; ".join(_notes(call)))


def _notes(call: ResponseCall) -> list[str]:
    confirmed = {True: "confirmed", False: "not confirmed", None: ""}[call.confirmed]
    notes = [
        confirmed,
        phrases.listing(list(call.improvement)),
        f"lost: {phrases.listing(list(call.lost))}" if call.lost else "",
    ]
    return [note for note in notes if note]


def _cytogenetic(item: CytogeneticResponse | None) -> Cell:
    if item is None:
        return Cell("– not done")
    more = f"{item.abnormal} of {item.scored}"
    if item.excluded_above is not None:
        more += f"; excluded above {numbers.percent(item.excluded_above)}"
    said = "× not assessable" if item.response == "not assessable" else item.response
    return Cell(said, more, source=tables.sources(item.sources))


def _nuclei(item: FishResponse | None) -> Cell:
    if item is None:
        return Cell("– not done")
    cutoff = "" if item.cutoff_count is None else f", cut-off {item.cutoff_count}"
    said = "× not assessable" if item.response == "not assessable" else item.response
    return Cell(said, f"{item.abnormal} of {item.scored}{cutoff}", source=tables.sources(item.sources))


def _free(item: Remission | None) -> Cell:
    answer = None if item is None else item.transfusion_independent
    if item is None:
        return Cell("–")
    return {True: Cell("yes", look="yes"), False: Cell("no", look="no"), None: Cell("× not evaluable")}[
        answer
    ]


def drawers(findings: Findings, name: str, shelf: Shelf) -> tuple[Drawer, ...]:
    """Return a drawer for each visit with the rules of every criteria set."""
    calls: dict[int, list[ResponseCall]] = {}
    for one in criteria(findings):
        for call in one.calls:
            if call.patient_id == name:
                calls.setdefault(call.day, []).append(call)
    return shelf.put_all(*(_visit(day, mine, shelf) for day, mine in sorted(calls.items())))


def _visit(day: int, calls: list[ResponseCall], shelf: Shelf) -> Drawer | None:
    sample = next((call.sample_id for call in calls if call.sample_id), None)
    parts: list[Part] = []
    for call in calls:
        said = [*_notes(call), *call.remarks]
        said += [f"to say more: {'; '.join(call.missing)}"] if call.missing else []
        named = f"{call.criteria}: {call.category}" + (f"; {'; '.join(said)}." if said else ".")
        parts += [named, _trace(call)]
    aside = f"{f'sample {sample}' if sample else 'by counts alone'}: " + ", ".join(
        f"{call.criteria} {call.category}" for call in calls
    )
    return shelf.put(f"Rules of {numbers.day(day)}", aside, *parts)


def _trace(call: ResponseCall) -> Table | None:
    """Return the rules of a call; a source stands once where its neighbours share it."""
    rows, before = [], ""
    for rule in call.rules:
        source = "″" if rule.source == before else rule.source
        before = rule.source
        rows.append(
            (
                Cell(rule.rule),
                Cell(rule.quantity),
                Cell(rule.found, source=tables.sources(rule.rows)),
                Cell(rule.limit),
                Cell(str(rule.verdict), look=VERDICTS[str(rule.verdict)]),
                Cell(source, rule.reading),
            )
        )
    return tables.table(f"Rules of {call.criteria} tried on {numbers.day(call.day)}.", TRACE, rows)


def rates(findings: Findings) -> Table | None:
    """Return in how many patients each criteria set ever found each category."""
    rows = []
    for one in criteria(findings):
        patients = {call.patient_id for call in one.calls}
        ever: dict[str, set[str]] = {}
        for call in one.calls:
            ever.setdefault(call.category, set()).add(call.patient_id)
        ranked = sorted(ever.items(), key=lambda item: (category_rank(item[0]), -len(item[1])))
        said = "; ".join(f"{category} {len(mine)}" for category, mine in ranked)
        rows.append(
            (Cell(LABELS.get(one.criteria, one.criteria)), tables.number(str(len(patients))), Cell(said))
        )
    caption = (
        "How many patients ever were in each category; a patient counts in every category they were in. "
        "The criteria ask for different things, so their categories do not add up to one another."
    )
    return (
        tables.table(caption, "Criteria|Patients|Ever in the category", rows) if findings.timelines else None
    )


def independence(findings: Findings, name: str) -> Table | None:
    """Return the windows without transfusion of a patient."""
    answer: dict[bool | None, Cell] = {
        True: Cell("yes", look="yes"),
        False: Cell("no", look="no"),
        None: Cell("not evaluable", look="open"),
    }
    rows = [
        (
            tables.number(f"{run.window_days} days"),
            answer[run.achieved],
            tables.number(_length(run)),
            Cell("–" if run.start_day is None else numbers.day(run.start_day), look="short"),
            Cell("–" if run.end_day is None else numbers.day(run.end_day), look="short"),
            Cell(run.reason, source=tables.sources(run.sources)),
        )
        for run in findings.responses.independence
        if run.patient_id == name
    ]
    return tables.table(
        "Transfusion independence on treatment.", "Window|Achieved|Length|From|Until|Rests on", rows
    )


def _length(run: Independence) -> str:
    if run.achieved is None and not run.days:
        return "–"
    return numbers.months(run.days) + (" or more" if run.censored else "")


def durations(findings: Findings, name: str) -> Table | None:
    """Return when each response of a patient began, and how long it lasted."""
    rows = [
        (
            Cell(time.response),
            tables.day(time.start_day),
            tables.number(numbers.months(time.days_to_response)),
            tables.number(numbers.months(time.duration_days) + (" or more" if time.censored else "")),
            Cell("still held at the last call" if time.censored else f"ended by {numbers.day(time.end_day)}"),
        )
        for time in findings.responses.times
        if time.patient_id == name
    ]
    return tables.table(
        "When each response began, and how long it lasted.", "Response|Day|After first dose|Lasted|End", rows
    )


def units(findings: Findings, name: str) -> Table | None:
    """Return the units that a patient needed before and on treatment."""
    rows = [
        (
            Cell(burden.period),
            Cell(f"{numbers.day(burden.start_day)} to {numbers.day(burden.end_day)}", look="short"),
            tables.number("not evaluable" if burden.units is None else numbers.count(burden.units)),
            Cell(burden.reason, source=tables.sources(burden.sources)),
        )
        for burden in findings.responses.burdens
        if burden.patient_id == name
    ]
    return tables.table("Units of red cells in 56 days.", "Period|Days|Units|Note", rows)
