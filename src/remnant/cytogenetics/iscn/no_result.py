"""A karyotype that was tried and gave none: no growth, no metaphases, a failed culture."""

from __future__ import annotations

import re

FAILED = re.compile(
    r"\W*(?:no\s+(?:growth|mitos[ie]s|metaphases?|dividing\s+cells|result)|(?:culture\s+)?fail(?:ed|ure)"
    r"(?:\s+(?:of\s+)?culture)?|(?:insufficient|inadequate|too\s+few)\s+(?:metaphases?|mitoses|cells|growth)|"
    r"not\s+(?:evaluable|assessable)|0\s+(?:metaphases?|mitoses))\W*",
    re.I,
)
NO_RESULT = "no karyotype could be made: done, and not evaluable"


def is_no_result(text: str) -> bool:
    """Whether the text says in words that no karyotype could be made.

    Such a sample was done and is not evaluable: neither normal, nor missing. Only a text that says nothing
    else is taken so.

    Examples
    --------
    >>> is_no_result("No growth."), is_no_result("culture failed"), is_no_result("46,XX[20]")
    (True, True, False)
    """
    return FAILED.fullmatch(text) is not None
