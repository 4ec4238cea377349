"""What a cell of a CSV file must not become: a formula of the spreadsheet that opens it."""

from __future__ import annotations

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would take for a formula; leave the rest as it is.

    Text that was read from a file of a study may begin with anything, and a spreadsheet runs what begins with
    `=`, `+`, `-`, `@`, a tab or a carriage return. Numbers are numbers, negative ones too.

    References
    ----------
    OWASP, CSV Injection.

    Examples
    --------
    >>> defused("=HYPERLINK(0)"), defused("-1"), defused(-1), defused("P1"), defused(None)
    ("'=HYPERLINK(0)", "'-1", -1, 'P1', None)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
