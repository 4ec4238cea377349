"""What an element of Gating-ML must hold; what is missing or misspelt is a fault with its line."""

from __future__ import annotations

from dataclasses import replace

from remnant.cytometry.fcs.layout import number as read_number
from remnant.cytometry.gates.xml_reader import Element
from remnant.errors import Fault, GatingError


def fault(element: Element, where: str, found: object, expected: str, hint: str) -> GatingError:
    """Return the error of one element, with its file and line."""
    return GatingError([Fault(element.source, element.line, where, str(found), expected, hint)])


def attribute(element: Element, name: str) -> str:
    """Return an attribute that must be there and not be blank."""
    value = element.attributes.get(name)
    if value is None or not value.strip():
        raise fault(element, f"{element.name} {name}", "nothing", f"the attribute {name}", "add it")
    return value


def number(element: Element, name: str) -> float:
    """Return an attribute that must be a finite number."""
    text = attribute(element, name)
    value = read_number(text)
    if value is None:
        hint = "write it with a decimal point"
        raise fault(element, f"{element.name} {name}", repr(text), "a finite number", hint)
    return value


def text_number(element: Element) -> float:
    """Return the text of an element, which must be a finite number."""
    return number(replace(element, attributes={"value": element.text}), "value")


def optional(element: Element, name: str) -> float | None:
    """Return a number, or None where the attribute is absent."""
    return number(element, name) if name in element.attributes else None


def child(element: Element, name: str) -> Element:
    """Return the first child of a name; there must be one."""
    found = next((child for child in element.children if child.name == name), None)
    if found is None:
        raise fault(element, element.name, f"no <{name}>", f"one <{name}>", "add it")
    return found


def channels(element: Element) -> tuple[str, ...]:
    """Return the channels that an element lists."""
    return tuple(attribute(c, "name") for c in element.children if c.name == "fcs-dimension")


def coordinates(element: Element, wanted: int) -> tuple[float, ...]:
    """Return the coordinates of a point, of which so many are wanted."""
    found = tuple(number(child, "value") for child in element.children if child.name == "coordinate")
    if len(found) != wanted:
        expected = f"{wanted} coordinates"
        raise fault(element, element.name, f"{len(found)} coordinates", expected, "check the gate")
    return found


def dimensions(element: Element, wanted: int | None = None) -> list[Element]:
    """Return the dimensions of a gate: so many as are wanted, else at least one."""
    found = [child for child in element.children if child.name == "dimension"]
    if not found or (wanted is not None and len(found) != wanted):
        expected = f"{wanted} dimensions" if wanted else "1 dimension or more"
        raise fault(element, "dimension", f"{len(found)} dimensions", expected, "check the gate")
    return found
