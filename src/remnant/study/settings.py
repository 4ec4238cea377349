"""Reading study.toml strictly: a misspelt key is refused, with its line and the nearest known one."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from remnant.errors import Fault
from remnant.study import config
from remnant.study.config import StudyConfig
from remnant.study.faults import quoted, suggest
from remnant.study.text import read_bytes, toml_of, utf8_fault

CONFIG_FILE = "study.toml"
SECTIONS: dict[str, type[BaseModel]] = {
    "study": config.StudySection,
    "clone": config.CloneSection,
    "gates": config.Gates,
    "rare": config.Rare,
    "mechanism": config.MechanismSection,
    "analysis": config.Analysis,
}


def read_config(path: Path) -> tuple[StudyConfig, list[Fault]]:
    """Read a study.toml; on faults the defaults are returned, so that the tables can be checked too.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    StudyConfig, list of Fault
        What it says, and everything that is wrong with it.
    """
    source = path.name
    data = read_bytes(path, source)
    if isinstance(data, Fault):
        return StudyConfig(), [data]
    if fault := utf8_fault(data, source, "save the file as UTF-8"):
        return StudyConfig(), [fault]
    text = data.decode("utf-8-sig")
    try:
        read = StudyConfig.model_validate(toml_of(text))
        return read, _matrices(path.parent, read, text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        line = int(where.group(1)) if where else None
        hint = "text needs quotes, and each key stands once on a line of its own"
        return StudyConfig(), [Fault(source, line, "", _one_line(str(error)), "TOML", hint)]
    except RecursionError:
        hint = "no setting is a list of lists"
        return StudyConfig(), [Fault(source, None, "", "brackets within brackets without end", "TOML", hint)]
    except ValidationError as error:
        return StudyConfig(), [_fault(source, text, dict(item)) for item in error.errors()]
    except ValueError:  # Python reads no whole number of more than 4300 digits
        found, hint = "a whole number of thousands of digits", "no setting is that large"
        return StudyConfig(), [Fault(source, None, "", found, "TOML", hint)]


def _matrices(root: Path, read: StudyConfig, text: str) -> list[Fault]:
    """List spillover matrices that are missing or outside the study folder, and those of no panel."""
    named = [(["gates", "spillover"], read.gates.spillover)] if read.gates.spillover else []
    named += [(["gates", "spillovers", panel], file) for panel, file in read.gates.spillovers.items()]
    folder, faults = Path(os.path.realpath(root)), []
    for keys, file in named:
        place, line = ".".join(keys), _line_of(text, keys)
        path = Path(os.path.realpath(folder / file))
        if not path.is_relative_to(folder):
            hint = "copy the file into the study folder, and give its path from there, with /"
            faults.append(
                Fault(CONFIG_FILE, line, place, quoted(file), "a path inside the study folder", hint)
            )
        elif not os.path.isfile(path):  # noqa: PTH113 -- a name too long to exist is a missing file
            hint = "write the matrix as CSV with `remnant fcs spillover --out`, or correct the name"
            faults.append(Fault(CONFIG_FILE, line, place, quoted(file), "a file in the study folder", hint))
        if len(keys) == 3 and keys[2] not in read.panel:
            expected = f"a panel: {', '.join(read.panel)}"
            faults.append(
                Fault(
                    CONFIG_FILE,
                    line,
                    place,
                    quoted(keys[2]),
                    expected,
                    suggest(keys[2], list(read.panel), "name a panel"),
                )
            )
    return faults


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _fault(source: str, text: str, item: dict[str, Any]) -> Fault:
    path = [str(part) for part in item["loc"] if part != "[key]"]
    place, line = ".".join(path), _line_of(text, path)
    if item["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        return Fault(source, line, place, "an unknown key", ", ".join(known), _where(path, known))
    if item["type"] == "missing":
        return Fault(source, line, place, "nothing", "a value", "add the key")
    message = item["msg"].removeprefix("Value error, ").replace("Input should be ", "")
    message = re.sub(r"a valid dictionary.*", "a section with keys", message).replace("valid ", "")
    found = quoted(item["input"]) if isinstance(item["input"], str) else repr(item["input"])[:80]
    return Fault(source, line, place, found, message, "see DATA_DICTIONARY.md, which `remnant new` writes")


def _where(path: list[str], known: list[str]) -> str:
    """Say what to do about an unknown key: the nearest known one here, or the section that it belongs to."""
    homes = [name for name, model in SECTIONS.items() if path[-1] in model.model_fields]
    elsewhere = f"it belongs in [{homes[0]}]" if homes else "remove it"
    return suggest(path[-1], known, elsewhere, ending="" if not homes else f", or {elsewhere}")


def _known_keys(path: list[str]) -> list[str]:
    """List the keys that a section may have, walking the models along `path`."""
    if not path:
        return list(StudyConfig.model_fields)
    if path[0] in SECTIONS:
        return list(SECTIONS[path[0]].model_fields)
    named: dict[str, type[BaseModel]] = {
        "compartments": config.Compartment,
        "maturation": config.Maturation,
    }
    if path[0] in named:
        return list(named[path[0]].model_fields)
    assert path[0] == "probe", f"no section called {path[0]} refuses keys"
    return list(config.Probe.model_fields if len(path) == 2 else config.BetaPrior.model_fields)


def _line_of(text: str, path: list[str]) -> int | None:
    """Find the line of a key: TOML readers keep no positions, and a person wants one.

    A key that has no line of its own, as in `stem = { rol = "stem" }`, is on the line of what holds it.
    """
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            section = _keys(header.group(1))
            if section[: len(path)] == path:
                return number
        elif (key := re.match(r"\s*([^=#]+?)\s*=", line)) and section + _keys(key.group(1)) == path:
            return number
    return _line_of(text, path[:-1]) if path[1:] else None


def _keys(dotted: str) -> list[str]:
    """Split a dotted key, some of its parts perhaps in quotes."""
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted)]
