"""What a browser brings: names become paths within a study folder, or it is said why they cannot."""

from __future__ import annotations

import filecmp
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from remnant.errors import Fault, StudyError
from remnant.service.intake.archive_names import clashing, unfit_name
from remnant.service.intake.archives import Limits, unpack
from remnant.store.files.blobs import drop, settle, write_file
from remnant.store.house import Store
from remnant.study.settings import CONFIG_FILE
from remnant.study.tables import TABLES
from remnant.study.text import printable
from remnant.study.workbook import WORKBOOK

MARKS = {CONFIG_FILE, WORKBOOK} | {f"{name}.csv" for name in TABLES}  # a folder that has one is a study's
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
LEFT_BY_SYSTEMS = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Brought:
    """The files of an upload.

    Parameters
    ----------
    files : Mapping of str to Path
        Path within the study folder, to where the bytes lie for now.
    left_out : tuple of str
        Files that are no part of a study, and why, for the person to read.
    """

    files: Mapping[str, Path]
    left_out: tuple[str, ...]


def gather(uploaded: Iterable[tuple[str, Path]], room: Path) -> Brought:
    """Find the study folder in what was brought: single files, a folder with whatever is above it, or a zip.

    Parameters
    ----------
    uploaded : iterable of (str, Path)
        Each file as its browser names it, perhaps with folders, and where its bytes lie.
    room : Path
        An empty folder of ours, in which archives are unpacked.

    Raises
    ------
    StudyError
        If a name leaves the folder, two files have one name, or two studies were brought at once.
    """
    named, left, faults, limits = [], [], [], Limits()
    for number, (name, place) in enumerate(uploaded):
        path = name.replace("\\", "/")
        if fault := _unfit(path):
            faults.append(fault)
        elif path.lower().endswith(ARCHIVES):
            inside = room / str(number)
            inside.mkdir()
            unpacked = _unpacked(place, inside, name, limits)
            limits = limits.without(unpacked.values())
            named += sorted(unpacked.items())
        else:
            named.append((path, place))
    files: dict[str, Path] = {}
    for path, place in named:
        if reason := _no_part(path):
            left.append(f"{printable(path)}: {reason}")
        elif path in files and not filecmp.cmp(files[path], place, shallow=False):
            hint = "bring one of them"
            faults.append(Fault(printable(path), None, "", "two files of one name", "each name once", hint))
        else:
            files[path] = place
    if faults:
        raise StudyError(faults)
    found = _within(files, left)
    check_apart((), found.files)
    return found


def check_apart(there: Iterable[str], new: Iterable[str]) -> None:
    """Refuse files beside which some disk cannot lay those that are there: a study must travel.

    Raises
    ------
    StudyError
        With each that another has the name of, but for case or accents.
    """
    there = tuple(there)
    added = sorted(set(new) - set(there))
    clashes = [path for path in clashing((*there, *added)) if path in added]
    if clashes:
        found, hint = "a name that another file or folder has, but for case or accents", "rename one of them"
        raise StudyError(
            [Fault(printable(path), None, "", found, "a name on any disk", hint) for path in clashes]
        )


def keep(store: Store, files: Mapping[str, Path]) -> dict[str, str]:
    """Keep files, all of them or none.

    Returns
    -------
    dict of str to str
        Path to digest.
    """
    written = {}
    try:
        for path, place in files.items():
            written[path] = write_file(store.home, place)
        with store.begin() as connection:
            settle(store, connection, written.values())
    finally:
        drop(written.values())
    return {path: one.sha256 for path, one in written.items()}


def _unpacked(archive: Path, inside: Path, name: str, limits: Limits) -> dict[str, Path]:
    files = unpack(archive, inside, limits, called=printable(name))
    return {path.relative_to(inside).as_posix(): path for path in files}


def _unfit(path: str) -> Fault | None:
    found = unfit_name(path) if path.strip("/") else "a file without a name"
    if not found:
        return None
    hint = "rename the file, and bring it again"
    return Fault(printable(repr(path)[1:-1][:200]), None, "", found, "a path within the study folder", hint)


def _no_part(path: str) -> str:
    """Say why a file is no part of a study; nothing if it may be."""
    parts = PurePosixPath(path).parts
    if LEFT_BY_SYSTEMS & set(parts):
        return "left by an operating system"
    if any(part.startswith((".", "~$")) for part in parts):
        return "a hidden file, or the lock of an open document"
    return ""


def _within(files: Mapping[str, Path], left: list[str]) -> Brought:
    """Take the folder of the study, the shallowest that has one of its files, as the top."""
    homes = {PurePosixPath(path).parent for path in files if PurePosixPath(path).name in MARKS}
    depth = min((len(home.parts) for home in homes), default=0)
    tops = sorted(str(home) for home in homes if len(home.parts) == depth)
    if len(tops) > 1:
        hint = "bring one study at a time"
        raise StudyError([Fault(", ".join(tops), None, "", f"{len(tops)} study folders", "one", hint)])
    top = "" if not tops or tops[0] == "." else f"{tops[0]}/"
    outside = [path for path in files if not path.startswith(top)]
    left += [f"{printable(path)}: outside the study folder {top[:-1]}" for path in outside]
    kept = {path[len(top) :]: place for path, place in files.items() if path.startswith(top)}
    return Brought(kept, tuple(left))
