"""A draft: its faults at their cells, mended one by one or by a corrected file, and accepted when sound.

All of a page is one form, so that whatever button is pressed, nothing that was typed is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from remnant.errors import ConflictError, Fault, NotHere, Refused, RemnantError, SettingError
from remnant.service.intake import drafts, mending, typed
from remnant.service.intake.desk import Desk, desk, study_of
from remnant.service.viewer import Viewer, need
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft
from remnant.store.studies.drafts import draft as draft_called
from remnant.study.tables import TABLES
from remnant.web.ask import is_fragment, page, store_of, viewer_of
from remnant.web.received import brought, files_in, form_of

router = APIRouter(include_in_schema=False)

Words = Sequence[str]
Act = Callable[[Store, Viewer, Draft, Words], Draft]


def _remedied(store: Store, viewer: Viewer, draft: Draft, words: Words) -> Draft:
    """Write every proposed spelling of a column."""
    path, column = words
    found = desk(store, draft, every=path)
    sheets = {trouble.source: trouble.sheet for trouble in found.troubles if trouble.sheet}
    values = sheets[path].proposals.get(column, {}) if path in sheets else {}
    return mending.change_column(store, viewer, draft, path, column, values)


def _cell(store: Store, viewer: Viewer, draft: Draft, words: Words) -> Draft:
    path, line, column, value = words
    return mending.mend(store, viewer, draft, [mending.Edit(path, _line(line), column, value)])


# What a button may ask for: how many words it says about what, and what is done.
ACTS: Mapping[str, tuple[int, Act]] = {
    "save": (0, lambda *asked: asked[2]),
    "add": (0, lambda *asked: asked[2]),
    "remove": (1, lambda store, who, draft, words: drafts.remove(store, who, draft, *words)),
    "begin": (1, lambda store, who, draft, words: drafts.begin_file(store, who, draft, *words)),
    "refile": (2, lambda store, who, draft, words: drafts.rename_file(store, who, draft, *words)),
    "rename": (3, lambda store, who, draft, words: mending.rename_column(store, who, draft, *words)),
    "unhead": (2, lambda store, who, draft, words: mending.remove_column(store, who, draft, *words)),
    "alike": (2, _remedied),
    "cell": (4, _cell),
    "take": (
        2,
        lambda store, who, draft, words: mending.take_row(store, who, draft, words[0], _line(words[1])),
    ),
    "tables": (0, lambda *asked: drafts.as_tables(*asked[:3])),
}
# What leads elsewhere: to the study, to another draft, to a form for a row.
LEADS = {"keep": (0, 0), "drop": (0, 0), "rebase": (0, 0), "ask-row": (1, 3), "add-row": (1, 1)}


@router.get("/drafts/{number}")
def show(
    request: Request, number: int, table: str = "", after: int = 0, row: str = "", left: int = 0
) -> HTMLResponse:
    """Show a draft."""
    need(viewer_of(request), "editor")
    store = store_of(request)
    found = desk(store, draft_called(store, number), after=(f"{table}.csv", after))
    return _show(request, found, row=row, left=left)


@router.post("/drafts/{number}")
async def change(request: Request, number: int) -> Response:
    """Keep what was typed, then do what the button says."""
    need(viewer_of(request), "editor")
    form = await form_of(request)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    try:
        return await run_in_threadpool(_change, request, number, fields, files_in(form))
    finally:
        await form.close()


def _change(request: Request, number: int, fields: dict[str, str], uploads: list[UploadFile]) -> Response:
    store, viewer = store_of(request), viewer_of(request)
    draft = draft_called(store, number)
    try:
        verb, words = _wish(fields.get("do", "save"))
        if verb == "drop":
            drafts.drop(store, viewer, draft)
            return _go(request, "/upload")
        draft = _typed(store, viewer, draft, fields)
        if uploads:
            with brought(store, uploads) as files:
                draft = drafts.add(store, viewer, draft, files)
        if verb == "ask-row":
            return _asking(request, desk(store, draft), words)
        if verb in ACTS:
            draft = ACTS[verb][1](store, viewer, draft, words)
        else:
            return _go(request, _led(store, viewer, draft, fields, verb, words))
    except RemnantError as error:
        if isinstance(error, NotHere | Refused):
            raise
        return _refused(request, number, fields, error)
    if not is_fragment(request):
        return RedirectResponse(f"/drafts/{number}", 303)
    return _show(request, desk(store, draft))


def _led(
    store: Store, viewer: Viewer, draft: Draft, fields: Mapping[str, str], verb: str, words: Words
) -> str:
    """Do what leads to another page, and return where."""
    record = study_of(store, draft)
    if verb == "keep":
        title, why = fields.get("title", ""), fields.get("why", "")
        return f"/s/{drafts.accept(store, viewer, draft, record, title=title, why=why).slug}"
    if verb == "rebase":
        if record is None:
            raise _no_button(verb)
        mine = [name[5:] for name, value in fields.items() if name.startswith("mine.") and value == "mine"]
        return f"/drafts/{drafts.rebased(store, viewer, draft, record, mine).id}"
    if words[0] not in TABLES:
        raise _no_button(words[0])
    names = [column.name for column in TABLES[words[0]].columns]
    values = {name: value for name in names if (value := fields.get(f"new.{name}", "").strip())}
    mending.add_row(store, viewer, draft, f"{words[0]}.csv", values)
    return f"/drafts/{draft.id}"


def _asking(request: Request, found: Desk, words: Words) -> HTMLResponse:
    """Show the form of a row, what is known of it filled in; an address would hold a patient's name."""
    if words[0] not in TABLES:
        raise _no_button(words[0])
    given = {f"new.{words[1]}": words[2]} if len(words) == 3 else {}
    return _show(request, found, row=words[0], typed=given)


def _refused(request: Request, number: int, fields: Mapping[str, str], error: RemnantError) -> Response:
    """Say what cannot be done, beside everything that was typed."""
    now = draft_called(store_of(request), number)
    # What was typed into cells stays only where they are the same cells still.
    same = now.tree == fields.get("seen")
    given = {
        name: value
        for name, value in fields.items()
        if same or not name.startswith(("cell.", "row.", "toml"))
    }
    status = 409 if isinstance(error, ConflictError) else 422
    return _show(
        request,
        desk(store_of(request), now),
        faults=error.faults,
        typed=given,
        row=fields.get("row", ""),
        status=status,
    )


def _typed(store: Store, viewer: Viewer, draft: Draft, fields: Mapping[str, str]) -> Draft:
    """Keep every cell and text that was changed, whatever else the button asks for."""
    if edits := typed.edits(store, draft, fields.get("seen", draft.tree), fields):
        draft = mending.mend(store, viewer, draft, edits)
    if "toml" in fields:
        draft = mending.rewrite(
            store, viewer, draft, "study.toml", fields["toml"], seen=fields.get("seen", "")
        )
    return draft


def _wish(said: str) -> tuple[str, Words]:
    """Read what a button says: a word, and what it is about."""
    try:
        verb, *words = json.loads(said) if said.startswith("[") else [said]
    except (ValueError, RecursionError):
        raise _no_button(said) from None
    if not all(isinstance(word, str) for word in (verb, *words)):
        raise _no_button(said)
    least, most = (ACTS[verb][0],) * 2 if verb in ACTS else LEADS.get(verb, (1, 0))
    if not least <= len(words) <= most:
        raise _no_button(said)
    return verb, words


def _line(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _no_button(text)
    return int(text)


def _no_button(said: str) -> SettingError:
    return SettingError(
        [Fault("form", None, "do", repr(said[:80]), "a button of this page", "load the page again")]
    )


def _go(request: Request, where: str) -> Response:
    if is_fragment(request):
        return Response(status_code=204, headers={"HX-Redirect": where})
    return RedirectResponse(where, 303)


def _show(
    request: Request,
    found: Desk,
    *,
    faults: Sequence[Fault] = (),
    typed: Mapping[str, str] | None = None,
    row: str = "",
    left: int = 0,
    status: int = 200,
) -> HTMLResponse:
    template = "upload/desk.html.j2" if is_fragment(request) else "upload/draft.html.j2"
    return page(
        request,
        template,
        status=status,
        desk=found,
        record=found.record,
        here="check" if found.record else "upload",
        crumbs=[("Check", f"/s/{found.record.slug}/check")]
        if found.record
        else [("Check my files", "/upload")],
        help="check",
        faults=faults,
        typed=typed or {},
        adding=TABLES.get(row),
        left=left,
        tables=TABLES,
    )
