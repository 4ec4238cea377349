"""The settings of a study as TOML without comments, with another title and other names of files."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TITLE = "Pseudonymised study"


def settings_text(path: Path, *, files: Mapping[str, str]) -> str:
    """Write the settings of a study anew.

    Parameters
    ----------
    path : Path
        A study.toml that is sound.
    files : Mapping of str to str
        Old to new path of each file that it may name.
    """
    settings = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    settings.setdefault("study", {})["title"] = TITLE
    gates = settings.get("gates", {})
    if "spillover" in gates:
        gates["spillover"] = files.get(gates["spillover"], gates["spillover"])
    if "spillovers" in gates:
        gates["spillovers"] = {panel: files.get(file, file) for panel, file in gates["spillovers"].items()}
    if "accepted_files" in gates:
        gates["accepted_files"] = [files[file] for file in gates["accepted_files"] if file in files]
    return as_toml(settings)


def as_toml(settings: Mapping[str, Any]) -> str:
    r"""Write tables of tables, lists and plain values as TOML.

    Examples
    --------
    >>> print(as_toml({"study": {"title": 'a "b"', "days": [1, 2]}}))
    [study]
    title = "a \"b\""
    days = [1, 2]
    <BLANKLINE>
    """
    return "\n".join(_section((), settings)).lstrip("\n") + "\n"


def _section(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    lines = [f"\n[{'.'.join(map(_key, path))}]"] if path and (plain or not table) else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += _section((*path, key), value)
    return lines


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())} }}"
    return repr(value)
