"""How many lines a morphologist calls dysplastic, from the words of the report."""

from __future__ import annotations

import re

NONE = {"none", "no", "normal", "absent", "not dysplastic"}
LINES = ("erythr", r"granulo|myeloid|neutro", "megakaryo|thrombo")
NUMBERS = {"uni": 1, "single": 1, "bi": 2, "tri": 3}
NUMBER = re.compile(r"\b(uni|single|bi|tri)[- ]?line(?:age|ar)?\b")
DENIED = re.compile(r"\b(no|not|without|non|normal|except)\b")


def dysplastic_lines(words: str | None) -> int | None:
    """Count dysplastic lines; None where the words do not say how many.

    Examples
    --------
    >>> [dysplastic_lines(words) for words in ("none", "megakaryocytic and erythroid", "yes", None)]
    [0, 2, None, None]
    """
    if words is None:
        return None
    plain = words.strip().lower()
    if plain in NONE:
        return 0
    if DENIED.search(plain):
        return None
    if found := NUMBER.search(plain):
        return NUMBERS[found[1]]
    return sum(bool(re.search(line, plain)) for line in LINES) or None
