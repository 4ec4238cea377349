"""Which names of an archive may become files: plain ones, inside the folder, each once on any disk."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from remnant.errors import Fault

if TYPE_CHECKING:
    from remnant.service.intake.archive_readers import Member

LONGEST = 200  # bytes of a part: every disk keeps 255
DEEPEST = 12
# Names that Windows gives to devices, with any ending.
DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


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
        name = member.name.rstrip("/")
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

    def _place(self, member: Member) -> str:
        """Take the place of a member; a second one there would write over the first."""
        parts = member.name.rstrip("/").split("/")
        places = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        *above, own = [unicodedata.normalize("NFC", place).casefold() for place in places]
        for folder, spelt in zip(above, places, strict=False):
            if self.taken.setdefault(folder, f"folder {spelt}") != f"folder {spelt}":
                return "a name that another member has, but for case or accents"
        kind = f"folder {places[-1]}" if member.kind == "folder" else f"file {member.name}"
        if own in self.taken and (member.kind == "file" or self.taken[own] != kind):
            return "a name that another member has, but for case or accents"
        self.taken[own] = kind
        return ""
