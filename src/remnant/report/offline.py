"""What every page carries with it: templates, style, behaviour, and the code that draws its charts.

A page that stands alone holds all of it; pages that stand together share it as files beside them. Either way
the page forbids everything else: what may run or dress it is named by its hash, or by the place of its files.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from remnant.figures.states import LOOKS
from remnant.report.charts import pack

SNIPPET = "window.vegaEmbed = vegaEmbed;"
SCRIPTS = ("unpack.js", "draw.js", "files.js", "drawers.js", "finding.js", "printing.js")
STYLE, BEHAVIOUR, LIBRARY = "report.css", "report.js", "charts.js"


@dataclass(frozen=True)
class Outfit:
    """How a page comes by its style, its behaviour and the code of its charts.

    Parameters
    ----------
    policy : str
        What the browser is told to allow; everything else is forbidden.
    style, behaviour, library : str
        Each in full, the last one packed; nothing where the page reads it from a file.
    beside : str
        Where such files lie, as seen from the page: nothing, or a path that ends in a slash.
    """

    policy: str
    style: str = ""
    behaviour: str = ""
    library: str = ""
    beside: str = ""


@cache
def environment() -> Environment:
    """Return the templates; what they are given is escaped, and what they are not given is an error."""
    loader = PackageLoader("remnant.report", "templates")
    made = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["mark_class"] = mark_class
    return made


@cache
def alone() -> Outfit:
    """Return the outfit of a page that holds everything itself."""
    scripts = f"{_hash(behaviour())} {_hash(library())}"
    policy = f"default-src 'none'; script-src {scripts}; style-src {_hash(style())}; img-src data:"
    # The one thing on a page that is not escaped: files of ours, which hold no data.
    return Outfit(_bare(policy), Markup(style()), Markup(behaviour()), pack(library()))


def beside(folder: str) -> Outfit:
    """Return the outfit of a page whose style, behaviour and charts lie in files that it shares."""
    # Browsers differ in whether a page opened from a disc is its own origin: `file:` says what is meant.
    return Outfit(
        _bare("default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src data:"),
        beside=folder,
    )


def shared_files() -> dict[str, str]:
    """Return the files that pages share, by name."""
    return {STYLE: style(), BEHAVIOUR: behaviour(), LIBRARY: library()}


def _bare(policy: str) -> Markup:
    return Markup(f"{policy}; base-uri 'none'; form-action 'none'")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def library() -> str:
    """Return the code that draws every chart."""
    return vl_convert.javascript_bundle(SNIPPET)


@cache
def style() -> str:
    """Return the style of every page, with a class for each state of a course."""
    states = (
        f".disc.{mark_class(str(state))} {{ background: {look.fill}; color: {look.text}; }}"
        for state, look in LOOKS.items()
    )
    return "\n".join([_asset("style.css"), *states, ""])


@cache
def behaviour() -> str:
    """Return what a page can do, in the order in which its parts need each other."""
    return "".join(['"use strict";\n(() => {\n', *map(_asset, SCRIPTS), "})();\n"])


def mark_class(state: str) -> str:
    """Name the class of a state's disc.

    Examples
    --------
    >>> mark_class("remission with stem-cell persistence")
    'is-remission-with-stem-cell-persistence'
    """
    return f"is-{re.sub('[^a-z]+', '-', state.lower()).strip('-')}"


def _asset(name: str) -> str:
    return files("remnant.report").joinpath("templates", name).read_text(encoding="utf-8")


def bound(text: str) -> str:
    """Tie each percent sign to its number: a line must not break between them."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text)
