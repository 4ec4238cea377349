"""Slips of the pen that have only one meaning, each with the words that tell the reader of the repair."""

from __future__ import annotations

import re

from remnant.cytogenetics.iscn.text import CLOSE, OPEN

BRACKETS = [  # tried only where the brackets of a field do not pair
    (re.compile(r"^([+-]?\??[a-z ]+)([0-9]{1,2}|[xy])\)\("), r"\1(\2)(", "an opening bracket is missing"),
    (re.compile(r"\)\)(?=\??[pq?])"), ")(", "a bracket the wrong way round"),
    (re.compile(r"\)\((?=[a-z]+\()"), ")", "a spare bracket"),
    # 8 and 9 bear the brackets on many keyboards.
    (re.compile(r"\(([0-9]{1,2}|[xy])9(?=\()"), r"(\1)", "9 typed for a closing bracket"),
    (re.compile(r"\(([0-9]{1,2}?|[xy])9\((?=\??[pq])"), r"(\1)(", "9 typed for a closing bracket"),
]
FIELDS = [
    (re.compile(r"^minus\s*(?=[0-9]|[xy]\b)"), "-", "a minus in words"),
    (re.compile(r"^plus\s*(?=[0-9]|[xy]\b)"), "+", "a plus in words"),
    (re.compile(r"\(([0-9]{1,2}|[xy])98(?=[pq?])"), r"(\1)(", "98 typed for two brackets"),
    (re.compile(r"\(([pq])\)\((?=[0-9])"), r"(\1", "brackets between an arm and its band"),
    (
        re.compile(r"^(del|add|dup|inv|i)\s*([0-9]{1,2}|[xy])([pq]?)(?![\w(])"),
        r"\1(\2\3)",
        "brackets are missing",
    ),
    (
        re.compile(r"^([+-]?\??(?:del|add|dup|inv|ins|der|t|i))\s*([0-9]{1,2}|[xy])(?=\()"),
        r"\1(\2)",
        "brackets are missing",
    ),
    (re.compile(r"(?<=\))\s*[0-9]+$"), "", "a number without brackets: not taken for cells"),
]


def mend_field(text: str) -> tuple[str, list[str]]:
    """Repair the text of an abnormality; return it with what was done, in words.

    Examples
    --------
    >>> mend_field("del13)(q14)")
    ('del(13)(q14)', ['an opening bracket is missing'])
    """
    done = []
    if not pairs(text):
        for pattern, better, words in BRACKETS:
            mended, times = pattern.subn(better, text, count=1)
            if times and pairs(mended):
                text = mended
                done.append(words)
                break
    if text.rstrip(". ") != text.rstrip():
        text = text.rstrip(". ")
        done.append("a full stop after it")
    for pattern, better, words in FIELDS:
        text, times = pattern.subn(better, text)
        if times:
            done.append(words)
    return text, done


def pairs(text: str) -> bool:
    """Whether every bracket of `text` has its partner."""
    opened: list[str] = []
    for letter in text:
        if letter in OPEN:
            opened.append(letter)
        elif letter in CLOSE and (not opened or OPEN.index(opened.pop()) != CLOSE.index(letter)):
            return False
    return not opened
