"""What an element of Gating-ML must hold; what is missing or misspelt is a fault with its line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from difflib import get_close_matches
from math import isfinite

from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.errors import Fault, GatingError


def fault(element: Element, where: str, found: object, expected: str, hint: str) -> GatingError:
    """Return the error of one element, with its file and line."""
    return GatingError([Fault(element.source, element.line, where, str(found), expected, hint)])


def attribute(element: Element, name: str) -> str:
    """Return an attribute that must be there and not be blank, as it is written."""
    value = element.attributes.get(name)
    if value is None or not value.strip():
        raise fault(element, f"{element.name} {name}", "nothing", f"the attribute {name}", "add it")
    return value


def identifier(element: Element, name: str = "id") -> str:
    """Return an id or a reference, without the space around it."""
    return attribute(element, name).strip()


def truth(element: Element, name: str) -> bool:
    """Return an attribute that is true or false; false where it is absent."""
    value = element.attributes.get(name, "false").strip().lower()
    if value not in ("true", "1", "false", "0"):
        raise fault(element, f"{element.name} {name}", repr(value), "true or false", "write one of them")
    return value in ("true", "1")


def number(element: Element, name: str) -> float:
    """Return an attribute that must be a finite number."""
    return _finite(element, f"{element.name} {name}", attribute(element, name))


def text_number(element: Element) -> float:
    """Return the text of an element, which must be a finite number."""
    return _finite(element, element.name, element.text)


def _finite(element: Element, where: str, text: str) -> float:
    try:
        (value,) = _plain([text])
    except ValueError:
        hint = "write it with a decimal point"
        raise fault(element, where, repr(text[:40]), "a finite number", hint) from None
    return value


def _plain(texts: list[str]) -> list[float]:
    """Read decimal numbers as XML writes them; a ValueError if one is not, or is not finite.

    Python's own reader would also take 1_000, digits of any script and inf.
    """
    joined = "".join(texts)
    if not joined.isascii() or "_" in joined:
        raise ValueError
    values = list(map(float, texts))
    if not all(map(isfinite, values)):
        raise ValueError
    return values


def optional(element: Element, name: str) -> float | None:
    """Return a number, or None where the attribute is absent."""
    return number(element, name) if name in element.attributes else None


def child(element: Element, name: str) -> Element:
    """Return the only child of a name; there must be one."""
    found = [child for child in element.children if child.name == name]
    if len(found) != 1:
        hint = "add it" if not found else "remove the others"
        raise fault(element, element.name, f"{len(found)} <{name}>", f"one <{name}>", hint)
    return found[0]


def known(element: Element, children: Collection[str], attributes: Collection[str] | None = None) -> None:
    """Refuse a child, or an attribute, that Gating-ML does not have here: a slip would go unseen.

    What another vocabulary adds under its own namespace is passed over.
    """
    odd = [(c.name, c.line, children) for c in element.children if c.name not in (*children, "custom_info")]
    if attributes is not None:
        odd += [(key, element.line, attributes) for key in element.attributes if key not in attributes]
    for name, line, allowed in odd:
        if not name.startswith("{"):
            near = get_close_matches(name, allowed, 1) or ["another, or remove it"]
            place = replace(element, line=line)
            raise fault(place, element.name, name, ", ".join(allowed) or "nothing", f"is it {near[0]}?")


def no_slips(element: Element, attributes: Collection[str]) -> None:
    """Refuse an attribute that is nearly one that is not there, where the schema allows any others."""
    lower = {name.lower(): name for name in attributes if name not in element.attributes}
    for key in element.attributes.keys() - set(attributes):
        if near := get_close_matches(key.lower(), lower, 1, 0.7):
            raise fault(element, element.name, key, ", ".join(attributes), f"is it {lower[near[0]]}?")


def channels(element: Element) -> list[str]:
    """Return the channels that an element lists; a blank name is an empty text."""
    return [c.attributes.get("name", "").strip() and c.attributes["name"] for c in dimensions_of(element)]


def dimensions_of(element: Element) -> list[Element]:
    """Return the FCS dimensions that an element lists."""
    return [c for c in element.children if c.name == "fcs-dimension"]


def numbers(element: Element, wanted: int, where: str = "") -> tuple[float, ...]:
    """Return the coordinates or entries of an element, of which so many are wanted."""
    name = where or element.name
    if len(element.numbers) != wanted or element.children:
        found, expected = f"{len(element.numbers)} numbers", f"{wanted} numbers"
        raise fault(element, name, found, expected, "check the gate")
    return tuple(_finite(element, name, text or "") for text in element.numbers)


def points(elements: list[Element]) -> list[tuple[float, float]]:
    """Return the two coordinates of each point.

    All texts are checked at once, which a polygon of 200,000 vertices needs; where that fails, each
    by itself, for its line.
    """
    try:
        values = _plain([text or "" for element in elements for text in element.numbers])
    except ValueError:
        values = []
    if values and all(len(element.numbers) == 2 and not element.children for element in elements):
        return list(zip(values[::2], values[1::2], strict=True))
    pairs = (numbers(element, 2) for element in elements)
    return [(x, y) for x, y in pairs]


def dimensions(element: Element, wanted: int | None = None) -> list[Element]:
    """Return the dimensions of a gate: so many as are wanted, else at least one."""
    found = [child for child in element.children if child.name == "dimension"]
    if not found or (wanted is not None and len(found) != wanted):
        expected = f"{wanted} dimensions" if wanted else "1 dimension or more"
        raise fault(element, "dimension", f"{len(found)} dimensions", expected, "check the gate")
    return found
