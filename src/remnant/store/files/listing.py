"""Which paths a folder may have, and which files one has on the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from remnant.errors import Fault, StoreError
from remnant.study.text import printable

_KINDS = (
    (stat.S_ISLNK, "a symbolic link", "put a copy of the file in its place"),
    (stat.S_ISFIFO, "a pipe", "remove it"),
    (stat.S_ISSOCK, "a socket", "remove it"),
    (stat.S_ISBLK, "a device", "remove it"),
    (stat.S_ISCHR, "a device", "remove it"),
)


LONGEST_PART, LONGEST = 255, 1024  # bytes of a name, and of a path: what any disk can lay out


def check_paths(paths: Iterable[str]) -> None:
    """Refuse paths that leave the folder, or that cannot stand beside each other.

    Raises
    ------
    StoreError
        With every path at fault.
    """
    known = set(paths)
    faults = [_fault(path, found, "a path within the folder") for path in known if (found := _wrong(path))]
    folders = {parent for path in known for parent in _parents(path)}
    faults += [_fault(path, "a file and a folder at once", "one of them") for path in known & folders]
    if faults:
        raise StoreError(sorted(faults, key=lambda fault: fault.source))


def files_in(folder: Path) -> list[str]:
    """List every file of a folder and its subfolders, sorted, as relative paths with `/`.

    Raises
    ------
    StoreError
        With everything that is neither file nor folder, and every name that is not UTF-8.
    """
    files, _, faults = _walk(folder)
    if faults:
        raise StoreError(faults)
    return sorted(files)


def empty_folders(folder: Path) -> tuple[str, ...]:
    """Name the folders in which, at any depth, there is no file: a store does not keep them."""
    files, folders, _ = _walk(folder)
    full = {parent for path in files for parent in _parents(path)}
    return tuple(sorted(set(folders) - full))


def _walk(root: Path) -> tuple[list[str], list[str], list[Fault]]:
    files, folders, faults, waiting = [], [], [], [""]
    while waiting:
        above = waiting.pop()
        for name in _names(root, above):
            path = above + name
            mode = os.lstat(root / path).st_mode  # never through a link
            if not _storable(path):
                faults.append(_fault(path, "a name that is not UTF-8", "a name in UTF-8"))
            elif stat.S_ISDIR(mode):
                folders.append(path)
                waiting.append(f"{path}/")
            elif stat.S_ISREG(mode):
                files.append(path)
            else:
                found, hint = next((found, hint) for test, found, hint in _KINDS if test(mode))
                faults.append(Fault(printable(path), None, "", found, "a plain file", hint))
    return files, folders, sorted(faults, key=lambda fault: fault.source)


def _names(root: Path, above: str) -> list[str]:
    try:
        return sorted(os.listdir(root / above))  # noqa: PTH208 -- names are wanted, not paths
    except OSError as error:
        name = printable(above or root.name)
        found, hint = (error.strerror or "an error").lower(), "name a folder that can be read"
        raise StoreError([Fault(name, None, "", found, "a folder", hint)]) from None


def _wrong(path: str) -> str:
    """Say what is wrong with a path; nothing if it may stand in a folder."""
    if not path or path.startswith("/"):
        return "a path that starts elsewhere" if path else "no name"
    if {"", ".", ".."} & set(path.split("/")):
        return "a path that leaves the folder, or is not in its shortest form"
    if not _storable(path) or "\0" in path:
        return "a name that is not UTF-8, or holds a NUL"
    too_long = len(path.encode()) > LONGEST or any(
        len(part.encode()) > LONGEST_PART for part in path.split("/")
    )
    return f"a name of more than {LONGEST_PART} bytes, or a path of more than {LONGEST:,}" if too_long else ""


def _storable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # the system gives bytes that are not UTF-8 as lone surrogates
        return False
    return True


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _fault(path: str, found: str, expected: str) -> Fault:
    return Fault(printable(path), None, "", found, expected, "rename it, or leave it out")
