"""The scenarios that remnant ships, as files to copy and change."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from textwrap import wrap

from pydantic import BaseModel

from remnant.cohort.scenario.file import parse_scenario
from remnant.cohort.scenario.looks import Looks
from remnant.cohort.scenario.rules import Rule, When
from remnant.cohort.scenario.scenario import OwnDrug, PlannedCourse, Scenario
from remnant.cohort.scenario.toxicity import Toxicity
from remnant.errors import Fault, SettingError
from remnant.study.faults import quoted, suggest

NAMES = (
    "label",
    "stop-at-response",
    "quiescent-killer",
    "activate-then-kill",
    "intermittent",
    "early-start",
    "wait",
    "cml-stop",
    "mpn-interferon",
)
SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    (
        "[[therapy]]: a course; two drugs may overlap; those of one leave no day between but a hold of 0 mg",
        PlannedCourse,
    ),
    ("[[rule]]: what is done with a drug about what is seen; asked in the order of the file", Rule),
    ("when and until of a rule: all that stands must be seen at one look", When),
    ("[drug.NAME]: a drug of your own; effects per month, as numbers or { median = , spread = }", OwnDrug),
    ("[looks]", Looks),
    ("[toxicity]: holds for low counts; leave the section out for none", Toxicity),
)


def shipped(name: str) -> Scenario:
    """Return a scenario that remnant ships.

    Raises
    ------
    SettingError
        If there is none of that name, with the nearest.

    Examples
    --------
    >>> shipped("label").drugs
    ('lenalidomide',)
    """
    return parse_scenario(shipped_text(name), f"{name}.toml")


def shipped_text(name: str) -> str:
    """Return the file of a shipped scenario as it is written, comments and all."""
    if name not in NAMES:
        hint = suggest(name, NAMES, "choose one of them")
        fault = Fault("scenario", None, "NAME", quoted(name), "one of " + ", ".join(NAMES), hint)
        raise SettingError([fault])
    return (files("remnant.cohort.scenario") / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")


def template_text(name: str) -> str:
    """Return the file of a shipped scenario, and after it every key that a scenario may have, as comments."""
    return shipped_text(name) + "\n" + "\n".join(_reference()) + "\n"


def _reference() -> Iterator[str]:
    yield "# ----- Every key that may stand in a scenario -----"
    yield "#"
    yield from _keys(Scenario, only=("title", "preset", "note", "years"))
    for title, model in SECTIONS:
        yield "#"
        yield f"# {title}"
        yield from _keys(model)
    yield "#"
    yield "# [parameters]: a prior of the preset by its name, as a number or { median = , spread = };"
    yield "#   such as division, start.fraction, stem_cells, lenalidomide.active_kill, blood.haemoglobin"


def _keys(model: type[BaseModel], only: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if not only or name in only:
            yield from wrap(
                f"{name}: {field.description}",
                100,
                initial_indent="#   ",
                subsequent_indent="#       ",
            )
