"""Write what the documents take from the code: the data dictionary, the commands, and the quoted functions.

Run `python docs/generate.py` after a change; a test says when what is committed is not what the code says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from remnant.cli.app import app
from remnant.study.template import data_dictionary

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100  # columns of the commands' help
QUOTE = re.compile(r"(<!-- quote: (\S+) (\S+) -->\n```python\n).*?(```\n)", re.DOTALL)


def documents() -> dict[str, str]:
    """Return the text that every generated or quoting document should have, by its path from the root."""
    texts = {"docs/data-dictionary.md": data_dictionary(), "docs/commands.md": commands()}
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


def main() -> None:
    """Write every document that is not as it should be, and name it."""
    for path, text in documents().items():
        file = ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"wrote {path}")  # noqa: T201 - this is the answer of the script


if __name__ == "__main__":
    main()
