"""What of a schedule is varied: one key of its file, at several levels."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from remnant.cohort.scenario.file import scenario_of
from remnant.cohort.scenario.rules import When
from remnant.cohort.scenario.scenario import PlannedCourse, Scenario
from remnant.cohort.scenario.text import scenario_text
from remnant.errors import Fault, SettingError
from remnant.study.faults import quoted, suggest

Level = int | float | None  # None: an open end
OPEN = "open"
MOST_LEVELS = 50
COURSE_KEYS = tuple(name for name in PlannedCourse.model_fields if name != "drug")
RULE_KEYS = ("for_days", "dose_mg", "days", "days_on", "cycle_days")
WHEN_KEYS = tuple(f"{part}.{name}" for part in ("when", "until") for name in When.model_fields)
PARTNERS = {
    "start_day": "start_month",
    "start_month": "start_day",
    "end_day": "end_month",
    "end_month": "end_day",
}


@dataclass(frozen=True)
class Axis:
    """One key at several levels.

    Parameters
    ----------
    name : str
        As it was asked for, such as "lenalidomide.dose_mg" or "rule.1.for_days".
    section : {"therapy", "rule"}
        Where it stands.
    numbers : tuple of int
        In which of these sections, from 0.
    key : str
        Which key, such as "dose_mg" or "when.neutrophils_below".
    levels : tuple of int, float or None
        What it is set to; None: an open end.
    """

    name: str
    section: str
    numbers: tuple[int, ...]
    key: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Candidate:
    """A schedule to try: what each varied key is set to, and the scenario that results."""

    settings: tuple[tuple[str, Level], ...]
    scenario: Scenario

    @property
    def title(self) -> str:
        """The settings in words; "as written" where nothing is set."""
        said = ", ".join(f"{name} {OPEN if level is None else f'{level:g}'}" for name, level in self.settings)
        return said or "as written"


def parse_axis(text: str, scenario: Scenario) -> Axis:
    """Read "DRUG.KEY=LEVELS", "therapy.N.KEY=LEVELS" or "rule.N.KEY=LEVELS".

    Levels are numbers with commas between, or first:last:step; `open` is an end that is left out.

    Raises
    ------
    SettingError
        If there is no such drug, section or key (with the nearest), or a level is no number.

    Examples
    --------
    >>> from remnant.cohort.scenario.shipped import shipped
    >>> axis = parse_axis("lenalidomide.dose_mg=5:15:5", shipped("label"))
    >>> axis.section, axis.numbers, axis.levels
    ('therapy', (0,), (5, 10, 15))
    """
    name, equals, written = text.partition("=")
    name = name.strip()
    if not equals or not written.strip():
        raise _fault(text, "KEY=LEVELS", "such as lenalidomide.dose_mg=5,10 or rule.1.for_days=168:672:168")
    section, numbers, key = _place(name, scenario)
    known = COURSE_KEYS if section == "therapy" else (*RULE_KEYS, *WHEN_KEYS)
    if key not in known:
        shown = COURSE_KEYS if section == "therapy" else (*RULE_KEYS, "when.KEY", "until.KEY")
        raise _fault(name, f"one of {', '.join(shown)}", suggest(key, known, "name a key of the schedule"))
    if len(numbers) > 1 and key in PARTNERS:
        hint = f"name one of them, as in therapy.{numbers[0] + 1}.{key}"
        raise _fault(name, "one course", f"{len(numbers)} courses cannot all have it: {hint}")
    return Axis(name, section, numbers, key, _levels(name, written, key))


@dataclass(frozen=True)
class Tried:
    """Schedules that can be given, and what is wrong with each that cannot."""

    made: tuple[Candidate, ...]
    refused: tuple[str, ...]


def candidates(scenario: Scenario, axes: Sequence[Axis], settings: Sequence[Sequence[Level]]) -> Tried:
    """Make the schedules of some settings, one level for each axis; those that mean nothing are left out.

    Raises
    ------
    SettingError
        If a level means nothing with any other: the faults that it has.
    """
    found = {tuple(levels): candidate(scenario, axes, levels) for levels in settings}
    made = tuple(one for one in found.values() if isinstance(one, Candidate))
    refused = {levels: one for levels, one in found.items() if isinstance(one, SettingError)}
    faults: list[Fault] = []
    for number in range(len(axes)):
        kept = {one.settings[number][1] for one in made}
        lost = {levels[number]: error for levels, error in refused.items() if levels[number] not in kept}
        faults += [fault for error in lost.values() for fault in error.faults]
    if faults:
        raise SettingError(dict.fromkeys(faults))
    return Tried(made, tuple(dict.fromkeys(str(error) for error in refused.values())))


def grid(axes: Sequence[Axis]) -> list[tuple[Level, ...]]:
    """Return every combination of levels, the last axis fastest."""
    return list(product(*(axis.levels for axis in axes)))


def candidate(scenario: Scenario, axes: Sequence[Axis], levels: Sequence[Level]) -> Candidate | SettingError:
    """Set every axis to its level; the error of a schedule that means nothing is returned."""
    data: dict[str, Any] = tomllib.loads(scenario_text(scenario))
    for axis, level in zip(axes, levels, strict=True):
        for number in axis.numbers:
            _set(data[axis.section][number], axis.key, level)
    try:
        made = scenario_of(data, "--vary")
    except SettingError as error:
        return error
    return Candidate(tuple((axis.name, level) for axis, level in zip(axes, levels, strict=True)), made)


def _set(section: dict[str, Any], key: str, level: Level) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        section = section.setdefault(parent, {})
    section.pop(PARTNERS.get(last, ""), None)
    if level is None:
        section.pop(last, None)
    else:
        section[last] = level


def _place(name: str, scenario: Scenario) -> tuple[str, tuple[int, ...], str]:
    first, _, rest = name.partition(".")
    sections = {"therapy": len(scenario.therapy), "rule": len(scenario.rule)}
    if first in sections:
        number, _, key = rest.partition(".")
        if not number.isdecimal() or not 1 <= int(number) <= sections[first]:
            expected = (
                f"{first}.1 to {first}.{sections[first]}" if sections[first] else f"a scenario with {first}"
            )
            raise _fault(name, expected, f"[[{first}]] sections are counted from 1")
        return first, (int(number) - 1,), key
    drugs = [course.drug for course in scenario.therapy]
    if first not in drugs:
        hint = suggest(first, drugs, "name a drug that has a course")
        raise _fault(name, f"one of {', '.join([*dict.fromkeys(drugs), 'rule.N', 'therapy.N'])}", hint)
    mine = [n for n, drug in enumerate(drugs) if drug == first]
    given = [n for n in mine if not scenario.therapy[n].holds]  # a hold stays one: it is named by its number
    return "therapy", tuple(given or mine), rest


def _levels(name: str, written: str, key: str) -> tuple[Level, ...]:
    levels: list[Level] = []
    for part in written.split(","):
        if part.strip() == OPEN and key.startswith("end"):
            levels.append(None)
            continue
        numbers = [_number(name, piece) for piece in part.split(":")]
        if len(numbers) == 1:
            levels.append(numbers[0])
        elif len(numbers) == 3 and numbers[2] > 0 and numbers[0] <= numbers[1]:
            first, last, step = numbers
            count = int((last - first) / step + 1e-9) + 1
            levels += [first + step * n for n in range(min(count, MOST_LEVELS + 1))]
        else:
            raise _fault(part, "a number, or first:last:step", "such as 168:672:168")
    if len(levels) > MOST_LEVELS:
        raise _fault(name, f"at most {MOST_LEVELS} levels", "widen the step")
    return tuple(dict.fromkeys(levels))


def _number(name: str, text: str) -> int | float:
    for kind in (int, float):
        try:
            value = kind(text.strip())
        except ValueError:
            continue
        if value == value and abs(value) != float("inf"):
            return value
    raise _fault(f"{name}={text.strip()}", "numbers", "write levels as 5,10 or 5:15:5")


def _fault(found: str, expected: str, hint: str) -> SettingError:
    return SettingError([Fault("command line", None, "--vary", quoted(found), expected, hint)])
