"""The event files that a person means: files by name, and every FCS file below a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remnant.errors import Fault, SettingError

SUFFIXES = (".fcs", ".lmd")  # in any case; .lmd is the list mode of Beckman


@dataclass(frozen=True)
class FoundFiles:
    """Files to count, in a stable order.

    Parameters
    ----------
    files : tuple of Path
        In the order of the arguments; those of one folder sorted by their path below it.
    faults : tuple of Fault
        Folders that could not be listed.
    notes : tuple of str
        What was left out, and why.
    """

    files: tuple[Path, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]

    @property
    def total_bytes(self) -> int:
        """Bytes of all files that can be looked at."""
        return sum(path.stat().st_size for path in self.files if path.is_file())


def find_event_files(paths: Sequence[Path]) -> FoundFiles:
    """Find the event files that `paths` name.

    Parameters
    ----------
    paths : sequence of Path
        Files, whatever they are called, and folders, which mean every `.fcs` and `.lmd` below them. A
        name that is not there is kept, so that its absence stands in the answer.

    Raises
    ------
    SettingError
        If nothing is left to count.
    """
    files: dict[Path, Path] = {}  # where it really lies -> the name under which it was met first
    faults: list[Fault] = []
    notes: list[str] = []
    for path in paths:
        found = _below(path, faults, notes) if path.is_dir() else [path]
        for file in found:
            real = file.resolve()
            if real in files:
                notes.append(f"{written(file)} is left out: it is {written(files[real])} again")
            else:
                files[real] = file
    if not files:
        where = ", ".join(written(path) for path in paths) or "no files named"
        raise SettingError([*faults, Fault(where, None, "", "no .fcs or .lmd file", "FCS files", "check it")])
    return FoundFiles(tuple(files.values()), tuple(faults), tuple(notes))


def written(path: Path) -> str:
    """Write a path so that any program can read it: with slashes, odd bytes as escapes."""
    return os.fsencode(path.as_posix()).decode(errors="backslashreplace")


def _below(folder: Path, faults: list[Fault], notes: list[str]) -> list[Path]:
    """List the event files below a folder, sorted; a folder that is called `x.fcs` is a folder."""

    def refuse(error: OSError) -> None:
        found = error.strerror or type(error).__name__
        place = written(Path(error.filename or folder))
        faults.append(Fault(place, None, "", found, "a folder that can be listed", "change its permissions"))

    files, hidden = [], 0
    for root, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            if not name.lower().endswith(SUFFIXES):
                continue
            # Some systems leave a hidden twin of each file (`._x.fcs`), which holds no events.
            if name.startswith("."):
                hidden += 1
            else:
                files.append(Path(root, name))
    if hidden:
        notes.append(f"{hidden} hidden files in {written(folder)} are left out")
    return sorted(files, key=lambda file: file.relative_to(folder).parts)
