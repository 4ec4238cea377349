"""Letters: the many dashes, signs and spaces of real reports, made plain where they stand."""

from __future__ import annotations

DASHES = "‐‑‒–—―−﹣－"
SPACES = "_\u00a0\u2002\u2003\u2009\u202f\t\r\n"
LOOKALIKES = dict(zip("×∼～＋，；（）／？［］", "x~~+,;()/?[]", strict=True))
LETTERS = str.maketrans(dict.fromkeys(DASHES, "-") | dict.fromkeys(SPACES, " ") | LOOKALIKES)
SMALL = str.maketrans({chr(letter): chr(letter).lower() for letter in range(ord("A"), ord("Z") + 1)})


def plain(text: str) -> str:
    """Return `text` with plain dashes, spaces and brackets, each where it stood.

    Examples
    --------
    >>> plain("46,XX,−7×2")
    '46,XX,-7x2'
    """
    return text.translate(LETTERS)


def small(text: str) -> str:
    """Return plain `text` in small letters; other alphabets stay as they are, so that no place moves."""
    return text.translate(LETTERS).translate(SMALL)
