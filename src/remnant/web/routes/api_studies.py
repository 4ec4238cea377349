"""Studies for programs: listed, checked, brought in, revised, and their history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import StreamingResponse

from remnant.errors import ConflictError, Fault
from remnant.service.exporting import zipped
from remnant.service.history import Page, history
from remnant.service.intake import drafts
from remnant.service.intake.uploads import keep
from remnant.service.listing import Listing, listing
from remnant.service.studies import check_tree
from remnant.service.viewer import need
from remnant.store.files.trees import put_tree
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft, drop_draft
from remnant.store.studies.studies import Revision, StudyRecord, revision_called, revisions, study_called
from remnant.web.ask import store_of, viewer_of
from remnant.web.received import brought
from remnant.web.routes.export import attached

router = APIRouter(prefix="/api/v1", tags=["studies"])
Files = Annotated[
    list[UploadFile], File(description="Files of a study by their paths in its folder, or one zip.")
]
Why = Annotated[str, Form(max_length=2000, description="Reason, for the history.")]
Short = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True)
class CheckedFiles:
    """What is wrong with files, or what they hold."""

    sound: bool
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    patients: int | None
    samples: int | None


@dataclass(frozen=True)
class StudyWithRevisions:
    """A study, and its revisions from the newest."""

    study: StudyRecord
    revisions: tuple[Revision, ...]


@router.get("/studies")
def list_studies(
    request: Request,
    find: Short = "",
    archived: bool = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Listing:
    """List studies, the one that changed last first."""
    return listing(store_of(request), words=find, archived=archived, page=page)


@router.post("/check")
def check(request: Request, files: Files) -> CheckedFiles:
    """Check files as a study; nothing of them is kept as one."""
    need(viewer_of(request), "editor")
    store = store_of(request)
    with brought(store, files) as found:
        checked = check_tree(store, put_tree(store, keep(store, found.files)))
    study = checked.study
    return CheckedFiles(
        study is not None,
        checked.faults,
        (*found.left_out, *checked.notes),
        len(study.patients) if study else None,
        study["samples"].height if study else None,
    )


@router.post("/studies", status_code=201)
def bring_in(
    request: Request, files: Files, title: Annotated[str, Form(max_length=500)] = "", why: Why = ""
) -> StudyRecord:
    """Keep sound files as a new study; with faults nothing is kept, and all of them are said."""
    return _accepted(request, files, None, title=title, why=why)


@router.get("/studies/{slug}")
def one_study(request: Request, slug: str) -> StudyWithRevisions:
    """Return a study and its revisions."""
    store = store_of(request)
    record = study_called(store, slug)
    return StudyWithRevisions(record, revisions(store, record))


@router.post("/studies/{slug}/revisions", status_code=201)
def revise(
    request: Request,
    slug: str,
    files: Files,
    expected: Annotated[int, Form(ge=1, le=2**31, description="The revision that the files were made from.")],
    why: Why = "",
) -> StudyRecord:
    """Put files onto a study as its next revision; 409 when it is no longer at `expected`."""
    record = study_called(store_of(request), slug)
    return _accepted(request, files, record, expected=expected, title=record.title, why=why)


@router.get("/studies/{slug}/history")
def study_history(
    request: Request,
    slug: str,
    who: Short = "",
    what: Short = "",
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    drafts: bool = False,
) -> Page:
    """Return the history of a study, the newest first; `next` is the `before` of the next page."""
    store = store_of(request)
    record = study_called(store, slug)
    return history(store, record, who=who, what=what, before=before, limit=limit, drafts=drafts)


@router.get("/studies/{slug}/revisions/{number}.zip", response_class=StreamingResponse)
def revision_zip(request: Request, slug: str, number: int) -> StreamingResponse:
    """Return the folder of a revision, byte for byte."""
    store = store_of(request)
    revision = revision_called(store, study_called(store, slug), number)
    name = f"{slug}-{number}"
    pieces = zipped(store, revision.tree, name)
    return StreamingResponse(pieces, media_type="application/zip", headers=attached(f"{name}.zip"))


def _accepted(
    request: Request,
    files: list[UploadFile],
    record: StudyRecord | None,
    *,
    title: str,
    why: str,
    expected: int | None = None,
) -> StudyRecord:
    store, viewer = store_of(request), viewer_of(request)
    need(viewer, "editor")
    if record is not None and expected is not None and expected < record.head:
        found_at = f"revision {record.head}"
        hint = "look at what changed, and make the files from the newest revision"
        raise ConflictError([Fault(record.slug, None, "expected", found_at, f"revision {expected}", hint)])
    with brought(store, files) as found:
        draft = drafts.start(store, viewer, found, record, base=expected, only_sound=True)
    try:
        return drafts.accept(store, viewer, draft, record, title=title, why=why)
    except BaseException:
        _forget(store, draft, viewer.name)
        raise


def _forget(store: Store, draft: Draft, who: str) -> None:
    """A program that is refused keeps its files; a draft is for a person who comes back."""
    drop_draft(store, draft, who=who, why="refused")
