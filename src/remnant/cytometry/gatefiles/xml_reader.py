"""XML without entities, external files or depth without end; elements know their line."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from xml.parsers import expat

from remnant.errors import Fault, GatingError

MAXIMUM_BYTES = 64 * 1024 * 1024  # 200,000 vertices take about 20 MB, a workspace of 500 tubes 50 MB
MAXIMUM_DEPTH = 200  # gate files nest six deep; a workspace twice per level of its tree
MAXIMUM_ELEMENTS = 1_000_000  # 200,000 vertices are 600,000; a million take about 0.4 GB of memory
TEXTUAL = frozenset({"value"})  # the others of a gate file say everything in attributes
NUMBERS = frozenset({"coordinate", "entry"})  # most of a large file; kept as text in their parent
GATING_ML = "http://www.isac-net.org/std/Gating-ML/v2.0/"
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Element:
    """One element of an XML file.

    Parameters
    ----------
    name : str
        Local name; of a vocabulary that is not Gating-ML 2.0, `{namespace}name`.
    attributes : mapping of str to str
        By name, likewise.
    source, line : str, int
        The file and the line.
    children : list of Element
        In order.
    numbers : list of str or None
        `value` of every child named in `NUMBERS`, which is no child otherwise; None where it has none.
    text : str
        Text directly inside it, for the elements named in `TEXTUAL`.
    """

    name: str
    attributes: Mapping[str, str]
    source: str
    line: int
    children: list[Element] = field(default_factory=list)
    numbers: list[str | None] = field(default_factory=list)
    text: str = ""


def read_xml(raw: bytes, source: str, *, skip: Container[str] = ()) -> Element:
    """Parse XML into elements.

    Parameters
    ----------
    raw : bytes
        The file.
    source : str
        Its name, for errors.
    skip : container of str, optional
        Elements that are passed over with all that is inside them.

    Returns
    -------
    Element
        The root.

    Raises
    ------
    GatingError
        If it is not well formed, declares a DOCTYPE or an entity, or is beyond the limits.
    """
    if len(raw) > MAXIMUM_BYTES:
        found, expected = f"{len(raw):,} bytes", f"{MAXIMUM_BYTES:,} at most"
        raise GatingError([Fault(source, None, "size", found, expected, "is this a gate file?")])
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    builder = _Builder(parser, source, skip)
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        hint = "the file is cut short or is not XML: export it again"
        found = expat.errors.messages.get(error.code, str(error))
        fault = Fault(source, error.lineno, "", found, "well-formed XML", hint)
        raise GatingError([fault]) from None
    except (LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, GatingError):
            raise
        # Python's own words for an encoding that the declaration names and that nobody can decode.
        raise builder.fail("an unknown encoding", "UTF-8", "save the file as UTF-8") from None
    assert builder.root is not None
    return builder.root


class _Builder:
    """Handlers of one parse."""

    def __init__(self, parser: expat.XMLParserType, source: str, skip: Container[str]):
        self.parser, self.source, self.skip = parser, source, skip
        self.root: Element | None = None
        self.open: list[Element] = []
        self.text: list[str] = []
        self.numbers: set[str] = set()  # as they are spelt in this file
        self.value = "value"
        self.skipped = 0  # depth inside an element that is passed over
        self.elements = 0
        self.names: dict[str, str] = {}
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        # Refused before the first entity could be expanded.
        parser.StartDoctypeDeclHandler = self.refuse
        parser.EntityDeclHandler = self.refuse

    def fail(self, found: str, expected: str, hint: str) -> GatingError:
        return GatingError([Fault(self.source, self.parser.CurrentLineNumber, "", found, expected, hint)])

    def refuse(self, *_: object) -> None:
        raise self.fail("a DOCTYPE or an entity", "plain XML", "remove it: gate files need none")

    def name(self, qualified: str) -> str:
        """Shorten a name of Gating-ML, or of no namespace, to its local part."""
        known = self.names.get(qualified)
        if known is None:
            namespace, _, local = qualified.rpartition(" ")
            known = local if not namespace or namespace.startswith(GATING_ML) else f"{{{namespace}}}{local}"
            self.names[qualified] = known
        return known

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        if qualified in self.numbers and self.open and not self.skipped:
            # Passed over from here: a number holds nothing else.
            self.skipped = 1
            text = attributes.get(self.value) if len(attributes) == 1 else None
            self.open[-1].numbers.append(self.spelt(attributes) if text is None else text)
            return
        name = self.name(qualified)
        if len(self.open) + self.skipped >= MAXIMUM_DEPTH:
            raise self.fail(f"elements nested {MAXIMUM_DEPTH} deep", "a gate file", "is this a gate file?")
        if self.skipped or (name in self.skip and self.open):
            self.skipped += 1
            return
        if name in NUMBERS and self.open:
            self.numbers.add(qualified)
            self.start(qualified, attributes)
            return
        self.elements += 1
        if self.elements > MAXIMUM_ELEMENTS:
            raise self.fail(f"more than {MAXIMUM_ELEMENTS:,} elements", "fewer", "is this a gate file?")
        named = self.named(attributes) if attributes else NOTHING
        element = Element(name, named, self.source, self.parser.CurrentLineNumber, [], [])
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        if name in TEXTUAL:
            # Only now, for the space between elements would be half of all calls.
            self.text = []
            self.parser.CharacterDataHandler = self.text.append

    def spelt(self, attributes: dict[str, str]) -> str | None:
        """Return the text of a number, and remember how its `value` is spelt: the next is spelt so too."""
        text = self.named(attributes).get("value")
        self.value = next((key for key in attributes if self.name(key) == "value"), self.value)
        return text

    def named(self, attributes: dict[str, str]) -> dict[str, str]:
        """Attributes by short name; one of Gating-ML stands before one without a namespace."""
        names = self.names
        short = {names.get(key) or self.name(key): value for key, value in attributes.items()}
        if len(short) < len(attributes):
            short |= {self.name(key): value for key, value in attributes.items() if " " in key}
        return short

    def end(self, _: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        element = self.open.pop()
        if element.name in TEXTUAL:
            element.text = "".join(self.text)
            self.parser.CharacterDataHandler = None
