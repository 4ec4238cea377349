"""Which sample of a workspace belongs to a tube: by the name of its file, or as a person says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.errors import Fault, GatingError


@dataclass(frozen=True)
class _Sample:
    """One sample, with the names that it goes by."""

    element: Element
    name: str
    number: str
    file: str
    original: str

    @property
    def known_as(self) -> str:
        """How a person names it."""
        return f"{self.name} (sample {self.number})"


def choose_sample(root: Element, tube: EventFile | None, wanted: str | None) -> tuple[Element, list[str]]:
    """Find the sample of a workspace whose gates are meant.

    Parameters
    ----------
    root : Element
        The workspace.
    tube : EventFile or None
        Compared by the name of its file, then by its `$FIL`.
    wanted : str or None
        Name or number of the sample; it stands before the tube.

    Returns
    -------
    sample : Element
        The `Sample`.
    notes : list of str
        What a reader should know about the choice.

    Raises
    ------
    GatingError
        If no sample, or more than one, can be meant.
    """
    samples = list(_read_samples(root))
    if not samples:
        raise _unclear(
            root, "no sample", "a <Sample> with its gates", "save the workspace with its samples", ()
        )
    if wanted is not None:
        named = [s for s in samples if s.name == wanted] or [s for s in samples if s.number == wanted]
        if len(named) != 1:
            raise _unclear(
                root, f"{len(named)} samples named {wanted}", "one", "name it, or give its number", samples
            )
        return named[0].element, []
    if tube is not None:
        for found in _matches(samples, tube):
            if len(found) == 1:
                return found[0].element, []
            if found:
                hint = "say which by --sample"
                raise _unclear(root, f"{len(found)} samples of {tube.path.name}", "one", hint, found)
    if len(samples) == 1:
        only = samples[0]
        note = f"the only sample of {root.source}, {only.name}, is not named as the tube: its gates are used"
        return only.element, [note] if tube is not None else []
    found_text = f"no sample of {tube.path.name}" if tube is not None else f"{len(samples)} samples"
    raise _unclear(root, found_text, "one of them", "say which by --sample", samples)


def _matches(samples: list[_Sample], tube: EventFile) -> Iterable[list[_Sample]]:
    """Yield the samples that fit, by the surest name first."""
    name, original = tube.path.name, tube.keywords.get("$FIL", "").strip()
    yield [s for s in samples if name in (s.file, s.name)]
    if original:
        yield [s for s in samples if original in (s.original, s.file, s.name)]
    yield [s for s in samples if s.original and s.original == name]


def _read_samples(root: Element) -> Iterable[_Sample]:
    for samples in (child for child in root.children if child.name == "SampleList"):
        for element in (child for child in samples.children if child.name == "Sample"):
            inside: dict[str, Element] = {}
            for child in element.children:
                inside.setdefault(child.name, child)
            node, data = (
                inside[key].attributes if key in inside else {} for key in ("SampleNode", "DataSet")
            )
            # Only the last part is kept: a path in a workspace is a name here, never a place to look.
            file = PurePosixPath(unquote(data.get("uri", "")).replace("\\", "/")).name
            keywords = inside["Keywords"].children if "Keywords" in inside else []
            original = next(
                (k.attributes.get("value", "") for k in keywords if k.attributes.get("name") == "$FIL"), ""
            )
            number = node.get("sampleID", data.get("sampleID", "?"))
            yield _Sample(element, node.get("name", file), number, file, original.strip())


def _unclear(root: Element, found: str, expected: str, hint: str, samples: Iterable[_Sample]) -> GatingError:
    names = [sample.known_as for sample in samples]
    shown = f": {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}" if names else ""
    return GatingError([Fault(root.source, root.line, "SampleList", found, expected + shown, hint)])
