"""The frame that every page stands in: its head, its list of contents, and what its script needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from remnant.figures.columns import AIDS, FIELDS, TABLES
from remnant.figures.theme import NIGHT
from remnant.report.offline import Outfit, environment

COLUMNS = {"fields": FIELDS, "tables": TABLES, "aids": sorted(AIDS)}


@dataclass(frozen=True)
class Link:
    """An entry of the list of contents: a patient has a state, shown by its disc."""

    name: str
    href: str
    state: str = ""
    letter: str = ""
    find: bool = False


def framed(
    template: str,
    *,
    outfit: Outfit,
    title: str,
    skip: tuple[str, str],
    packages: Iterable[tuple[str, str]],
    kind: str = "",
    **context: Any,
) -> str:
    """Return a page as text.

    Parameters
    ----------
    template : str
        One that extends `layout.html.j2`.
    outfit : Outfit
        Where style and behaviour come from.
    title : str
        As the window shows it.
    skip : (str, str)
        Id of the section that a keyboard goes to first, and what it is called.
    packages : iterable of (str, str)
        Names and packed texts.
    kind : str
        Class of the page.
    **context
        What the template shows.
    """
    return (
        environment()
        .get_template(template)
        .render(
            outfit=outfit,
            title=title,
            skip=skip,
            kind=kind,
            packages=list(dict(packages).items()),
            night=NIGHT,
            columns=COLUMNS,
            version=version("remnant"),
            **context,
        )
    )
