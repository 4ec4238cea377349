"""XML without entities, external files or depth without end; elements know their line."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from remnant.errors import Fault, GatingError

MAXIMUM_BYTES = 64 * 1024 * 1024  # 200,000 vertices take about 20 MB
MAXIMUM_DEPTH = 200  # gate files nest six deep
MAXIMUM_ELEMENTS = 2_000_000


@dataclass
class Element:
    """One element: local name, attributes by local name, the file and line it is on, children and text."""

    name: str
    attributes: dict[str, str]
    source: str
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""


def read_xml(raw: bytes, source: str) -> Element:
    """Parse XML into elements.

    Parameters
    ----------
    raw : bytes
        The file.
    source : str
        Its name, for errors.

    Returns
    -------
    Element
        The root.

    Raises
    ------
    GatingError
        If it is not well formed, declares a DOCTYPE or an entity, or is beyond the limits.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    builder = _Builder(parser, source)
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        hint = "the file is cut short or is not XML: export it again"
        found = expat.errors.messages.get(error.code, str(error))
        fault = Fault(source, error.lineno, "", found, "well-formed XML", hint)
        raise GatingError([fault]) from None
    except LookupError:
        # Python's own word for an encoding that the declaration names and nobody knows.
        hint = "save the file as UTF-8"
        raise builder.fail("an unknown encoding", "UTF-8", hint) from None
    assert builder.root is not None
    return builder.root


class _Builder:
    """Handlers of one parse."""

    def __init__(self, parser: expat.XMLParserType, source: str):
        self.parser, self.source = parser, source
        self.root: Element | None = None
        self.open: list[Element] = []
        self.elements = 0
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        # Refused before the first entity could be expanded.
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse

    def fail(self, found: str, expected: str, hint: str) -> GatingError:
        return GatingError([Fault(self.source, self.parser.CurrentLineNumber, "", found, expected, hint)])

    def refuse(self, *_: object) -> None:
        raise self.fail("a DOCTYPE or an entity", "plain XML", "remove it: gate files need none")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if len(self.open) >= MAXIMUM_DEPTH:
            raise self.fail(f"elements nested {MAXIMUM_DEPTH} deep", "a gate file", "is this a gate file?")
        if self.elements > MAXIMUM_ELEMENTS:
            raise self.fail(f"{MAXIMUM_ELEMENTS:,} elements", "fewer", "is this a gate file?")
        local = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        element = Element(name.rpartition(" ")[2], local, self.source, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text
