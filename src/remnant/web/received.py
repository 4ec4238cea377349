"""Files of a form, on their way from the browser into a draft."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from remnant.service.intake.uploads import Brought, gather
from remnant.store.house import Store

FILES = 10_000  # of one form: a study of a thousand tubes and its tables
FIELDS = 50_000
LONGEST_TEXT = 4 << 20  # bytes of one field that is no file: a study.toml of a very large study


async def form_of(request: Request) -> FormData:
    """Read a form, whether or not it brings files."""
    return await request.form(max_files=FILES, max_fields=FIELDS, max_part_size=LONGEST_TEXT)


def files_in(form: FormData, name: str = "files") -> list[UploadFile]:
    """List the files of a form; an input in which none was chosen brings one without a name."""
    return [item for item in form.getlist(name) if isinstance(item, UploadFile) and item.filename]


def text_in(form: FormData, name: str) -> str:
    """Return what was typed into a field; nothing where there is none."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


@contextmanager
def brought(store: Store, uploads: Sequence[UploadFile]) -> Iterator[Brought]:
    """Lay uploaded files out for the time that it takes to keep them.

    Raises
    ------
    StudyError
        If a name leaves the folder, two files have one name, or an archive cannot be trusted.
    """
    with tempfile.TemporaryDirectory(prefix="upload-", dir=store.home / "partial") as room:
        inside, named = Path(room) / "unpacked", []
        inside.mkdir()
        for number, upload in enumerate(uploads):
            place = Path(room) / str(number)
            with place.open("xb") as copy:
                shutil.copyfileobj(upload.file, copy, 1 << 20)
            named.append((upload.filename or "", place))
        yield gather(named, inside)
