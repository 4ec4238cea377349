"""Text that a spreadsheet would run as a formula, made text again; and the way back.

A cell that begins with =, +, -, @, or with these in full width, is a formula to a spreadsheet, and a formula
can call a program or send the table away. Such a cell gets one apostrophe in front; one that had apostrophes
gets one more, so that `restored` knows each of them. Numbers stay numbers: -5 and +1e3 are no formulas. A
spreadsheet that parts cells at semicolons or tabs, as those of half of Europe do, begins a cell there too.

References
----------
OWASP, CSV Injection. https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re

import polars as pl

# What a spreadsheet passes over at the beginning of a cell: spaces, controls, marks without width.
_BLANK = r'[\s"\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]*'
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
# A beginning is taken whole, whether or not a sign follows: so that one pass is enough, whatever the text is.
_RISKY = re.compile(rf"((?:^|[;|\t\r\n]){_BLANK}+)('*{_SIGN})?")
_DEFUSED = re.compile(rf"((?:^|[;|\t\r\n]){_BLANK}+)('+{_SIGN})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?%?")


def defused(text: str) -> str:
    """Return a cell that no spreadsheet runs.

    Examples
    --------
    >>> defused("=cmd|' /C calc'!A0"), defused("-5"), defused("P1"), defused("'=1")
    ("'=cmd|' /C calc'!A0", '-5', 'P1', "''=1")
    >>> defused("a;=1+1")
    "a;'=1+1"
    """
    return (
        text
        if _NUMBER.fullmatch(text)
        else _RISKY.sub(lambda at: f"{at[1]}'{at[2]}" if at[2] else at[0], text)
    )


def restored(text: str) -> str:
    """Return a cell as it was before `defused`.

    Examples
    --------
    >>> restored("'=1"), restored("''=1"), restored("-5"), restored("a;'=1+1")
    ('=1', "'=1", '-5', 'a;=1+1')
    """
    return _DEFUSED.sub(lambda at: at[1] + at[2][1:] if at[2] else at[0], text)


def defused_table(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of which no cell of text, and no header, is a formula.

    Parameters
    ----------
    table : DataFrame
        Any; columns that are not text are left as they are.
    """
    risky = [name for name, kind in table.schema.items() if kind == pl.String and _any(table[name])]
    mended = (pl.col(name).map_elements(defused, return_dtype=pl.String) for name in risky)
    renamed = {name: defused(name) for name in table.columns if defused(name) != name}
    return table.with_columns(*mended).rename(renamed)


def _any(column: pl.Series) -> bool:
    """Say whether a column holds anything to look at: of most tables, none."""
    return bool(column.str.contains(_SIGN).any())
