"""What every page carries with it: templates, style, behaviour, and the code that draws its charts."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from remnant.report.charts import pack

SNIPPET = "window.vegaEmbed = vegaEmbed;"


@cache
def environment() -> Environment:
    """Return the templates; what they are given is escaped, and what they are not given is an error."""
    loader = PackageLoader("remnant.report", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def library() -> str:
    """Return the packed code that draws every chart."""
    return pack(vl_convert.javascript_bundle(SNIPPET))


def asset(name: str) -> Markup:
    """Return a file of ours, style or behaviour: the one thing on a page that is not escaped."""
    return Markup(files("remnant.report").joinpath("templates", name).read_text(encoding="utf-8"))


def bound(text: str) -> str:
    """Tie each percent sign to its number: a line must not break between them."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text)
