"""Gate review: the tubes of a study, their plots and cuts, and a save with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, QueryParams

from remnant.errors import ConflictError, Fault, NotHere, RemnantError, SettingError
from remnant.service.gating import review as gates
from remnant.service.gating.records import Proposal, Review, TubeLine
from remnant.service.gating.save import save_review
from remnant.service.standing import study_of
from remnant.service.viewer import need
from remnant.store.studies.studies import StudyRecord, study_called
from remnant.web.ask import fragment, is_fragment, page, store_of, viewer_of
from remnant.web.gate_data import page_data
from remnant.web.gate_plots import draw, draw_small

router = APIRouter()
CUT = "cut-"  # before the name of a marker, so that none is taken for another field of the form
Number = Annotated[float, Field(allow_inf_nan=False)]


class Asked(BaseModel):
    """Cuts to try: marker to value on the compensated scale; a marker that is not named is automatic."""

    model_config = ConfigDict(extra="forbid")

    cuts: dict[Annotated[str, Field(max_length=200)], Number] = Field(max_length=100)


class Wished(Asked):
    """Cuts to save, and why. `expected` is the revision that was looked at."""

    why: str = Field(max_length=500)
    expected: int | None = Field(None, ge=1)
    everywhere: bool = False
    reviewer: str = Field("", max_length=200)


class Withdrawn(BaseModel):
    """The marker whose cut is the recipe's again, all of them where none is named, and why."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(max_length=500)
    marker: str = Field("", max_length=200)
    expected: int | None = Field(None, ge=1)


class Saved(BaseModel):
    """The revision that stands now, and the tube as it is listed in it."""

    revision: int
    tube: TubeLine


async def typed(request: Request) -> FormData:
    """Return the fields of a form."""
    return await request.form(max_files=0)


def record_of(request: Request, slug: str) -> StudyRecord:
    """Return the study of an address, for somebody who may see it."""
    need(viewer_of(request), "viewer")
    return study_called(store_of(request), slug)


@router.get("/s/{slug}/gates", include_in_schema=False)
def overview(request: Request, slug: str) -> HTMLResponse:
    """List the stained tubes, patient by patient."""
    record = record_of(request, slug)
    lines = gates.tubes(store_of(request), record)
    return page(
        request, "gates_list.html.j2", record=record, here="gates", help="gates", crumbs=[("Gates", None)],
        tubes=lines,
    )  # fmt: skip


@router.get("/s/{slug}/gates/{number}", include_in_schema=False)
def tube(request: Request, slug: str, number: int, saved: Annotated[int, Query(ge=0)] = 0) -> HTMLResponse:
    """Show a tube at its saved cuts, or at those that the address names."""
    record = record_of(request, slug)
    texts = _texts(request.query_params)
    return _tube(request, record, number, texts if texts else None, saved=saved)


@router.get("/s/{slug}/gates/{number}/counts", include_in_schema=False)
def counts(request: Request, slug: str, number: int) -> HTMLResponse:
    """Answer with the counts at some cuts, as a part of the page."""
    record, store = record_of(request, slug), store_of(request)
    placed, faults = _read(_texts(request.query_params))
    if faults:
        raise SettingError(faults)
    proposal = gates.propose(store, record, number, placed)
    roles = _roles(request, record)
    return fragment(request, "gates_counts.html.j2", record=record, proposal=proposal, roles=roles)


@router.get("/s/{slug}/gates/{number}/plots", include_in_schema=False)
def plots(request: Request, slug: str, number: int) -> HTMLResponse:
    """Answer with the plots at some cuts, for cuts that change which cells are shown."""
    record = record_of(request, slug)
    placed, faults = _read(_texts(request.query_params))
    if faults:
        raise SettingError(faults)
    seen = gates.review(store_of(request), record, number, placed)
    return fragment(request, "gates_plots.html.j2", **_drawn(request, record, seen))


@router.get("/s/{slug}/gates/{number}/visits", include_in_schema=False)
def visits(request: Request, slug: str, number: int) -> HTMLResponse:
    """Show the other tubes of the patient, small."""
    record = record_of(request, slug)
    found = [
        (visit, draw_small(visit.plots, visit.proposal.cuts if visit.proposal else ()))
        for visit in gates.other_visits(store_of(request), record, number)
    ]
    lines = gates.tubes(store_of(request), record)
    template = "gates_visits.html.j2" if is_fragment(request) else "gates_compare.html.j2"
    return page(
        request, template, record=record, here="gates", help="gates", visits=found, tube=lines[number - 1],
        roles=_roles(request, record),
        crumbs=[("Gates", f"/s/{slug}/gates"), (lines[number - 1].sample_id, f"/s/{slug}/gates/{number}"),
                ("Visits", None)],
    )  # fmt: skip


@router.post("/s/{slug}/gates/{number}", include_in_schema=False, response_model=None)
def save(
    request: Request, slug: str, number: int, form: Annotated[FormData, Depends(typed)]
) -> HTMLResponse | RedirectResponse:
    """Save the cuts that were typed, or go back to the automatic ones."""
    record, viewer = record_of(request, slug), viewer_of(request)
    need(viewer, "editor")
    texts, why = _texts(form), str(form.get("why", ""))
    everywhere, reviewer = form.get("everywhere") == "yes", str(form.get("reviewer", ""))
    seen = str(form.get("revision", ""))
    expected = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    back = form.get("automatic") == "yes"
    placed, faults = ({}, []) if back else _read(texts)
    try:
        if faults:
            raise SettingError(faults)
        after = save_review(
            store_of(request), viewer, record, number, placed, why,
            expected=expected, everywhere=everywhere and not back, reviewer=reviewer,
        )  # fmt: skip
    except NotHere:
        raise
    except RemnantError as error:
        kept = {"why": why, "everywhere": everywhere, "reviewer": reviewer, "expected": expected}
        return _tube(request, record, number, texts, error=error, kept=kept)
    return RedirectResponse(f"/s/{slug}/gates/{number}?saved={after.head}", 303)


@router.get("/api/v1/studies/{slug}/gates", tags=["gates"])
def list_tubes(request: Request, slug: str) -> tuple[TubeLine, ...]:
    """List the stained tubes of a study, in the order of events.csv."""
    return gates.tubes(store_of(request), record_of(request, slug))


@router.get("/api/v1/studies/{slug}/gates/{number}", tags=["gates"])
def one_tube(request: Request, slug: str, number: int) -> Review:
    """Return a tube: its plots as numbers, its cuts beside the automatic ones, and its counts."""
    return gates.review(store_of(request), record_of(request, slug), number)


@router.post("/api/v1/studies/{slug}/gates/{number}/proposal", tags=["gates"])
def propose(request: Request, slug: str, number: int, asked: Asked) -> Proposal:
    """Count a tube at proposed cuts; nothing is saved."""
    return gates.propose(store_of(request), record_of(request, slug), number, asked.cuts)


@router.post("/api/v1/studies/{slug}/gates/{number}/review", tags=["gates"])
def save_cuts(request: Request, slug: str, number: int, wished: Wished) -> Saved:
    """Save cuts with their reason: a revision of the study, with the gates as Gating-ML. Needs an editor."""
    record, store = record_of(request, slug), store_of(request)
    after = save_review(
        store, viewer_of(request), record, number, wished.cuts, wished.why,
        expected=wished.expected, everywhere=wished.everywhere, reviewer=wished.reviewer,
    )  # fmt: skip
    return Saved(revision=after.head, tube=gates.tubes(store, after)[number - 1])


@router.post("/api/v1/studies/{slug}/gates/{number}/review/withdrawal", tags=["gates"])
def drop_cuts(request: Request, slug: str, number: int, withdrawn: Withdrawn) -> Saved:
    """Go back to the automatic cut of a marker, or of every marker where none is named. Needs an editor."""
    from remnant.service.gating.save import drop_review

    record, store = record_of(request, slug), store_of(request)
    why, marker, expected = withdrawn.why, withdrawn.marker, withdrawn.expected
    after = drop_review(store, viewer_of(request), record, number, marker, why, expected=expected)
    return Saved(revision=after.head, tube=gates.tubes(store, after)[number - 1])


def _texts(fields: QueryParams | FormData) -> dict[str, str]:
    """Return what was typed for each marker."""
    return {
        name[len(CUT) :]: str(value).strip()
        for name, value in fields.items()
        if name.startswith(CUT) and len(name) <= 200
    }


def _read(texts: Mapping[str, str]) -> tuple[dict[str, float], list[Fault]]:
    """Read what was typed; an empty field is an automatic cut."""
    cuts, faults = {}, []
    for marker, text in texts.items():
        if not text:
            continue
        try:
            cuts[marker] = float(text)
        except ValueError:
            hint = "write a decimal point, not a comma" if "," in text else "empty it for the automatic cut"
            faults.append(Fault("gate review", None, marker, repr(text[:40]), "a number", hint))
    return cuts, faults


def _roles(request: Request, record: StudyRecord) -> dict[str, str]:
    config = study_of(store_of(request), record.tree).config
    return {name: item.role for name, item in config.compartments.items()}


def _drawn(request: Request, record: StudyRecord, seen: Review) -> dict[str, Any]:
    roles = _roles(request, record)
    return {"plots": draw(seen, roles), "data": page_data(record, seen, roles), "review": seen}


def _tube(
    request: Request,
    record: StudyRecord,
    number: int,
    texts: Mapping[str, str] | None,
    *,
    error: RemnantError | None = None,
    kept: Mapping[str, Any] | None = None,
    saved: int = 0,
) -> HTMLResponse:
    """Show the page of a tube; with what was typed, and what is wrong with it."""
    store, faults = store_of(request), list(error.faults) if error else []
    placed, unread = ({}, []) if texts is None else _read(texts)
    faults = faults or unread
    try:
        seen = gates.review(store, record, number, None if texts is None else placed)
    except SettingError as refused:
        # What cannot be placed is said at its field, and the tube is shown at its saved cuts.
        faults = faults or list(refused.faults)
        seen = gates.review(store, record, number)
    lines = gates.tubes(store, record)
    own = [line for line in lines if (line.patient, line.panel) == (seen.tube.patient, seen.tube.panel)]
    place = own.index(seen.tube)
    markers = {cut.marker for cut in seen.proposal.cuts}
    status = 200 if not faults else 409 if isinstance(error, ConflictError) else 422
    shown = texts if texts is not None else {cut.marker: f"{cut.cut:.10g}" for cut in seen.saved}
    return page(
        request, "gates_tube.html.j2", status=status, record=record, here="gates", help="gates",
        crumbs=[("Gates", f"/s/{record.slug}/gates"), (seen.tube.sample_id, None)],
        **_drawn(request, record, seen), roles=_roles(request, record), proposal=seen.proposal,
        texts=shown, saved=saved if saved == record.head else 0,
        kept={"why": "", "everywhere": False, "reviewer": "", "expected": None} | dict(kept or {}),
        at={m: [f for f in faults if f.column == m] for m in markers},
        why_faults=[f for f in faults if f.column == "why"],
        other_faults=[f for f in faults if f.column not in markers | {"why"}],
        conflict=isinstance(error, ConflictError),
        before=own[place - 1] if place else None, after=own[place + 1] if place + 1 < len(own) else None,
    )  # fmt: skip
