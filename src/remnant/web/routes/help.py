"""Help: the journey, what each page and each table wants, and the words that are used."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from remnant.study import TABLES
from remnant.study.tables import REQUIRED
from remnant.web.ask import page
from remnant.web.words import anchor

router = APIRouter(include_in_schema=False)


@router.get("/help")
def help_page(request: Request) -> HTMLResponse:
    """Explain the app."""
    return page(
        request, "help/help.html.j2", here="help", crumbs=[("Help", None)], tables=TABLES, needed=REQUIRED
    )


@router.get("/help/words")
def words(request: Request) -> HTMLResponse:
    """Explain the words."""
    from remnant.report.glossary import (
        GLOSSARY,
    )  # the report comes with all of the analysis: a server starts without it

    terms = [(anchor(term), term, meaning) for term, meaning in GLOSSARY]
    crumbs = [("Help", "/help"), ("Words used", None)]
    return page(request, "help/words.html.j2", here="words", crumbs=crumbs, terms=terms)
