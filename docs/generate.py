"""Write what the documents take from the code: data dictionary, commands, presets, and the quoted functions.

Run `python docs/generate.py` after a change; a test says when what is committed is not what the code says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
from scipy.special import expit
from typer.core import TyperCommand, TyperGroup

from remnant.cli.app import app
from remnant.dynamics.model.bounds import BLOOD, EFFECTS, PARAMETERS, START, STEM_CELLS, Quantity
from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets import PRESETS, preset
from remnant.dynamics.model.priors import Prior
from remnant.study.template import data_dictionary

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100  # columns of the commands' help
QUOTE = re.compile(r"(<!-- quote: (\S+) (\S+) -->\n```python\n).*?(```\n)", re.DOTALL)


def documents() -> dict[str, str]:
    """Return the text that every generated or quoting document should have, by its path from the root."""
    texts = {"docs/data-dictionary.md": data_dictionary(), "docs/commands.md": commands()}
    texts["docs/presets.md"] = presets()
    return texts | {path: with_quotes(text) for path, text in quoting_documents()}


def quoting_documents() -> Iterator[tuple[str, str]]:
    """Yield path and text of the documents that quote the code."""
    for path in (ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        if QUOTE.search(text):
            yield str(path.relative_to(ROOT)), text


def with_quotes(text: str) -> str:
    """Replace each block under `<!-- quote: FILE NAME -->` by the code of that name as it stands."""
    return QUOTE.sub(lambda found: found[1] + source(found[2], found[3]) + found[4], text)


def source(file: str, name: str) -> str:
    """Return the code of a function, class or constant at the top of a module, with the module's name."""
    text = (ROOT / "src" / "remnant" / file).read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if name in _names(node):
            first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
            lines = text.splitlines()[first - 1 : node.end_lineno]
            return "\n".join([f"# {file}", *lines, ""])
    raise LookupError(f"{file} has no {name}: quote another, or correct the name")


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def commands() -> str:
    """Return the help of every command as Markdown."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup), "the commands of remnant are a group"
    lines = ["# Commands", "", "Generated from the commands themselves: what `--help` prints.", ""]
    for path, text in _helps(
        root, typer.Context(root, info_name="remnant", **root.context_settings, **_PLAIN)
    ):
        lines += [f"{'##' if path.count(' ') < 2 else '###'} {path}", "", "```text", text, "```", ""]
    return "\n".join(lines)


_PLAIN: dict[str, Any] = {"terminal_width": WIDTH, "max_content_width": WIDTH, "color": False}


def _helps(command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[tuple[str, str]]:
    yield context.command_path, command.get_help(context).rstrip()
    if isinstance(command, TyperGroup):
        # Help on a group marks its context for listing only; the commands need one without the mark.
        fresh = typer.Context(command, info_name=context.info_name, parent=context.parent, **_PLAIN)
        for name in command.list_commands(fresh):
            inner = command.get_command(fresh, name)
            assert isinstance(inner, TyperCommand | TyperGroup), f"{name} is listed and is not there"
            yield from _helps(inner, typer.Context(inner, info_name=name, parent=fresh, **_PLAIN))


QUANTITIES: dict[str, tuple[str, Mapping[str, Quantity]]] = {
    "": ("Cells", {**PARAMETERS, "stem_cells": STEM_CELLS}),
    "start": ("State before treatment, `start.`", START),
    "drug": ("Effects of a drug at its full dose, `DRUG.`", EFFECTS),
    "blood": ("Blood, `blood.`", BLOOD),
}


def presets() -> str:
    """Return every prior of every preset as Markdown, with its drugs and the bounds of every number."""
    lines = [
        "# Presets",
        "",
        "Generated from the code. A preset is a disease under its drugs: the law over patients of each number"
        " of the model. A scenario replaces one by its name in `[parameters]`.",
        "",
        "How well a number is known: **read** in its source, **computed** from what was read, **from memory**"
        " (verify it before you rely on it), a **choice** of this project, or **open**.",
        "",
    ]
    for name in PRESETS:
        lines += [*_preset(preset(name)), ""]
    lines += ["## Bounds of every number", "", "What is outside is refused, whoever writes it.", ""]
    for title, table in QUANTITIES.values():
        head = ("name", "symbol", "what", "unit", "bounds")
        rows = [(f"`{q.name}`", q.symbol, q.meaning, _unit(q.unit), _bounds(q)) for q in table.values()]
        lines += [f"### {title}", "", *_rows(head, rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _preset(one: Preset) -> Iterator[str]:
    yield from (f"## {one.name}", "", f"{one.title[:1].upper()}{one.title[1:]}. The clone: {one.clone}.")
    yield from ("", f"Source: {one.source}.", "") if one.source else ("",)
    head = ("drug", "what", "full dose", "days", "source of the schedule")
    yield from _rows(head, [_drug(drug) for drug in one.drugs])
    columns = ("number", "law over patients", "unit", "bounds", "source", "known", "note")
    rows = []
    for name, prior in one.priors():
        quantity = _quantity(name)
        row = (_law(prior), _unit(prior.unit), _bounds(quantity), prior.source, prior.mark, prior.note)
        rows.append((f"`{name}`", *row))
    yield from ("", *_rows(columns, rows))


def _drug(drug: Drug) -> tuple[str, ...]:
    days = f"{drug.days_on} of {drug.cycle_days}"
    return f"`{drug.name}`", drug.title, f"{drug.full_dose_mg:g} mg", days, drug.source


def _quantity(name: str) -> Quantity:
    group, _, short = name.rpartition(".")
    return QUANTITIES[group if group in QUANTITIES else "drug"][1][short]


def _law(prior: Prior) -> str:
    centre, spread = f"{prior.centre:g}", f"{prior.spread:g}"
    words = {
        "fixed": f"{centre} in every patient",
        "lognormal": f"log-normal: median {centre}, spread of the logarithm {spread}",
        "logit-normal": f"logit-normal: median {expit(prior.centre):.3g}, spread of the log odds {spread}",
        "half-normal": f"half-normal: scale {spread}",
        "beta": f"Beta({centre}, {spread}): mean {prior.centre / (prior.centre + prior.spread or 1):.3g}",
        "normal": f"normal: mean {centre}, standard deviation {spread}",
        "uniform": "uniform",
    }[prior.law]
    cut = [f"from {prior.lower:g}"] * bool(np.isfinite(prior.lower))
    cut += [f"to {prior.upper:g}"] * bool(np.isfinite(prior.upper))
    if not cut or prior.law == "uniform":
        return f"{words} {' '.join(cut)}".rstrip()
    return f"{words}; cut {' '.join(cut)}, median then {prior.quantile(0.5):.3g}"


def _bounds(quantity: Quantity) -> str:
    return quantity.range.removesuffix(f" {quantity.unit}")


def _unit(unit: str) -> str:
    return "" if unit == "-" else unit


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def main() -> None:
    """Write every document that is not as it should be, and name it."""
    for path, text in documents().items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {path}")  # noqa: T201 - this is the answer of the script


if __name__ == "__main__":
    main()
