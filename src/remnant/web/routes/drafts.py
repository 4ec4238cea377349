"""A draft: its faults at their cells, mended one by one or by a corrected file, and accepted when it is sound.

All of a page is one form, so that whatever button is pressed, nothing that was typed is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from remnant.errors import Fault, NotHere, RemnantError, SettingError
from remnant.service import drafts, typed
from remnant.service.desk import Desk, desk, study_of
from remnant.service.sheets import lay_out
from remnant.service.viewer import Viewer, need
from remnant.store.blobs import read_blob
from remnant.store.drafts import Draft
from remnant.store.drafts import draft as draft_called
from remnant.store.house import Store
from remnant.store.trees import tree_files
from remnant.study.tables import TABLES
from remnant.web.ask import is_fragment, page, store_of, viewer_of
from remnant.web.received import brought, files_in, form_of

router = APIRouter(include_in_schema=False)

Words = Sequence[str]
Act = Callable[[Store, Viewer, Draft, Words], Draft]


def _remedied(store: Store, viewer: Viewer, draft: Draft, words: Words) -> Draft:
    """Write every proposed spelling of a column."""
    path, column = words
    data = read_blob(store, tree_files(store, draft.tree)[path])
    found = desk(store, draft)
    faults = [fault for trouble in found.troubles if trouble.source == path for fault in trouble.faults]
    values = lay_out(data, path, TABLES[path.removesuffix(".csv")], faults).proposals.get(column, {})
    return drafts.change_column(store, viewer, draft, path, column, values)


def _cell(store: Store, viewer: Viewer, draft: Draft, words: Words) -> Draft:
    path, line, column, value = words
    return drafts.mend(store, viewer, draft, [drafts.Edit(path, int(line), column, value)])


ACTS: Mapping[str, tuple[int, Act]] = {
    "remove": (1, lambda store, who, draft, words: drafts.remove(store, who, draft, *words)),
    "begin": (1, lambda store, who, draft, words: drafts.begin_file(store, who, draft, *words)),
    "refile": (2, lambda store, who, draft, words: drafts.rename_file(store, who, draft, *words)),
    "rename": (3, lambda store, who, draft, words: drafts.rename_column(store, who, draft, *words)),
    "unhead": (2, lambda store, who, draft, words: drafts.remove_column(store, who, draft, *words)),
    "alike": (2, _remedied),
    "cell": (4, _cell),
    "take": (2, lambda store, who, draft, words: drafts.take_row(store, who, draft, words[0], int(words[1]))),
    "tables": (0, lambda store, who, draft, _: drafts.as_tables(store, who, draft)),
}


@router.get("/drafts/{number}")
def show(request: Request, number: int, table: str = "", after: int = 0, row: str = "") -> HTMLResponse:
    """Show a draft."""
    need(viewer_of(request), "editor")
    store = store_of(request)
    found = desk(store, draft_called(store, number), after=(f"{table}.csv", after))
    given = {name: value for name, value in request.query_params.items() if name.startswith("new.")}
    return _show(request, found, row=row, typed=given)


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
        verb, words = _wish(fields.get("do", ""))
        if verb == "drop":
            drafts.drop(store, viewer, draft)
            return _go(request, "/upload")
        draft = _typed(store, viewer, draft, fields)
        if uploads:
            with brought(store, uploads) as files:
                draft = drafts.add(store, viewer, draft, files)
        if verb == "keep":
            record = study_of(store, draft)
            title, why = fields.get("title", ""), fields.get("why", "")
            made = drafts.accept(store, viewer, draft, record, title=title, why=why)
            return _go(request, f"/s/{made.slug}")
        if verb == "rebase":
            record = study_of(store, draft)
            assert record is not None, "only a draft onto a study is shown this button"
            mine = [name[5:] for name, value in fields.items() if name.startswith("mine.") and value == "mine"]
            return _go(request, f"/drafts/{drafts.rebased(store, viewer, draft, record, mine).id}")
        if verb == "ask-row":
            return _go(request, f"/drafts/{number}?{_row_asked(words)}")
        if verb == "add-row":
            draft = _add_row(store, viewer, draft, words[0], fields)
        elif verb in ACTS:
            draft = ACTS[verb][1](store, viewer, draft, words)
    except RemnantError as error:
        if isinstance(error, NotHere):
            raise
        now = draft_called(store, number)
        row = fields.get("row", "")
        # What was typed into cells stays only where they are the same cells still.
        same = now.tree == fields.get("seen")
        given = {
            name: value for name, value in fields.items() if same or not name.startswith(("cell.", "row.", "toml"))
        }
        return _show(request, desk(store, now), faults=error.faults, typed=given, row=row, status=422)
    if not is_fragment(request):
        return RedirectResponse(f"/drafts/{number}", 303)
    return _show(request, desk(store, draft))


def _typed(store: Store, viewer: Viewer, draft: Draft, fields: Mapping[str, str]) -> Draft:
    """Keep every cell and text that was changed, whatever else the button asks for."""
    if edits := typed.edits(store, draft, fields.get("seen", draft.tree), fields):
        draft = drafts.mend(store, viewer, draft, edits)
    if "toml" in fields:
        draft = drafts.rewrite(store, viewer, draft, "study.toml", fields["toml"], seen=fields.get("seen", ""))
    return draft


def _wish(said: str) -> tuple[str, Words]:
    """Read what a button says: a word, and what it is about."""
    try:
        verb, *words = json.loads(said) if said.startswith("[") else [said]
    except ValueError:
        verb, words = "", []
    plain = isinstance(verb, str) and all(isinstance(word, str) for word in words)
    if not plain or (verb in ACTS and len(words) != ACTS[verb][0]):
        raise SettingError([Fault("form", None, "do", said[:80], "a button of this page", "press it again")])
    return verb, words


def _row_asked(words: Words) -> str:
    table, *given = words
    pairs = dict(zip(given[::2], given[1::2], strict=False))
    return urlencode({"row": table} | {f"new.{name}": value for name, value in pairs.items()})


def _add_row(store: Store, viewer: Viewer, draft: Draft, table: str, fields: Mapping[str, str]) -> Draft:
    names = [column.name for column in TABLES[table].columns] if table in TABLES else []
    values = {name: fields.get(f"new.{name}", "") for name in names}
    return drafts.add_row(store, viewer, draft, f"{table}.csv", values)


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
        crumbs=[("Check", f"/s/{found.record.slug}/check")] if found.record else [("Check my files", "/upload")],
        help="check",
        faults=faults,
        typed=typed or {},
        adding=TABLES.get(row),
        tables=TABLES,
    )
