"""Log-in, log-out, and the people who may."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remnant.errors import Fault, RemnantError
from remnant.service.viewer import MEANING, need
from remnant.store.access import people, sessions
from remnant.store.house import Store
from remnant.web.ask import page, settings_of, store_of, viewer_of
from remnant.web.security.identity import cookie_name, renew
from remnant.web.security.origin import OURS

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=200)]
NOTHING = "Paste your token first."
WRONG = "This token opens nothing here: it was mistyped, or it ended. An admin can give you a new one."
TOO_OFTEN = "One of many tokens that open nothing here. Copy yours whole, or ask an admin for a new one."
CHOICES = [(role, f"{role}: {MEANING[role]}") for role in ("viewer", "editor", "admin")]


@router.get("/login")
def login_page(request: Request, back: str = "/", again: bool = False) -> Response:
    """Ask for a token; a viewer who is known already goes on."""
    back = local(back)
    if viewer_of(request).may("viewer"):
        return RedirectResponse(back, 303)
    response = _login(request, back)
    if not again and request.headers.get("sec-fetch-site", "none") not in OURS:
        # A link in a mail comes without our cookie. Asked once more, by this page, it comes with it.
        response.headers["Refresh"] = f"0;url=/login?again=true&back={quote(back, safe='/')}"
    return response


@router.post("/login")
async def login(request: Request, token: Text = "", back: Text = "/") -> Response:
    """Log in; a wrong token too many is answered late, on no thread that others wait for."""
    store, token, back = store_of(request), token.strip(), local(back)
    person = await run_in_threadpool(people.person_with, store, token)
    if person is not None:
        await run_in_threadpool(_enter, request, store, person)
        return RedirectResponse(back, 303)
    if request.state.attempts.failed(request.state.address, token):
        await request.state.attempts.hold()
        return await run_in_threadpool(_login, request, back, 429, TOO_OFTEN)
    return await run_in_threadpool(_login, request, back, 401, WRONG if token else NOTHING)


def _enter(request: Request, store: Store, person: people.Person) -> None:
    """Begin a session in the place of the one that this browser had."""
    sessions.end_session(store, request.cookies.get(cookie_name(settings_of(request)), ""))
    renew(request, sessions.begin_session(store, person))


@router.post("/logout")
def logout(request: Request) -> Response:
    """Log out, here and on the server."""
    cookie = request.cookies.get(cookie_name(settings_of(request)), "")
    sessions.end_session(store_of(request), cookie)
    renew(request, sessions.new_secret())
    return RedirectResponse("/login", 303)


@router.get("/people")
def people_page(request: Request) -> HTMLResponse:
    """List the people."""
    need(viewer_of(request), "admin")
    return _people(request)


@router.post("/people")
def add(request: Request, name: Text = "", role: Text = "", days: Text = "") -> HTMLResponse:
    """Add a person, and show the token this once."""
    who = viewer_of(request)
    need(who, "admin")
    typed = {"name": name, "role": role, "days": days}
    try:
        token = people.add_person(
            store_of(request), who=who.name, name=name.strip(), role=role, days=_days(days)
        )
    except RemnantError as error:
        return _people(request, 422, typed=typed, faults=_as_typed(error.faults, days))
    return _people(request, token=token, owner=name.strip())


@router.post("/people/change")
def change(request: Request, name: Text = "", action: Text = "", role: Text = "") -> Response:
    """Change what one person may do."""
    who, store = viewer_of(request), store_of(request)
    need(who, "admin")
    try:
        if action == "token":
            token = people.renew_token(store, who=who.name, name=name)
            return _people(request, token=token, owner=name)
        if action == "role":
            people.change_role(store, who=who.name, name=name, role=role)
        elif action == "disable":
            people.disable(store, who=who.name, name=name)
        elif action == "remove":
            people.remove_person(store, who=who.name, name=name)
        else:
            fault = Fault(
                "people", None, "action", "another", "token, role, disable or remove", "use the buttons"
            )
            return _people(request, 422, refused=(fault,))
    except RemnantError as error:
        return _people(request, 422, refused=error.faults)
    return RedirectResponse("/people", 303)


def local(back: str) -> str:
    r"""Return an address of this app to go back to; the list of studies in place of any other.

    Examples
    --------
    >>> local("/s/mds"), local("//evil.example"), local("https://evil.example"), local("/\\evil.example")
    ('/s/mds', '/', '/', '/')
    """
    plain = back.startswith("/") and not back.startswith(("//", "/\\"))
    return back if plain and back.isprintable() and len(back) <= 200 else "/"


def _login(request: Request, back: str, status: int = 200, wrong: str = "") -> HTMLResponse:
    response = page(
        request, "people_login.html.j2", status=status, back=back, wrong=wrong, crumbs=[("Log in", None)]
    )
    if status == 429:
        response.headers["Retry-After"] = "30"
    return response


def _people(
    request: Request,
    status: int = 200,
    *,
    typed: dict[str, str] | None = None,
    faults: tuple[Fault, ...] = (),
    refused: tuple[Fault, ...] = (),
    token: str = "",
    owner: str = "",
) -> HTMLResponse:
    blank = {"name": "", "role": "viewer", "days": ""}
    return page(
        request, "people_list.html.j2", status=status, here="people", help="people",
        crumbs=[("People", None)],
        people=people.all_people(store_of(request)), choices=CHOICES, typed=typed or blank, faults=faults,
        refused=refused, token=token, owner=owner,
    )  # fmt: skip


def _as_typed(faults: tuple[Fault, ...], days: str) -> tuple[Fault, ...]:
    """Say what was found as it was typed: a number stands in for what is none."""
    return tuple(replace(one, found=repr(days[:40])) if one.column == "days" else one for one in faults)


def _days(text: str) -> int | None:
    """Read the days; what is no number is said at its field, like every other fault."""
    if not text.strip():
        return None
    return int(text) if text.strip().isdecimal() and len(text) < 9 else -1
