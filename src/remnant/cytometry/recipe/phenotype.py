"""A phenotype as a lab writes it, `CD34+ CD38-/low CD90+`, as rules on markers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from remnant.errors import Fault, SettingError


class Level(StrEnum):
    """How much of a marker a cell carries."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEGATIVE_OR_LOW = "negative or low"
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class MarkerRule:
    """One marker of a phenotype and the level it asks for."""

    marker: str
    level: Level

    def __str__(self) -> str:
        """Write the rule as a lab does."""
        return self.marker + _SIGN[self.level]


_SIGN = {
    Level.POSITIVE: "+",
    Level.NEGATIVE: "-",
    Level.NEGATIVE_OR_LOW: "-/low",
    Level.LOW: "low",
    Level.HIGH: "high",
}
_LEVELS = {
    "+": Level.POSITIVE, "pos": Level.POSITIVE, "positive": Level.POSITIVE,
    "-": Level.NEGATIVE, "neg": Level.NEGATIVE, "negative": Level.NEGATIVE,
    "-/low": Level.NEGATIVE_OR_LOW, "-/lo": Level.NEGATIVE_OR_LOW, "-/dim": Level.NEGATIVE_OR_LOW,
    "neg/low": Level.NEGATIVE_OR_LOW, "low/-": Level.NEGATIVE_OR_LOW, "lo/-": Level.NEGATIVE_OR_LOW,
    "low": Level.LOW, "lo": Level.LOW, "dim": Level.LOW,
    "high": Level.HIGH, "hi": Level.HIGH, "bright": Level.HIGH, "++": Level.HIGH,
}  # fmt: skip
_WORDS = "|".join(re.escape(word) for word in sorted(_LEVELS, key=len, reverse=True))
# A minus may end a level or stand inside a name (HLA-DR): it ends a level only before a gap or a CD number.
_RULE = re.compile(
    rf"(?P<marker>[A-Za-z][A-Za-z0-9./-]*?)[ ]?(?P<level>{_WORDS})(?=$|[\s,;&]|(?<=\+)[A-Za-z]|(?=CD\d))",
    re.IGNORECASE,
)
_GAP = re.compile(r"[\s,;&]*")


def parse_phenotype(text: str) -> tuple[MarkerRule, ...]:
    """Read a phenotype.

    Parameters
    ----------
    text : str
        Markers with `+`, `-`, `-/low`, `low`, `dim`, `high` or `bright`; empty for all cells.

    Returns
    -------
    tuple of MarkerRule
        In the order written.

    Raises
    ------
    SettingError
        With the character at which it cannot be read, or the marker that stands twice.

    Examples
    --------
    >>> [str(rule) for rule in parse_phenotype("CD34+ CD38-/low CD90+")]
    ['CD34+', 'CD38-/low', 'CD90+']
    """
    plain = re.sub("[\u2010-\u2015\u2212]", "-", text)
    rules: list[MarkerRule] = []
    position = _end_of_gap(plain, 0)
    while position < len(plain):
        match = _RULE.match(plain, position)
        if match is None:
            raise SettingError([_unreadable(plain, position)])
        rules.append(MarkerRule(match["marker"], _LEVELS[match["level"].lower()]))
        position = _end_of_gap(plain, match.end())
    names = [rule.marker.lower() for rule in rules]
    faults = [
        Fault(
            "phenotype", None, text, f"{rule.marker} more than once", "each marker once", "keep one of them"
        )
        for place, rule in enumerate(rules)
        if rule.marker.lower() in names[:place]
    ]
    if faults:
        raise SettingError(faults)
    return tuple(rules)


def _end_of_gap(text: str, position: int) -> int:
    gap = _GAP.match(text, position)
    assert gap is not None
    return gap.end()


def _unreadable(text: str, position: int) -> Fault:
    word = re.split(r"[\s,;&]", text[position:], maxsplit=1)[0]
    bare = word.rstrip("+-/")
    hint = (
        f"did you mean {bare}+ or {bare}-?"
        if bare[:1].isalpha()
        else "write a phenotype such as CD34+ CD38-/low"
    )
    expected = "a marker with +, -, -/low, low, dim, high or bright"
    return Fault(
        "phenotype", None, f"character {position + 1} of {text!r}", word or text[position:], expected, hint
    )
