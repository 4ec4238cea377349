"""What breaks things: values to send, every door of the app, its forms, and what must not move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import import_module

from sqlalchemy import select

from remnant.store.database.tables import metadata
from remnant.store.house import Store
from remnant.web.app import ROUTERS

MARK = "zq7z"  # an element or an attribute of this name in a page is one that we let in
NUMBERS = ("-1", "0", "9" * 25, "1e400", "nan", "-inf", "0x10", "1_000", "٣", "1.5", "")
TEXTS = (
    f"<{MARK}>\"'><img src=x {MARK}=1></textarea></script><script {MARK}=1>",
    "'; DROP TABLE studies; --",
    "{{7*7}}{% for x in y %}",
    '=HYPERLINK("http://evil.example")',
    "a\0b",
    "\u202egnp.exe\u202c \u200b\u2028",
    "👩🏽‍🔬🧬",
    "\ufffe\uffff\ufeff",
    "../../../../etc/passwd",
    "C:\\con\\nul",
    "line\r\nSet-Cookie: x=1\r\n",
    "%00%0a%25",
    "[" * 200,
)
LONG = "x" * (1 << 20)
IN_PATHS = (
    "0", "-1", "1.5", "9" * 25, "x" * 3000, "nan", "%00", "..%2f..%2fetc%2fpasswd", "%2e%2e",
    "%F0%9F%A7%AC", "%E2%80%AE", "'%20OR%201=1", "%3Cscript%3E", "%ff%fe", "__proto__", "con", "1;2",
    "a%0d%0aSet-Cookie:%20x=1",
)  # fmt: skip


@dataclass(frozen=True)
class Door:
    """A method and a path of the app, its parts in braces."""

    method: str
    path: str

    def at(self, **parts: str) -> str:
        """Return the address with its parts filled in."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda match: parts.get(match[1], "1"), self.path)

    @property
    def parts(self) -> list[str]:
        """Name what is in braces."""
        return re.findall(r"{(\w+)", self.path)


def doors() -> list[Door]:
    """List every method of every path, those of pages and those of programs."""
    modules = [import_module(f"remnant.web.routes.{name}") for name in ROUTERS]
    every = {
        Door(method, route.path)
        for module in modules
        for route in module.router.routes
        for method in route.methods
    }
    return sorted(every, key=lambda door: (door.path, door.method))


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds when nobody touches it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.alien: list[str] = []
        self.links: set[str] = set()
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == MARK or MARK in named or any(name.startswith("on") for name in named):
            self.alien.append(tag)
        if tag == "a" and named.get("href", "").startswith("/"):
            self.links.add(named["href"].partition("#")[0])
        if tag == "form":
            self.forms.append(Form(named.get("action", ""), named.get("method", "get").lower()))
        form = self.forms[-1] if self.forms else Form("", "get")
        name, value = named.get("name", ""), named.get("value", "")
        if tag == "input" and name:
            kind = named.get("type", "text")
            if kind == "file":
                form.files.append(name)
            elif kind not in ("checkbox", "radio") or "checked" in named:
                form.fields[name] = value
        if tag == "button" and name:
            form.buttons.append((name, value))
        if tag == "textarea" and name:
            form.fields[name], self._area = "", name
        if tag == "select" and name:
            self._select = name
            form.fields.setdefault(name, "")
        if tag == "option" and self._select and ("selected" in named or not form.fields[self._select]):
            form.fields[self._select] = value

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "select":
            self._select = ""


def read(text: str) -> _Reader:
    """Read a page as a browser does: its forms, its links, and every element that is not ours."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader


WATCHED = ("studies", "revisions", "drafts", "jobs", "results", "audit", "users", "pseudonyms")


def look(store: Store) -> dict[str, tuple[tuple[object, ...], ...]]:
    """Return every row that a refusal must leave as it was."""
    with store.reading() as connection:
        return {
            name: tuple(sorted(map(tuple, connection.execute(select(metadata.tables[name]))), key=repr))
            for name in WATCHED
        }


def moved(before: dict[str, tuple[tuple[object, ...], ...]], store: Store) -> list[str]:
    """Name the tables that changed."""
    now = look(store)
    return [name for name in WATCHED if now[name] != before[name]]


def spoilt(values: dict[str, str], bad: Iterator[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a form with one field after the other spoilt."""
    for name in values:
        for value in bad:
            yield name, values | {name: value}
