"""Colour and letter of every state of a course and of every family of response categories."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.persistence.state import State


@dataclass(frozen=True)
class Look:
    """How a state is shown: fill, the colour of text upon it, and a letter for those who see no colour."""

    fill: str
    text: str
    letter: str


LOOKS = {
    State.UNTREATED: Look("#8a94a0", "#ffffff", "U"),
    State.RESPONDING: Look("#9fd0cb", "#14323a", "R"),
    State.NO_RESPONSE: Look("#8c6a4f", "#ffffff", "N"),
    State.REMISSION_PERSISTENT: Look("#6b4aa0", "#ffffff", "S"),
    State.REMISSION_CLEAR: Look("#1f857a", "#ffffff", "O"),
    State.REMISSION_UNKNOWN: Look("#c3b8d8", "#2c2140", "?"),
    State.REMISSION_NOT_DONE: Look("#e3dcef", "#2c2140", "-"),
    State.MOLECULAR_RECURRENCE: Look("#e6a6c4", "#3f1029", "M"),
    State.CYTOGENETIC_RECURRENCE: Look("#cc4f8d", "#ffffff", "C"),
    State.EXPANSION: Look("#e0a070", "#3b1c05", "E"),
    State.CLINICAL_RECURRENCE: Look("#b3123f", "#ffffff", "L"),
    State.CYTOGENETIC_PROGRESSION: Look("#7d2a6b", "#ffffff", "V"),
    State.CLINICAL_PROGRESSION: Look("#8a1538", "#ffffff", "P"),
    State.PROGRESSION: Look("#5e0f2b", "#ffffff", "B"),
    State.AML: Look("#2b0a14", "#ffffff", "A"),
    State.NOT_EVALUABLE: Look("#d8dee4", "#3a4652", "×"),
}

_UNJUDGED, _GOOD, _FAIR, _MILD, _STILL, _WORSE = (
    Look("#d8dee4", "#3a4652", ""),
    Look("#1f857a", "#ffffff", ""),
    Look("#58aaa2", "#0b2a2a", ""),
    Look("#9fd0cb", "#14323a", ""),
    Look("#d9cdb8", "#3b3223", ""),
    Look("#8a1538", "#ffffff", ""),
)


FREE = Look("#c9dfe8", "#17323d", "")
_BY_METAPHASES = {"complete": _GOOD, "partial": _FAIR, "none": _STILL}


def cytogenetic_look(response: str) -> Look:
    """Return the look of a response by metaphases; of one that is not assessable, that of no judgement."""
    return _BY_METAPHASES.get(response, _UNJUDGED)


def category_look(category: str) -> Look:
    """Return the look of a published response category, by the words it is called by.

    Examples
    --------
    >>> category_look("marrow CR") == category_look("mCR")
    True
    >>> category_look("progression").fill
    '#8a1538'
    """
    word = category.lower()
    if any(bad in word for bad in ("progress", "relapse", "failure", "loss")):
        return _WORSE
    if "marrow" in word or word == "mcr":
        return _MILD
    if word.startswith(("crh", "cruni", "crbi", "crl")):
        return _FAIR
    if word.startswith(("cr", "complete")):
        return _GOOD
    if word.startswith(("pr", "partial", "hi")):
        return _FAIR
    return _STILL if "stable" in word or word.startswith("no response") else _UNJUDGED


_RANKS = (_GOOD, _FAIR, _MILD, _STILL, _WORSE, _UNJUDGED)


def category_rank(category: str) -> int:
    """Return how good a response category is: 0 complete, 1 partial or better blood, 2 marrow, 3 none.

    Examples
    --------
    >>> [category_rank(name) for name in ("CR", "HI-E", "mCR", "stable disease", "relapse", "not evaluable")]
    [0, 1, 2, 3, 4, 5]
    """
    return _RANKS.index(category_look(category))
