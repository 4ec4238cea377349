"""How a page says a time, a number and a size."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from markupsafe import Markup

NAMES = frozenset({"remnant", "del", "mmol"})  # never written with a capital letter
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def when(at: str) -> Markup:
    """Say a moment of the store, which is UTC.

    Examples
    --------
    >>> str(when("2026-01-31T12:04:09.000000Z"))
    '<time datetime="2026-01-31T12:04:09Z">31 Jan 2026, 12:04 UTC</time>'
    """
    moment = datetime.fromisoformat(at).astimezone(UTC)
    text = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{moment:%Y-%m-%dT%H:%M:%SZ}", text)


def grouped(number: float) -> str:
    """Say a count with its thousands apart.

    Examples
    --------
    >>> grouped(12345)
    '12,345'
    """
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Say how many of a thing there are.

    Examples
    --------
    >>> counted(1, "patient"), counted(1200, "patient"), counted(2, "study", "studies")
    ('1 patient', '1,200 patients', '2 studies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Say how large a file is.

    Examples
    --------
    >>> size(312), size(2048), size(3_500_000)
    ('312 bytes', '2.0 KiB', '3.3 MiB')
    """
    if number < 1024:
        return counted(number, "byte")
    if number < 1024**2:
        return f"{number / 1024:.1f} KiB"
    return f"{number / 1024**2:.1f} MiB"


def digest(text: str) -> str:
    """Shorten what is a digest, and nothing else: nobody reads 64 digits.

    Examples
    --------
    >>> digest("0" * 64), digest("24")
    ('000000000000', '24')
    """
    is_one = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text[:12] if is_one else text


def anchor(term: str) -> str:
    """Return where a word stands on the page of words.

    Examples
    --------
    >>> anchor("Not detected")
    'not-detected'
    """
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def sentence(text: str) -> str:
    """Say what is to be done as a sentence of its own; a unit, a file or a command keeps its letters.

    Examples
    --------
    >>> sentence("correct the name"), sentence("g/L? divide by 10"), sentence("study.toml names it")
    ('Correct the name.', 'g/L? divide by 10.', 'study.toml names it.')
    """
    first = text.partition(" ")[0].rstrip(",:;?!.")
    plain = re.fullmatch(r"[a-z]+([-'][a-z]+)*", first) and first not in NAMES
    begun = text[:1].upper() + text[1:] if plain else text
    return begun if text[-1:] in (".", "?", "!", "") else f"{begun}."


FILTERS = {
    "anchor": anchor,
    "digest": digest,
    "when": when,
    "grouped": grouped,
    "counted": counted,
    "size": size,
    "sentence": sentence,
}
