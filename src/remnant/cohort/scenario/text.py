"""A scenario as the text of its file: what was left to a default is left out again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from remnant.cohort.scenario.scenario import Scenario


def scenario_text(scenario: Scenario) -> str:
    """Write a scenario as TOML that reads back as the same scenario.

    Examples
    --------
    >>> print(scenario_text(Scenario(title="Untreated")))
    title = "Untreated"
    preset = "del5q-lenalidomide"
    """
    data = scenario.model_dump(exclude_defaults=True) | {"title": scenario.title, "preset": scenario.preset}
    plain = {key: data[key] for key in ("title", "preset", "note", "years") if data.get(key) is not None}
    lines = _lines(plain)
    for name in ("therapy", "rule"):
        for item in data.get(name, ()):
            lines += ["", f"[[{name}]]", *_lines(item)]
    for name, item in data.get("drug", {}).items():
        lines += ["", f"[drug.{_key(name)}]", *_lines(item)]
    for name in ("parameters", "looks", "toxicity"):
        if (item := data.get(name)) is not None and (item or name == "toxicity"):
            lines += ["", f"[{name}]", *_lines(item)]
    return "\n".join(lines) + "\n"


def _lines(items: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in items.items() if value is not None]


def _key(name: str) -> str:
    plain = bool(name) and all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in name)
    return name if plain else _quoted(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_lines(value)) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)


def _quoted(text: str) -> str:
    # A basic string of TOML has the escapes of JSON, but for characters beyond the first plane and DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
