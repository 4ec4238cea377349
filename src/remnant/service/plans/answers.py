"""A question of the planner answered: in a sentence, in tables, and as a figure made without a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from remnant.service.plans.questions import QUESTIONS, Question
from remnant.service.plans.shown import Table
from remnant.service.plans.typed import Typed
from remnant.study.faults import suggest

LONG = 2_000  # letters of one option
Given = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answered:
    """A plan in words and tables.

    Parameters
    ----------
    question : Question
        What was asked.
    plan : record
        Every number of it.
    sentence : str
        The answer.
    assumed : tuple of str
        What was not given.
    tables : tuple of Table
        What stands behind it.
    """

    question: Question
    plan: Any
    sentence: str
    assumed: tuple[str, ...]
    tables: tuple[Table, ...]


def answer_plan(key: str, given: Mapping[str, str]) -> Answered:
    """Answer one question of the planner.

    Parameters
    ----------
    key : str
        nuclei, events, wells, visits or patients.
    given : Mapping of str to str
        Options by name as typed, as `remnant plan` takes them; what is empty is left out. Several values of
        one option, such as control slides, are parted by spaces.

    Returns
    -------
    Answered
        The same for the same options; it is kept for a while.

    Raises
    ------
    SettingError
        With every option that cannot be used.
    """
    return _answered(key, tuple(sorted((name, text.strip()) for name, text in given.items() if text.strip())))


@lru_cache(maxsize=64)
def _answered(key: str, given: Given) -> Answered:
    question, typed = QUESTIONS[key], Typed()
    options = _options(question, typed, dict(given))
    plan, tables = _ANSWERS[key](typed, options)
    sentence = getattr(import_module("remnant.planning"), f"{key}_sentence")(plan)
    return Answered(question, plan, sentence, tuple(plan.assumed), tuple(tables))


@lru_cache(maxsize=64)
def _drawn(key: str, given: Given) -> tuple[str, str]:
    import vl_convert

    from remnant.figures.export import on_paper, still
    from remnant.figures.theme import specification

    plot = getattr(import_module(f"remnant.figures.plan_{key}"), f"plot_{key}")
    spec = specification(plot(_answered(key, given).plan))
    return vl_convert.vegalite_to_svg(still(on_paper(spec))), str(spec.get("description", ""))


def draw_plan(key: str, given: Mapping[str, str]) -> tuple[str, str]:
    """Return the figure of an answer as SVG, and what it shows in words; errors as `answer_plan`."""
    return _drawn(key, tuple(sorted((name, text.strip()) for name, text in given.items() if text.strip())))


def _options(question: Question, typed: Typed, given: Mapping[str, str]) -> dict[str, Any]:
    """Read options into what the readers take; what is no option of this question is refused."""
    asks = {ask.name: ask for ask in question.asks}
    options: dict[str, Any] = {}
    for name, text in given.items():
        if name not in asks:
            hint = suggest(name, list(asks), "leave it out")
            typed.refuse(f"--{_dashed(name)[:60]}", repr(text[:60]), "an option of this question", hint)
        elif len(text) > LONG:
            typed.refuse(f"--{_dashed(name)}", f"{len(text):,} letters", f"at most {LONG:,}", "give fewer")
        elif asks[name].kind == "flag":
            options[name] = _flag(typed, name, text)
        elif asks[name].kind == "many":
            options[name] = text.replace(",", " ").replace(";", " ").split()
        elif asks[name].kind == "pair":
            options[name] = _pair(typed, name, text)
        elif name == "seed":
            options[name] = typed.whole("--seed", text, least=0, most=2**63 - 1)
        else:
            options[name] = text
    needed = {"nuclei": "clone", "events": "frequency", "wells": "frequency"}.get(question.key)
    if needed and needed not in options:
        typed.refuse(f"--{needed}", "nothing", asks[needed].meaning.rstrip("."), "the question turns on it")
        options[needed] = asks[needed].example
    return options


def _flag(typed: Typed, name: str, text: str) -> bool:
    if text.lower() not in ("yes", "true", "1", "no", "false", "0"):
        typed.refuse(f"--{_dashed(name)}", repr(text[:60]), "yes or no", "leave it out for no")
    return text.lower() in ("yes", "true", "1")


def _pair(typed: Typed, name: str, text: str) -> tuple[str, str] | None:
    parts = text.replace(" to ", " ").replace(";", " ").split()
    if len(parts) == 2:
        return parts[0], parts[1]
    typed.refuse(
        f"--{_dashed(name)}", repr(text[:60]), "two frequencies with a space between", "as in 1/2000 1/50"
    )
    return None


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _nuclei(typed: Typed, options: dict[str, Any]) -> tuple[Any, Sequence[Table]]:
    from remnant.service.plans.bounds import bound_nuclei
    from remnant.service.plans.nuclei import nuclei_tables, read_nuclei

    slides = typed.counts("--control", options.pop("control", None))
    bound_nuclei(typed, options.get("most", ""))
    plan = read_nuclei(typed, slides=slides, **options)
    return plan, nuclei_tables(plan)


def _events(typed: Typed, options: dict[str, Any]) -> tuple[Any, Sequence[Table]]:
    from remnant.service.plans.events import events_tables, read_events

    plan = read_events(typed, **options)
    return plan, events_tables(plan)


def _wells(typed: Typed, options: dict[str, Any]) -> tuple[Any, Sequence[Table]]:
    from remnant.service.plans.wells import read_wells, wells_tables

    plan = read_wells(typed, **options)
    return plan, wells_tables(plan)


def _visits(typed: Typed, options: dict[str, Any]) -> tuple[Any, Sequence[Table]]:
    from remnant.planning import plan_visits
    from remnant.scale import executor
    from remnant.service.plans.bounds import bound_visits
    from remnant.service.plans.visits import read_visits, visits_tables

    question, assumed = read_visits(typed, **options)
    bound_visits(typed, question)
    plan = plan_visits(question, executor=executor("serial"), assumed=assumed)
    return plan, visits_tables(plan)


def _patients(typed: Typed, options: dict[str, Any]) -> tuple[Any, Sequence[Table]]:
    from remnant.planning import plan_patients
    from remnant.scale import executor
    from remnant.service.plans.bounds import bound_patients
    from remnant.service.plans.patients import decided_by, patients_tables, read_patients

    question, assumed = read_patients(typed, **options)
    bound_patients(typed, question)
    decide, called = decided_by("pooled")
    plan = plan_patients(question, executor=executor("serial"), decide=decide, called=called, assumed=assumed)
    return plan, patients_tables(plan)


_ANSWERS: dict[str, Callable[[Typed, dict[str, Any]], tuple[Any, Sequence[Table]]]] = {
    "nuclei": _nuclei,
    "events": _events,
    "wells": _wells,
    "visits": _visits,
    "patients": _patients,
}
