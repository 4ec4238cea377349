"""Looking at the gates of a tube: its plots, its cuts, and what it counts wherever they are moved."""

from __future__ import annotations

from collections.abc import Mapping

from remnant.analysis.evidence import judge_compartments
from remnant.cytometry.recipe.bench import Counted
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.population import PopulationCount, Threshold, written
from remnant.cytometry.recipe.recipe import Whose
from remnant.cytometry.recipe.review_plots import ReviewSheet, draw_compartments, draw_review
from remnant.cytometry.recipe.tube import GatedTube
from remnant.errors import Fault, RemnantError, SettingError
from remnant.service.gating.bench import OpenTube, TubeOfStudy, open_tube, tube_called, tubes_of
from remnant.service.gating.records import (
    ControlShare,
    Counts,
    Cut,
    Proposal,
    Review,
    SavedCut,
    TubeLine,
    Visit,
)
from remnant.service.standing import study_of
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord

MILLION = 1_000_000


def tubes(store: Store, record: StudyRecord) -> tuple[TubeLine, ...]:
    """List the stained tubes of a study, in the order of events.csv."""
    return tuple(tube.line for tube in tubes_of(store, record))


def review(store: Store, record: StudyRecord, number: int, cuts: Mapping[str, float] | None = None) -> Review:
    """Open a tube and draw it.

    Parameters
    ----------
    store, record : Store, StudyRecord
        Where, and of which study.
    number : int
        Of the tube, from 1 in the order of `tubes`.
    cuts : mapping of str to float, optional
        Cuts placed by a person; those of the study by default, {} for the automatic ones.

    Raises
    ------
    NotHere
        If there is no such tube.
    FcsError
        If one of its files is damaged.
    SettingError
        If a cut is of no marker of this tube, is no finite number, or lies outside its channel.
    """
    tube = tube_called(store, record, number)
    opened = opened_tube(store, record, tube)
    placed = tube.saved if cuts is None else dict(cuts)
    with opened.lock:
        counted = counted_at(opened, placed)
        sheet = opened.once(("sheet", *_key(placed)), lambda: draw_review(opened.bench, counted))
        proposal = _proposal(tube, opened, counted)
        rules = tuple(
            (name, tuple((rule.marker, 1 if rule.level is Level.POSITIVE else -1) for rule in each))
            for name, each in opened.bench.phenotypes.items()
        )
    assert isinstance(sheet, ReviewSheet)
    visits = sum(same_patient(tube, other) for other in tubes_of(store, record))
    return Review(
        tube.line, record.head, _saved(store, record, tube), proposal, sheet.plots, sheet.cells, rules, visits
    )


def propose(store: Store, record: StudyRecord, number: int, cuts: Mapping[str, float]) -> Proposal:
    """Count a tube at proposed cuts, as `review`; it stays open, so that the next count is quick."""
    tube = tube_called(store, record, number)
    opened = opened_tube(store, record, tube)
    with opened.lock:
        return _proposal(tube, opened, counted_at(opened, cuts))


def other_visits(store: Store, record: StudyRecord, number: int) -> tuple[Visit, ...]:
    """Return the other tubes of the patient with this panel, at their saved cuts; a damaged one says why."""
    mine = tube_called(store, record, number)
    return tuple(_visit(store, record, tube) for tube in tubes_of(store, record) if same_patient(mine, tube))


def within_scale(opened: OpenTube, cuts: Mapping[str, float]) -> dict[str, float]:
    """Return cuts by the markers of the panel, or refuse what the tube does not cut or cannot hold."""
    placed = opened.bench.checked(cuts)
    faults = []
    for marker, cut in placed.items():
        low, high = opened.bench.range_of(marker)
        if not low <= cut <= high:
            expected = f"a value from {written(low)} to {written(high)}, the scale of its channel"
            hint = "give it on the compensated scale, as the plot has it"
            faults.append(Fault("gate review", None, marker, f"{cut:g}", expected, hint))
    if faults:
        raise SettingError(faults)
    return placed


def _visit(store: Store, record: StudyRecord, tube: TubeOfStudy) -> Visit:
    try:
        opened = opened_tube(store, record, tube)
        with opened.lock:
            counted = counted_at(opened, tube.saved)
            plots = opened.once(
                ("visit", *_key(tube.saved)), lambda: tuple(draw_compartments(opened.bench, counted))
            )
            return Visit(tube.line, _proposal(tube, opened, counted), plots)
    except RemnantError as error:
        return Visit(tube.line, None, (), str(error))


def opened_tube(store: Store, record: StudyRecord, tube: TubeOfStudy) -> OpenTube:
    """Open a tube, and the patient's first one where the plan counts by its thresholds."""
    if tube.task.recipe.thresholds != Whose.BASELINE or not tube.task.first:
        return open_tube(tube)
    first = next(other for other in tubes_of(store, record) if other.task.file == tube.task.first)
    with (opened := open_tube(first)).lock:
        return open_tube(tube, opened, _key(first.saved))


def counted_at(opened: OpenTube, cuts: Mapping[str, float]) -> Counted:
    """Count an open tube, whose lock is held, at cuts placed by a person."""
    placed = within_scale(opened, cuts)
    return opened.once(("counted", *_key(placed)), lambda: opened.bench.count(placed))


def _key(cuts: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(cuts.items()))


def same_patient(tube: TubeOfStudy, other: TubeOfStudy) -> bool:
    """Say whether another tube is of the same patient and panel."""
    same = (tube.line.patient, tube.line.panel) == (other.line.patient, other.line.panel)
    return same and tube.line.number != other.line.number


def _saved(store: Store, record: StudyRecord, tube: TubeOfStudy) -> tuple[SavedCut, ...]:
    table = study_of(store, record.tree)["gate_reviews"]
    return tuple(
        SavedCut(
            row["marker"], row["cut"], row["reviewer"], str(row["reviewed_on"]), row["reason"],
            row["file_sha256"] not in (None, tube.sha256),
        )
        for row in table.iter_rows(named=True)
        if row["file"] == tube.line.file
    )  # fmt: skip


def _proposal(tube: TubeOfStudy, opened: OpenTube, counted: Counted) -> Proposal:
    automatic = opened.automatic.tube
    place, stem = (tube.line.sample_id, tube.line.file), tube.task.recipe.stem_marker
    judged = judge_compartments(counted.tube, tube.task.rare, place=place, stem=stem)
    before = {count.population: count for count in automatic.populations}
    counts = tuple(
        _counts(count, before[count.population], str(verdict.verdict), verdict.sentence)
        for count, verdict in zip(counted.tube.populations, judged, strict=True)
    )
    cuts = tuple(_cut(marker, opened, counted) for marker in opened.bench.markers)
    return Proposal(cuts, counts, counted.tube.cells, counted.tube.warnings, _controls(counted))


def _controls(counted: Counted) -> tuple[ControlShare, ...]:
    """Count each control at or above the cut of its marker, inside the parent that the marker is cut in."""
    cutter, found = counted.cutter, []
    values = {cut.marker: cut.value for cut in counted.tube.thresholds}
    for marker, control in cutter.controls.items():
        inside = cutter.inside_stem(marker) and cutter.stem not in control.leaves
        rules = (MarkerRule(cutter.stem, Level.POSITIVE),) if inside else ()
        if marker not in values or (inside and cutter.stem not in values):
            continue
        own = (*rules, MarkerRule(marker, Level.POSITIVE))
        among = control.sheet.count(rules, values, region=True, known=(marker,))
        above = control.sheet.count(own, values, region=True)
        found.append(ControlShare(marker, control.kind, control.sheet.tube.name, above, among))
    return tuple(found)


def _counts(count: PopulationCount, before: PopulationCount, verdict: str, sentence: str) -> Counts:
    ends, known = count.interval, count.events is not None and before.events is not None
    return Counts(
        count.population,
        count.phenotype,
        count.events,
        count.events_at_lower,
        count.events_at_upper,
        count.parent_events,
        None if ends is None else MILLION * ends.fraction,
        None if ends is None else MILLION * ends.fraction_lower,
        None if ends is None else MILLION * ends.fraction_upper,
        None if ends is None else ends.background,
        verdict,
        sentence,
        count.reason,
        before.events,
        (count.events or 0) - (before.events or 0) if known else None,
    )


def _cut(marker: str, opened: OpenTube, counted: Counted) -> Cut:
    bench = opened.bench
    now, own = _of(counted.tube, marker), _of(opened.automatic.tube, marker)
    placed = dict(counted.cutter.recipe.reviewed)
    low, high = bench.range_of(marker)
    return Cut(
        marker,
        bench.rack.stained.channels[marker].name,
        low,
        high,
        placed.get(marker, None if now is None else now.value),
        None if now is None else now.lower,
        None if now is None else now.upper,
        _why_not(counted.tube, marker) if now is None else now.method,
        marker in placed,
        None if own is None else own.value,
        None if own is None else own.lower,
        None if own is None else own.upper,
        _why_not(opened.automatic.tube, marker) if own is None else own.method,
        _doubt(now, own) if marker in placed else "",
    )


def _of(tube: GatedTube, marker: str) -> Threshold | None:
    return next((cut for cut in tube.thresholds if cut.marker == marker), None)


def _why_not(tube: GatedTube, marker: str) -> str:
    """Say why a marker has no cut: the step that was not applied, or the compartment that waits for it."""
    steps = [step.rule for step in tube.steps if step.rule.startswith("not applied")]
    waiting = [count.reason for count in tube.populations if count.reason and marker in count.reason]
    return next(iter((*waiting, *steps)), "not cut")


def _doubt(now: Threshold | None, own: Threshold | None) -> str:
    """Say where a placed cut lies against the interval of the automatic one."""
    if now is None:
        return "this cut is not applied: see the warnings"
    if own is None or own.lower <= now.value <= own.upper:
        return ""
    side = "above" if now.value > own.upper else "below"
    return f"{side} the interval of the automatic cut, {written(own.lower)} to {written(own.upper)}"
