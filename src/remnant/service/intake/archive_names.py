"""Which names of an archive may become files: plain ones, inside the folder, each once on any disk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from remnant.errors import Fault

if TYPE_CHECKING:
    from remnant.service.intake.archive_readers import Member

LONGEST = 200  # bytes of a part: every disk keeps 255
DEEPEST = 12
# Names that Windows gives to devices, with any ending.
DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def as_any_disk(path: str) -> str:
    """Return a path as a disk sees it that knows neither case nor how an accent is written.

    Examples
    --------
    >>> as_any_disk("FCS/Cafe\u0301.fcs") == as_any_disk("fcs/caf\u00e9.fcs")
    True
    """
    return unicodedata.normalize("NFC", path).casefold()


def unfit_name(name: str) -> str:
    """Say why a path can be no file of a study on every computer; nothing if it can.

    Examples
    --------
    >>> unfit_name("fcs/P1.fcs"), unfit_name("fcs/NUL.fcs"), unfit_name("../x")
    ('', 'a name that Windows keeps for itself', 'a name that leaves the folder')
    """
    parts = name.split("/")
    if not name or name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "a name that starts elsewhere, or has a backslash"
    if {"", ".", ".."} & set(parts):
        return "a name that leaves the folder"
    if not name.isprintable() or ":" in name:
        return "a name with a colon or hidden characters"
    if len(parts) > DEEPEST or any(len(part.encode()) > LONGEST for part in parts):
        return f"a name longer than {LONGEST} bytes, or folders more than {DEEPEST} deep"
    if any(DEVICES.fullmatch(part) or part.endswith((".", " ")) for part in parts):
        return "a name that Windows keeps for itself"
    return ""


def clashing(paths: Iterable[str]) -> list[str]:
    """List the paths that some disk takes for one before them, or lays in the folder of another name.

    Examples
    --------
    >>> clashing(["fcs/a.fcs", "FCS/b.fcs", "fcs/A.fcs", "fcs/c.fcs"])
    ['FCS/b.fcs', 'fcs/A.fcs']
    """
    taken: dict[str, str] = {}
    found = []
    for path in paths:
        parts = path.split("/")
        places = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        if [place for place in places if taken.setdefault(as_any_disk(place), place) != place]:
            found.append(path)
    return found


class Names:
    """Judges the members of one archive, each beside those before it.

    Parameters
    ----------
    source : str
        What faults call the archive.
    """

    def __init__(self, source: str):
        self.source = source
        self.taken: dict[str, str] = {}  # as a disk that knows no case sees it -> kind

    def judge(self, member: Member) -> list[Fault]:
        """Return why a member is refused; nothing if it is not."""
        found = self._kind(member) or self._name(member) or self._place(member)
        if not found:
            return []
        hint = "pack the study folder alone: plain files, without links, under names that any computer takes"
        return [Fault(self.source, None, member.shown, found, "a plain file inside the archive", hint)]

    def _kind(self, member: Member) -> str:
        return "" if member.kind in ("file", "folder") else f"a {member.kind}"

    def _name(self, member: Member) -> str:
        return unfit_name(member.name.rstrip("/"))

    def _place(self, member: Member) -> str:
        """Take the place of a member; a second one there would write over the first."""
        parts = member.name.rstrip("/").split("/")
        places = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        *above, own = map(as_any_disk, places)
        for folder, spelt in zip(above, places, strict=False):
            if self.taken.setdefault(folder, f"folder {spelt}") != f"folder {spelt}":
                return "a name that another member has, but for case or accents"
        kind = f"folder {places[-1]}" if member.kind == "folder" else f"file {member.name}"
        if own in self.taken and (member.kind == "file" or self.taken[own] != kind):
            return "a name that another member has, but for case or accents"
        self.taken[own] = kind
        return ""
