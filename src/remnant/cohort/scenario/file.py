"""Reading and writing scenario files, strictly: everything wrong is said at once, with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from remnant.cohort.scenario.checks import Parts, slips
from remnant.cohort.scenario.looks import Looks
from remnant.cohort.scenario.rules import Rule, When
from remnant.cohort.scenario.scenario import OwnDrug, PlannedCourse, Quantity, Scenario
from remnant.cohort.scenario.slip import Path as Keys
from remnant.cohort.scenario.slip import Slip
from remnant.cohort.scenario.toml_lines import line_of
from remnant.cohort.scenario.toxicity import Toxicity
from remnant.errors import Fault, SettingError
from remnant.study.faults import quoted, suggest
from remnant.study.text import printable, read_bytes, toml_of, utf8_fault

Model = TypeVar("Model", bound=BaseModel)

PLAIN = ("title", "preset", "note", "years")  # keys of the file itself, before any section


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : Path
        A TOML file, as `remnant simulate scenario` writes one.

    Raises
    ------
    SettingError
        With everything wrong in the file: key and line, found, expected, and what to do.
    """
    source = printable(path.name)
    data = read_bytes(path, source)
    if isinstance(data, Fault):
        raise SettingError([data])
    if fault := utf8_fault(data, source, "save the file as UTF-8"):
        raise SettingError([fault])
    return parse_scenario(data.decode("utf-8-sig"), source)


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """Read the text of a scenario file; `source` names it in faults.

    Raises
    ------
    SettingError
        With everything wrong in the text.

    Examples
    --------
    >>> parse_scenario('preset = "cml-imatinib"').preset
    'cml-imatinib'
    """
    try:
        data = toml_of(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        line = int(where.group(1)) if where else None
        hint = "text needs quotes, and each key stands once on a line of its own"
        found = " ".join(str(error).split())
        raise SettingError([Fault(source, line, "", found, "TOML", hint)]) from None
    except RecursionError:
        found, hint = "brackets within brackets without end", "no setting is a list of lists"
        raise SettingError([Fault(source, None, "", found, "TOML", hint)]) from None
    except ValueError:  # Python reads no whole number of more than 4300 digits
        found, hint = "a whole number of thousands of digits", "no setting is that large"
        raise SettingError([Fault(source, None, "", found, "TOML", hint)]) from None
    return scenario_of(data, source, text=text)


def scenario_of(data: Mapping[str, Any], source: str = "scenario", *, text: str = "") -> Scenario:
    """Make a scenario of the keys and sections of a file; `text` is the file, for the lines of faults.

    Raises
    ------
    SettingError
        With everything wrong in it.
    """
    scenario, wrong = _scenario(data)
    if wrong:
        faults = [
            Fault(source, line_of(text, slip.path), slip.place, slip.found, slip.expected, slip.hint)
            for slip in wrong
        ]
        raise SettingError(sorted(faults, key=lambda fault: fault.line or 0))
    assert scenario is not None, "no scenario and no fault"
    return scenario


def _scenario(data: Mapping[str, Any]) -> tuple[Scenario | None, list[Slip]]:
    """Read each section by itself, so that a fault in one does not hide those of another."""
    wrong: list[Slip] = []
    known = list(Scenario.model_fields)
    for key in data:
        if key not in known:
            hint = suggest(key, known, _home(key))
            wrong.append(Slip((key,), "an unknown key", ", ".join(known), hint))
    plain = {key: value for key, value in data.items() if key in PLAIN}
    head = _read(Scenario, plain | {"preset": Scenario.model_fields["preset"].default}, (), wrong)
    if not isinstance(preset := data.get("preset", Scenario.model_fields["preset"].default), str):
        wrong.append(Slip(("preset",), repr(preset)[:60], "the name of a preset", "write it in quotes"))
        preset = Scenario.model_fields["preset"].default
    courses = _several(PlannedCourse, data, "therapy", wrong)
    rules = _several(Rule, data, "rule", wrong)
    own = {name: _read(OwnDrug, item, ("drug", name), wrong) for name, item in _table(data, "drug", wrong)}
    written = _dotted(dict(_table(data, "parameters", wrong)))
    parameters = {key: _read(Quantity, item, ("parameters", key), wrong) for key, item in written.items()}
    looks = _read(Looks, data.get("looks", {}), ("looks",), wrong)
    toxicity = _read(Toxicity, data["toxicity"], ("toxicity",), wrong) if "toxicity" in data else None
    parts = Parts(
        preset,
        head.years if head else None,
        _right(own),
        _right(courses),
        _right(rules),
        _right(parameters),
        looks or Looks(),
        toxicity,
        _named(data, {name for name, drug in own.items() if drug is None}),
        None not in courses.values(),
    )
    wrong += slips(parts)
    if wrong:
        return None, wrong
    assert head is not None, "a head that cannot be read is a fault"
    sections: dict[str, Any] = {"therapy": tuple(parts.courses.values()), "rule": tuple(parts.rules.values())}
    sections |= {"drug": dict(parts.own), "parameters": dict(parts.parameters), "looks": parts.looks}
    return Scenario(**plain, **sections, toxicity=toxicity), []


def _named(data: Mapping[str, Any], unread: set[str]) -> dict[Keys, str]:
    """Find where drugs are named, in sections that are right or wrong, but for own drugs that are wrong."""
    found: dict[Keys, str] = {}
    for section in ("therapy", "rule"):
        items = data.get(section, [])
        for number, item in enumerate(items if isinstance(items, list) else []):
            name = item.get("drug") if isinstance(item, dict) else None
            if isinstance(name, str) and name not in unread:
                found[section, number, "drug"] = name
    return found


def _home(key: str) -> str:
    """Say in which section a key belongs that is none of the file itself."""
    homes: dict[str, type[BaseModel]] = {
        "looks": Looks,
        "toxicity": Toxicity,
        "[therapy]": PlannedCourse,
        "[rule]": Rule,
        "drug.NAME": OwnDrug,
    }
    found = [name for name, model in homes.items() if key in model.model_fields]
    return f"it belongs in [{found[0]}]" if found else "remove it"


def _right(items: Mapping[Any, Model | None]) -> dict[Any, Model]:
    return {key: item for key, item in items.items() if item is not None}


def _several(
    model: type[Model], data: Mapping[str, Any], name: str, wrong: list[Slip]
) -> dict[int, Model | None]:
    items = data.get(name, [])
    if not isinstance(items, list):
        hint = f"write [[{name}]] with two brackets: there may be several"
        wrong.append(Slip((name,), "one section", f"[[{name}]] sections", hint))
        return {}
    return {number: _read(model, item, (name, number), wrong) for number, item in enumerate(items)}


def _table(data: Mapping[str, Any], name: str, wrong: list[Slip]) -> list[tuple[str, Any]]:
    items = data.get(name, {})
    if isinstance(items, dict):
        return list(items.items())
    header = "[drug.NAME]" if name == "drug" else f"[{name}]"
    wrong.append(Slip((name,), repr(items)[:60], f"a section {header}", "write it as a section with keys"))
    return []


def _dotted(items: Mapping[str, Any]) -> dict[str, Any]:
    """Take `start.fraction = 0.9`, which TOML reads as a table in a table, as one dotted key."""
    flat: dict[str, Any] = {}
    for key, value in items.items():
        if isinstance(value, dict) and not set(value) & set(Quantity.model_fields):
            flat |= {f"{key}.{inner}": item for inner, item in _dotted(value).items()}
        else:
            flat[key] = value
    return flat


def _read(model: type[Model], item: Any, path: Keys, wrong: list[Slip]) -> Model | None:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        wrong += [_slip(model, path, dict(one)) for one in error.errors()]
        return None


def _slip(model: type[BaseModel], path: Keys, item: dict[str, Any]) -> Slip:
    inner = tuple(part for part in item["loc"] if part != "[key]")
    place = (*path, *inner)
    if item["type"] == "extra_forbidden":
        known = list(_inside(model, inner).model_fields)
        return Slip(place, "an unknown key", ", ".join(known), suggest(str(inner[-1]), known, "remove it"))
    if item["type"] == "missing":
        return Slip(place, "nothing", "a value", "add the key")
    message = item["msg"].removeprefix("Value error, ").replace("Input should be ", "")
    message = re.sub(r"(a valid dictionary|an object).*", "a section with keys", message).replace(
        "valid ", ""
    )
    given = item["input"]
    found = quoted(given) if isinstance(given, str) else repr(given)[:80]
    hint = "see the comments that `remnant simulate scenario` writes"
    if item["type"] == "literal_error" and isinstance(given, str):
        choices = re.findall(r"'([^']+)'", message)
        hint = next((f"did you mean {near}?" for near in get_close_matches(given, choices, 1, 0.5)), hint)
    return Slip(place, found, message, hint)


def _inside(model: type[BaseModel], inner: Keys) -> type[BaseModel]:
    """Find the section in which the last of some keys stands."""
    if len(inner) > 1 and inner[0] in ("when", "until"):
        return When
    return Quantity if len(inner) > 1 else model
