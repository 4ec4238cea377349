"""What sections of a scenario, each right by itself, must be together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from remnant.cohort.rules import Rule
from remnant.errors import RemnantError
from remnant.study.faults import quoted, suggest

if TYPE_CHECKING:
    from remnant.cohort.looks import Looks
    from remnant.cohort.scenario import Label, OwnDrug, PlannedCourse, Quantity, Scenario
    from remnant.cohort.toxicity import Toxicity

MOST = 10.0  # full doses: more is a slip of the unit, or outside what any effect was measured for

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Slip:
    """One fault, by the keys that lead to it."""

    path: Path
    found: str
    expected: str
    hint: str

    @property
    def place(self) -> str:
        """The keys in words; sections that stand several times are counted from 1."""
        words = [f"{part + 1}" if isinstance(part, int) else part for part in self.path]
        return ".".join(words)


@dataclass(frozen=True)
class Parts:
    """The sections that are right by themselves, with their number in the file."""

    preset: str
    years: float | None
    own: Mapping[str, OwnDrug]
    courses: Mapping[int, PlannedCourse]
    rules: Mapping[int, Rule]
    parameters: Mapping[str, Quantity]
    looks: Looks
    toxicity: Toxicity | None
    named: Mapping[Path, str]  # drugs, where they are named


def faults_of(scenario: Scenario) -> list[Slip]:
    """List what does not fit together in a scenario."""
    named: dict[Path, str] = {("therapy", n, "drug"): one.drug for n, one in enumerate(scenario.therapy)}
    named |= {("rule", n, "drug"): rule.drug for n, rule in enumerate(scenario.rule)}
    return slips(
        Parts(
            scenario.preset,
            scenario.years,
            scenario.drug,
            dict(enumerate(scenario.therapy)),
            dict(enumerate(scenario.rule)),
            scenario.parameters,
            scenario.looks,
            scenario.toxicity,
            named,
        )
    )


def slips(parts: Parts) -> list[Slip]:
    """List what does not fit together in the sections given."""
    from remnant.cohort.scenario import labels
    from remnant.dynamics.model.presets import PRESETS

    if parts.preset not in PRESETS:
        hint = suggest(parts.preset, list(PRESETS), "name a preset")
        return [Slip(("preset",), quoted(parts.preset), "one of " + ", ".join(PRESETS), hint)]
    known = labels(parts.preset, dict(parts.own))
    return [
        *_drugs(parts, known),
        *_courses(parts, known),
        *_overlaps(parts),
        *(slip for number, rule in parts.rules.items() for slip in _rule(number, rule, parts, known)),
        *_toxicity(parts, known),
        *_priors(parts),
    ]


def _drugs(parts: Parts, known: Mapping[str, Label]) -> Iterator[Slip]:
    from remnant.dynamics.model.presets import PRESETS

    theirs = {drug.name for drug in PRESETS[parts.preset].drugs}
    for name, drug in parts.own.items():
        if name in theirs:
            hint = f'give it another name, or change its effects in [parameters], as "{name}.active_kill"'
            yield Slip(("drug", name), "a drug of the preset", "a drug that the preset lacks", hint)
        if "." in name or not name.strip():
            yield Slip(("drug", name), quoted(name), "a name without a dot", "write it with - or _")
        if drug.days_on > drug.cycle_days:
            yield _cycle(("drug", name, "days_on"), drug.days_on, drug.cycle_days)
    for path, name in parts.named.items():
        if name not in known:
            hint = suggest(name, list(known), "name one of them, or describe it in a section [drug.NAME]")
            yield Slip(path, quoted(name), "one of " + ", ".join(known), hint)


def _courses(parts: Parts, known: Mapping[str, Label]) -> Iterator[Slip]:
    for number, course in parts.courses.items():
        path: Path = ("therapy", number)
        starts, ends = (course.start_day, course.start_month), (course.end_day, course.end_month)
        if all(start is None for start in starts):
            yield Slip((*path, "start_day"), "nothing", "start_day or start_month", "say when it starts")
        for pair, names in ((starts, "start_day and start_month"), (ends, "end_day and end_month")):
            if None not in pair:
                yield Slip((*path, names.split()[0]), names, "one of the two", "leave one of them out")
        if course.last is not None and course.last < course.first:
            expected = f"day {course.first} or later: the course starts then"
            hint = "are start and end swapped?"
            yield Slip((*path, _end(course)), f"day {course.last}", expected, hint)
        if parts.years is not None and course.first >= parts.years * 365.25:
            expected = f"before the end of {parts.years:g} years"
            hint = "start it earlier, or follow for longer"
            yield Slip((*path, _start(course)), f"day {course.first}", expected, hint)
        if (label := known.get(course.drug)) is not None:
            yield from _terms(path, course, label)


def _start(course: PlannedCourse) -> str:
    return "start_month" if course.start_day is None else "start_day"


def _end(course: PlannedCourse) -> str:
    return "end_day" if course.end_month is None else "end_month"


def _terms(path: Path, written: PlannedCourse | Rule, label: Label) -> Iterator[Slip]:
    on, cycle = written.days_on or label.days_on, written.cycle_days or label.cycle_days
    if on > cycle:
        yield _cycle((*path, "days_on" if written.days_on else "cycle_days"), on, cycle)
    doses = written.dose_mg if isinstance(written.dose_mg, tuple) else (written.dose_mg or 0.0,)
    for dose in doses:
        if dose > MOST * label.full_dose_mg:
            expected = f"at most {MOST:g} full doses of {label.full_dose_mg:g} mg"
            yield Slip((*path, "dose_mg"), f"{dose:g} mg", expected, "is it in mg of one day of treatment?")


def _cycle(path: Path, on: int, cycle: int) -> Slip:
    hint = "equal to cycle_days for daily treatment; what is left out is as the drug's label has it"
    return Slip(path, f"{on} days on in a cycle of {cycle} days", "days_on up to cycle_days", hint)


def _overlaps(parts: Parts) -> Iterator[Slip]:
    mine: dict[str, list[tuple[int, PlannedCourse]]] = {}
    for number, course in parts.courses.items():
        if course.last is None or course.last >= course.first:
            mine.setdefault(course.drug, []).append((number, course))
    for name, courses in mine.items():
        for (_, before), (number, course) in pairwise(sorted(courses, key=lambda item: item[1].first)):
            if before.last is None or course.first <= before.last:
                end = "has no end" if before.last is None else f"ends on day {before.last}"
                found = f"day {course.first}, when a course of {name} that {end} goes on"
                hint = "end the one before it earlier; two drugs may overlap, two courses of one may not"
                yield Slip(("therapy", number, _start(course)), found, f"a day free of {name}", hint)


def _rule(number: int, rule: Rule, parts: Parts, known: Mapping[str, Label]) -> Iterator[Slip]:
    path: Path = ("rule", number)
    if rule.drug in known:
        yield from _terms(path, rule, known[rule.drug])
        given = _given(parts, known)
        if rule.drug not in given and rule.then != "start":
            found = f"{rule.drug}, which no course and no rule gives"
            hint = suggest(rule.drug, sorted(given), "add a [[therapy]] course of it")
            yield Slip((*path, "drug"), found, "a drug that is given", hint)
    for name, when in (("when", rule.when), ("until", rule.until)):
        if when is not None:
            yield from _condition((*path, name), when.asked, parts.looks)
    yield from _action(path, rule, parts)


def _action(path: Path, rule: Rule, parts: Parts) -> Iterator[Slip]:
    """Say which keys the action needs, and which mean nothing to it."""
    if rule.then in ("reduce", "raise") and not rule.dose_mg:
        yield Slip((*path, "dose_mg"), "nothing", f"the dose to {rule.then} to", "give it in mg")
    if rule.then in ("restart", "start") and len(rule.dose_mg) > 1:
        yield Slip(
            (*path, "dose_mg"), f"{len(rule.dose_mg)} doses", "one dose", "give the dose to begin with"
        )
    allowed = {
        "dose_mg": ("hold", "reduce", "raise", "restart", "start"),
        "days": ("hold", "start"),
        "days_on": ("start",),
        "cycle_days": ("start",),
        "until": ("hold", "start", "reduce", "raise"),
    }
    for name, actions in allowed.items():
        if getattr(rule, name) not in (None, ()) and rule.then not in actions:
            hint = "a stop that ends is a hold" if name == "until" else "remove the key"
            yield Slip((*path, name), f"{name} with {rule.then}", f"{name} with {' or '.join(actions)}", hint)
    if rule.days is not None and rule.until is not None:
        hint = "leave one of them out"
        yield Slip((*path, "until"), "days and until", "one of the two", hint)
    if rule.then == "hold" and rule.days is None and rule.until is None:
        ends = [o for o in parts.rules.values() if o.drug == rule.drug and o.then in ("restart", "start")]
        if not ends:
            hint = "add until or days, or a rule that restarts the drug; for good it is a stop"
            yield Slip((*path, "then"), "a hold that nothing ends", "an end of the hold", hint)


def _condition(path: Path, asked: Mapping[str, bool | float], looks: Looks) -> Iterator[Slip]:
    if not asked:
        yield Slip(path, "no condition", "what must be seen", "name at least one key, such as from_day")
    measured = {
        "complete_cytogenetic_response": ("marrow_every_days", looks.marrow_every_days),
        "clone_back": ("marrow_every_days", looks.marrow_every_days),
        "stem_fraction": ("stem_every_days", looks.stem_every_days),
        "blood_fraction": ("blood_fraction_every_days", looks.blood_fraction_every_days),
    }
    for key in asked:
        what = key.removesuffix("_below").removesuffix("_at_least")
        name, every = measured.get(what, ("", 1))
        if every == 0:
            hint = f"set {name} in [looks]"
            yield Slip((*path, key), "a quantity that no look measures", "one that [looks] measures", hint)
    for low, high in _ranges(asked):
        least, most = asked[low], asked[high]
        if least >= most:
            found = f"{low} = {least} with {high} = {most}"
            yield Slip((*path, low), found, f"{low} under {high}", "nothing is both: are they swapped?")


def _ranges(asked: Mapping[str, bool | float]) -> Iterator[tuple[str, str]]:
    pairs = [(key, key.removesuffix("_at_least") + "_below") for key in asked if key.endswith("_at_least")]
    pairs += [("from_day", "before_day"), ("treatment_from_day", "treatment_before_day")]
    yield from ((low, high) for low, high in pairs if low in asked and high in asked)


def _given(parts: Parts, known: Mapping[str, Label]) -> set[str]:
    """Name the drugs that somebody may get; all of them while a name is misspelt or a rule cannot be read."""
    if not set(parts.named.values()) <= set(known):
        return set(known)
    unread = {path[1] for path in parts.named if path[0] == "rule"} - set(parts.rules)
    starts = {n for n, rule in parts.rules.items() if rule.then == "start"} | unread
    return {name for path, name in parts.named.items() if path[0] == "therapy" or path[1] in starts}


def _toxicity(parts: Parts, known: Mapping[str, Label]) -> Iterator[Slip]:
    if parts.toxicity is None:
        return
    given = _given(parts, known)
    if (name := parts.toxicity.drug) not in given:
        hint = suggest(name, sorted(given), "name a drug that is given, or remove [toxicity]")
        found = f"{name}, which no course and no rule gives"
        yield Slip(("toxicity", "drug"), found, "a drug that is given", hint)


def _priors(parts: Parts) -> Iterator[Slip]:
    """Let the model say which numbers it cannot take."""
    from remnant.cohort.scenario_preset import preset_with

    kept = {}
    for name, drug in parts.own.items():
        try:
            kept[name] = drug
            preset_with(parts.preset, {name: drug}, {})
        except RemnantError as error:
            del kept[name]
            for fault in error.faults:
                key = fault.column.rpartition(".")[2]
                yield Slip(("drug", name, key), fault.found, fault.expected, fault.hint)
    for name, quantity in parts.parameters.items():
        try:
            preset_with(parts.preset, kept, {name: quantity})
        except RemnantError as error:
            for fault in error.faults:
                yield Slip(("parameters", name), fault.found, fault.expected, fault.hint)
